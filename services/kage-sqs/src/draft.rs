//! A message that someone wants to send, and the rules that it must keep.

use crate::errors;
use crate::message::{Attribute, Attributes};
use crate::queue::Queue;
use aws_lc_rs::digest::{SHA256, digest};
use kage_api_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeValue, SendMessageBatchRequestEntry, SendMessageRequest,
};
use kage_core::{Error, Result};
use std::collections::BTreeMap;

/// AWS: SQS developer guide, "Quotas related to messages": attributes of one message.
const ATTRIBUTES_MAX: usize = 10;

/// What is to be sent.
pub struct Draft<'a> {
    /// The body.
    pub body: &'a str,
    /// `DelaySeconds`.
    pub delay: Option<i32>,
    given: Option<&'a BTreeMap<String, MessageAttributeValue>>,
    system: Option<&'a BTreeMap<String, MessageSystemAttributeValue>>,
    duplicate: Option<&'a str>,
    /// `MessageGroupId`.
    pub group: Option<&'a str>,
    is_batch: bool,
}

impl<'a> From<&'a SendMessageRequest> for Draft<'a> {
    fn from(input: &'a SendMessageRequest) -> Draft<'a> {
        Draft {
            body: &input.message_body,
            delay: input.delay_seconds,
            given: input.message_attributes.as_ref(),
            system: input.message_system_attributes.as_ref(),
            duplicate: input.message_deduplication_id.as_deref(),
            group: input.message_group_id.as_deref(),
            is_batch: false,
        }
    }
}

impl<'a> From<&'a SendMessageBatchRequestEntry> for Draft<'a> {
    fn from(entry: &'a SendMessageBatchRequestEntry) -> Draft<'a> {
        Draft {
            body: &entry.message_body,
            delay: entry.delay_seconds,
            given: entry.message_attributes.as_ref(),
            system: entry.message_system_attributes.as_ref(),
            duplicate: entry.message_deduplication_id.as_deref(),
            group: entry.message_group_id.as_deref(),
            is_batch: true,
        }
    }
}

