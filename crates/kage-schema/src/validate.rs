//! What the model says about values, checked in one walk.
//!
//! The texts are those of AWS's service framework, as recorded in public answers, for example
//! `1 validation error detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length greater
//! than or equal to 1` and `Value null at 'userName' failed to satisfy constraint: Member must not be null`.

use crate::{Flags, Location, Member, Record, Schema, Slot, View, lower_first};
use regex::Regex;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{LazyLock, RwLock};

/// What a missing member breaks.
const NOT_NULL: &str = "Member must not be null";

/// One value that breaks the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where: `tags.1.member.key`, each name with its first letter in lower case.
    pub path: String,
    /// The offending value as text; `None` for a missing member (AWS says `null` without quotes) or a secret.
    pub value: Option<String>,
    /// What AWS says must hold: `Member must not be null`.
    pub constraint: String,
}

impl Violation {
    /// `Value '…' at 'path' failed to satisfy constraint: …`
    #[must_use]
    pub fn text(&self) -> String {
        match &self.value {
            Some(value) => {
                format!(
                    "Value '{value}' at '{}' failed to satisfy constraint: {}",
                    self.path, self.constraint
                )
            }
            None => {
                let null = if self.constraint == NOT_NULL { " null" } else { "" };
                format!("Value{null} at '{}' failed to satisfy constraint: {}", self.path, self.constraint)
            }
        }
    }
}

/// All violations in AWS's one sentence: `2 validation errors detected: …; …`.
#[must_use]
pub fn validation_message(violations: &[Violation]) -> String {
    let plural = if violations.len() == 1 { "" } else { "s" };
    let texts: Vec<String> = violations.iter().map(Violation::text).collect();
    format!("{} validation error{plural} detected: {}", violations.len(), texts.join("; "))
}

/// Collects what was missing while a record was read. Readers call [`Seen`] for every structure.
#[derive(Debug, Default)]
pub struct Problems {
    path: Vec<String>,
    /// What was found so far.
    pub violations: Vec<Violation>,
}

impl Problems {
    /// None found yet.
    #[must_use]
    pub fn new() -> Problems {
        Problems::default()
    }

    /// Enters a member, list position (`1`, then `member`) or map key; leave it with [`Problems::leave`].
    pub fn enter(&mut self, name: &str) {
        self.path.push(lower_first(name));
    }

    /// Leaves what was entered last.
    pub fn leave(&mut self) {
        self.path.pop();
    }

    /// Reports that the place entered last is null where the model allows no null: an element of a list.
    pub fn null_here(&mut self) {
        let path = self.path.join(".");
        self.violations.push(Violation { path, value: None, constraint: NOT_NULL.to_owned() });
    }

    fn missing(&mut self, member: &Member) {
        let mut path = self.path.join(".");
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&lower_first(member.name));
        self.violations.push(Violation { path, value: None, constraint: NOT_NULL.to_owned() });
    }
}

/// Which members of one structure were present.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen([u64; 4]);

impl Seen {
    /// None yet.
    #[must_use]
    pub fn new() -> Seen {
        Seen::default()
    }

