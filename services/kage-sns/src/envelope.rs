//! What endpoints are sent.
//!
//! AWS: SNS developer guide, "HTTP/HTTPS notification JSON format". `Signature`, `SignatureVersion` and `SigningCertURL` are left
//! out: their certificate would have to stand at an address of AWS.

use crate::note::{Attributes, Note};
use crate::subscription::Subscription;
use kage_core::{Arn, Call};
use kage_schema::Timestamp;
use serde_json::{Map, Value, json};

/// The JSON text of a notification.
pub fn notification(topic: &str, subscription: &Subscription, note: &Note, text: &str) -> String {
    let mut members = vec![("Type", json!("Notification")), ("MessageId", json!(note.id))];
    members.extend(note.sequence.as_ref().map(|number| ("SequenceNumber", json!(number))));
    members.push(("TopicArn", json!(topic)));
    members.extend(note.subject.as_ref().map(|subject| ("Subject", json!(subject))));
    members.push(("Message", json!(text)));
    members.push(("Timestamp", json!(time(Timestamp(note.at)))));
    members.push(("UnsubscribeURL", json!(unsubscribe_url(subscription))));
    if !note.attributes.is_empty() {
        members.push(("MessageAttributes", attributes(&note.attributes)));
    }
    write(&members)
}

/// The JSON text of a request to confirm a subscription.
pub fn confirmation(call: &Call<'_>, subscription: &Subscription, id: &str, url: &str) -> String {
    let token = subscription.token.as_deref().unwrap_or_default();
    let topic = &subscription.topic;
    let text = format!(
        "You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, visit the SubscribeURL included in this message."
    );
    write(&[
        ("Type", json!("SubscriptionConfirmation")),
        ("MessageId", json!(id)),
        ("Token", json!(token)),
        ("TopicArn", json!(topic)),
        ("Message", json!(text)),
        ("SubscribeURL", json!(url)),
        ("Timestamp", json!(time(call.now))),
    ])
}

/// The event that a function gets. AWS: Lambda developer guide, "Using Lambda with Amazon SNS".
pub fn function_event(topic: &str, subscription: &Subscription, note: &Note, text: &str) -> String {
    json!({
        "Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription.arn(),
            "Sns": {
                "Type": "Notification",
                "MessageId": note.id,
                "TopicArn": topic,
                "Subject": note.subject,
                "Message": text,
                "Timestamp": time(Timestamp(note.at)),
                "UnsubscribeUrl": unsubscribe_url(subscription),
                "MessageAttributes": attributes(&note.attributes),
            },
        }],
    })
    .to_string()
}

fn attributes(attributes: &Attributes) -> Value {
    let shown = attributes
        .iter()
        .map(|(name, attribute)| (name.clone(), json!({ "Type": attribute.kind, "Value": attribute.value })));
    Value::Object(shown.collect::<Map<_, _>>())
}

fn unsubscribe_url(subscription: &Subscription) -> String {
    let region = Arn::parse(&subscription.topic).map(|arn| arn.region).unwrap_or_default();
    format!("https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={}", subscription.arn())
}

/// A time with milliseconds, zero or not.
fn time(at: Timestamp) -> String {
    let text = at.whole_seconds().iso8601();
    format!("{}.{:03}Z", text.trim_end_matches('Z'), at.milliseconds().rem_euclid(1000))
}

/// JSON as SNS spaces it.
fn write(members: &[(&str, Value)]) -> String {
    let lines: Vec<String> =
        members.iter().map(|(name, value)| format!("  {} : {value}", json!(name))).collect();
    format!("{{\n{}\n}}", lines.join(",\n"))
}
