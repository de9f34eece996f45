//! `ReceiveMessage`.

use super::recording::DATA_READ;
use crate::delivery::{self, VISIBILITY_MAX};
use crate::queue::{Queue, seconds};
use crate::{address, attempts, errors, messages, view};
use kage_api_sqs::types::{ReceiveMessageRequest, ReceiveMessageResult};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx, Wait};
use kage_schema::Timestamp;

/// Receives messages, waiting for one when the caller is ready to wait.
pub struct ReceiveMessage;

impl Operation for ReceiveMessage {
    shape!(RECEIVE_MESSAGE: ReceiveMessageRequest -> ReceiveMessageResult on Queue);
    const RECORDING: Recording = DATA_READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        Access::on("sqs:ReceiveMessage", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, queue: Queue, input: &Self::Input) -> Result<ReceiveMessageResult> {
        let asked = Asked::of(&queue, input)?;
        let attempt = input.receive_request_attempt_id.as_deref();
        let again = match attempt {
            Some(id) => attempts::repeat(call, tx, &queue, id, asked.timeout)?,
            None => None,
        };
        let received = match again {
            Some(received) => received,
            None => {
                let taken = delivery::receive(call, tx, &queue, asked.limit, asked.timeout)?;
                if taken.messages.is_empty() && !taken.is_changed {
                    wait(call, tx, &queue, asked.wait)?;
                }
                taken.messages
            }
        };
        if let Some(id) = attempt {
            attempts::put(call, tx, &queue, id, &received)?;
        }
        let shown: Vec<_> = received.iter().map(|one| view::message(&queue, one, input)).collect();
        Ok(ReceiveMessageResult { messages: Some(shown).filter(|shown| !shown.is_empty()) })
    }
}

/// What a call asks for.
struct Asked {
    limit: usize,
    timeout: u32,
    wait: u32,
}

impl Asked {
    fn of(queue: &Queue, input: &ReceiveMessageRequest) -> Result<Asked> {
        let most = input.max_number_of_messages.unwrap_or(1);
        let limit = usize::try_from(most).ok().filter(|limit| (1..=10).contains(limit));
        let limit = limit.ok_or_else(|| {
            errors::invalid_value(most, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
        })?;
        let in_range = |given: Option<i32>, usual: u32, max: i32, parameter: &str| match given {
            None => Ok(usual),
            Some(given) => u32::try_from(given).ok().filter(|_| given <= max).ok_or_else(|| {
                let reason = format!("Must be >= 0 and <= {max}, if provided.");
                errors::invalid_value(given, parameter, &reason)
            }),
        };
        let usual = queue.settings.visibility_timeout;
        let timeout = in_range(input.visibility_timeout, usual, VISIBILITY_MAX, "VisibilityTimeout")?;
        let wait = in_range(input.wait_time_seconds, queue.settings.wait, 20, "WaitTimeSeconds")?;
        if let Some(id) = &input.receive_request_attempt_id
            && (!queue.settings.fifo || !(1..=128).contains(&id.len()))
        {
            let reason = "The request include parameter that is not valid for this queue type.";
            return Err(errors::invalid_value(id, "ReceiveRequestAttemptId", reason));
        }
        Ok(Asked { limit, timeout, wait })
    }
}

/// Waits for a message that is sent, or for one that becomes visible.
fn wait(call: &Call<'_>, tx: &mut Tx, queue: &Queue, wait: u32) -> Result<()> {
    if wait == 0 {
        return Ok(());
    }
    let next = messages::next_visible(tx.reads(), queue, call.now.milliseconds())?;
    let patience_ms = seconds(wait).unsigned_abs();
    tx.wait(Wait { topic: queue.topic(), patience_ms, also_at: next.map(Timestamp) });
    Ok(())
}
