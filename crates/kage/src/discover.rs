//! Finding the running double.

use crate::cli::Globals;
use crate::client::Client;
use crate::environment;
use crate::failure::Failure;
use crate::run_file::{self, RunFile};
use std::path::PathBuf;

/// The data directory when nothing else was said.
pub const DEFAULT_DATA: &str = ".kage";

/// The data directory as given, from `KAGE_DATA`, or the default.
pub fn data_directory(globals: &Globals) -> PathBuf {
    globals.data.clone().or_else(environment::data).unwrap_or_else(|| PathBuf::from(DEFAULT_DATA))
}

/// A running double: how to speak to it, and what it said about itself, if its run file was found.
pub struct Double {
    /// Speaks to its admin endpoint.
    pub client: Client,
    /// Its run file.
    pub run_file: Option<RunFile>,
}

/// Finds the running double: by `--admin` or `KAGE_ADMIN`, else by the run file in the data directory, else by that of
/// the ephemeral double that was started last.
///
/// # Errors
/// Exit code 3 when there is none.
pub fn find(globals: &Globals) -> Result<Double, Failure> {
    let candidates = candidates(globals)?;
    let mut found = Vec::new();
    for file in &candidates {
        if let Some(run) = RunFile::read(file)? {
            found.push((file, run));
        }
    }
    if let Some(admin) = globals.admin.clone().or_else(environment::admin) {
        let run_file =
            found.into_iter().map(|(_, run)| run).find(|run| run.admin == admin.trim_end_matches('/'));
        let token = globals
            .token
            .clone()
            .or_else(environment::token)
            .or(run_file.as_ref().map(|run| run.token.clone()));
        let Some(token) = token else {
            return Err(Failure::usage(
                format!("no token is known for {admin}"),
                "say it with --token or KAGE_TOKEN",
            ));
        };
        return Ok(Double { client: Client::new(&admin, &token)?, run_file });
    }
    let mut silent = None;
    for (file, run) in found {
        let token = globals.token.clone().unwrap_or_else(|| run.token.clone());
        let client = Client::new(&run.admin, &token)?;
        if client.is_there() {
            return Ok(Double { client, run_file: Some(run) });
        }
        silent = Some(format!("the double of {} (process {}) is gone", file.display(), run.pid));
    }
    let places: Vec<String> = candidates.iter().map(|file| file.display().to_string()).collect();
    Err(Failure::not_running(
        silent.unwrap_or_else(|| format!("no double is running: there is no {}", places.join(" and no "))),
    ))
}

/// An explicit data directory means that double and no other.
fn candidates(globals: &Globals) -> Result<Vec<PathBuf>, Failure> {
    let mut files = vec![data_directory(globals).join(run_file::NAME)];
    if globals.data.is_none() && environment::data().is_none() {
        files.push(run_file::ephemeral_directory()?.join(run_file::NAME));
    }
    Ok(files)
}
