//! The run file: how commands find the running double.

use crate::failure::Failure;
use crate::files;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a running double says about itself. It holds the token, so it is for its owner alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunFile {
    /// `http://127.0.0.1:4566`.
    pub endpoint: String,
    /// `https://127.0.0.1:4566`.
    pub tls_endpoint: String,
    /// `http://127.0.0.1:4567`.
    pub admin: String,
    /// The token of the admin endpoint.
    pub token: String,
    /// The process.
    pub pid: u32,
    /// The data directory; of an ephemeral double, the directory of its run file.
    pub data: PathBuf,
    /// The certificate to trust.
    pub ca_file: PathBuf,
    /// The version of the program.
    pub version: String,
}

/// Name of the run file in a data directory.
pub const NAME: &str = "run.json";

impl RunFile {
    /// Reads a run file; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn read(file: &Path) -> Result<Option<RunFile>, Failure> {
        let shown = file.display();
        let text = files::read(file).map_err(|error| {
            Failure::new(format!("cannot read {shown}: {error}"), "it can be read by who started the double")
        })?;
        text.map(|text| {
            serde_json::from_str(&text).map_err(|error| {
                let hint = "remove it, and start the double again with: kage up";
                Failure::new(format!("{shown} is no run file of this version of kage: {error}"), hint)
            })
        })
        .transpose()
    }

    /// Writes the run file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        files::write_private(file, &text).map_err(|error| {
            Failure::new(
                format!("cannot write {}: {error}", file.display()),
                "choose another directory with --data",
            )
        })
    }
}

/// The directory where ephemeral doubles of this user leave their run files.
///
/// # Errors
/// When the user cannot be told.
pub fn ephemeral_directory() -> Result<PathBuf, Failure> {
    let user = files::user().map_err(|error| {
        Failure::new(format!("cannot tell which user runs kage: {error}"), "see: kage doctor")
    })?;
    Ok(std::env::temp_dir().join(format!("kagemusha-{user}")))
}