    /// Marks member `index` (below 256; no structure of AWS has more).
    pub fn mark(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    /// Whether member `index` was marked.
    #[must_use]
    pub fn has(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Reports the required members that were not marked.
    pub fn finish(&self, schema: &Schema, problems: &mut Problems) {
        for (index, member) in schema.members().iter().enumerate() {
            if member.is_required() && !self.has(index) && !member.has(Flags::STREAMING) {
                problems.missing(member);
            }
        }
    }
}

/// Checks every present value of the record against its limits and adds what breaks them.
pub fn check_limits(record: &dyn Record, violations: &mut Vec<Violation>) {
    let mut path = String::new();
    walk_record(record, &mut path, violations);
}

fn walk_record(record: &dyn Record, path: &mut String, out: &mut Vec<Violation>) {
    for (index, member) in record.schema().members().iter().enumerate() {
        let Some(slot) = record.slot(index) else { continue };
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&lower_first(member.name));
        walk_value(slot, member, path, out);
        path.truncate(length);
    }
}

fn walk_value(slot: &dyn Slot, member: &Member, path: &mut String, out: &mut Vec<Violation>) {
    let schema = member.target;
    let hidden = member.has(Flags::SENSITIVE);
    let mut report = |value: String, constraint: String| {
        out.push(Violation { path: path.clone(), value: (!hidden).then_some(value), constraint });
    };
    match slot.view() {
        View::Absent | View::Bool(_) | View::Time(_) | View::Document(_) | View::Body(_) => {}
        View::Int(v) => check_number(v, schema, &mut report),
        View::Float(v) => check_number(v as i64, schema, &mut report),
        // A non-required empty header or query value is absent in AWS's eyes.
        View::Str("") if member.location != Location::Body && !member.is_required() => {}
        View::Str(v) => check_text(v, schema, &mut report),
        View::Blob(v) => check_length(
            v.len(),
            schema,
            &|| format!("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", v.len()),
            &mut report,
        ),
        View::Record(v) => walk_record(v, path, out),
        View::List(v) => {
            check_length(v.len(), schema, &|| shown_list(v.len()), &mut report);
            let Some(element) = schema.element() else { return };
            for index in 0..v.len() {
                let length = path.len();
                let _ = write!(path, ".{}.member", index + 1);
                if let Some(inner) = v.at(index) {
                    walk_value(inner, element, path, out);
                }
                path.truncate(length);
            }
        }
        View::Map(v) => {
            check_length(v.len(), schema, &|| shown_list(v.len()), &mut report);
            let Some((_, value)) = schema.entry() else { return };
            for (key, inner) in v.entries() {
                let length = path.len();
                let _ = write!(path, ".{key}.member");
                walk_value(inner, value, path, out);
                path.truncate(length);
            }
        }
    }
}

fn shown_list(length: usize) -> String {
    if length == 0 { "[]".to_owned() } else { format!("[{length} members]") }
}

fn check_number(value: i64, schema: &Schema, report: &mut dyn FnMut(String, String)) {
    if let Some(min) = schema.limits.min.filter(|min| value < *min) {
        report(value.to_string(), format!("Member must have value greater than or equal to {min}"));
    }
    if let Some(max) = schema.limits.max.filter(|max| value > *max) {
        report(value.to_string(), format!("Member must have value less than or equal to {max}"));
    }
}

fn check_length(
    length: usize,
    schema: &Schema,
    shown: &dyn Fn() -> String,
    report: &mut dyn FnMut(String, String),
) {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    if let Some(min) = schema.limits.min.filter(|min| length < *min) {
        report(shown(), format!("Member must have length greater than or equal to {min}"));
    }
    if let Some(max) = schema.limits.max.filter(|max| length > *max) {
        report(shown(), format!("Member must have length less than or equal to {max}"));
    }
}

fn check_text(value: &str, schema: &Schema, report: &mut dyn FnMut(String, String)) {
    if !schema.limits.values.is_empty() {
        if !schema.limits.values.contains(&value) {
            let set = schema.limits.values.join(", ");
            report(value.to_owned(), format!("Member must satisfy enum value set: [{set}]"));
        }
        return;
    }
    check_length(value.chars().count(), schema, &|| value.to_owned(), report);
    if let Some(pattern) = schema.limits.pattern
        && !matches_pattern(pattern, value)
    {
        report(value.to_owned(), format!("Member must satisfy regular expression pattern: {pattern}"));
    }
}

static PATTERNS: LazyLock<RwLock<HashMap<&'static str, Option<Regex>>>> = LazyLock::new(RwLock::default);

/// Patterns are the models' own (Java's dialect). One that this engine cannot read binds nobody.
fn matches_pattern(pattern: &'static str, value: &str) -> bool {
    if let Ok(known) = PATTERNS.read()
        && let Some(compiled) = known.get(pattern)
    {
        return compiled.as_ref().is_none_or(|regex| regex.is_match(value));
    }
    let compiled = Regex::new(&format!("^(?:{pattern})$")).ok();
    let matches = compiled.as_ref().is_none_or(|regex| regex.is_match(value));
    if let Ok(mut known) = PATTERNS.write() {
        known.insert(pattern, compiled);
    }
    matches
}
