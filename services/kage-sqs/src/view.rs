//! Messages as `ReceiveMessage` shows them.

use crate::delivery::Received;
use crate::digest;
use crate::message::{Attributes, sequence_number};
use crate::queue::Queue;
use kage_api_sqs::types::{Message, ReceiveMessageRequest, message_system_attribute_name as name};
use std::collections::BTreeMap;

/// A received message with the attributes that the request asks for.
pub fn message(queue: &Queue, received: &Received, input: &ReceiveMessageRequest) -> Message {
    let wanted: Vec<&str> = [&input.attribute_names, &input.message_system_attribute_names]
        .into_iter()
        .flatten()
        .flatten()
        .map(String::as_str)
        .collect();
    let system: BTreeMap<String, String> = system_attributes(queue, received)
        .into_iter()
        .filter(|(name, _)| wanted.contains(&name::ALL) || wanted.contains(name))
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let names = input.message_attribute_names.as_deref().unwrap_or_default();
    let attributes: Attributes = received
        .content
        .attributes
        .iter()
        .filter(|(name, _)| names.iter().any(|wanted| matches(wanted, name)))
        .map(|(name, attribute)| (name.clone(), attribute.clone()))
        .collect();
    let shown = attributes.iter().map(|(name, attribute)| (name.clone(), attribute.shown())).collect();
    Message {
        message_id: Some(received.content.id.clone()),
        receipt_handle: Some(received.handle(queue)),
        md5_of_body: Some(received.content.md5.clone()),
        body: Some(received.body.clone()),
        attributes: Some(system).filter(|map| !map.is_empty()),
        // The SDKs compare it with the attributes that came, so it is that of the attributes that were asked for.
        md5_of_message_attributes: digest::of_attributes(&attributes),
        message_attributes: Some(shown).filter(|map: &BTreeMap<_, _>| !map.is_empty()),
    }
}

/// AWS: SQS API reference, `ReceiveMessage`, `MessageAttributeNames`: `All`, `.*`, a name, or a prefix with `.*`.
fn matches(wanted: &str, name: &str) -> bool {
    match wanted.strip_suffix(".*") {
        Some("") => true,
        Some(prefix) => name.starts_with(prefix),
        None => wanted == "All" || wanted == name,
    }
}

fn system_attributes(queue: &Queue, received: &Received) -> Vec<(&'static str, String)> {
    let Received { number, content, state, .. } = received;
    let mut out = vec![
        (name::SENDER_ID, content.sender.clone()),
        (name::SENT_TIMESTAMP, content.sent.to_string()),
        (name::APPROXIMATE_RECEIVE_COUNT, state.receives.to_string()),
    ];
    let mut put = |name: &'static str, value: Option<String>| out.extend(value.map(|value| (name, value)));
    put(name::APPROXIMATE_FIRST_RECEIVE_TIMESTAMP, state.first.map(|first| first.to_string()));
    put(name::MESSAGE_GROUP_ID, content.group.clone());
    put(name::MESSAGE_DEDUPLICATION_ID, content.duplicate.clone());
    put(name::AWS_TRACE_HEADER, content.trace.clone());
    put(name::DEAD_LETTER_QUEUE_SOURCE_ARN, content.source.clone());
    if queue.settings.fifo {
        out.push((name::SEQUENCE_NUMBER, sequence_number(*number)));
    }
    out
}
