//! Values of fields.

use super::time;
use std::borrow::Cow;
use std::cmp::Ordering;

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// The answer of a condition.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Milliseconds since 1970, shown as a date.
    Time(i64),
    /// Text.
    Text(String),
}

impl Value {
    /// Text, or nothing where it is empty.
    pub fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        *self == Value::Null
    }

    /// As a number, if it is one or reads like one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Null => None,
            Value::Bool(value) => Some(f64::from(u8::from(*value))),
            Value::Number(value) => Some(*value),
            Value::Time(value) => Some(*value as f64),
            Value::Text(text) => number(text),
        }
    }

    /// As a condition: true, or a number that is not zero.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Bool(value) => *value,
            Value::Text(text) if text == "true" => true,
            other => other.number().is_some_and(|value| value != 0.0),
        }
    }

    /// As it is shown; nothing is the empty text.
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Value::Null => Cow::Borrowed(""),
            Value::Bool(value) => Cow::Borrowed(if *value { "1" } else { "0" }),
            Value::Number(value) => Cow::Owned(shown(*value)),
            Value::Time(value) => Cow::Owned(time::shown(*value)),
            Value::Text(text) => Cow::Borrowed(text),
        }
    }

    /// The order of `sort`: nothing, texts by their characters, numbers by value.
    // AWS: user guide, `sort`: "All non-number values come before all number values".
    pub fn order(&self, other: &Value) -> Ordering {
        let rank = |value: &Value, number: Option<f64>| match (value, number) {
            (Value::Null, _) => 0,
            (_, None) => 1,
            (_, Some(_)) => 2,
        };
        let (one, two) = (self.number(), other.number());
        match rank(self, one).cmp(&rank(other, two)) {
            Ordering::Equal => match (one, two) {
                (Some(one), Some(two)) => one.total_cmp(&two),
                _ => self.shown().cmp(&other.shown()),
            },
            different => different,
        }
    }
}

/// The number that a text is.
pub fn number(text: &str) -> Option<f64> {
    let first = text.bytes().next()?;
    if !first.is_ascii_digit() && !matches!(first, b'-' | b'+' | b'.') {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// A number with up to four decimals.
fn shown(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
