//! IAM groups. Membership is kept with the user.

use kage_core::{Arn, Millis, Resource, Result, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An IAM group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Its account.
    pub account: String,
    /// Its name, unique in the account without regard to case.
    pub name: String,
    /// `/` or `/division/team/`.
    pub path: String,
    /// `AGPA…`.
    pub id: String,
    /// When it was made.
    pub created: Millis,
    /// ARNs of attached managed policies.
    pub attached: Vec<String>,
    /// Inline policies: name to document.
    pub inline: BTreeMap<String, String>,
}

const GROUPS: Table<Group> = Table::new("iam.groups");

impl Group {
    /// `arn:aws:iam::111122223333:group/path/name`.
    #[must_use]
    pub fn arn(&self) -> String {
        Arn::new("iam", "", &self.account, format!("group{}{}", self.path, self.name)).to_string()
    }
}

impl Resource for Group {
    fn arn(&self) -> String {
        Group::arn(self)
    }
    fn owner(&self) -> Option<String> {
        Some(self.account.clone())
    }
}

fn key(account: &str, name: &str) -> Key {
    row(&[account, &name.to_lowercase()])
}

/// The group of this name, in any case of letters.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, name: &str) -> Result<Option<Group>> {
    Ok(GROUPS.get(reads, &key(account, name))?)
}

/// All groups of the account, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str) -> Result<Vec<Group>> {
    scan(&GROUPS, reads, &row(&[account]))
}

/// Writes the group.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, group: &Group) -> Result<()> {
    Ok(GROUPS.put(tx.writer(), &key(&group.account, &group.name), group)?)
}

/// Removes the group.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, account: &str, name: &str) -> Result<()> {
    GROUPS.delete(tx.writer(), &key(account, name));
    Ok(())
}
