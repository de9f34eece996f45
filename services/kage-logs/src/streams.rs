//! Log streams: what is known of each besides its events.

use crate::group::Group;
use kage_core::{Millis, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const STREAMS: Table<Stream> = Table::new("logs.streams");

/// One log stream.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Stream {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Millis,
    /// Time of its earliest event.
    pub first: Option<Millis>,
    /// Time of its latest event.
    pub last: Option<Millis>,
    /// When an event came last.
    pub ingested: Option<Millis>,
    /// Bytes of its events, 26 for each one included.
    pub bytes: u64,
}

/// The stream of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, group: &Group, name: &str) -> Result<Option<Stream>> {
    Ok(STREAMS.get(reads, &row(&[&group.uid, name]))?)
}

/// The streams of a group, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, group: &Group) -> Result<Vec<Stream>> {
    kage_core::scan(&STREAMS, reads, &row(&[&group.uid]))
}

/// Writes a stream.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, group: &Group, stream: &Stream) -> Result<()> {
    STREAMS.put(tx.writer(), &row(&[&group.uid, &stream.name]), stream)?;
    Ok(())
}

/// Removes a stream. Its events must be gone.
pub fn remove(tx: &mut Tx, group: &Group, name: &str) {
    STREAMS.delete(tx.writer(), &row(&[&group.uid, name]));
}
