//! The state of the double: rows, streams and object bodies, changed by transactions.

pub mod bodies;
mod checkpoint;
mod core;
pub mod disk;
mod error;
mod flush;
mod fork;
mod format;
mod frame;
mod journal;
mod key;
mod op;
mod reads;
mod recovery;
mod replay;
mod segments;
mod store;
pub mod table;
mod transaction;
mod world;

pub use bodies::{Bodies, BodyId, BodyReader, StagedBody};
pub use error::StoreError;
pub use flush::Ticket;
pub use key::Key;
pub use reads::{Entry, Reads, Row, Rows, Snapshot};
pub use store::{Durability, Options, SnapshotInfo, Status, Store};
pub use transaction::Transaction;

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Locks a mutex. The state behind every mutex here is changed in single steps, so a panic elsewhere while it
/// was held does not make it wrong.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits on a condition; see [`lock`] about panics.
pub(crate) fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition.wait(guard).unwrap_or_else(PoisonError::into_inner)
}
