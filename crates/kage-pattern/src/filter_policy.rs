//! Filter policies of SNS: the same language over message attributes or the message's body.
//!
//! AWS: SNS developer guide, "Amazon SNS subscription filter policies" and "Filter policy constraints". Texts: recorded in
//! moto's `test_sns/test_subscriptions_boto3.py` and LocalStack's `test_sns_filter_policy.snapshot.json`.

use crate::PatternError;
use crate::pattern::{Field, Pattern};
use serde_json::{Map, Value};

/// AWS: "Filter policy constraints": a policy can have at most five attribute names.
const NAMES_MAX: usize = 5;
/// AWS: the same page: the total combination of values must not exceed 150.
const COMBINATIONS_MAX: usize = 150;

/// What a filter policy looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The message attributes.
    MessageAttributes,
    /// The message, which must be a JSON object.
    MessageBody,
}

/// A message attribute.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// Its name.
    pub name: &'a str,
    /// `String`, `Number`, `String.Array`, `Binary`, or one of them with a label.
    pub data_type: &'a str,
    /// Its value; empty for binary ones.
    pub value: &'a str,
}

/// A compiled filter policy.
#[derive(Clone, Debug)]
pub struct FilterPolicy {
    scope: Scope,
    /// An empty policy accepts every message.
    pattern: Option<Pattern>,
}

impl FilterPolicy {
    /// Reads a policy.
    ///
    /// # Errors
    /// AWS's text behind "Invalid parameter: ", which differs by what is wrong: it names `FilterPolicy` or speaks of
    /// "Filter policy".
    pub fn parse(text: &str, scope: Scope) -> Result<FilterPolicy, PatternError> {
        let value: Value = serde_json::from_str(text)
            .map_err(|_| PatternError::plain("FilterPolicy: failed to parse JSON."))?;
        if value.as_object().is_some_and(Map::is_empty) {
            return Ok(FilterPolicy { scope, pattern: None });
        }
        if scope == Scope::MessageAttributes
            && let Some(object) = value.as_object()
            && object.iter().any(|(name, value)| name != "$or" && value.is_object())
        {
            return Err(PatternError::plain(
                "Filter policy scope MessageAttributes does not support nested filter policy",
            ));
        }
        let pattern = Pattern::parse(text)
            .map_err(|error| PatternError { reason: format!("FilterPolicy: {}", error.reason), ..error })?;
        require_size(&value, &pattern, scope)?;
        Ok(FilterPolicy { scope, pattern: Some(pattern) })
    }

    /// What the policy looks at.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Whether a message is accepted.
    #[must_use]
    pub fn accepts(&self, attributes: &[Attribute<'_>], body: &str) -> bool {
        let Some(pattern) = &self.pattern else { return true };
        match self.scope {
            Scope::MessageAttributes => pattern.matches_object(&fields(attributes)),
            Scope::MessageBody => serde_json::from_str(body).is_ok_and(|body: Value| pattern.matches(&body)),
        }
    }
}

/// The attributes as an object to match.
fn fields(attributes: &[Attribute<'_>]) -> Map<String, Value> {
    let mut out = Map::new();
    for attribute in attributes {
        let kind = attribute.data_type;
        let value = if kind == "String.Array" || kind.starts_with("String.Array.") {
            // AWS: a value that is no JSON array is taken as the text it is.
            serde_json::from_str(attribute.value)
                .ok()
                .filter(Value::is_array)
                .unwrap_or_else(|| Value::from(attribute.value))
        } else if kind == "Number" || kind.starts_with("Number.") {
            serde_json::from_str::<serde_json::Number>(attribute.value)
                .map_or_else(|_| Value::from(attribute.value), Value::Number)
        } else if kind == "Binary" || kind.starts_with("Binary.") {
            // AWS: "The policy ignores Binary".
            continue;
        } else {
            Value::from(attribute.value)
        };
        out.insert(attribute.name.to_owned(), value);
    }
    out
}

fn require_size(value: &Value, pattern: &Pattern, scope: Scope) -> Result<(), PatternError> {
    let names = value.as_object().map_or(0, |object| match scope {
        Scope::MessageAttributes => object.keys().filter(|name| *name != "$or").count(),
        Scope::MessageBody => leaves(value),
    });
    if names > NAMES_MAX {
        return Err(PatternError::plain("FilterPolicy: Filter policy can not have more than 5 keys"));
    }
    // AWS: for nested policies every key counts once for each level at which it stands.
    let weight = |field: &Field| match scope {
        Scope::MessageAttributes => field.matchers.len(),
        Scope::MessageBody => field.matchers.len().saturating_mul(field.names.len()),
    };
    let combinations = pattern
        .alternatives
        .iter()
        .map(|fields| fields.values().map(weight).fold(1, usize::saturating_mul))
        .fold(0, usize::saturating_add);
    if combinations > COMBINATIONS_MAX {
        return Err(PatternError::plain("FilterPolicy: Filter policy is too complex"));
    }
    Ok(())
}

/// How many fields a nested policy names.
fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| match value {
                Value::Array(alternatives) if name == "$or" => {
                    alternatives.iter().map(leaves).max().unwrap_or(0)
                }
                other => leaves(other),
            })
            .fold(0, usize::saturating_add),
        _ => 1,
    }
}
