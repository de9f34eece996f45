//! The state of the double: rows, streams and object bodies, changed by transactions.
//!
//! - **Rows**: spaces of ordered keys and values, all in memory, in persistent maps. A reader, a named
//!   snapshot and a fork are pointers to a state that never changes. [`table::Table`] makes rows typed.
//! - **Streams**: append-only entries (CloudTrail events, flow logs), written once, into the journal, by the
//!   transaction they belong to. Memory holds where each one stands: 12 bytes an entry.
//! - **Bodies**: files beside the journal, adopted and released by transactions.
//!
//! One transaction is one frame of the journal, so it is there whole or not at all. Checkpoints in the
//! background keep recovery short. What [`Durability::Process`] and [`Durability::Power`] promise is tested
//! with `kill -9`, and on a disk that forgets, tears and fails at any chosen operation.
//!
//! # Why not an embedded database
//!
//! redb 4.6 and fjall 3.1 were tried. One run of the same work (512-byte row, two index rows, 200-byte entry
//! per commit) on two cores, ext4, load 1.7:
//!
//! | | redb | fjall | this |
//! | --- | --- | --- | --- |
//! | commits/s, 1 thread, not synced | 23,200 | 89,700 | 74,800 |
//! | commits/s, 8 threads, not synced | 16,500 | 79,900 | 44,000 |
//! | of those, after one `kill -9` | none | all | all |
//! | commits/s, 1 thread, synced | 2,770 | 6,410 | 4,220 |
//! | commits/s, 8 threads, synced | 2,260 | 6,880 | 14,200 |
//! | get/s | 958,000 | 567,000 | 1,080,000 |
//! | keys/s in a range | 13 M | 3.2 M | 38 M |
//! | named snapshot, restore | 0.9 ms, 33 ms | not offered | 2 ms, 2 ms |
//! | open 3 x 100,000 rows | 0.5 ms | 950 ms | 96 ms |
//!
//! At load 8 the synced commits of 8 threads were 456, 369 and 2,540 a second: sharing syncs counts most
//! where a sync is slow.
//!
//! - redb's commits without fsync live in the process only, so it would need a journal before it, and then
//!   it is a slower map behind our own journal. Entries of streams would be rows of its B-tree.
//! - fjall keeps answered calls over `kill -9`, but has no named snapshots, its synced transactions did not
//!   share a sync, it cannot be given a disk that fails, and it opens and scans slowly.
//! - Every call writes (its CloudTrail record), reads far more often than it writes, and snapshots and forks
//!   of the whole world are a feature. The state of a double fits in memory; its history and bodies need not.
//!
//! # What this costs
//!
//! - All rows are in memory, and opening reads them: about a microsecond each.
//! - A segment stays on the disk while a stream has an entry in it, and with it the rows written beside that
//!   entry. Streams only grow (a restore undoes entries), so the journal is the history of the double.
//! - A checkpoint writes all rows and the places of all entries.
//! - It runs where files are POSIX files.
//!
//! # Reading order
//!
//! `store`, `transaction`, `reads`, `world`; then `frame` and `op` (the format), `journal`, `flush`,
//! `checkpoint`, `replay`, `recovery`; `core` ties them together.

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
pub use transaction::{Savepoint, Transaction};

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
