//! `StartMessageMoveTask`, `ListMessageMoveTasks`, `CancelMessageMoveTask`.

use super::queues::sources;
use crate::moves::{Status, Task};
use crate::queue::{Queue, own_access};
use crate::{address, errors, jobs, messages, moves};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_sqs::types::{
    CancelMessageMoveTaskResult, ListMessageMoveTasksResult, ListMessageMoveTasksResultEntry,
    StartMessageMoveTaskResult,
};
use kage_core::{Access, Arn, Call, Lookup, Operation, Result, Tx};
use serde_json::{Value, json};

fn lookup(tx: &Tx, arn: &str) -> Result<Lookup<Queue>> {
    Ok(match address::by_arn(tx, arn)? {
        Some(queue) => Lookup::Found(queue),
        None => {
            let owner = Arn::parse(arn).map(|arn| arn.account).filter(|account| !account.is_empty());
            Lookup::Missing { arn: arn.to_owned(), owner, error: errors::no_resource("SourceArn") }
        }
    })
}

/// Source and destination of a task.
pub struct Ends {
    source: Queue,
    destination: Option<Queue>,
}

/// Begins to move messages out of a dead-letter queue.
pub struct StartMessageMoveTask;

impl Operation for StartMessageMoveTask {
    shape!(START_MESSAGE_MOVE_TASK: StartMessageMoveTaskRequest -> StartMessageMoveTaskResult on Ends);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Ends>> {
        let destination = match &input.destination_arn {
            Some(arn) => address::by_arn(tx, arn)?,
            None => None,
        };
        Ok(lookup(tx, &input.source_arn)?.map(|source| Ends { source, destination }))
    }

    // AWS: SQS developer guide, "Configuring queue permissions for dead-letter queue redrive": the task acts with the
    // caller's permissions, which must reach to both queues.
    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Ends>) -> Access {
        let (source, destination) = match target {
            Lookup::Found(ends) => (Lookup::Found(ends.source.clone()), ends.destination.clone()),
            Lookup::Missing { arn, owner, .. } => {
                let (arn, owner, error) = (arn.clone(), owner.clone(), errors::no_resource("SourceArn"));
                (Lookup::Missing { arn, owner, error }, None)
            }
        };
        let mut access = own_access(call, "sqs:StartMessageMoveTask", &source);
        for action in ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"] {
            access = access.and(own_access(call, action, &source));
        }
        match (destination, &input.destination_arn) {
            (Some(queue), _) => access.and(Access::on_found("sqs:SendMessage", &queue)),
            (None, Some(arn)) => access.and(Access::to("sqs:SendMessage", arn.clone())),
            (None, None) => access,
        }
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        ends: Ends,
        input: &Self::Input,
    ) -> Result<StartMessageMoveTaskResult> {
        let Ends { source, destination } = ends;
        if input.destination_arn.is_some() && destination.is_none() {
            return Err(errors::no_resource("DestinationArn"));
        }
        if sources(tx, &source)?.is_empty() {
            return Err(errors::invalid("Source queue must be configured as a Dead Letter Queue."));
        }
        if destination.is_some_and(|queue| queue.settings.fifo != source.settings.fifo) {
            return Err(errors::invalid(
                "The destination queue must be of the same type as the source queue.",
            ));
        }
        let rate = match input.max_number_of_messages_per_second {
            None => None,
            Some(given) => {
                let rate = u32::try_from(given).ok().filter(|rate| (1..=jobs::RATE_MAX).contains(rate));
                let reason = "Must be between 1 and 500, if provided.";
                let refused = || errors::invalid_value(given, "MaxNumberOfMessagesPerSecond", reason);
                Some(rate.ok_or_else(refused)?)
            }
        };
        let tasks = moves::list(tx.reads(), &source)?;
        if tasks.iter().any(|task| task.status == Status::Running) {
            let text = "There is already a task running. Only one active task is allowed for a source queue arn at a given time.";
            return Err(errors::invalid(text));
        }
        let counts = messages::counts(tx.reads(), &source, call.now.milliseconds())?;
        let task = Task {
            id: call.ids().uuid(),
            number: tasks.last().map_or(0, |task| task.number.saturating_add(1)),
            source: source.arn(),
            destination: input.destination_arn.clone(),
            rate,
            to_move: counts.visible,
            started: call.now.milliseconds(),
            ..Task::default()
        };
        moves::put(tx, &source, &task)?;
        jobs::plan(tx, &source, &task, call.now)?;
        Ok(StartMessageMoveTaskResult { task_handle: Some(handle(&task)) })
    }
}