impl Draft<'_> {
    /// Its attributes.
    pub fn attributes(&self) -> Attributes {
        let given = self.given.into_iter().flatten();
        given.map(|(name, value)| (name.clone(), Attribute::of(value))).collect()
    }

    /// Its system attributes; there is only `AWSTraceHeader`.
    pub fn system_attributes(&self) -> Attributes {
        let given = self.system.into_iter().flatten();
        let attribute = |value: &MessageSystemAttributeValue| Attribute {
            kind: value.data_type.clone(),
            text: value.string_value.clone(),
            bytes: None,
        };
        given.map(|(name, value)| (name.clone(), attribute(value))).collect()
    }

    /// Its length in bytes: body and attributes. AWS: SQS developer guide, "Amazon SQS message metadata".
    pub fn size(&self) -> usize {
        let of = |(name, value): (&String, &MessageAttributeValue)| {
            let text = value.string_value.as_ref().map_or(0, String::len);
            let bytes = value.binary_value.as_ref().map_or(0, |bytes| bytes.len());
            name.len().saturating_add(value.data_type.len()).saturating_add(text).saturating_add(bytes)
        };
        self.given.into_iter().flatten().map(of).fold(self.body.len(), usize::saturating_add)
    }

    /// Its deduplication id in a FIFO queue.
    ///
    /// # Errors
    /// `InvalidParameterValue` when there is none.
    pub fn duplicate_id(&self, queue: &Queue) -> Result<String> {
        match self.duplicate {
            Some(id) => Ok(id.to_owned()),
            None if queue.settings.content_based => {
                Ok(hex::encode(digest(&SHA256, self.body.as_bytes()).as_ref()))
            }
            None => Err(errors::invalid(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            )),
        }
    }

    /// Refuses what the queue does not take.
    ///
    /// # Errors
    /// `InvalidParameterValue`, `MissingParameter`, `InvalidMessageContents`.
    pub fn require_sendable(&self, queue: &Queue) -> Result<()> {
        if self.body.is_empty() {
            return Err(errors::missing("MessageBody"));
        }
        if self.size() > usize::try_from(queue.settings.size).unwrap_or(usize::MAX) {
            return Err(self.too_long(queue));
        }
        if !self.body.chars().all(is_allowed) {
            return Err(errors::characters());
        }
        self.require_attributes()?;
        self.require_delay(queue)?;
        self.require_ids(queue)
    }

    fn too_long(&self, queue: &Queue) -> Error {
        let what = if self.is_batch { "cannot be validated" } else { "are invalid" };
        errors::invalid(format!(
            "One or more parameters {what}. Reason: Message must be shorter than {} bytes.",
            queue.settings.size
        ))
    }

    fn require_delay(&self, queue: &Queue) -> Result<()> {
        match self.delay {
            Some(delay) if !(0..=900).contains(&delay) => {
                let reason = "DelaySeconds must be >= 0 and <= 900.";
                Err(errors::invalid_value(delay, "DelaySeconds", reason))
            }
            Some(delay) if delay != 0 && queue.settings.fifo => {
                Err(errors::invalid_value(delay, "DelaySeconds", OTHER_TYPE))
            }
            _ => Ok(()),
        }
    }

    fn require_ids(&self, queue: &Queue) -> Result<()> {
        let parameters = [("MessageGroupId", self.group), ("MessageDeduplicationId", self.duplicate)];
        for (parameter, value) in parameters {
            if let Some(value) = value.filter(|value| !is_id(value)) {
                let reason = format!(
                    "{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
                );
                return Err(errors::invalid_value(value, parameter, &reason));
            }
        }
        match (queue.settings.fifo, self.group, self.duplicate) {
            (true, None, _) => Err(errors::missing("MessageGroupId")),
            (true, Some(_), _) => self.duplicate_id(queue).map(drop),
            (false, _, Some(id)) => Err(errors::invalid_value(id, "MessageDeduplicationId", OTHER_TYPE)),
            // AWS: SQS developer guide, "Fair queues": standard queues take groups since July 2025.
            (false, _, None) => Ok(()),
        }
    }

    fn require_attributes(&self) -> Result<()> {
        let given = self.given.map_or(0, BTreeMap::len);
        if given > ATTRIBUTES_MAX {
            return Err(errors::invalid(format!(
                "Number of message attributes [{given}] exceeds the allowed maximum [{ATTRIBUTES_MAX}]."
            )));
        }
        for (name, value) in self.given.into_iter().flatten() {
            require_attribute(name, value)?;
        }
        for (name, value) in self.system.into_iter().flatten() {
            if name != "AWSTraceHeader" || value.data_type != "String" || value.string_value.is_none() {
                return Err(errors::invalid(format!(
                    "Message system attribute name '{name}' is invalid or has an invalid value."
                )));
            }
        }
        Ok(())
    }
}

const OTHER_TYPE: &str = "The request include parameter that is not valid for this queue type.";

/// AWS: SQS API reference, `SendMessage`: the characters of XML.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// AWS: SQS developer guide, "Amazon SQS message metadata", names and types; texts as recorded by LocalStack and moto.
fn require_attribute(name: &str, value: &MessageAttributeValue) -> Result<()> {
    let refuse = |text: String| Err(errors::invalid(text));
    let is_name = (1..=256).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let lower = name.to_ascii_lowercase();
    if !is_name || name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        return refuse(format!(
            "The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.)."
        ));
    }
    if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        return refuse(format!(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Attribute name: '{name}'."
        ));
    }
    let kind = value.data_type.split('.').next().unwrap_or_default();
    if !matches!(kind, "String" | "Number" | "Binary") || value.data_type.len() > 256 {
        return refuse(format!(
            "The type of message (user) attribute '{name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String."
        ));
    }
    if value.string_list_values.is_some() || value.binary_list_values.is_some() {
        return refuse(
            "Message attribute list values in SendMessage operation are not supported.".to_owned(),
        );
    }
    let is_empty = match kind {
        "Binary" => value.binary_value.as_ref().is_none_or(|bytes| bytes.is_empty()),
        _ => value.string_value.as_ref().is_none_or(String::is_empty),
    };
    if is_empty {
        return refuse(format!(
            "Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'."
        ));
    }
    let text = value.string_value.as_deref().unwrap_or_default();
    if kind == "Number" && text.parse::<f64>().map_or(true, |number| !number.is_finite()) {
        return refuse(format!("Can't cast the value of message (user) attribute '{name}' to a number."));
    }
    if kind != "Binary" && !text.chars().all(is_allowed) {
        return Err(errors::characters());
    }
    Ok(())
}
