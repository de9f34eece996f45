//! Message move tasks: messages of a dead-letter queue go back to where they came from, or to another queue.
//!
//! AWS: SQS API reference, `StartMessageMoveTask`.

use crate::queue::Queue;
use kage_core::{Millis, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

/// By source queue and number.
const TASKS: Table<Task> = Table::new("sqs.move-tasks");

/// One task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Task {
    /// Its id.
    pub id: String,
    /// Its place among the tasks of its source, from 0.
    pub number: u64,
    /// ARN of the queue from which messages are moved.
    pub source: String,
    /// ARN of the queue to which they go; `None` for those from which they came.
    pub destination: Option<String>,
    /// `MaxNumberOfMessagesPerSecond`.
    pub rate: Option<u32>,
    /// Where it is.
    pub status: Status,
    /// How many messages were moved.
    pub moved: u64,
    /// How many were to be moved when it began.
    pub to_move: u64,
    /// When it began.
    pub started: Millis,
    /// Why it failed.
    pub failure: Option<String>,
}

/// The states of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It moves messages.
    #[default]
    Running,
    /// It moved all.
    Completed,
    /// It was stopped by the caller.
    Cancelled,
    /// It could not go on.
    Failed,
}

impl Status {
    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Status::Running => "RUNNING",
            Status::Completed => "COMPLETED",
            Status::Cancelled => "CANCELLED",
            Status::Failed => "FAILED",
        }
    }
}

/// The tasks of a source queue, oldest first.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, source: &Queue) -> Result<Vec<Task>> {
    kage_core::scan(&TASKS, reads, &row(&[&source.id]))
}

/// Writes a task.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, source: &Queue, task: &Task) -> Result<()> {
    Ok(TASKS.put(tx.writer(), &row(&[&source.id]).with_number(task.number), task)?)
}

/// A task by its id.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, source: &Queue, id: &str) -> Result<Option<Task>> {
    Ok(list(reads, source)?.into_iter().find(|task| task.id == id))
}
