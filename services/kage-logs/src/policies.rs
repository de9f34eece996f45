//! Resource policies: they let AWS services write.

use crate::group::Group;
use kage_core::{Error, Millis, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

const POLICIES: Table<Policy> = Table::new("logs.resource-policies");

/// One policy: of the account by name, or of a log group.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Its name; empty for those of a log group.
    pub name: String,
    /// The ARN of its log group; empty for those of the account.
    pub resource: String,
    /// The document.
    pub document: String,
    /// When it was written last.
    pub updated: Millis,
    /// Changes with every write.
    pub revision: String,
}

impl Policy {
    /// What tells it from the others.
    pub fn id(&self) -> &str {
        if self.resource.is_empty() { &self.name } else { &self.resource }
    }
}

/// The policies of an account in a Region.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Policy>> {
    kage_core::scan(&POLICIES, reads, &row(&[account, region]))
}

/// The policy of this name or log group.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, id: &str) -> Result<Option<Policy>> {
    Ok(POLICIES.get(reads, &row(&[account, region, id]))?)
}

/// Writes a policy.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, account: &str, region: &str, policy: &Policy) -> Result<()> {
    POLICIES.put(tx.writer(), &row(&[account, region, policy.id()]), policy)?;
    Ok(())
}

/// Removes a policy.
pub fn remove(tx: &mut Tx, account: &str, region: &str, id: &str) {
    POLICIES.delete(tx.writer(), &row(&[account, region, id]));
}

/// All statements that could let a service write to this group, as one document; `None` without any.
///
/// # Errors
/// Those of the store.
pub fn combined(reads: &dyn Reads, group: &Group) -> Result<Option<Arc<str>>> {
    let mut statements = Vec::new();
    for policy in list(reads, &group.account, &group.region)? {
        if !policy.resource.is_empty() && policy.resource != group.arn() {
            continue;
        }
        let document: Value = serde_json::from_str(&policy.document)
            .map_err(|error| Error::internal(format!("a resource policy cannot be read: {error}")))?;
        match &document["Statement"] {
            Value::Array(all) => statements.extend(all.iter().cloned()),
            Value::Null => {}
            one => statements.push(one.clone()),
        }
    }
    // Ids are unique within one document only.
    for statement in statements.iter_mut().filter_map(Value::as_object_mut) {
        statement.shift_remove("Sid");
    }
    if statements.is_empty() {
        return Ok(None);
    }
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    Ok(Some(Arc::from(document.to_string())))
}
