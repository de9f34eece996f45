//! What happens later: message move tasks, a part every second of the double's clock.

use crate::message::{Content, State};
use crate::moves::{self, Status, Task};
use crate::queue::{Queue, seconds};
use crate::{address, delivery, messages, queues};
use kage_core::{Call, Error, Job, JobHandler, Result, Tx};
use kage_schema::Timestamp;
use serde_json::{Value, json};

const MOVE: &str = "sqs.move-messages";
/// AWS: SQS API reference, `StartMessageMoveTask`: the largest rate; also the rate when none is given.
pub const RATE_MAX: u32 = 500;

/// The handlers of the service's jobs.
pub fn handlers() -> Vec<JobHandler> {
    vec![JobHandler { kind: MOVE, principal: "sqs.amazonaws.com", run: move_messages }]
}

/// Plans the next part of a task.
///
/// # Errors
/// Those of the store.
pub fn plan(tx: &mut Tx, source: &Queue, task: &Task, at: Timestamp) -> Result<()> {
    let job = Job {
        kind: MOVE.to_owned(),
        account: source.account.clone(),
        region: source.region.clone(),
        payload: json!({ "queue": source.name, "id": source.id, "task": task.id }),
    };
    tx.schedule(at, &job)
}

fn move_messages(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let (Some(name), Some(id), Some(task)) =
        (payload["queue"].as_str(), payload["id"].as_str(), payload["task"].as_str())
    else {
        return Err(Error::internal("a job of SQS without a queue"));
    };
    let source = queues::find(tx.reads(), &call.account, &call.region, name)?;
    let Some(source) = source.filter(|queue| queue.id == id) else { return Ok(()) };
    let Some(mut task) = moves::find(tx.reads(), &source, task)? else { return Ok(()) };
    if task.status != Status::Running {
        return Ok(());
    }
    let rate = usize::try_from(task.rate.unwrap_or(RATE_MAX)).unwrap_or(usize::MAX);
    let left = task.to_move.saturating_sub(task.moved);
    let part = rate.min(usize::try_from(left).unwrap_or(usize::MAX));
    let numbers = messages::ready(tx.reads(), &source, call.now.milliseconds(), part)?;
    let is_empty = numbers.is_empty();
    for number in numbers {
        if !move_one(call, tx, &source, &task, number)? {
            task.status = Status::Failed;
            // Recorded at AWS: LocalStack's validated test_move_task_delete_destination_queue_while_running.
            task.failure = Some("AWS.SimpleQueueService.NonExistentQueue".to_owned());
            return moves::put(tx, &source, &task);
        }
        task.moved = task.moved.saturating_add(1);
    }
    if is_empty || task.moved >= task.to_move {
        task.status = Status::Completed;
    } else {
        plan(tx, &source, &task, call.now.plus_ms(1000))?;
    }
    moves::put(tx, &source, &task)
}

/// Moves one message; false when there is no queue to take it. It is a new message there: AWS: SQS developer guide, "Learn
/// how to configure a dead-letter queue redrive".
fn move_one(call: &Call<'_>, tx: &mut Tx, source: &Queue, task: &Task, number: u64) -> Result<bool> {
    let Some(state) = messages::state(tx.reads(), source, number)? else { return Ok(true) };
    let content = messages::content(tx.reads(), source, number)?;
    let Some(arn) = task.destination.as_deref().or(content.source.as_deref()) else { return Ok(false) };
    let Some(destination) = address::by_arn(tx, arn)? else { return Ok(false) };
    messages::remove(tx, source, number, &state)?;
    let now = call.now.milliseconds();
    let content = Content { id: call.ids().uuid(), sent: now, source: None, ..content };
    let visible = now.saturating_add(seconds(destination.settings.delay));
    delivery::enter(tx, &destination, &content, State { visible, ..State::default() })?;
    Ok(true)
}
