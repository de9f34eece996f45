//! Destinations: names for streams of one account to which other accounts may subscribe.

use kage_core::{Arn, Millis, Resource, ResourcePolicy, Result, Semantics, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

const DESTINATIONS: Table<Destination> = Table::new("logs.destinations");

/// One destination.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Destination {
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Where events go.
    pub target: String,
    /// The role with which they go there.
    pub role: String,
    /// Who may subscribe.
    pub policy: Option<String>,
    /// When it was made.
    pub created: Millis,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Resource for Destination {
    fn arn(&self) -> String {
        arn(&self.region, &self.account, &self.name)
    }
    fn owner(&self) -> Option<String> {
        Some(self.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        let text = self.policy.as_deref()?;
        Some(ResourcePolicy { text: Arc::from(text), semantics: Semantics::Generic })
    }
}

/// The ARN of a destination.
pub fn arn(region: &str, account: &str, name: &str) -> String {
    Arn::new("logs", region, account, format!("destination:{name}")).to_string()
}

/// The destination of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, name: &str) -> Result<Option<Destination>> {
    Ok(DESTINATIONS.get(reads, &row(&[account, region, name]))?)
}

/// The destinations of an account in a Region, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Destination>> {
    kage_core::scan(&DESTINATIONS, reads, &row(&[account, region]))
}

/// Writes a destination.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, destination: &Destination) -> Result<()> {
    let key = row(&[&destination.account, &destination.region, &destination.name]);
    DESTINATIONS.put(tx.writer(), &key, destination)?;
    Ok(())
}

/// Removes a destination.
pub fn remove(tx: &mut Tx, destination: &Destination) {
    DESTINATIONS.delete(tx.writer(), &row(&[&destination.account, &destination.region, &destination.name]));
}
