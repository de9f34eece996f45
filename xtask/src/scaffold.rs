//! `cargo xtask new`.

use crate::workspace::Outcome;

/// A new service crate.
pub fn service(name: &str) -> Outcome {
    Err(format!("cannot scaffold the service `{name}` yet"))
}

/// A new operation of a service.
pub fn operation(service: &str, name: &str) -> Outcome {
    Err(format!("cannot scaffold `{service}:{name}` yet"))
}

/// A new rehearsal.
pub fn rehearsal(name: &str) -> Outcome {
    Err(format!("cannot scaffold the rehearsal `{name}` yet"))
}
