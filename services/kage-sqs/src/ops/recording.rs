//! How CloudTrail records calls on messages.
//!
//! AWS: SQS developer guide, "Logging Amazon Simple Queue Service API calls using AWS CloudTrail": bodies are hidden.

use kage_core::Recording;
use serde_json::{Map, Value, json};

/// A data event on a queue.
pub const DATA: Recording = Recording::data("AWS::SQS::Queue");
/// A data event that only reads.
pub const DATA_READ: Recording = Recording { read_only: Some(true), response: Some(false), ..DATA };

const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Hides bodies and attributes of messages.
pub fn hide_message(event: &mut Map<String, Value>) {
    let Some(parameters) = event.get_mut("requestParameters") else { return };
    hide(parameters);
    if let Some(Value::Array(entries)) = parameters.get_mut("entries") {
        entries.iter_mut().for_each(hide);
    }
}

fn hide(message: &mut Value) {
    for member in ["messageBody", "messageAttributes", "messageSystemAttributes"] {
        if let Some(value) = message.get_mut(member) {
            *value = json!(HIDDEN);
        }
    }
}
