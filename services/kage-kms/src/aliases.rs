//! Aliases: other names of keys.

use crate::errors;
use kage_core::{Arn, Millis, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const ALIASES: Table<Alias> = Table::new("kms.aliases");

/// One alias.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Alias {
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name, with `alias/`.
    pub name: String,
    /// The id of its key.
    pub key: String,
    /// When it was made.
    pub created: Millis,
    /// When its key was last changed.
    pub updated: Millis,
}

impl Alias {
    /// Its ARN.
    pub fn arn(&self) -> String {
        arn(&self.account, &self.region, &self.name)
    }
}

/// The ARN of an alias.
pub fn arn(account: &str, region: &str, name: &str) -> String {
    Arn::new("kms", region, account, name).to_string()
}

/// Whether only AWS may make, move and delete it.
pub fn is_reserved(name: &str) -> bool {
    name.starts_with("alias/aws/")
}

/// Refuses names that no customer's alias may have.
///
/// # Errors
/// `ValidationException`, `InvalidAliasNameException`, `NotAuthorizedException`.
pub fn require_name(name: &str) -> Result<()> {
    let Some(rest) = name.strip_prefix("alias/") else { return Err(errors::alias_prefix()) };
    if is_reserved(name) {
        return Err(errors::reserved_alias());
    }
    if rest.is_empty() {
        return Err(errors::alias_empty());
    }
    // The model's pattern lets colons pass; an ARN could not hold them.
    if rest.contains(':') {
        return Err(errors::alias_characters(name));
    }
    Ok(())
}

/// The alias of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, name: &str) -> Result<Option<Alias>> {
    Ok(ALIASES.get(reads, &row(&[account, region, name]))?)
}

/// The aliases of an account in a Region, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Alias>> {
    kage_core::scan(&ALIASES, reads, &row(&[account, region]))
}

/// The names of the aliases of a key.
///
/// # Errors
/// Those of the store.
pub fn of_key(reads: &dyn Reads, account: &str, region: &str, key: &str) -> Result<Vec<String>> {
    let all = list(reads, account, region)?;
    Ok(all.into_iter().filter(|alias| alias.key == key).map(|alias| alias.name).collect())
}

/// Writes an alias.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, alias: &Alias) -> Result<()> {
    ALIASES.put(tx.writer(), &row(&[&alias.account, &alias.region, &alias.name]), alias)?;
    Ok(())
}

/// Removes an alias.
pub fn remove(tx: &mut Tx, account: &str, region: &str, name: &str) {
    ALIASES.delete(tx.writer(), &row(&[account, region, name]));
}
