//! How far the streams of the bus were read.

use kage_core::{Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

const CURSORS: Table<u64> = Table::new("events.cursors");

/// The number of the next entry.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, stream: &str) -> Result<u64> {
    Ok(CURSORS.get(reads, &row(&[stream]))?.unwrap_or(0))
}

/// Keeps the number of the next entry.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, stream: &str, next: u64) -> Result<()> {
    Ok(CURSORS.put(tx.writer(), &row(&[stream]), &next)?)
}
