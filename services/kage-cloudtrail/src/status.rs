//! How deliveries go: one status for each trail, account and Region, as GetTrailStatus tells them apart.

use crate::trail::Trail;
use kage_core::{Millis, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const STATUSES: Table<Status> = Table::new("cloudtrail.statuses");

/// What GetTrailStatus tells of deliveries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Log files.
    pub files: Outcome,
    /// Digests.
    pub digests: Outcome,
    /// Notifications of log files.
    pub notifications: Outcome,
    /// Events in CloudWatch Logs.
    pub log_group: Outcome,
}

/// What came of deliveries of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// The last that worked.
    pub delivered: Option<Millis>,
    /// The last attempt.
    pub attempted: Option<Millis>,
    /// The other service's code, when the last attempt failed.
    pub error: Option<String>,
    /// When it began to fail.
    pub failing_since: Option<Millis>,
}

impl Outcome {
    /// One attempt more, and what came of it.
    pub fn note(&mut self, now: Millis, result: std::result::Result<(), String>) {
        self.attempted = Some(now);
        match result {
            Ok(()) => {
                self.delivered = Some(now);
                self.error = None;
                self.failing_since = None;
            }
            Err(code) => {
                self.error = Some(code);
                self.failing_since.get_or_insert(now);
            }
        }
    }
}

fn key(trail: &Trail, account: &str, region: &str) -> kage_store::Key {
    row(&[&trail.account, &trail.region, &trail.name, account, region])
}

/// The status of a trail for an account and Region.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, trail: &Trail, account: &str, region: &str) -> Result<Status> {
    Ok(STATUSES.get(reads, &key(trail, account, region))?.unwrap_or_default())
}

/// Writes the status of a trail for an account and Region.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, trail: &Trail, account: &str, region: &str, status: &Status) -> Result<()> {
    Ok(STATUSES.put(tx.writer(), &key(trail, account, region), status)?)
}

/// Forgets all of a trail.
pub fn forget(tx: &mut Tx, trail: &Trail) {
    let prefix = row(&[&trail.account, &trail.region, &trail.name]);
    let keys: Vec<_> = STATUSES
        .scan_prefix(tx.reads(), &prefix)
        .filter_map(|found| found.ok().map(|(key, _)| key))
        .collect();
    for key in keys {
        STATUSES.delete(tx.writer(), &key);
    }
}
