//! Archives of the double: which events they keep, and the events.

use crate::bus::Place;
use crate::route::Arrival;
use kage_core::{Arn, Error, Millis, Resource, Result, Tx};
use kage_pattern::Pattern;
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const ARCHIVES: Table<Archive> = Table::new("events.archives");

/// An archive of a bus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Archive {
    /// The bus.
    pub bus: Place,
    /// Its name, unique in its account and Region.
    pub name: String,
    /// A name that no other archive ever had.
    pub id: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Which events it keeps; all without one.
    #[serde(default)]
    pub pattern: Option<String>,
    /// For how many days; 0 for ever.
    #[serde(default)]
    pub days: i32,
    /// When it was made.
    pub created: Millis,
    /// How many events it took.
    #[serde(default)]
    pub count: u64,
    /// Their size in bytes.
    #[serde(default)]
    pub bytes: u64,
}

/// An event in an archive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// When it was taken.
    pub at: Millis,
    /// The event.
    pub event: Value,
}

impl Archive {
    /// Its ARN.
    pub fn archive_arn(&self) -> String {
        arn(&self.bus.account, &self.bus.region, &self.name)
    }

    /// The stream of its events.
    pub fn stream(&self) -> String {
        format!("events.archive/{}", self.id)
    }

    /// Whether an event that was taken at this time is still kept.
    pub fn keeps(&self, at: Millis, now: Millis) -> bool {
        self.days == 0 || now.saturating_sub(at) <= i64::from(self.days).saturating_mul(86_400_000)
    }
}

impl Resource for Archive {
    fn arn(&self) -> String {
        self.archive_arn()
    }
}

/// The ARN of an archive.
pub fn arn(account: &str, region: &str, name: &str) -> String {
    Arn::new("events", region, account, format!("archive/{name}")).to_string()
}

/// The archive of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, name: &str) -> Result<Option<Archive>> {
    Ok(ARCHIVES.get(reads, &row(&[account, region, name]))?)
}

/// The archives of an account and Region, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Archive>> {
    kage_core::scan(&ARCHIVES, reads, &row(&[account, region]))
}

/// Writes an archive.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, archive: &Archive) -> Result<()> {
    let key = row(&[&archive.bus.account, &archive.bus.region, &archive.name]);
    Ok(ARCHIVES.put(tx.writer(), &key, archive)?)
}

/// Removes an archive. Nobody reads its events any more.
pub fn remove(tx: &mut Tx, archive: &Archive) {
    ARCHIVES.delete(tx.writer(), &row(&[&archive.bus.account, &archive.bus.region, &archive.name]));
}

/// Keeps an event in the archives of its bus that want it. What a replay sends is not kept again: AWS makes the rule of an
/// archive with `"replay-name": [{"exists": false}]`.
///
/// # Errors
/// Those of the store.
pub fn keep(tx: &mut Tx, arrival: &Arrival<'_>) -> Result<()> {
    if arrival.event.get("replay-name").is_some() {
        return Ok(());
    }
    for mut archive in list(tx.reads(), &arrival.bus.account, &arrival.bus.region)? {
        let wants = match archive.pattern.as_deref().map(Pattern::parse) {
            Some(Ok(pattern)) => pattern.matches(arrival.event),
            Some(Err(_)) => false,
            None => true,
        };
        if archive.bus != *arrival.bus || !wants {
            continue;
        }
        let kept = Kept { at: arrival.taken, event: arrival.event.clone() };
        let entry = serde_json::to_value(&kept).map_err(|error| Error::internal(error.to_string()))?;
        tx.emit(&archive.stream(), &entry)?;
        archive.count = archive.count.saturating_add(1);
        let size = u64::try_from(arrival.event.to_string().len()).unwrap_or(u64::MAX);
        archive.bytes = archive.bytes.saturating_add(size);
        put(tx, &archive)?;
    }
    Ok(())
}
