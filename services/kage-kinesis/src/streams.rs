//! The streams of the double.

use crate::stream::Stream;
use kage_core::{Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

const STREAMS: Table<Stream> = Table::new("kinesis.streams");

/// The stream of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, name: &str) -> Result<Option<Stream>> {
    Ok(STREAMS.get(reads, &row(&[account, region, name]))?)
}

/// The streams of an account in a Region, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Stream>> {
    kage_core::scan(&STREAMS, reads, &row(&[account, region]))
}

/// Writes a stream.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, stream: &Stream) -> Result<()> {
    let key = row(&[&stream.account, &stream.region, &stream.name]);
    Ok(STREAMS.put(tx.writer(), &key, stream)?)
}

/// Removes a stream. Its shards, consumers and data keys are removed by their own collections.
pub fn remove(tx: &mut Tx, stream: &Stream) {
    STREAMS.delete(tx.writer(), &row(&[&stream.account, &stream.region, &stream.name]));
}
