//! The registered consumers of a stream.

use crate::consumer::Consumer;
use crate::stream::Stream;
use kage_core::{Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

const CONSUMERS: Table<Consumer> = Table::new("kinesis.consumers");

/// The consumer of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, stream: &Stream, name: &str) -> Result<Option<Consumer>> {
    Ok(CONSUMERS.get(reads, &row(&[&stream.id, name]))?)
}

/// All consumers of a stream, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, stream: &Stream) -> Result<Vec<Consumer>> {
    kage_core::scan(&CONSUMERS, reads, &row(&[&stream.id]))
}

/// Writes a consumer.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, stream: &Stream, consumer: &Consumer) -> Result<()> {
    Ok(CONSUMERS.put(tx.writer(), &row(&[&stream.id, &consumer.name]), consumer)?)
}

/// Removes a consumer.
pub fn remove(tx: &mut Tx, stream: &Stream, name: &str) {
    CONSUMERS.delete(tx.writer(), &row(&[&stream.id, name]));
}

/// Removes all consumers of a stream.
///
/// # Errors
/// Those of the store.
pub fn remove_all(tx: &mut Tx, stream: &Stream) -> Result<()> {
    for consumer in list(tx.reads(), stream)? {
        remove(tx, stream, &consumer.name);
    }
    Ok(())
}
