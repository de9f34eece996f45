//! Every error with AWS's text. AWS: EC2 API reference, "Error codes"; texts as recorded in public issue threads.

use kage_core::Error;

/// What a dry run answers to those who have the permission.
pub fn dry_run() -> Error {
    Error::new("DryRunOperation", 412, "Request would have succeeded, but DryRun flag is set.")
}

/// A value that names nothing.
pub fn invalid_value(message: impl Into<String>) -> Error {
    Error::new("InvalidParameterValue", 400, message)
}

/// Something that the double does not model (law 7).
pub fn not_modelled(what: &str) -> Error {
    Error::new("NotImplemented", 501, format!("kage does not model {what}."))
}
