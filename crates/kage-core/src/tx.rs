//! The transaction of one call.

use crate::{Error, Job, Result};
use kage_schema::Timestamp;
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const JOBS: Table<Job> = Table::new("kage.jobs");
const SEQUENCES: Table<u64> = Table::new("kage.sequences");

/// All that one call reads and writes. It is committed as a whole, with the call's record, or not at all.
///
/// A service's collections (`keys.rs`, `grants.rs`, …) are the only users of [`Tx::writer`] and [`Tx::reads`].
pub struct Tx {
    transaction: Transaction,
    jobs: u32,
    records: Vec<(String, Value)>,
}

impl Tx {
    /// Wraps a store transaction.
    #[must_use]
    pub fn new(transaction: Transaction) -> Tx {
        Tx { transaction, jobs: 0, records: Vec::new() }
    }

    /// For reading; sees what this call wrote.
    #[must_use]
    pub fn reads(&self) -> &dyn Reads {
        &self.transaction
    }

    /// For writing.
    pub fn writer(&mut self) -> &mut Transaction {
        &mut self.transaction
    }

    /// The store transaction, to be committed by the pipeline.
    #[must_use]
    pub fn into_inner(self) -> Transaction {
        self.transaction
    }

    /// Appends an entry to the outbox of `topic`; consumers read it in order after the commit. Returns its number.
    ///
    /// # Errors
    /// Those of the store.
    pub fn emit(&mut self, topic: &str, entry: &Value) -> Result<u64> {
        let bytes = serde_json::to_vec(entry).map_err(|error| Error::internal(error.to_string()))?;
        Ok(self.transaction.append(topic, &bytes))
    }

    /// Keeps a CloudTrail event (account and event) for the end of the call. Events outlive a failure: when the call
    /// is rolled back, the pipeline writes them in a transaction of their own.
    pub fn record(&mut self, events: Vec<(String, Value)>) {
        self.records.extend(events);
    }

    /// Takes the events kept so far.
    pub fn take_records(&mut self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.records)
    }

    /// Plans a job for `at` on the double's clock.
    ///
    /// # Errors
    /// Those of the store.
    pub fn schedule(&mut self, at: Timestamp, job: &Job) -> Result<()> {
        // Jobs of one moment run in the order in which they were planned.
        let counter = row(&["jobs"]);
        let sequence = SEQUENCES.get(&self.transaction, &counter)?.unwrap_or(0);
        SEQUENCES.put(&mut self.transaction, &counter, &sequence.wrapping_add(1))?;
        self.jobs = self.jobs.saturating_add(1);
        let key = Key::new().with_number(at.0.max(0).unsigned_abs()).with_number(sequence);
        JOBS.put(&mut self.transaction, &key, job)?;
        Ok(())
    }

    /// How many jobs this transaction planned; the scheduler is woken when there are any.
    #[must_use]
    pub fn scheduled(&self) -> u32 {
        self.jobs
    }
}

/// All values of a table under a prefix, in the order of their keys.
///
/// # Errors
/// Those of the store.
pub fn scan<T: Serialize + DeserializeOwned>(
    table: &Table<T>,
    reads: &dyn Reads,
    prefix: &Key,
) -> Result<Vec<T>> {
    let rows = table.scan_prefix(reads, prefix);
    Ok(rows.map(|row| row.map(|(_, value)| value)).collect::<std::result::Result<_, _>>()?)
}
