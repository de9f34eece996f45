//! Long-term access keys.

use kage_core::{Millis, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

/// A long-term access key of a user or of the account root. The secret is kept as it is: signatures cannot be checked
/// otherwise. It never leaves this table but to the verifier and to the caller of `CreateAccessKey`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccessKey {
    /// `AKIA…`.
    pub id: String,
    /// Its account.
    pub account: String,
    /// The user's name; `None` for the root user.
    pub user: Option<String>,
    /// The secret access key.
    pub secret: String,
    /// Whether it is active.
    pub active: bool,
    /// When it was made.
    pub created: Millis,
    /// When, for which service and in which Region it was last used.
    pub last_used: Option<(Millis, String, String)>,
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccessKey({} of {}, active: {})", self.id, self.account, self.active)
    }
}

const KEYS: Table<AccessKey> = Table::new("iam.access-keys");
const KEYS_BY_ACCOUNT: Table<()> = Table::new("iam.access-keys.by-account");

/// The key with this id, in any account.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, id: &str) -> Result<Option<AccessKey>> {
    Ok(KEYS.get(reads, &row(&[id]))?)
}

/// The keys of a user (`None`: of the root user), oldest first.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, user: Option<&str>) -> Result<Vec<AccessKey>> {
    let mut keys = Vec::new();
    for entry in KEYS_BY_ACCOUNT.scan_prefix(reads, &row(&[account])) {
        let Some(id) = entry?.0.text(1) else { continue };
        if let Some(key) = find(reads, &id)?
            && key.user.as_deref().map(str::to_lowercase) == user.map(str::to_lowercase)
        {
            keys.push(key);
        }
    }
    keys.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
    Ok(keys)
}

/// Writes the key.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, key: &AccessKey) -> Result<()> {
    KEYS_BY_ACCOUNT.put(tx.writer(), &row(&[&key.account, &key.id]), &())?;
    Ok(KEYS.put(tx.writer(), &row(&[&key.id]), key)?)
}

/// Removes the key.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, key: &AccessKey) -> Result<()> {
    KEYS_BY_ACCOUNT.delete(tx.writer(), &row(&[&key.account, &key.id]));
    KEYS.delete(tx.writer(), &row(&[&key.id]));
    Ok(())
}
