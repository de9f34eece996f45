//! `kage completions`.

use crate::cli::{Cli, CompletionsArguments, Globals};
use crate::failure::Failure;
use clap::CommandFactory as _;
use serde_json::json;
use std::io::Write as _;

/// Prints completions for a shell.
///
/// # Errors
/// When the output cannot be written.
pub fn run(arguments: &CompletionsArguments, globals: &Globals) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "kage", &mut script);
    if globals.json {
        let script = String::from_utf8_lossy(&script);
        script_line(json!({ "shell": arguments.shell.to_string(), "script": script }).to_string().as_bytes())
    } else {
        script_line(&script)
    }
}

fn script_line(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.write_all(b"\n"))
        .map_err(|error| Failure::new(format!("cannot write: {error}"), "is the output still open?"))
}
