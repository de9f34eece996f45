//! A message on its way: what was published, until it is delivered everywhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_sns::types::MessageAttributeValue;
use kage_core::Millis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Message attributes by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// What was published.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// `MessageId`.
    pub id: String,
    /// `Subject`.
    pub subject: Option<String>,
    /// The message for each protocol and `default`, as JSON, sealed under `key`, in Base64.
    pub texts: String,
    /// The key of the message, sealed under the double's secret, in Base64.
    pub key: String,
    /// Its attributes.
    pub attributes: Attributes,
    /// When it was published.
    pub at: Millis,
    /// `MessageGroupId`.
    pub group: Option<String>,
    /// `MessageDeduplicationId` in a FIFO topic.
    pub duplicate: Option<String>,
    /// `SequenceNumber` in a FIFO topic.
    pub sequence: Option<String>,
    /// How many deliveries are left.
    pub left: u64,
}

/// One message attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attribute {
    /// `String`, `Number`, `String.Array` or `Binary`, with or without a label.
    pub kind: String,
    /// Its value; that of a binary in Base64.
    pub value: String,
}

impl Attribute {
    /// Reads one of a request.
    pub fn of(value: &MessageAttributeValue) -> Attribute {
        let bytes = value.binary_value.as_ref().map(|bytes| STANDARD.encode(&bytes.0));
        let value_of = bytes.or_else(|| value.string_value.clone());
        Attribute { kind: value.data_type.clone(), value: value_of.unwrap_or_default() }
    }

    /// Whether its value is binary.
    pub fn is_binary(&self) -> bool {
        self.kind.starts_with("Binary")
    }
}

/// `SequenceNumber` of the message with this number: 20 digits.
pub fn sequence_number(number: u64) -> String {
    10_000_000_000_000_000_000_u64.saturating_add(number).to_string()
}
