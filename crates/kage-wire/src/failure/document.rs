//! Errors in JSON and CBOR.

use super::{ErrorView, message_member, text_of};
use crate::message::Response;
use crate::place::{Scope, present};
use crate::{cbor, json, rest};
use kage_schema::{Member, Protocol, ServiceModel, Slot};

/// Services that write the namespace of the shape before its name in `__type`. The others write the bare name.
///
/// AWS: answers recorded in public: DynamoDB `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException`,
/// SQS `com.amazonaws.sqs#QueueDoesNotExist`.
const NAMESPACES: &[(&str, &str)] = &[
    ("dynamodb", "com.amazonaws.dynamodb.v20120810#"),
    ("dynamodbstreams", "com.amazonaws.dynamodb.v20120810#"),
    ("sqs", "com.amazonaws.sqs#"),
];

/// Errors of AWS's service framework, which no shape describes, and whose message has a capital: KMS answers
/// `{"__type":"AccessDeniedException","Message":"User: …"}`.
const CAPITAL_MESSAGE: &[&str] = &["AccessDeniedException", "SerializationException"];

fn type_name(service: &ServiceModel, error: &ErrorView<'_>) -> String {
    let namespace = NAMESPACES.iter().find(|(name, _)| *name == service.name).map_or("", |(_, text)| text);
    format!("{namespace}{}", shape(error))
}

fn shape<'a>(error: &ErrorView<'a>) -> &'a str {
    if error.shape.is_empty() { error.code } else { error.shape }
}

/// The name under which the message goes: the member's, where the shape has one.
fn message_key(error: &ErrorView<'_>) -> &'static str {
    match error.members.and_then(message_member) {
        Some((_, member)) => member.wire_or_name(),
        None if CAPITAL_MESSAGE.contains(&shape(error)) => "Message",
        None => "message",
    }
}

/// The modelled members besides the message.
fn others<'a>(error: &ErrorView<'a>, scope: Scope) -> impl Iterator<Item = (&'static Member, &'a dyn Slot)> {
    let members = error.members.into_iter().flat_map(move |record| present(record, scope));
    members.filter(|(member, _)| !member.name.eq_ignore_ascii_case("message"))
}

/// AWS: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>, "x-amzn-query-error".
fn push_query_error(service: &ServiceModel, error: &ErrorView<'_>, response: &mut Response) {
    if service.query_compatible {
        let fault = if error.sender_fault { "Sender" } else { "Receiver" };
        response.push("x-amzn-query-error", format!("{};{fault}", error.code));
    }
}

pub(super) fn write_json(
    protocol: Protocol,
    service: &ServiceModel,
    error: &ErrorView<'_>,
    response: &mut Response,
) {
    let mut text = String::from("{");
    let mut first = true;
    let mut scope = Scope::All;
    if protocol == Protocol::RestJson {
        scope = Scope::Answer;
        response.push("x-amzn-ErrorType", shape(error));
        if let Some(record) = error.members {
            rest::write_headers(record, response);
        }
    } else {
        push_query_error(service, error, response);
        text.push_str("\"__type\":");
        json::write_string(&mut text, &type_name(service, error));
        first = false;
    }
    let message = text_of(error);
    if !message.is_empty() {
        if !std::mem::take(&mut first) {
            text.push(',');
        }
        json::write_string(&mut text, message_key(error));
        text.push(':');
        json::write_string(&mut text, message);
    }
    for (member, slot) in others(error, scope) {
        if !std::mem::take(&mut first) {
            text.push(',');
        }
        json::write_string(&mut text, member.wire_or_name());
        text.push(':');
        json::write_value(&mut text, slot, member);
    }
    text.push('}');
    response.body = text.into_bytes().into();
}

pub(super) fn write_cbor(service: &ServiceModel, error: &ErrorView<'_>, response: &mut Response) {
    response.push("smithy-protocol", "rpc-v2-cbor");
    push_query_error(service, error, response);
    let message = text_of(error);
    let count = 1 + usize::from(!message.is_empty()) + others(error, Scope::All).count();
    let mut out = Vec::new();
    cbor::write_head(&mut out, cbor::major::MAP, count as u64);
    cbor::write_text(&mut out, "__type");
    cbor::write_text(&mut out, &type_name(service, error));
    if !message.is_empty() {
        cbor::write_text(&mut out, message_key(error));
        cbor::write_text(&mut out, message);
    }
    for (member, slot) in others(error, Scope::All) {
        cbor::write_text(&mut out, member.wire_or_name());
        cbor::write_value(&mut out, slot, member);
    }
    response.body = out.into();
}
