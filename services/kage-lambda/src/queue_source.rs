//! Reading queues.
//!
//! AWS: Lambda developer guide, "Using Lambda with Amazon SQS".

use crate::mapping::{self, Mapping};
use crate::running::{self, Performed, Plan, Request};
use crate::sources::{self, Reader};
use crate::target::Target;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kage_api_sqs::types::{
    DeleteMessageRequest, DeleteMessageResponse, GetQueueAttributesRequest, GetQueueAttributesResult,
    Message, ReceiveMessageRequest, ReceiveMessageResult,
};
use kage_core::{Arn, Call, Errand, Result, Tx};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How often a queue whose messages are in flight is looked at again, in milliseconds.
const RECHECK_MS: i64 = 5_000;

/// The URL of a queue.
pub fn url(arn: &str) -> String {
    let arn = Arn::parse(arn);
    arn.map(|arn| format!("https://sqs.{}.amazonaws.com/{}/{}", arn.region, arn.account, arn.resource))
        .unwrap_or_default()
}

/// Receives a batch and gives it to the function.
///
/// # Errors
/// Those of the store.
pub fn poll(call: &Call<'_>, tx: &mut Tx, mut mapping: Mapping, target: Target) -> Result<()> {
    let now = call.now.milliseconds();
    if mapping.window > 0 && mapping.gathering.is_none_or(|until| until > now) {
        if mapping.gathering.is_none() {
            let until = now.saturating_add(i64::from(mapping.window).saturating_mul(1000));
            mapping.gathering = Some(until);
            mapping::put(tx, &mapping)?;
            return sources::plan_poll(tx, &mapping, until);
        }
        return Ok(());
    }
    if mapping.gathering.take().is_some() {
        mapping::put(tx, &mapping)?;
    }
    let reader = match Reader::of(call, tx, &target) {
        Ok(reader) => reader,
        Err(error) => return sources::problem(call, tx, mapping, &error),
    };
    let messages = match receive(&reader, tx, &mapping) {
        Ok(messages) => messages,
        Err(error) => return sources::problem(call, tx, mapping, &error),
    };
    if messages.is_empty() {
        return rest(&reader, tx, mapping, now);
    }
    let (matching, others): (Vec<Message>, Vec<Message>) =
        messages.into_iter().partition(|message| sources::passes(&mapping.filters, &filtered(message)));
    // AWS: "Control which events Lambda sends to your function": messages that match no filter are deleted.
    for message in &others {
        delete(&reader, tx, &mapping, message);
    }
    if matching.is_empty() {
        return sources::plan_poll(tx, &mapping, now);
    }
    let records: Vec<Value> = matching.iter().map(|message| record(&mapping, message)).collect();
    let request = Request {
        id: call.ids().uuid(),
        payload: json!({ "Records": records }).to_string().into_bytes(),
        client_context: None,
        trace_id: None,
    };
    match running::prepare(call, tx, &target, request) {
        Ok(plan) => {
            tx.after(Box::new(move |errand| give(errand, &plan, &mapping, &matching)));
            Ok(())
        }
        // The messages come back when their visibility timeout ends.
        Err(error) => sources::problem(call, tx, mapping, &error),
    }
}

fn receive(reader: &Reader<'_, '_>, tx: &mut Tx, mapping: &Mapping) -> Result<Vec<Message>> {
    let mut messages: Vec<Message> = Vec::new();
    let wanted = usize::try_from(mapping.batch).unwrap_or(10);
    while messages.len() < wanted {
        let left = wanted.saturating_sub(messages.len()).min(10);
        let input = ReceiveMessageRequest {
            queue_url: url(&mapping.source),
            max_number_of_messages: i32::try_from(left).ok(),
            message_system_attribute_names: Some(vec!["All".to_owned()]),
            message_attribute_names: Some(vec!["All".to_owned()]),
            wait_time_seconds: Some(0),
            ..ReceiveMessageRequest::default()
        };
        let target = (&kage_api_sqs::SERVICE, &kage_api_sqs::operations::RECEIVE_MESSAGE);
        let answer: ReceiveMessageResult = reader.go(tx, target, input)?;
        let new = answer.messages.unwrap_or_default();
        if new.is_empty() {
            break;
        }
        messages.extend(new);
    }
    Ok(messages)
}

/// Nothing to receive: messages that are in flight or delayed come by themselves, others wake the mapping.
fn rest(reader: &Reader<'_, '_>, tx: &mut Tx, mut mapping: Mapping, now: i64) -> Result<()> {
    let answer = match attributes(reader, tx, &mapping.source) {
        Ok(answer) => answer,
        Err(error) => return sources::problem(reader.call, tx, mapping, &error),
    };
    let count = |name: &str| answer.get(name).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    if mapping.last_result != "No records processed" && mapping.last_result.starts_with("PROBLEM") {
        "No records processed".clone_into(&mut mapping.last_result);
        mapping::put(tx, &mapping)?;
    }
    if count("ApproximateNumberOfMessagesNotVisible")
        .saturating_add(count("ApproximateNumberOfMessagesDelayed"))
        > 0
    {
        return sources::plan_recheck(tx, &mut mapping, now, now.saturating_add(RECHECK_MS));
    }
    Ok(())
}

