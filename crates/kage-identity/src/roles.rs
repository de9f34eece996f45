//! IAM roles.

use crate::Tags;
use kage_core::{Arn, Millis, Resource, Result, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An IAM role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Role {
    /// Its account.
    pub account: String,
    /// Its name, unique in the account without regard to case.
    pub name: String,
    /// `/` or `/service-role/`; `/aws-service-role/…/` marks a service-linked role.
    pub path: String,
    /// `AROA…`.
    pub id: String,
    /// When it was made.
    pub created: Millis,
    /// What it is for.
    pub description: Option<String>,
    /// The trust policy, with users and roles as unique ids (rule 53 of `authorization.md`).
    pub trust: String,
    /// Longest session in seconds: 3,600 to 43,200.
    pub max_session_seconds: i32,
    /// Its tags.
    pub tags: Tags,
    /// ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// ARNs of attached managed policies.
    pub attached: Vec<String>,
    /// Inline policies: name to document.
    pub inline: BTreeMap<String, String>,
    /// When and in which Region it was last used.
    pub last_used: Option<(Millis, String)>,
}

const ROLES: Table<Role> = Table::new("iam.roles");
const ROLES_BY_ID: Table<(String, String)> = Table::new("iam.roles.by-id");

impl Role {
    /// `arn:aws:iam::111122223333:role/path/name`.
    #[must_use]
    pub fn arn(&self) -> String {
        Arn::new("iam", "", &self.account, format!("role{}{}", self.path, self.name)).to_string()
    }

    /// Whether only its service may assume and change it.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        self.path.starts_with("/aws-service-role/")
    }
}

/// The trust policy is no part of this: it binds `sts:AssumeRole` alone, which adds it itself.
impl Resource for Role {
    fn arn(&self) -> String {
        Role::arn(self)
    }
    fn owner(&self) -> Option<String> {
        Some(self.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.0.clone()
    }
}

fn key(account: &str, name: &str) -> Key {
    row(&[account, &name.to_lowercase()])
}

/// The role of this name, in any case of letters.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, name: &str) -> Result<Option<Role>> {
    Ok(ROLES.get(reads, &key(account, name))?)
}

/// The role with this unique id (`AROA…`), in any account.
///
/// # Errors
/// Those of the store.
pub fn find_by_id(reads: &dyn Reads, id: &str) -> Result<Option<Role>> {
    match ROLES_BY_ID.get(reads, &row(&[id]))? {
        Some((account, name)) => find(reads, &account, &name),
        None => Ok(None),
    }
}

/// All roles of the account, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str) -> Result<Vec<Role>> {
    scan(&ROLES, reads, &row(&[account]))
}

/// Writes the role.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, role: &Role) -> Result<()> {
    let names = (role.account.clone(), role.name.clone());
    ROLES_BY_ID.put(tx.writer(), &row(&[&role.id]), &names)?;
    Ok(ROLES.put(tx.writer(), &key(&role.account, &role.name), role)?)
}

/// Removes the role.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, role: &Role) -> Result<()> {
    ROLES_BY_ID.delete(tx.writer(), &row(&[&role.id]));
    ROLES.delete(tx.writer(), &key(&role.account, &role.name));
    Ok(())
}
