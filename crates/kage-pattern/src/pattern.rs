//! One pattern.

use crate::PatternError;
use crate::event::{Found, Wanted, together};
use crate::matcher::Matcher;
use crate::parse;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The tests of one field: one of them must pass.
#[derive(Clone, Debug)]
pub struct Field {
    /// The names on the way to the field.
    pub names: Vec<String>,
    /// The tests.
    pub matchers: Vec<Matcher>,
}

/// Fields by their path; all must pass.
pub type Fields = BTreeMap<String, Field>;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What `$or` makes of it: one of them must pass.
    pub(crate) alternatives: Vec<Fields>,
}

impl Pattern {
    /// Reads an event pattern of EventBridge.
    ///
    /// # Errors
    /// [`PatternError`] with AWS's text behind "Event pattern is not valid. Reason: ".
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        parse::parse(text).map(|alternatives| Pattern { alternatives })
    }

    /// Whether the event matches. An event that is no object matches nothing. For many patterns use [`crate::Rules`].
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        event.as_object().is_some_and(|event| self.matches_object(event))
    }

    /// As [`Pattern::matches`].
    #[must_use]
    pub fn matches_object(&self, event: &Map<String, Value>) -> bool {
        self.alternatives.iter().any(|fields| {
            let mut wanted = Wanted::default();
            let tests: Vec<(usize, &[Matcher])> =
                fields.iter().map(|(path, field)| (wanted.add(path), field.matchers.as_slice())).collect();
            passes(&tests, &wanted.values(event), &[])
        })
    }
}

/// Whether a choice of one value for each field passes, all in the same elements of arrays.
pub fn passes(tests: &[(usize, &[Matcher])], values: &[Vec<Found<'_>>], elements: &[(u32, u32)]) -> bool {
    let Some(((number, matchers), rest)) = tests.split_first() else { return true };
    let found = values.get(*number).map(Vec::as_slice).unwrap_or_default();
    for value in found {
        if !matchers.iter().any(|matcher| matcher.matches(value.value)) {
            continue;
        }
        if value.elements.is_empty() {
            // It binds nothing, so that another value of this field would not help the others.
            return passes(rest, values, elements);
        }
        if let Some(bound) = together(elements, &value.elements)
            && passes(rest, values, &bound)
        {
            return true;
        }
    }
    matchers.iter().any(|matcher| matches!(matcher, Matcher::Absent))
        && found.iter().all(|value| together(elements, &value.elements).is_none())
        && passes(rest, values, elements)
}
