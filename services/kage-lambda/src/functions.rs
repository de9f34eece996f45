//! The functions of the double: heads, versions, aliases, policies.

use crate::function::{Alias, Function, Head, PolicyRow};
use crate::place::Place;
use kage_core::{Result, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};

const HEADS: Table<Head> = Table::new("lambda.functions");
const VERSIONS: Table<Function> = Table::new("lambda.versions");
const ALIASES: Table<Alias> = Table::new("lambda.aliases");
const POLICIES: Table<PolicyRow> = Table::new("lambda.policies");

fn key(place: &Place) -> Key {
    row(&[&place.account, &place.region, &place.name])
}

/// Versions in the order of their numbers, `$LATEST` first.
fn version_key(place: &Place, version: &str) -> Key {
    key(place).with_number(version.parse().unwrap_or(0))
}

/// What all versions of a function share.
///
/// # Errors
/// Those of the store.
pub fn head(reads: &dyn Reads, place: &Place) -> Result<Option<Head>> {
    Ok(HEADS.get(reads, &key(place))?)
}

/// Writes it.
///
/// # Errors
/// Those of the store.
pub fn put_head(tx: &mut Tx, head: &Head) -> Result<()> {
    Ok(HEADS.put(tx.writer(), &row(&[&head.account, &head.region, &head.name]), head)?)
}

/// The functions of an account in a Region, by name.
///
/// # Errors
/// Those of the store.
pub fn heads(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Head>> {
    scan(&HEADS, reads, &row(&[account, region]))
}

/// One version.
///
/// # Errors
/// Those of the store.
pub fn version(reads: &dyn Reads, place: &Place, version: &str) -> Result<Option<Function>> {
    let found = VERSIONS.get(reads, &version_key(place, version))?;
    Ok(found.filter(|found| found.version == version))
}

/// All versions, `$LATEST` first.
///
/// # Errors
/// Those of the store.
pub fn versions(reads: &dyn Reads, place: &Place) -> Result<Vec<Function>> {
    scan(&VERSIONS, reads, &key(place))
}

/// Writes a version.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, function: &Function) -> Result<()> {
    Ok(VERSIONS.put(tx.writer(), &version_key(&Place::of(function), &function.version), function)?)
}

/// Removes one version with its policy.
pub fn remove_version(tx: &mut Tx, place: &Place, version: &str) {
    VERSIONS.delete(tx.writer(), &version_key(place, version));
    remove_policy(tx, place, version);
}

/// Removes the head, which holds what is left once all versions and aliases are gone.
pub fn remove_head(tx: &mut Tx, place: &Place) {
    HEADS.delete(tx.writer(), &key(place));
    remove_policy(tx, place, "");
}

/// An alias.
///
/// # Errors
/// Those of the store.
pub fn alias(reads: &dyn Reads, place: &Place, name: &str) -> Result<Option<Alias>> {
    Ok(ALIASES.get(reads, &key(place).with(name))?)
}

/// The aliases of a function, by name.
///
/// # Errors
/// Those of the store.
pub fn aliases(reads: &dyn Reads, place: &Place) -> Result<Vec<Alias>> {
    scan(&ALIASES, reads, &key(place))
}

/// Writes an alias.
///
/// # Errors
/// Those of the store.
pub fn put_alias(tx: &mut Tx, place: &Place, alias: &Alias) -> Result<()> {
    Ok(ALIASES.put(tx.writer(), &key(place).with(&alias.name), alias)?)
}

/// Removes an alias with its policy.
pub fn remove_alias(tx: &mut Tx, place: &Place, name: &str) {
    ALIASES.delete(tx.writer(), &key(place).with(name));
    remove_policy(tx, place, name);
}

/// The policy of a function (empty qualifier), version or alias.
///
/// # Errors
/// Those of the store.
pub fn policy(reads: &dyn Reads, place: &Place, qualifier: &str) -> Result<Option<PolicyRow>> {
    Ok(POLICIES.get(reads, &key(place).with(qualifier))?)
}

/// Writes a policy.
///
/// # Errors
/// Those of the store.
pub fn put_policy(tx: &mut Tx, place: &Place, qualifier: &str, policy: &PolicyRow) -> Result<()> {
    Ok(POLICIES.put(tx.writer(), &key(place).with(qualifier), policy)?)
}

/// Removes a policy.
pub fn remove_policy(tx: &mut Tx, place: &Place, qualifier: &str) {
    POLICIES.delete(tx.writer(), &key(place).with(qualifier));
}
