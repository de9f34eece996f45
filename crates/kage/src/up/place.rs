//! Where a double keeps its files.
//!
//! | file | what |
//! | --- | --- |
//! | `store/` | the state |
//! | `tls/ca.pem`, `tls/ca.key` | the local certificate authority |
//! | `token` | the token of the admin endpoint, new at each start |
//! | `run.json` | how to reach the running double |
//!
//! An ephemeral double has no `store/`, and its directory goes with it.

use crate::cli::{Globals, UpArguments};
use crate::failure::Failure;
use crate::run_file::{self, RunFile};
use crate::{discover, files};
use kage_core::{Ids, Rng};
use kage_http::Authority;
use kage_schema::Timestamp;
use std::io;
use std::path::{Path, PathBuf};

/// A data directory, or the directory of an ephemeral double.
pub struct Place {
    directory: PathBuf,
    /// For ephemeral doubles: where the one that was started last says so.
    latest: Option<PathBuf>,
}

impl Place {
    /// Makes the directory.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn prepare(arguments: &UpArguments, globals: &Globals) -> Result<Place, Failure> {
        let place = if arguments.ephemeral { Place::ephemeral()? } else { Place::data(globals)? };
        let failed = |error: io::Error| cannot("use", &place.directory, &error);
        files::make_directory(&place.directory.join("tls")).map_err(failed)?;
        // What lies here are secrets; none of it belongs into a repository.
        files::write_private(&place.directory.join(".gitignore"), "*\n").map_err(failed)?;
        Ok(place)
    }

    fn data(globals: &Globals) -> Result<Place, Failure> {
        let given = discover::data_directory(globals);
        let directory = std::path::absolute(&given).map_err(|error| cannot("find", &given, &error))?;
        Ok(Place { directory, latest: None })
    }

    fn ephemeral() -> Result<Place, Failure> {
        let all = run_file::ephemeral_directory()?;
        let user = files::user().map_err(|error| cannot("use", &all, &error))?;
        files::make_own_directory(&all, user).map_err(|error| cannot("use", &all, &error))?;
        let directory = all.join(std::process::id().to_string());
        Ok(Place { directory, latest: Some(all.join(run_file::NAME)) })
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether nothing is kept.
    pub fn is_ephemeral(&self) -> bool {
        self.latest.is_some()
    }

    /// The certificate to trust.
    pub fn ca_file(&self) -> PathBuf {
        self.directory.join("tls").join("ca.pem")
    }

    /// The file with the token.
    pub fn token_file(&self) -> PathBuf {
        self.directory.join("token")
    }

    /// The run file.
    pub fn run_file(&self) -> PathBuf {
        self.directory.join(run_file::NAME)
    }

    /// The certificate authority that is here, or a new one.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn authority(&self, now: Timestamp) -> Result<Authority, Failure> {
        let key_file = self.directory.join("tls").join("ca.key");
        let read = |file: &Path| files::read(file).map_err(|error| cannot("read", file, &error));
        let broken = |error: kage_http::AuthorityError| {
            let hint = format!(
                "remove {}; a new one is made at the next start",
                self.directory.join("tls").display()
            );
            Failure::new(error.to_string(), hint)
        };
        if let (Some(certificate), Some(key)) = (read(&self.ca_file())?, read(&key_file)?) {
            if files::is_exposed(&key_file) {
                let hint = format!("chmod 600 {}", key_file.display());
                return Err(Failure::new("others may read the key of the local certificate authority", hint));
            }
            return Authority::load(&certificate, &key, now).map_err(broken);
        }
        let authority = Authority::generate(now).map_err(broken)?;
        self.write(&key_file, authority.key_pem())?;
        self.write(&self.ca_file(), authority.certificate_pem())?;
        Ok(authority)
    }

    /// A new token, which is also in the token file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn token(&self) -> Result<String, Failure> {
        // Never of the seeded stream: a token that can be computed is none.
        let rng = Rng::new(None);
        let token = Ids::new(&rng).hex(64);
        self.write(&self.token_file(), &token)?;
        Ok(token)
    }

    /// Says that the double runs.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn publish(&self, run: &RunFile) -> Result<(), Failure> {
        run.write(&self.run_file())?;
        self.latest.as_deref().map_or(Ok(()), |latest| run.write(latest))
    }

    /// Takes that back. What cannot be removed does no harm: it leads to nobody.
    pub fn withdraw(&self, run: &RunFile) {
        let mine = |file: &Path| matches!(RunFile::read(file), Ok(Some(found)) if found.pid == run.pid);
        for file in [Some(self.run_file()), self.latest.clone()].into_iter().flatten() {
            if mine(&file) {
                let _ = std::fs::remove_file(file);
            }
        }
        let _ = std::fs::remove_file(self.token_file());
    }

    /// Removes the directory of an ephemeral double, whether it ever ran or not.
    pub fn discard(&self) {
        if self.is_ephemeral() {
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }

    fn write(&self, file: &Path, text: &str) -> Result<(), Failure> {
        files::write_private(file, text).map_err(|error| cannot("write", file, &error))
    }
}

fn cannot(what: &str, file: &Path, error: &io::Error) -> Failure {
    Failure::new(
        format!("cannot {what} {}: {error}", file.display()),
        "choose another directory with --data DIR",
    )
}
