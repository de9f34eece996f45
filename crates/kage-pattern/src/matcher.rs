//! One test of one value.

use crate::ip::{Address, Block, address};
use crate::wildcard::Wildcard;
use serde_json::{Number, Value};

/// A test of a value of an event.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// This text.
    Text(String),
    /// A text that writes this address: AWS compares addresses by their value (event-ruler, `CIDR.ipToRangeIfPossible`).
    Address(Address),
    /// This number.
    Number(Number),
    /// `null`, `true` or `false`.
    Word(Value),
    /// A text that begins so.
    Prefix(String),
    /// A text that ends so.
    Suffix(String),
    /// A text that begins so, in any case.
    PrefixAnyCase(String),
    /// A text that ends so, in any case.
    SuffixAnyCase(String),
    /// This text in any case.
    AnyCase(String),
    /// A text with `*`.
    Wildcard(Wildcard),
    /// A number in a range.
    Range(Range),
    /// A text that writes an address of the block.
    Block(Block),
    /// None of these texts. Other kinds of values pass.
    NotTexts(Vec<String>),
    /// None of these numbers. Other kinds of values pass.
    NotNumbers(Vec<Number>),
    /// None of these.
    Not(Vec<Matcher>),
    /// Any value.
    Exists,
    /// The field is absent; no value passes.
    Absent,
}

/// A bound of a range and whether it is in it.
pub type Bound = Option<(Number, bool)>;

/// A range of numbers.
#[derive(Clone, Debug)]
pub struct Range {
    /// The lower bound.
    pub low: Bound,
    /// The upper bound.
    pub high: Bound,
}

impl Range {
    fn holds(&self, number: &Number) -> bool {
        let above = self.low.as_ref().is_none_or(|(low, inside)| {
            compare(low, number).is_some_and(|order| order.is_lt() || (*inside && order.is_eq()))
        });
        let below = self.high.as_ref().is_none_or(|(high, inside)| {
            compare(number, high).is_some_and(|order| order.is_lt() || (*inside && order.is_eq()))
        });
        above && below
    }
}

/// The order of two numbers: whole ones exactly, others as 64-bit floating point, as AWS does.
pub fn compare(a: &Number, b: &Number) -> Option<std::cmp::Ordering> {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

impl Matcher {
    /// Whether the value passes.
    pub fn matches(&self, value: &Value) -> bool {
        match self {
            Matcher::Exists => true,
            Matcher::Absent => false,
            Matcher::Word(word) => word == value,
            Matcher::Number(number) => is_number(value, number),
            Matcher::Range(range) => matches!(value, Value::Number(found) if range.holds(found)),
            Matcher::NotTexts(texts) => !matches!(value, Value::String(found) if texts.contains(found)),
            Matcher::NotNumbers(numbers) => !numbers.iter().any(|number| is_number(value, number)),
            Matcher::Not(matchers) => !matchers.iter().any(|matcher| matcher.matches(value)),
            _ => value.as_str().is_some_and(|text| self.matches_text(text)),
        }
    }

    fn matches_text(&self, text: &str) -> bool {
        match self {
            Matcher::Text(wanted) => wanted == text,
            Matcher::Address(wanted) => address(text) == Some(*wanted),
            Matcher::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Matcher::Suffix(suffix) => text.ends_with(suffix.as_str()),
            Matcher::PrefixAnyCase(prefix) => starts_any_case(text.chars(), prefix.chars()),
            Matcher::SuffixAnyCase(suffix) => starts_any_case(text.chars().rev(), suffix.chars().rev()),
            Matcher::AnyCase(wanted) => {
                text.chars().count() == wanted.chars().count()
                    && starts_any_case(text.chars(), wanted.chars())
            }
            Matcher::Wildcard(wildcard) => wildcard.matches(text),
            Matcher::Block(block) => address(text).is_some_and(|address| block.holds(address)),
            _ => false,
        }
    }
}

fn is_number(value: &Value, number: &Number) -> bool {
    matches!(value, Value::Number(found) if compare(found, number).is_some_and(|order| order.is_eq()))
}

fn starts_any_case(mut text: impl Iterator<Item = char>, wanted: impl Iterator<Item = char>) -> bool {
    // Character by character, in one direction or the other, as event-ruler's EqualsIgnoreCaseParser does.
    let mut same = |wanted: char| {
        text.next().is_some_and(|found| {
            found == wanted
                || found.to_lowercase().eq(wanted.to_lowercase())
                || found.to_uppercase().eq(wanted.to_uppercase())
        })
    };
    wanted.into_iter().all(&mut same)
}
