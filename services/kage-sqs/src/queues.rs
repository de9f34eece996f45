//! The queues of the double.

use crate::queue::Queue;
use kage_core::{Millis, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

const QUEUES: Table<Queue> = Table::new("sqs.queues");
/// When queues were deleted, by name.
const DELETED: Table<Millis> = Table::new("sqs.deleted-queues");

/// The queue of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, name: &str) -> Result<Option<Queue>> {
    Ok(QUEUES.get(reads, &row(&[account, region, name]))?)
}

/// The queues of an account in a Region, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Queue>> {
    kage_core::scan(&QUEUES, reads, &row(&[account, region]))
}

/// Writes a queue.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, queue: &Queue) -> Result<()> {
    Ok(QUEUES.put(tx.writer(), &row(&[&queue.account, &queue.region, &queue.name]), queue)?)
}

/// Removes a queue and remembers when.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, queue: &Queue, now: Millis) -> Result<()> {
    let key = row(&[&queue.account, &queue.region, &queue.name]);
    QUEUES.delete(tx.writer(), &key);
    Ok(DELETED.put(tx.writer(), &key, &now)?)
}

/// When a queue of this name was last deleted.
///
/// # Errors
/// Those of the store.
pub fn deleted_at(reads: &dyn Reads, account: &str, region: &str, name: &str) -> Result<Option<Millis>> {
    Ok(DELETED.get(reads, &row(&[account, region, name]))?)
}
