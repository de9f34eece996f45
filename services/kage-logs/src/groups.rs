//! The log groups of the double.

use crate::group::Group;
use kage_core::{Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

const GROUPS: Table<Group> = Table::new("logs.groups");

/// The log group of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, name: &str) -> Result<Option<Group>> {
    Ok(GROUPS.get(reads, &row(&[account, region, name]))?)
}

/// The log groups of an account in a Region, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Group>> {
    kage_core::scan(&GROUPS, reads, &row(&[account, region]))
}

/// Writes a log group.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, group: &Group) -> Result<()> {
    GROUPS.put(tx.writer(), &row(&[&group.account, &group.region, &group.name]), group)?;
    Ok(())
}

/// Removes a log group. Its streams and events must be gone.
pub fn remove(tx: &mut Tx, group: &Group) {
    GROUPS.delete(tx.writer(), &row(&[&group.account, &group.region, &group.name]));
}
