//! Insights queries that were started, their results, and saved definitions.

use kage_core::{Error, Millis, Result, Tx};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};

const QUERIES: Table<StartedQuery> = Table::new("logs.queries");
const RESULTS: Table<Vec<Vec<(String, String)>>> = Table::new("logs.query-results");
const DEFINITIONS: Table<Definition> = Table::new("logs.query-definitions");

/// How many rows of results stand in one row of the store.
const CHUNK: usize = 500;

/// A query that was started.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StartedQuery {
    /// Its id.
    pub id: String,
    /// The names of its groups.
    pub groups: Vec<String>,
    /// The query.
    pub text: String,
    /// From this time on.
    pub from: Millis,
    /// Up to this time.
    pub to: Millis,
    /// How many rows at most.
    pub limit: Option<usize>,
    /// When it was started.
    pub created: Millis,
    /// Who started it.
    pub by: String,
    /// How far it is.
    pub status: Status,
    /// Events that passed the filters.
    pub matched: u64,
    /// Events seen.
    pub scanned: u64,
    /// Bytes seen.
    pub bytes: u64,
    /// Rows of results.
    pub rows: usize,
}

/// How far a query is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It waits or runs.
    #[default]
    Running,
    /// It has its results.
    Complete,
    /// It was stopped.
    Cancelled,
    /// It could not be run.
    Failed,
}

impl Status {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Status::Running => "Running",
            Status::Complete => "Complete",
            Status::Cancelled => "Cancelled",
            Status::Failed => "Failed",
        }
    }
}

/// A query that was saved.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Definition {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The query.
    pub text: String,
    /// The names of its groups.
    pub groups: Option<Vec<String>>,
    /// When it was written last.
    pub modified: Millis,
}

/// The queries of an account in a Region.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<StartedQuery>> {
    kage_core::scan(&QUERIES, reads, &row(&[account, region]))
}

/// The query of this id.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, id: &str) -> Result<Option<StartedQuery>> {
    Ok(QUERIES.get(reads, &row(&[account, region, id]))?)
}

/// Writes a query.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, account: &str, region: &str, query: &StartedQuery) -> Result<()> {
    QUERIES.put(tx.writer(), &row(&[account, region, &query.id]), query)?;
    Ok(())
}

fn chunk(account: &str, region: &str, id: &str, number: usize) -> Key {
    row(&[account, region, id]).with_number(number as u64)
}

/// Writes the results of a query.
///
/// # Errors
/// Those of the store.
pub fn put_results(
    tx: &mut Tx,
    account: &str,
    region: &str,
    id: &str,
    rows: &[Vec<(String, String)>],
) -> Result<()> {
    for (number, part) in rows.chunks(CHUNK).enumerate() {
        RESULTS.put(tx.writer(), &chunk(account, region, id, number), &part.to_vec())?;
    }
    Ok(())
}

/// Up to `count` rows of results from row `from` on.
///
/// # Errors
/// Those of the store.
pub fn results(
    reads: &dyn Reads,
    (account, region): (&str, &str),
    id: &str,
    from: usize,
    count: usize,
) -> Result<Vec<Vec<(String, String)>>> {
    let mut out = Vec::new();
    let mut number = from / CHUNK;
    let mut skip = from % CHUNK;
    while out.len() < count {
        let Some(part) = RESULTS.get(reads, &chunk(account, region, id, number))? else { break };
        out.extend(part.into_iter().skip(skip).take(count.saturating_sub(out.len())));
        skip = 0;
        number = number.saturating_add(1);
    }
    Ok(out)
}

/// Removes a query with its results.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, account: &str, region: &str, id: &str) -> Result<()> {
    let prefix = row(&[account, region, id]);
    let keys: Vec<Key> = RESULTS
        .scan_prefix(tx.reads(), &prefix)
        .map(|found| Ok(found?.0))
        .collect::<std::result::Result<_, Error>>()?;
    for key in keys {
        RESULTS.delete(tx.writer(), &key);
    }
    QUERIES.delete(tx.writer(), &prefix);
    Ok(())
}

/// The saved queries of an account in a Region.
///
/// # Errors
/// Those of the store.
pub fn list_definitions(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Definition>> {
    kage_core::scan(&DEFINITIONS, reads, &row(&[account, region]))
}

/// Writes a saved query.
///
/// # Errors
/// Those of the store.
pub fn put_definition(tx: &mut Tx, account: &str, region: &str, definition: &Definition) -> Result<()> {
    DEFINITIONS.put(tx.writer(), &row(&[account, region, &definition.id]), definition)?;
    Ok(())
}

/// Removes a saved query; true if there was one.
pub fn remove_definition(tx: &mut Tx, account: &str, region: &str, id: &str) -> bool {
    DEFINITIONS.delete(tx.writer(), &row(&[account, region, id]))
}
