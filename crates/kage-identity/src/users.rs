//! IAM users.

use crate::Tags;
use kage_core::{Arn, Millis, Resource, Result, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An IAM user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// Its account.
    pub account: String,
    /// Its name, unique in the account without regard to case.
    pub name: String,
    /// `/` or `/division/team/`.
    pub path: String,
    /// `AIDA…`.
    pub id: String,
    /// When it was made.
    pub created: Millis,
    /// Its tags.
    pub tags: Tags,
    /// ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// ARNs of attached managed policies, in order of attachment.
    pub attached: Vec<String>,
    /// Inline policies: name to document.
    pub inline: BTreeMap<String, String>,
    /// Names of its groups.
    pub groups: Vec<String>,
    /// Its console password.
    pub login: Option<LoginProfile>,
    /// When the password was last used.
    pub password_last_used: Option<Millis>,
    /// Serial numbers of its MFA devices with the time they were enabled.
    pub mfa: Vec<(String, Millis)>,
}

/// A console password. Only a salted digest is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginProfile {
    /// When it was made.
    pub created: Millis,
    /// When the password was last changed.
    pub changed: Millis,
    /// Whether the user must change it at the next sign-in.
    pub reset_required: bool,
    /// Salt, hexadecimal.
    pub salt: String,
    /// SHA-256 of salt and password, hexadecimal.
    pub digest: String,
    /// Salts and digests of earlier passwords, newest first, for the rule against reuse.
    pub earlier: Vec<(String, String)>,
}

const USERS: Table<User> = Table::new("iam.users");
const USERS_BY_ID: Table<(String, String)> = Table::new("iam.users.by-id");

impl User {
    /// `arn:aws:iam::111122223333:user/path/name`.
    #[must_use]
    pub fn arn(&self) -> String {
        Arn::new("iam", "", &self.account, format!("user{}{}", self.path, self.name)).to_string()
    }
}

impl Resource for User {
    fn arn(&self) -> String {
        User::arn(self)
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

/// The user of this name, in any case of letters.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, name: &str) -> Result<Option<User>> {
    Ok(USERS.get(reads, &key(account, name))?)
}

/// The user with this unique id (`AIDA…`), in any account.
///
/// # Errors
/// Those of the store.
pub fn find_by_id(reads: &dyn Reads, id: &str) -> Result<Option<User>> {
    match USERS_BY_ID.get(reads, &row(&[id]))? {
        Some((account, name)) => find(reads, &account, &name),
        None => Ok(None),
    }
}

/// All users of the account, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str) -> Result<Vec<User>> {
    scan(&USERS, reads, &row(&[account]))
}

/// Writes the user.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, user: &User) -> Result<()> {
    let names = (user.account.clone(), user.name.clone());
    USERS_BY_ID.put(tx.writer(), &row(&[&user.id]), &names)?;
    Ok(USERS.put(tx.writer(), &key(&user.account, &user.name), user)?)
}

/// Removes the user.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, account: &str, name: &str) -> Result<()> {
    if let Some(user) = find(tx.reads(), account, name)? {
        USERS_BY_ID.delete(tx.writer(), &row(&[&user.id]));
    }
    USERS.delete(tx.writer(), &key(account, name));
    Ok(())
}