fn handle(task: &Task) -> String {
    STANDARD.encode(json!({ "taskId": task.id, "sourceArn": task.source }).to_string())
}

/// Lists the latest tasks of a queue.
pub struct ListMessageMoveTasks;

impl Operation for ListMessageMoveTasks {
    shape!(LIST_MESSAGE_MOVE_TASKS: ListMessageMoveTasksRequest -> ListMessageMoveTasksResult on Queue);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        lookup(tx, &input.source_arn)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        own_access(call, "sqs:ListMessageMoveTasks", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        queue: Queue,
        input: &Self::Input,
    ) -> Result<ListMessageMoveTasksResult> {
        let given = input.max_results.unwrap_or(1);
        let limit = usize::try_from(given).ok().filter(|limit| (1..=10).contains(limit));
        let limit = limit.ok_or_else(|| {
            errors::invalid_value(given, "MaxResults", "Must be between 1 and 10, if provided.")
        })?;
        let tasks = moves::list(tx.reads(), &queue)?;
        let results: Vec<_> = tasks.iter().rev().take(limit).map(shown).collect();
        Ok(ListMessageMoveTasksResult { results: Some(results).filter(|results| !results.is_empty()) })
    }
}

fn shown(task: &Task) -> ListMessageMoveTasksResultEntry {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    ListMessageMoveTasksResultEntry {
        task_handle: (task.status == Status::Running).then(|| handle(task)),
        status: Some(task.status.name().to_owned()),
        source_arn: Some(task.source.clone()),
        destination_arn: task.destination.clone(),
        max_number_of_messages_per_second: task.rate.and_then(|rate| i32::try_from(rate).ok()),
        approximate_number_of_messages_moved: Some(number(task.moved)),
        approximate_number_of_messages_to_move: Some(number(task.to_move)),
        failure_reason: task.failure.clone(),
        started_timestamp: Some(task.started),
    }
}

/// Stops a task.
pub struct CancelMessageMoveTask;

impl Operation for CancelMessageMoveTask {
    shape!(CANCEL_MESSAGE_MOVE_TASK: CancelMessageMoveTaskRequest -> CancelMessageMoveTaskResult on Queue);

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        let (_, source) = read(&input.task_handle)?;
        lookup(tx, &source)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        own_access(call, "sqs:CancelMessageMoveTask", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        queue: Queue,
        input: &Self::Input,
    ) -> Result<CancelMessageMoveTaskResult> {
        let (id, _) = read(&input.task_handle)?;
        let mut task = moves::find(tx.reads(), &queue, &id)?.ok_or_else(errors::no_task)?;
        if task.status != Status::Running {
            return Err(errors::unsupported("Only active tasks can be cancelled."));
        }
        task.status = Status::Cancelled;
        moves::put(tx, &queue, &task)?;
        let moved = i64::try_from(task.moved).unwrap_or(i64::MAX);
        Ok(CancelMessageMoveTaskResult { approximate_number_of_messages_moved: Some(moved) })
    }
}

/// Id and source of the task that a handle names.
fn read(handle: &str) -> Result<(String, String)> {
    let bytes = STANDARD.decode(handle).ok();
    let value: Option<Value> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let text = |name: &str| value.as_ref().and_then(|value| value[name].as_str()).map(str::to_owned);
    match (text("taskId"), text("sourceArn")) {
        (Some(id), Some(source)) => Ok((id, source)),
        _ => Err(errors::invalid("Value for parameter TaskHandle is invalid.")),
    }
}
