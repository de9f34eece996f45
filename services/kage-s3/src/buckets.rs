//! The tables of buckets and of accounts' Block Public Access settings.

use crate::bucket::{Block, Bucket};
use kage_core::{Result, Tx, scan};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

const BUCKETS: Table<Bucket> = Table::new("s3.buckets");
const BY_OWNER: Table<String> = Table::new("s3.buckets_by_owner");
const BLOCKS: Table<Block> = Table::new("s3.account_blocks");

/// The bucket of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, name: &str) -> Result<Option<Bucket>> {
    Ok(BUCKETS.get(reads, &row(&[name]))?)
}

/// Writes a bucket.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, bucket: &Bucket) -> Result<()> {
    BUCKETS.put(tx.writer(), &row(&[&bucket.name]), bucket)?;
    Ok(BY_OWNER.put(tx.writer(), &row(&[&bucket.owner, &bucket.name]), &bucket.name)?)
}

/// Removes a bucket.
pub fn remove(tx: &mut Tx, bucket: &Bucket) {
    BUCKETS.delete(tx.writer(), &row(&[&bucket.name]));
    BY_OWNER.delete(tx.writer(), &row(&[&bucket.owner, &bucket.name]));
}

/// An account's buckets by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, owner: &str) -> Result<Vec<Bucket>> {
    let names = scan(&BY_OWNER, reads, &row(&[owner]))?;
    let found = names.iter().filter_map(|name| find(reads, name).transpose());
    found.collect()
}

/// The settings of an account, if it has any.
///
/// # Errors
/// Those of the store.
pub fn account_block(reads: &dyn Reads, account: &str) -> Result<Option<Block>> {
    Ok(BLOCKS.get(reads, &row(&[account]))?)
}

/// Writes or removes the settings of an account.
///
/// # Errors
/// Those of the store.
pub fn put_account_block(tx: &mut Tx, account: &str, block: Option<Block>) -> Result<()> {
    let key = row(&[account]);
    match block {
        Some(block) => BLOCKS.put(tx.writer(), &key, &block)?,
        None => drop(BLOCKS.delete(tx.writer(), &key)),
    }
    Ok(())
}
