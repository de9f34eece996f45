//! A message: what was sent, which never changes, and its state, which does.

use crate::protection::Sealed;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_sqs::types::MessageAttributeValue;
use kage_core::Millis;
use kage_schema::Blob;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Message attributes by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// What was sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// `MessageId`.
    pub id: String,
    /// The body at rest.
    pub body: Sealed,
    /// MD5 of the body.
    pub md5: String,
    /// The sender's attributes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: Attributes,
    /// `AWSTraceHeader`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// `SenderId`.
    pub sender: String,
    /// `SentTimestamp`.
    pub sent: Millis,
    /// `MessageGroupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// `MessageDeduplicationId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<String>,
    /// `DeadLetterQueueSourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// One message attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attribute {
    /// `String`, `Number` or `Binary`, with or without a label after a dot.
    pub kind: String,
    /// The value of a text or number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The value of a binary, in Base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
}

impl Attribute {
    /// Reads one of a request.
    pub fn of(value: &MessageAttributeValue) -> Attribute {
        Attribute {
            kind: value.data_type.clone(),
            text: value.string_value.clone(),
            bytes: value.binary_value.as_ref().map(|bytes| STANDARD.encode(&bytes.0)),
        }
    }

    /// Shows one in an answer.
    pub fn shown(&self) -> MessageAttributeValue {
        let bytes = self.bytes.as_ref().map(|text| Blob(STANDARD.decode(text).unwrap_or_default()));
        MessageAttributeValue {
            data_type: self.kind.clone(),
            string_value: self.text.clone(),
            binary_value: bytes,
            ..MessageAttributeValue::default()
        }
    }
}

/// The state of a message in its queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// From when on it can be received.
    pub visible: Millis,
    /// How often it was received: `ApproximateReceiveCount`.
    pub receives: u32,
    /// When it was first received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Millis>,
    /// When it was last received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Millis>,
    /// Its group in a FIFO queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// `SequenceNumber` of the message with this number: 20 digits.
pub fn sequence_number(number: u64) -> String {
    10_000_000_000_000_000_000_u64.saturating_add(number).to_string()
}
