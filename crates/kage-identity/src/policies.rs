//! Managed policies: those of the account, and AWS's own.

use crate::Tags;
use kage_core::{Arn, Millis, Resource, Result, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};

/// A customer managed policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ManagedPolicy {
    /// Its account.
    pub account: String,
    /// Its name.
    pub name: String,
    /// `/` or `/division/`.
    pub path: String,
    /// `ANPA…`.
    pub id: String,
    /// What it is for.
    pub description: Option<String>,
    /// When it was made.
    pub created: Millis,
    /// When it was last changed.
    pub updated: Millis,
    /// Its versions, oldest first; five at most.
    pub versions: Vec<PolicyVersion>,
    /// The id of the version in force: `v1`.
    pub default_version: String,
    /// The number that the next version gets; never used twice.
    pub next_version: u32,
    /// Its tags.
    pub tags: Tags,
}

/// One version of a managed policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyVersion {
    /// `v1`.
    pub id: String,
    /// The document.
    pub document: String,
    /// When it was made.
    pub created: Millis,
}

const POLICIES: Table<ManagedPolicy> = Table::new("iam.policies");

impl ManagedPolicy {
    /// `arn:aws:iam::111122223333:policy/path/name`.
    #[must_use]
    pub fn arn(&self) -> String {
        Arn::new("iam", "", &self.account, format!("policy{}{}", self.path, self.name)).to_string()
    }

    /// The document in force.
    #[must_use]
    pub fn document(&self) -> Option<&str> {
        self.version(&self.default_version).map(|version| version.document.as_str())
    }

    /// The version with this id.
    #[must_use]
    pub fn version(&self, id: &str) -> Option<&PolicyVersion> {
        self.versions.iter().find(|version| version.id == id)
    }
}

impl Resource for ManagedPolicy {
    fn arn(&self) -> String {
        ManagedPolicy::arn(self)
    }
    fn owner(&self) -> Option<String> {
        Some(self.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.0.clone()
    }
}

/// The customer managed policy with this ARN.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, arn: &str) -> Result<Option<ManagedPolicy>> {
    let Some(parsed) = Arn::parse(arn) else { return Ok(None) };
    let Some(name) = parsed.of("policy").and_then(|path| path.rsplit('/').next()) else { return Ok(None) };
    let found = POLICIES.get(reads, &key(&parsed.account, name))?;
    Ok(found.filter(|policy| policy.arn() == arn))
}

/// The customer managed policy of this name, in any case of letters.
///
/// # Errors
/// Those of the store.
pub fn find_by_name(reads: &dyn Reads, account: &str, name: &str) -> Result<Option<ManagedPolicy>> {
    Ok(POLICIES.get(reads, &key(account, name))?)
}

/// All customer managed policies of the account, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str) -> Result<Vec<ManagedPolicy>> {
    scan(&POLICIES, reads, &row(&[account]))
}

/// Writes the policy.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, policy: &ManagedPolicy) -> Result<()> {
    Ok(POLICIES.put(tx.writer(), &key(&policy.account, &policy.name), policy)?)
}

/// Removes the policy.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, policy: &ManagedPolicy) -> Result<()> {
    POLICIES.delete(tx.writer(), &key(&policy.account, &policy.name));
    Ok(())
}

/// Whether the ARN is that of one of AWS's own policies.
#[must_use]
pub fn is_aws_managed(arn: &str) -> bool {
    arn.starts_with("arn:aws:iam::aws:policy/")
}

/// The document in force of any managed policy, AWS's own included. `None` when there is no such policy.
///
/// # Errors
/// Those of the store.
pub fn document(reads: &dyn Reads, arn: &str) -> Result<Option<String>> {
    if is_aws_managed(arn) {
        return Ok(kage_iam_data::managed_policy(arn).map(|policy| policy.document.to_string()));
    }
    Ok(find(reads, arn)?.and_then(|policy| policy.document().map(str::to_owned)))
}

fn key(account: &str, name: &str) -> Key {
    row(&[account, &name.to_lowercase()])
}
