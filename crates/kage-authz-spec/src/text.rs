//! Patterns and policy variables, character by character (rules 67, 74, 78-84).

use kage_authz::{Context, ContextValue};

/// One character of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// This character.
    Exactly(char),
    /// `?`.
    One,
    /// `*`.
    Many,
}

/// A character of a pattern in which `*` and `?` are wildcards.
pub fn wildcard(character: char) -> Piece {
    match character {
        '*' => Piece::Many,
        '?' => Piece::One,
        other => Piece::Exactly(other),
    }
}

/// Whether the pattern matches the whole text.
pub fn matches(pattern: &[Piece], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    matches_characters(pattern, &text)
}

fn matches_characters(pattern: &[Piece], text: &[char]) -> bool {
    match (pattern, text) {
        ([], rest) => rest.is_empty(),
        ([Piece::Many, more @ ..], []) => matches_characters(more, text),
        ([Piece::Many, more @ ..], [_, rest @ ..]) => {
            matches_characters(more, text) || matches_characters(pattern, rest)
        }
        ([Piece::One, more @ ..], [_, rest @ ..]) => matches_characters(more, rest),
        ([Piece::Exactly(wanted), more @ ..], [found, rest @ ..]) => {
            wanted == found && matches_characters(more, rest)
        }
        ([_, ..], []) => false,
    }
}

/// Replaces the variables of a pattern. None if one has no value (rule 83).
pub fn expand(pattern: &str, variables: bool, wildcards: bool, context: &Context) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        let variable = rest.strip_prefix("${").and_then(|body| body.split_once('}'));
        if let Some((name, behind)) = variable.filter(|_| variables) {
            // Rule 84: what comes out of a variable is text.
            pieces.extend(resolve(name, context)?.chars().map(Piece::Exactly));
            rest = behind;
            continue;
        }
        pieces.push(if wildcards { wildcard(character) } else { Piece::Exactly(character) });
        rest = &rest[character.len_utf8()..];
    }
    Some(pieces)
}

/// The text that stands for the inside of `${...}`.
fn resolve(name: &str, context: &Context) -> Option<String> {
    // Rule 74.
    if ["*", "?", "$"].contains(&name) {
        return Some(name.to_owned());
    }
    // Rule 82.
    let (key, default) = match name.split_once(',') {
        Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\'').to_owned())),
        None => (name.trim(), None),
    };
    // Rule 81: multivalued keys are no variables.
    match context.get(key) {
        Some(ContextValue::Single(value)) => Some(value.clone()),
        _ => default,
    }
}

/// Puts literal pieces back together, wildcards as they were written.
pub fn plain(pieces: &[Piece]) -> String {
    let character = |piece: &Piece| match piece {
        Piece::Exactly(character) => *character,
        Piece::One => '?',
        Piece::Many => '*',
    };
    pieces.iter().map(character).collect()
}
