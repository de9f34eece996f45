//! What goes wrong on this side.

use std::io;

/// The sandbox could not do its work. The texts are for the person who runs the double.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// A file, a socket or a process.
    #[error("{0}: {1}")]
    Host(&'static str, io::Error),
    /// A package does not unpack or cannot be read.
    #[error("the package cannot be unpacked: {0}")]
    Package(String),
    /// A runtime that this host does not have.
    #[error("the host has no {0}; functions of runtime {1} cannot run here")]
    NoInterpreter(&'static str, String),
    /// A runtime that is not modelled.
    #[error("the runtime {0} is not modelled")]
    Runtime(String),
    /// The room could not be made.
    #[error("the execution environment could not be made: {0}")]
    Room(String),
}

/// Adds what was being done to an error of the system.
pub(crate) fn host(doing: &'static str) -> impl FnOnce(io::Error) -> Trouble {
    move |error| Trouble::Host(doing, error)
}
