//! Instance profiles: what carries a role to an EC2 instance.

use crate::Tags;
use kage_core::{Arn, Millis, Resource, Result, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};

/// An instance profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InstanceProfile {
    /// Its account.
    pub account: String,
    /// Its name, unique in the account without regard to case.
    pub name: String,
    /// `/` or `/division/team/`.
    pub path: String,
    /// `AIPA…`.
    pub id: String,
    /// When it was made.
    pub created: Millis,
    /// Name of its role; one at most.
    pub role: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

const PROFILES: Table<InstanceProfile> = Table::new("iam.instance-profiles");

impl InstanceProfile {
    /// `arn:aws:iam::111122223333:instance-profile/path/name`.
    #[must_use]
    pub fn arn(&self) -> String {
        Arn::new("iam", "", &self.account, format!("instance-profile{}{}", self.path, self.name)).to_string()
    }
}

impl Resource for InstanceProfile {
    fn arn(&self) -> String {
        InstanceProfile::arn(self)
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

/// The instance profile of this name, in any case of letters.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, name: &str) -> Result<Option<InstanceProfile>> {
    Ok(PROFILES.get(reads, &key(account, name))?)
}

/// All instance profiles of the account, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str) -> Result<Vec<InstanceProfile>> {
    scan(&PROFILES, reads, &row(&[account]))
}

/// Writes the instance profile.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, profile: &InstanceProfile) -> Result<()> {
    Ok(PROFILES.put(tx.writer(), &key(&profile.account, &profile.name), profile)?)
}

/// Removes the instance profile.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, account: &str, name: &str) -> Result<()> {
    PROFILES.delete(tx.writer(), &key(account, name));
    Ok(())
}
