//! Errors of the command line: what is wrong, how to mend it, and the exit code.

use serde_json::json;
use std::process::ExitCode;

/// A failure of a command.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    what: String,
    hint: String,
}

impl Failure {
    /// Something did not work: exit code 1.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure { code: 1, what: what.into(), hint: hint.into() }
    }

    /// The command makes no sense: exit code 2.
    pub fn usage(what: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure { code: 2, ..Failure::new(what, hint) }
    }

    /// No double is running: exit code 3.
    pub fn not_running(what: impl Into<String>) -> Failure {
        Failure { code: 3, ..Failure::new(what, "start one with: kage up") }
    }

    /// Prints the failure on the standard error output.
    pub fn report(&self, as_json: bool) -> ExitCode {
        if as_json {
            eprintln!("{}", json!({ "error": self.what, "hint": self.hint }));
        } else {
            eprintln!("kage: {}\n      {}", self.what, self.hint);
        }
        ExitCode::from(self.code)
    }
}
