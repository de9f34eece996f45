//! What is said about values that break the model.
//!
//! The texts are those of AWS's service framework, as recorded in public answers, for example
//! `1 validation error detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length greater
//! than or equal to 1` and `Value null at 'userName' failed to satisfy constraint: Member must not be null`.

use crate::{Flags, Member, Schema, lower_first};

/// What a missing member breaks.
const NOT_NULL: &str = "Member must not be null";
/// What a null in a list of simple values breaks.
const NO_NULLS: &str = "Member must satisfy constraint: [Member must not be null]";

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

    /// Enters a member or list position (`1`, then `member`); leave it with [`Problems::leave`].
    pub fn enter(&mut self, name: &str) {
        self.path.push(lower_first(name));
    }

    /// Enters an entry of a map, whose key is the caller's and keeps its letters; leave it with [`Problems::leave`].
    pub fn enter_key(&mut self, key: &str) {
        self.path.push(key.to_owned());
    }

    /// Leaves what was entered last.
    pub fn leave(&mut self) {
        self.path.pop();
    }

    /// Reports that the place entered last is null where the model allows no null: a structure in a list.
    pub fn null_here(&mut self) {
        self.report(NOT_NULL);
    }

    /// Reports that the list entered last holds a null; once, however many there are.
    pub fn null_within(&mut self) {
        self.report(NO_NULLS);
    }

    fn report(&mut self, constraint: &str) {
        let violation =
            Violation { path: self.path.join("."), value: None, constraint: constraint.to_owned() };
        if self.violations.last() != Some(&violation) {
            self.violations.push(violation);
        }
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
