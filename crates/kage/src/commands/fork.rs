//! `kage fork`.

use crate::cli::{ForkArguments, Globals};
use crate::failure::Failure;
use crate::{discover, files};
use serde_json::json;
use std::io;

/// Copies the running double into a new data directory.
///
/// # Errors
/// When the directory is not empty, the double refuses, or none is running.
pub fn run(arguments: &ForkArguments, globals: &Globals) -> Result<(), Failure> {
    let client = discover::find(globals)?.client;
    let shown = arguments.directory.display();
    let failed = |error: io::Error| {
        Failure::new(format!("cannot use {shown}: {error}"), "name a directory that does not exist yet")
    };
    let directory = std::path::absolute(&arguments.directory).map_err(failed)?;
    let fresh = !directory.exists();
    if !fresh && std::fs::read_dir(&directory).map_err(failed)?.next().is_some() {
        return Err(Failure::new(
            format!("{shown} is not empty"),
            "name a directory that does not exist yet",
        ));
    }
    files::make_directory(&directory).map_err(failed)?;
    let answer = client.post("/v1/fork", &json!({ "dir": directory })).inspect_err(|_| {
        if fresh {
            // Only when it is empty; whatever was written into it stays to be looked at.
            let _ = std::fs::remove_dir(&directory);
        }
    })?;
    if globals.json {
        println!("{answer}");
    } else {
        println!("forked; start it with: kage up --port 0 --admin-port 0 --data {shown}");
    }
    Ok(())
}
