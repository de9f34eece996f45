//! The keys of the double.

use crate::key::Key;
use kage_core::{Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

const KEYS: Table<Key> = Table::new("kms.keys");

/// The key with this id.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, id: &str) -> Result<Option<Key>> {
    Ok(KEYS.get(reads, &row(&[account, region, id]))?)
}

/// The keys of an account in a Region, by id.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Key>> {
    kage_core::scan(&KEYS, reads, &row(&[account, region]))
}

/// Writes a key.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, key: &Key) -> Result<()> {
    KEYS.put(tx.writer(), &row(&[&key.account, &key.region, &key.id]), key)?;
    Ok(())
}

/// Removes a key and with it its material.
pub fn remove(tx: &mut Tx, key: &Key) {
    KEYS.delete(tx.writer(), &row(&[&key.account, &key.region, &key.id]));
}
