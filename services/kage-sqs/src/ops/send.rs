//! `SendMessage` and `SendMessageBatch`.

use super::batch::{failed, require_entries};
use super::recording::{DATA, hide_message};
use crate::delivery;
use crate::draft::Draft;
use crate::queue::Queue;
use crate::settings::MESSAGE_MAX;
use crate::{address, errors};
use kage_api_sqs::types::{SendMessageBatchResult, SendMessageBatchResultEntry, SendMessageResult};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use serde_json::{Map, Value};

/// Sends a message.
pub struct SendMessage;

impl Operation for SendMessage {
    shape!(SEND_MESSAGE: SendMessageRequest -> SendMessageResult on Queue);
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        Access::on("sqs:SendMessage", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, queue: Queue, input: &Self::Input) -> Result<SendMessageResult> {
        let sent = delivery::send(call, tx, &queue, &Draft::from(input))?;
        Ok(SendMessageResult {
            md5_of_message_body: Some(sent.body),
            md5_of_message_attributes: sent.attributes,
            md5_of_message_system_attributes: sent.system,
            message_id: Some(sent.id),
            sequence_number: sent.sequence,
        })
    }

    fn amend(_: &Call<'_>, _: &Self::Input, _: Option<&Self::Output>, event: &mut Map<String, Value>) {
        hide_message(event);
    }
}

/// Sends up to ten messages.
pub struct SendMessageBatch;

impl Operation for SendMessageBatch {
    shape!(SEND_MESSAGE_BATCH: SendMessageBatchRequest -> SendMessageBatchResult on Queue);
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Queue>> {
        address::find(call, tx, &input.queue_url)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Queue>) -> Access {
        Access::on("sqs:SendMessage", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        queue: Queue,
        input: &Self::Input,
    ) -> Result<SendMessageBatchResult> {
        let ids = input.entries.iter().map(|entry| entry.id.as_str());
        require_entries("SendMessageBatchRequestEntry", ids)?;
        let size = input.entries.iter().map(|entry| Draft::from(entry).size()).fold(0, usize::saturating_add);
        let limit = usize::try_from(MESSAGE_MAX).unwrap_or(usize::MAX);
        if size > limit {
            return Err(errors::batch_too_long(limit, size));
        }
        let mut out = SendMessageBatchResult::default();
        for entry in &input.entries {
            match delivery::send(call, tx, &queue, &Draft::from(entry)) {
                Ok(sent) => out.successful.push(SendMessageBatchResultEntry {
                    id: entry.id.clone(),
                    message_id: sent.id,
                    md5_of_message_body: sent.body,
                    md5_of_message_attributes: sent.attributes,
                    md5_of_message_system_attributes: sent.system,
                    sequence_number: sent.sequence,
                }),
                Err(error) => out.failed.push(failed(&entry.id, error)?),
            }
        }
        Ok(out)
    }

    fn amend(_: &Call<'_>, _: &Self::Input, _: Option<&Self::Output>, event: &mut Map<String, Value>) {
        hide_message(event);
    }
}
