//! Dashboards. They belong to the account and are the same in every Region.

use kage_core::{Arn, Millis, Resource, Result, Tx, scan};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const DASHBOARDS: Table<Dashboard> = Table::new("cloudwatch.dashboards");

/// A dashboard.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Dashboard {
    /// Its account.
    pub account: String,
    /// Its name.
    pub name: String,
    /// What it shows, as JSON text.
    pub body: String,
    /// When it was last written.
    pub modified: Millis,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// The ARN of a dashboard.
pub fn arn(account: &str, name: &str) -> String {
    Arn::new("cloudwatch", "", account, format!("dashboard/{name}")).to_string()
}

impl Resource for Dashboard {
    fn arn(&self) -> String {
        arn(&self.account, &self.name)
    }

    fn tags(&self) -> Vec<(String, String)> {
        self.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

/// The dashboard of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, name: &str) -> Result<Option<Dashboard>> {
    Ok(DASHBOARDS.get(reads, &row(&[account, name]))?)
}

/// The dashboards of an account, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str) -> Result<Vec<Dashboard>> {
    scan(&DASHBOARDS, reads, &row(&[account]))
}

/// Writes a dashboard.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, dashboard: &Dashboard) -> Result<()> {
    DASHBOARDS.put(tx.writer(), &row(&[&dashboard.account, &dashboard.name]), dashboard)?;
    Ok(())
}

/// Removes a dashboard.
pub fn remove(tx: &mut Tx, dashboard: &Dashboard) {
    DASHBOARDS.delete(tx.writer(), &row(&[&dashboard.account, &dashboard.name]));
}
