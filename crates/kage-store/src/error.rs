//! What can go wrong with the store.

use std::io;
use std::path::PathBuf;

/// An error of the store. Each names the file, space or snapshot it is about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file operation failed. Nothing of the failed call is visible.
    #[error("cannot {action} {file}: {source}")]
    Io {
        /// What was tried, as a verb: `open`, `append to`, `sync`.
        action: &'static str,
        /// The file, relative to the store's directory.
        file: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another process (or another `Store` of this one) has the directory open.
    #[error("the store at {directory} is in use by another process")]
    Locked {
        /// The store's directory.
        directory: String,
    },
    /// Bytes that were once durable are damaged. The store does not guess around them.
    #[error("{file} is damaged at byte {offset}: {reason}")]
    Corrupt {
        /// The damaged file, relative to the store's directory.
        file: String,
        /// Where in the file, in bytes from its beginning.
        offset: u64,
        /// What was expected there.
        reason: String,
    },
    /// The file was written by a newer version of Kagemusha.
    #[error(
        "{file} has format version {found}, this program reads up to {supported}: use a newer kage, or another directory"
    )]
    Newer {
        /// The file that says so, relative to the store's directory.
        file: String,
        /// The version it has.
        found: u32,
        /// The newest version that this program reads.
        supported: u32,
    },
    /// After a failed sync, or a failed write that could not be undone, nothing more is written. What was
    /// durable stays readable; a restart recovers it. A commit that ended with this error may or may not be
    /// there after the restart, whole in either case.
    #[error("the store is read-only until it is opened again: {reason}")]
    ReadOnly {
        /// The failure that caused it.
        reason: String,
    },
    /// No named snapshot has this name.
    #[error("there is no snapshot named {name:?}")]
    NoSnapshot {
        /// The name asked for.
        name: String,
    },
    /// A snapshot's name has 1 to 200 bytes.
    #[error("{name:?} cannot name a snapshot: a name has 1 to 200 bytes")]
    BadName {
        /// The name given.
        name: String,
    },
    /// The body is not there: never sealed, already released, or its file was removed by someone else.
    #[error("there is no body {id}")]
    NoBody {
        /// The body's identifier.
        id: String,
    },
    /// A transaction may carry up to 256 MiB.
    #[error("the transaction has {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// Size of the refused transaction in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A row exists but is no value of its table's type.
    #[error("the row {key} of {space} cannot be read: {reason}")]
    Undecodable {
        /// The table's space.
        space: String,
        /// The row's key, parts joined by `/`.
        key: String,
        /// What the decoder said.
        reason: String,
    },
    /// A value cannot be written as JSON (for example a map with keys that are no strings).
    #[error("the row {key} of {space} cannot be written: {reason}")]
    Unencodable {
        /// The table's space.
        space: String,
        /// The row's key, parts joined by `/`.
        key: String,
        /// What the encoder said.
        reason: String,
    },
    /// A fork goes into a directory that does not exist yet, or is empty.
    #[error("cannot fork into {}: {reason}", directory.display())]
    Fork {
        /// The directory that was asked for.
        directory: PathBuf,
        /// Why not.
        reason: String,
    },
}

/// Turns an `io::Error` into a [`StoreError`] that says what was tried on which file.
pub(crate) trait During<T> {
    fn during(self, action: &'static str, file: &str) -> Result<T, StoreError>;
}

impl<T> During<T> for io::Result<T> {
    fn during(self, action: &'static str, file: &str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Io { action, file: file.to_owned(), source })
    }
}
