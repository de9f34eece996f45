//! Event source mappings: what is read, how, and for whom.

use crate::function;
use crate::place::{Name, Place};
use kage_core::{Arn, Millis, Resource, Result, Tx, scan};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const MAPPINGS: Table<Mapping> = Table::new("lambda.mappings");
const CURSORS: Table<Cursor> = Table::new("lambda.cursors");

/// One mapping.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mapping {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// A UUID.
    pub id: String,
    /// ARN of the queue or stream.
    pub source: String,
    /// Name of the function.
    pub function: String,
    /// Its qualifier.
    pub qualifier: Option<String>,
    /// Whether it reads.
    pub enabled: bool,
    /// Whether the last change is still being made.
    pub changing: bool,
    /// The most records that the function gets at one time.
    pub batch: i32,
    /// How long records are gathered, in seconds.
    pub window: i32,
    /// Patterns of which a record must match one; none lets all pass.
    pub filters: Vec<String>,
    /// Whether the function may name the records that failed.
    pub partial: bool,
    /// What only streams have.
    pub stream: Option<StreamSettings>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// When it was changed last.
    pub modified: Millis,
    /// When it was made.
    pub created: Millis,
    /// What came of the last read.
    pub last_result: String,
    /// Until when records are gathered; `None` when nothing is.
    pub gathering: Option<Millis>,
    /// When the source is looked at again without anybody's doing.
    pub recheck: Option<Millis>,
}

/// How a stream is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamSettings {
    /// `TRIM_HORIZON`, `LATEST`, `AT_TIMESTAMP`.
    pub start: String,
    /// For `AT_TIMESTAMP`.
    pub start_at: Option<Millis>,
    /// Seconds; -1 for as long as the stream keeps records.
    pub max_age: i32,
    /// -1 for as often as it takes.
    pub retries: i32,
    /// Whether a failed batch is halved.
    pub bisect: bool,
    /// Where the description of a lost batch goes.
    pub on_failure: Option<String>,
}

/// How far one shard was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cursor {
    /// Sequence number of the last record that is done.
    pub position: Option<String>,
    /// Whether a job reads it now.
    pub running: bool,
    /// Which one: a job of an earlier turn has nothing to do.
    pub turn: u64,
    /// Whether the shard is closed and read to its end.
    pub done: bool,
    /// How often the records behind the position failed.
    pub failures: u32,
    /// How many records are tried, after a batch was halved.
    pub limit: Option<i32>,
}

impl Mapping {
    /// Its ARN.
    pub fn own_arn(&self) -> String {
        Arn::new("lambda", &self.region, &self.account, format!("event-source-mapping:{}", self.id))
            .to_string()
    }

    /// The function as it was named.
    pub fn name(&self) -> Name {
        let place =
            Place { account: self.account.clone(), region: self.region.clone(), name: self.function.clone() };
        Name { place, qualifier: self.qualifier.clone() }
    }

    /// The unqualified ARN of the function.
    pub fn function_arn(&self) -> String {
        function::arn(&self.account, &self.region, &self.function)
    }

    /// What is woken when the source has something new.
    pub fn topic(&self) -> String {
        match Arn::parse(&self.source) {
            Some(arn) if arn.service == "kinesis" => {
                format!("kinesis/{}/{}/{}", arn.account, arn.region, arn.of("stream").unwrap_or_default())
            }
            _ => self.source.clone(),
        }
    }
}

impl Resource for Mapping {
    fn arn(&self) -> String {
        self.own_arn()
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.clone().into_iter().collect()
    }
}

/// The mapping with this id.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, id: &str) -> Result<Option<Mapping>> {
    Ok(MAPPINGS.get(reads, &row(&[account, region, id]))?)
}

/// The mappings of an account in a Region.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Mapping>> {
    scan(&MAPPINGS, reads, &row(&[account, region]))
}

/// Writes a mapping.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, mapping: &Mapping) -> Result<()> {
    Ok(MAPPINGS.put(tx.writer(), &row(&[&mapping.account, &mapping.region, &mapping.id]), mapping)?)
}

/// Removes a mapping with its cursors.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, mapping: &Mapping) -> Result<()> {
    let names: Vec<_> = CURSORS
        .scan_prefix(tx.reads(), &row(&[&mapping.id]))
        .filter_map(|found| found.ok().map(|(key, _)| key))
        .collect();
    for key in names {
        CURSORS.delete(tx.writer(), &key);
    }
    MAPPINGS.delete(tx.writer(), &row(&[&mapping.account, &mapping.region, &mapping.id]));
    Ok(())
}

/// How far a shard was read.
///
/// # Errors
/// Those of the store.
pub fn cursor(reads: &dyn Reads, mapping: &Mapping, shard: &str) -> Result<Option<Cursor>> {
    Ok(CURSORS.get(reads, &row(&[&mapping.id, shard]))?)
}

/// Writes how far a shard was read.
///
/// # Errors
/// Those of the store.
pub fn put_cursor(tx: &mut Tx, mapping: &Mapping, shard: &str, cursor: &Cursor) -> Result<()> {
    Ok(CURSORS.put(tx.writer(), &row(&[&mapping.id, shard]), cursor)?)
}
