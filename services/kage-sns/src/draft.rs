//! A message that someone wants to publish, and the rules that it must keep.

use crate::errors;
use crate::note::{Attribute, Attributes};
use crate::topic::Topic;
use aws_lc_rs::digest::{SHA256, digest};
use kage_api_sns::types::{MessageAttributeValue, PublishBatchRequestEntry, PublishInput};
use kage_core::Result;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What is to be published.
pub struct Draft<'a> {
    /// The message.
    pub message: &'a str,
    /// `Subject`.
    pub subject: Option<&'a str>,
    structure: Option<&'a str>,
    given: Option<&'a BTreeMap<String, MessageAttributeValue>>,
    duplicate: Option<&'a str>,
    /// `MessageGroupId`.
    pub group: Option<&'a str>,
}

impl<'a> From<&'a PublishInput> for Draft<'a> {
    fn from(input: &'a PublishInput) -> Draft<'a> {
        Draft {
            message: &input.message,
            subject: input.subject.as_deref(),
            structure: input.message_structure.as_deref(),
            given: input.message_attributes.as_ref(),
            duplicate: input.message_deduplication_id.as_deref(),
            group: input.message_group_id.as_deref(),
        }
    }
}

impl<'a> From<&'a PublishBatchRequestEntry> for Draft<'a> {
    fn from(entry: &'a PublishBatchRequestEntry) -> Draft<'a> {
        Draft {
            message: &entry.message,
            subject: entry.subject.as_deref(),
            structure: entry.message_structure.as_deref(),
            given: entry.message_attributes.as_ref(),
            duplicate: entry.message_deduplication_id.as_deref(),
            group: entry.message_group_id.as_deref(),
        }
    }
}

impl Draft<'_> {
    /// Its attributes.
    pub fn attributes(&self) -> Attributes {
        self.given.into_iter().flatten().map(|(name, value)| (name.clone(), Attribute::of(value))).collect()
    }

    /// Its length in bytes: message and attributes.
    pub fn size(&self) -> usize {
        let of = |(name, value): (&String, &MessageAttributeValue)| {
            let text = value.string_value.as_ref().map_or(0, String::len);
            let bytes = value.binary_value.as_ref().map_or(0, |bytes| bytes.len());
            name.len().saturating_add(value.data_type.len()).saturating_add(text).saturating_add(bytes)
        };
        self.given.into_iter().flatten().map(of).fold(self.message.len(), usize::saturating_add)
    }

    /// The message for each protocol, `default` among them, when it has `MessageStructure` json.
    ///
    /// # Errors
    /// `InvalidParameter`.
    pub fn by_protocol(&self) -> Result<Option<BTreeMap<String, String>>> {
        match self.structure {
            None => return Ok(None),
            Some("json") => {}
            Some(_) => return Err(errors::invalid("MessageStructure")),
        }
        let unreadable = "Message Structure - JSON message body failed to parse";
        let object: Map<String, Value> =
            serde_json::from_str(self.message).map_err(|_| errors::invalid(unreadable))?;
        let texts: BTreeMap<String, String> =
            object.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect();
        if !texts.contains_key("default") {
            return Err(errors::invalid("Message Structure - No default entry in JSON message body"));
        }
        Ok(Some(texts))
    }

    /// Its deduplication id in a FIFO topic.
    ///
    /// # Errors
    /// `InvalidParameter` when there is none.
    pub fn duplicate_id(&self, topic: &Topic) -> Result<String> {
        match self.duplicate {
            Some(id) => Ok(id.to_owned()),
            None if topic.content_based => Ok(hex::encode(digest(&SHA256, self.message.as_bytes()).as_ref())),
            None => Err(errors::invalid(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            )),
        }
    }

    /// Refuses what the topic does not take.
    ///
    /// # Errors
    /// `InvalidParameter`, `ParameterValueInvalid`.
    pub fn require_publishable(&self, topic: &Topic) -> Result<()> {
        if self.message.is_empty() {
            return Err(errors::invalid("Empty message"));
        }
        if self.size() > topic.size_max() {
            return Err(errors::invalid("Message too long"));
        }
        if self.subject.is_some_and(|subject| !is_subject(subject)) {
            return Err(errors::invalid("Subject"));
        }
        for (parameter, value) in [("MessageGroupId", self.group), ("MessageDeduplicationId", self.duplicate)]
        {
            if value.is_some_and(|value| !is_id(value)) {
                return Err(errors::invalid(format!(
                    "{parameter} Reason: can only include alphanumeric and punctuation characters. 1 to 128 in length"
                )));
            }
        }
        match (topic.fifo, self.group, self.duplicate) {
            (true, None, _) => {
                return Err(errors::invalid("The MessageGroupId parameter is required for FIFO topics"));
            }
            (true, Some(_), _) => self.duplicate_id(topic).map(drop)?,
            (false, _, Some(_)) => {
                return Err(errors::invalid(
                    "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
                ));
            }
            (false, _, None) => {}
        }
        self.by_protocol()?;
        self.given.into_iter().flatten().try_for_each(|(name, value)| require_attribute(name, value))
    }
}

/// AWS: SNS API reference, `Publish`: up to 100 characters without line breaks and control characters.
fn is_subject(text: &str) -> bool {
    (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// AWS: texts as recorded in LocalStack's validated test_message_attributes_….
fn require_attribute(name: &str, value: &MessageAttributeValue) -> Result<()> {
    let refuse = |text: String| Err(errors::attribute_value(text));
    if name.len() >= 256 {
        return refuse("Length of message attribute name must be less than 256 bytes.".to_owned());
    }
    let wrong = name.chars().find(|c| !c.is_ascii_alphanumeric() && !"_-.".contains(*c));
    if let Some(c) = wrong {
        return refuse(format!(
            "Invalid non-alphanumeric character '#x{:X}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
            u32::from(c)
        ));
    }
    if name.starts_with('.') {
        return refuse("Invalid message attribute name starting with character '.' was found.".to_owned());
    }
    if name.ends_with('.') {
        return refuse("Invalid message attribute name ending with character '.' was found.".to_owned());
    }
    if name.contains("..") {
        return refuse("Message attribute name can not have successive '.' character.".to_owned());
    }
    let kind = value.data_type.split('.').next().unwrap_or_default();
    if !matches!(kind, "String" | "Number" | "Binary") {
        return refuse(format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
        ));
    }
    let field = if kind == "Binary" { "Binary" } else { "String" };
    let (right, other) = match kind {
        "Binary" => (value.binary_value.as_ref().map(|bytes| bytes.len()), value.string_value.is_some()),
        _ => (value.string_value.as_ref().map(String::len), value.binary_value.is_some()),
    };
    match right {
        None if other => {
            refuse(format!("The message attribute '{name}' with type '{kind}' must use field '{field}'."))
        }
        None | Some(0) => refuse(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{kind}'."
        )),
        Some(_) => Ok(()),
    }
}
