//! `DeleteMessage` and `DeleteMessageBatch`.

use super::batch::{failed, require_entries};
use super::recording::DATA;
use crate::queue::Queue;
use crate::{address, delivery};
use kage_api_sqs::types::{DeleteMessageBatchResult, DeleteMessageBatchResultEntry, DeleteMessageResponse};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};

/// Deletes a message.
pub struct DeleteMessage;

impl Operation for DeleteMessage {
    shape!(DELETE_MESSAGE: DeleteMessageRequest -> DeleteMessageResponse on Queue);
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        Access::on("sqs:DeleteMessage", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, queue: Queue, input: &Self::Input) -> Result<DeleteMessageResponse> {
        delivery::delete(call, tx, &queue, &input.receipt_handle)?;
        // In a FIFO queue the next of the group may now be received.
        tx.wake(queue.topic());
        Ok(DeleteMessageResponse {})
    }
}

/// Deletes up to ten messages.
pub struct DeleteMessageBatch;

impl Operation for DeleteMessageBatch {
    shape!(DELETE_MESSAGE_BATCH: DeleteMessageBatchRequest -> DeleteMessageBatchResult on Queue);
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        Access::on("sqs:DeleteMessage", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        queue: Queue,
        input: &Self::Input,
    ) -> Result<DeleteMessageBatchResult> {
        let ids = input.entries.iter().map(|entry| entry.id.as_str());
        require_entries("DeleteMessageBatchRequestEntry", ids)?;
        let mut out = DeleteMessageBatchResult::default();
        for entry in &input.entries {
            let id = entry.id.clone();
            match delivery::delete(call, tx, &queue, &entry.receipt_handle) {
                Ok(()) => out.successful.push(DeleteMessageBatchResultEntry { id }),
                Err(error) => out.failed.push(failed(&id, error)?),
            }
        }
        tx.wake(queue.topic());
        Ok(out)
    }
}
