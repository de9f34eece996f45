//! `ChangeMessageVisibility` and `ChangeMessageVisibilityBatch`.

use super::batch::{failed, require_entries};
use super::recording::DATA;
use crate::queue::Queue;
use crate::{address, delivery, errors};
use kage_api_sqs::types::{
    ChangeMessageVisibilityBatchResult, ChangeMessageVisibilityBatchResultEntry,
    ChangeMessageVisibilityResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};

/// Changes for how long a message stays hidden.
pub struct ChangeMessageVisibility;

impl Operation for ChangeMessageVisibility {
    shape!(CHANGE_MESSAGE_VISIBILITY: ChangeMessageVisibilityRequest -> ChangeMessageVisibilityResponse on Queue);
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        Access::on("sqs:ChangeMessageVisibility", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        queue: Queue,
        input: &Self::Input,
    ) -> Result<ChangeMessageVisibilityResponse> {
        delivery::hide(call, tx, &queue, &input.receipt_handle, input.visibility_timeout)?;
        tx.wake(queue.topic());
        Ok(ChangeMessageVisibilityResponse {})
    }
}

/// The same for up to ten messages.
pub struct ChangeMessageVisibilityBatch;

impl Operation for ChangeMessageVisibilityBatch {
    shape!(CHANGE_MESSAGE_VISIBILITY_BATCH: ChangeMessageVisibilityBatchRequest -> ChangeMessageVisibilityBatchResult on Queue);
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        Access::on("sqs:ChangeMessageVisibility", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        queue: Queue,
        input: &Self::Input,
    ) -> Result<ChangeMessageVisibilityBatchResult> {
        let ids = input.entries.iter().map(|entry| entry.id.as_str());
        require_entries("ChangeMessageVisibilityBatchRequestEntry", ids)?;
        let mut out = ChangeMessageVisibilityBatchResult::default();
        for entry in &input.entries {
            let id = entry.id.clone();
            let done = match entry.visibility_timeout {
                Some(timeout) => delivery::hide(call, tx, &queue, &entry.receipt_handle, timeout),
                None => Err(errors::missing("VisibilityTimeout")),
            };
            match done {
                Ok(()) => out.successful.push(ChangeMessageVisibilityBatchResultEntry { id }),
                Err(error) => out.failed.push(failed(&id, error)?),
            }
        }
        tx.wake(queue.topic());
        Ok(out)
    }
}
