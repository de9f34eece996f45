//! The transaction of one call.

use crate::errand::{Chore, Delivery};
use crate::wait::Wait;
use crate::{Error, Job, Result};
use kage_schema::Timestamp;
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads, Savepoint, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::any::Any;

const JOBS: Table<Job> = Table::new("kage.jobs");
/// Jobs that are planned whenever a topic is woken.
const LISTENERS: Table<Job> = Table::new("kage.listeners");
const SEQUENCES: Table<u64> = Table::new("kage.sequences");

/// All that one call reads and writes. It is committed as a whole, with the call's record, or not at all.
///
/// A service's collections (`keys.rs`, `grants.rs`, …) are the only users of [`Tx::writer`] and [`Tx::reads`].
pub struct Tx {
    transaction: Transaction,
    jobs: u32,
    records: Vec<(String, Value)>,
    judgements: Vec<Box<dyn Any + Send>>,
    later: Later,
}

/// What a transaction leaves to be done when it is over.
#[derive(Default)]
pub struct Later {
    /// Topics whose waiters are woken by the commit.
    pub wakes: Vec<String>,
    /// The call is to be made again when this comes.
    pub wait: Option<Wait>,
    /// What gives the answer of an operation after its commit.
    pub delivery: Option<Delivery>,
    /// What a job does after its commit.
    pub chore: Option<Chore>,
}

/// A moment of a transaction to which it can go back.
pub struct Moment {
    savepoint: Savepoint,
    jobs: u32,
    wakes: usize,
}

impl Tx {
    /// Wraps a store transaction.
    #[must_use]
    pub fn new(transaction: Transaction) -> Tx {
        Tx { transaction, jobs: 0, records: Vec::new(), judgements: Vec::new(), later: Later::default() }
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

    /// Keeps a judgement that was made while the operation ran, for explanations. Opaque to services.
    pub fn keep_judgement(&mut self, judgement: Box<dyn Any + Send>) {
        self.judgements.push(judgement);
    }

    /// Takes the judgements kept so far.
    pub fn take_judgements(&mut self) -> Vec<Box<dyn Any + Send>> {
        std::mem::take(&mut self.judgements)
    }

    /// Remembers this moment. Costs little.
    #[must_use]
    pub fn moment(&self) -> Moment {
        let savepoint = self.transaction.savepoint();
        Moment { savepoint, jobs: self.jobs, wakes: self.later.wakes.len() }
    }

    /// Undoes what was written since; records and judgements stay.
    pub fn undo(&mut self, to: Moment) {
        self.transaction.undo(to.savepoint);
        self.jobs = to.jobs;
        self.later = Later { wakes: std::mem::take(&mut self.later.wakes), ..Later::default() };
        self.later.wakes.truncate(to.wakes);
    }

    /// Wakes the calls that wait for this topic, once this transaction is committed, and plans the jobs that listen to it.
    pub fn wake(&mut self, topic: impl Into<String>) {
        let topic = topic.into();
        let jobs: Vec<Job> = LISTENERS
            .scan_prefix(&self.transaction, &row(&[&topic]))
            .filter_map(|listener| listener.ok().map(|(_, job)| job))
            .collect();
        for job in &jobs {
            // Due at once. A store that fails here fails the commit too.
            let _ = self.schedule(Timestamp(0), job);
        }
        self.later.wakes.push(topic);
    }

    /// Plans `job` whenever this topic is woken from now on, until [`Tx::unlisten`] with the same name.
    ///
    /// # Errors
    /// Those of the store.
    pub fn listen(&mut self, topic: &str, name: &str, job: &Job) -> Result<()> {
        Ok(LISTENERS.put(&mut self.transaction, &row(&[topic, name]), job)?)
    }

    /// Ends what [`Tx::listen`] began.
    pub fn unlisten(&mut self, topic: &str, name: &str) {
        LISTENERS.delete(&mut self.transaction, &row(&[topic, name]));
    }

    /// Asks that the operation be made again when there may be more to answer; nothing of this try is kept. The answer of
    /// this try counts when the patience is at its end.
    pub fn wait(&mut self, wait: Wait) {
        self.later.wait = Some(wait);
    }

    /// Leaves the answer of this operation to work outside the transaction, after its commit. Not for operations that
    /// other services forward to.
    pub fn deliver(&mut self, delivery: Delivery) {
        self.later.delivery = Some(delivery);
    }

    /// Leaves work of a job to be done outside the transaction, after its commit. The job is done when the work has
    /// returned `Ok`; it is made again after an error or a crash.
    pub fn after(&mut self, chore: Chore) {
        self.later.chore = Some(chore);
    }

    /// Whether the answer is left to work after the commit. For the pipeline.
    #[must_use]
    pub fn has_delivery(&self) -> bool {
        self.later.delivery.is_some()
    }

    /// Takes the wish to be made again. For the pipeline.
    pub fn take_wait(&mut self) -> Option<Wait> {
        self.later.wait.take()
    }

    /// Takes what is left to be done. For the pipeline.
    pub fn take_later(&mut self) -> Later {
        std::mem::take(&mut self.later)
    }

    /// Plans a job for `at` on the double's clock.
    ///
    /// # Errors
    /// Those of the store.
    pub fn schedule(&mut self, at: Timestamp, job: &Job) -> Result<()> {
        self.schedule_keyed(at, job).map(|_| ())
    }

    /// The same, and gives the job's key. For the pipeline.
    ///
    /// # Errors
    /// Those of the store.
    pub fn schedule_keyed(&mut self, at: Timestamp, job: &Job) -> Result<Key> {
        // Jobs of one moment run in the order in which they were planned.
        let counter = row(&["jobs"]);
        let sequence = SEQUENCES.get(&self.transaction, &counter)?.unwrap_or(0);
        SEQUENCES.put(&mut self.transaction, &counter, &sequence.wrapping_add(1))?;
        self.jobs = self.jobs.saturating_add(1);
        let key = Key::new().with_number(at.0.max(0).unsigned_abs()).with_number(sequence);
        JOBS.put(&mut self.transaction, &key, job)?;
        Ok(key)
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