/// The attributes of a queue, asked as the role.
///
/// # Errors
/// Those of SQS.
pub fn attributes(reader: &Reader<'_, '_>, tx: &mut Tx, queue: &str) -> Result<BTreeMap<String, String>> {
    let input =
        GetQueueAttributesRequest { queue_url: url(queue), attribute_names: Some(vec!["All".to_owned()]) };
    let target = (&kage_api_sqs::SERVICE, &kage_api_sqs::operations::GET_QUEUE_ATTRIBUTES);
    let answer: GetQueueAttributesResult = reader.go(tx, target, input)?;
    Ok(answer.attributes.unwrap_or_default())
}

/// Tries to receive as the role, and leaves the queue as it was.
///
/// # Errors
/// Those of SQS.
pub fn try_receive(reader: &Reader<'_, '_>, tx: &mut Tx, mapping: &Mapping) -> Result<()> {
    let moment = tx.moment();
    let one = Mapping { batch: 1, ..mapping.clone() };
    let tried = receive(reader, tx, &one);
    tx.undo(moment);
    tried.map(|_| ())
}

fn delete(reader: &Reader<'_, '_>, tx: &mut Tx, mapping: &Mapping, message: &Message) {
    let input = DeleteMessageRequest {
        queue_url: url(&mapping.source),
        receipt_handle: message.receipt_handle.clone().unwrap_or_default(),
    };
    let target = (&kage_api_sqs::SERVICE, &kage_api_sqs::operations::DELETE_MESSAGE);
    // A message that cannot be deleted comes again, as on AWS.
    let _: Result<DeleteMessageResponse> = reader.go(tx, target, input);
}

/// A message as filters see it: a JSON body as what it holds.
fn filtered(message: &Message) -> Value {
    let body = message.body.as_deref().unwrap_or_default();
    let parsed = serde_json::from_str::<Value>(body).ok().filter(Value::is_object);
    json!({
        "messageId": message.message_id,
        "body": parsed.unwrap_or_else(|| json!(body)),
        "attributes": message.attributes,
        "messageAttributes": message_attributes(message),
    })
}

fn message_attributes(message: &Message) -> Map<String, Value> {
    let one = |value: &kage_api_sqs::types::MessageAttributeValue| {
        let mut shown = Map::new();
        if let Some(text) = &value.string_value {
            shown.insert("stringValue".to_owned(), json!(text));
        }
        if let Some(bytes) = &value.binary_value {
            shown.insert("binaryValue".to_owned(), json!(STANDARD.encode(&bytes.0)));
        }
        shown.insert("stringListValues".to_owned(), json!([]));
        shown.insert("binaryListValues".to_owned(), json!([]));
        shown.insert("dataType".to_owned(), json!(value.data_type));
        Value::Object(shown)
    };
    message.message_attributes.iter().flatten().map(|(name, value)| (name.clone(), one(value))).collect()
}

/// A message as the function gets it.
fn record(mapping: &Mapping, message: &Message) -> Value {
    json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": message_attributes(message),
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": mapping.source,
        "awsRegion": mapping.region,
    })
}

/// Runs the function and deletes what it has done.
fn give(errand: &Errand<'_>, plan: &Plan, mapping: &Mapping, messages: &[Message]) -> Result<()> {
    let performed = running::perform(errand, plan);
    errand.settle(|call, tx| {
        let Some(mut now) = mapping::find(tx.reads(), &mapping.account, &mapping.region, &mapping.id)? else {
            return Ok(());
        };
        now.last_result = match &performed {
            Ok(performed) if !performed.failed => "OK".to_owned(),
            Ok(_) => "PROBLEM: Function call failed".to_owned(),
            Err(error) => format!("PROBLEM: {}", error.message),
        };
        mapping::put(tx, &now)?;
        let reader = Reader { call, access_key: plan.access_key.clone() };
        for message in done(mapping, performed.as_ref().ok(), messages) {
            delete(&reader, tx, mapping, message);
        }
        sources::plan_poll(tx, &now, call.now.milliseconds())
    })
}

/// The messages that need not come again.
fn done<'m>(mapping: &Mapping, performed: Option<&Performed>, messages: &'m [Message]) -> Vec<&'m Message> {
    let Some(performed) = performed.filter(|performed| !performed.failed) else { return Vec::new() };
    if !mapping.partial {
        return messages.iter().collect();
    }
    let id = |message: &Message| message.message_id.clone().unwrap_or_default();
    match sources::failed_items(&performed.payload) {
        // An identifier that names none of the messages fails the whole batch.
        Some(failed) if failed.iter().all(|name| messages.iter().any(|message| id(message) == *name)) => {
            messages.iter().filter(|message| !failed.contains(&id(message))).collect()
        }
        _ => Vec::new(),
    }
}
