//! Queues: `sqs:SendMessage` as SNS, so that the queue's policy decides.

use super::{Failure, Letter, sender};
use crate::envelope;
use crate::note::{Attribute, Attributes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_sqs::types as sqs;
use kage_core::{Arn, Call, Origin, Result, Tx};
use kage_schema::Blob;
use std::collections::BTreeMap;

/// Delivers a message.
///
/// # Errors
/// Why it failed.
pub fn deliver(call: &Call<'_>, tx: &mut Tx, letter: &Letter) -> std::result::Result<(), Failure> {
    let Letter { topic, subscription, note, text, .. } = letter;
    let body =
        if subscription.raw { text.clone() } else { envelope::notification(topic, subscription, note, text) };
    let is_fifo = subscription.endpoint.ends_with(".fifo");
    let input = sqs::SendMessageRequest {
        message_body: body,
        message_attributes: subscription
            .raw
            .then(|| attributes(&note.attributes))
            .filter(|map| !map.is_empty()),
        // AWS: SNS API reference, `Publish`: standard queues get the group too, for fair queues.
        message_group_id: note.group.clone(),
        message_deduplication_id: note.duplicate.clone().filter(|_| is_fifo),
        ..sqs::SendMessageRequest::default()
    };
    Ok(send(call, tx, &subscription.endpoint, letter, input)?)
}

/// Puts what could not be delivered into the dead-letter queue.
///
/// # Errors
/// Those of the queue.
// AWS: SNS developer guide, "Amazon SNS dead-letter queues", message attributes.
pub fn bury(call: &Call<'_>, tx: &mut Tx, queue: &str, letter: &Letter, failure: &Failure) -> Result<()> {
    let Letter { topic, subscription, note, text, .. } = letter;
    let body = if subscription.protocol == "lambda" {
        envelope::function_event(topic, subscription, note, text)
    } else if subscription.raw {
        text.clone()
    } else {
        envelope::notification(topic, subscription, note, text)
    };
    let told = [
        ("RequestID", "String", call.request_id.clone()),
        ("ErrorCode", "Number", failure.code.clone()),
        ("ErrorMessage", "String", failure.message.clone()),
    ];
    let told: Attributes = told
        .into_iter()
        .map(|(name, kind, value)| (name.to_owned(), Attribute { kind: kind.to_owned(), value }))
        .collect();
    let is_fifo = queue.ends_with(".fifo");
    let input = sqs::SendMessageRequest {
        message_body: body,
        message_attributes: Some(attributes(&told)),
        message_group_id: note.group.clone().filter(|_| is_fifo),
        message_deduplication_id: note.duplicate.clone().filter(|_| is_fifo),
        ..sqs::SendMessageRequest::default()
    };
    send(call, tx, queue, letter, input)
}

/// Sends a request to confirm a subscription.
///
/// # Errors
/// Those of the queue.
pub fn confirm(call: &Call<'_>, tx: &mut Tx, letter: &Letter, body: String) -> Result<()> {
    let input = sqs::SendMessageRequest { message_body: body, ..sqs::SendMessageRequest::default() };
    send(call, tx, &letter.subscription.endpoint, letter, input)
}

fn send(
    call: &Call<'_>,
    tx: &mut Tx,
    queue: &str,
    letter: &Letter,
    input: sqs::SendMessageRequest,
) -> Result<()> {
    let arn = Arn::parse(queue).ok_or_else(|| kage_core::Error::internal("an endpoint that is no ARN"))?;
    let (region, account, name) = (&arn.region, &arn.account, &arn.resource);
    let url = format!("https://sqs.{region}.amazonaws.com/{account}/{name}");
    let input = sqs::SendMessageRequest { queue_url: url, ..input };
    let target = (&kage_api_sqs::SERVICE, &kage_api_sqs::operations::SEND_MESSAGE);
    let there = in_region(call, region);
    let _: sqs::SendMessageResult =
        there.forward(tx, sender(&letter.topic, &letter.account), target, input)?;
    Ok(())
}

/// The same call in another Region. AWS: SNS developer guide, "Cross-Region delivery".
pub fn in_region<'w>(call: &Call<'w>, region: &str) -> Call<'w> {
    Call {
        world: call.world,
        road: call.road,
        caller: call.caller.clone(),
        account: call.account.clone(),
        region: region.to_owned(),
        service: call.service,
        operation: call.operation,
        request_id: call.request_id.clone(),
        now: call.now,
        origin: Origin::default(),
        called_via: Vec::new(),
        source_arn: None,
        source_account: None,
    }
}

fn attributes(attributes: &Attributes) -> BTreeMap<String, sqs::MessageAttributeValue> {
    let value = |attribute: &Attribute| {
        let bytes = attribute.is_binary().then(|| STANDARD.decode(&attribute.value).unwrap_or_default());
        sqs::MessageAttributeValue {
            data_type: attribute.kind.clone(),
            string_value: (!attribute.is_binary()).then(|| attribute.value.clone()),
            binary_value: bytes.map(Blob),
            ..sqs::MessageAttributeValue::default()
        }
    };
    attributes.iter().map(|(name, attribute)| (name.clone(), value(attribute))).collect()
}
