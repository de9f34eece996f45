//! What the admin port says when something does not work.

use serde_json::{Value, json};

/// A failure: what is wrong, and how to mend it.
#[derive(Debug)]
pub struct Failure {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong.
    pub error: String,
    /// How to mend it.
    pub hint: String,
}

impl Failure {
    /// A failure with this status.
    pub fn new(status: u16, error: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure { status, error: error.into(), hint: hint.into() }
    }

    /// A request that makes no sense.
    pub fn bad(error: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::new(400, error, hint)
    }

    /// `{"error": …, "hint": …}`.
    pub fn to_json(&self) -> Value {
        json!({ "error": self.error, "hint": self.hint })
    }
}

impl From<kage_store::StoreError> for Failure {
    fn from(error: kage_store::StoreError) -> Failure {
        use kage_store::StoreError;
        let (status, hint) = match &error {
            StoreError::NoSnapshot { .. } => (404, "see: kage snapshot list"),
            StoreError::BadName { .. } => (400, "choose a name of 1 to 200 bytes"),
            StoreError::Fork { .. } => (409, "name a directory that does not exist yet"),
            StoreError::ReadOnly { .. } => (500, "restart kage"),
            _ => (500, "see: kage doctor"),
        };
        Failure::new(status, error.to_string(), hint)
    }
}

impl From<kage_core::Error> for Failure {
    fn from(error: kage_core::Error) -> Failure {
        Failure::new(error.status, error.message, "see: kage doctor")
    }
}
