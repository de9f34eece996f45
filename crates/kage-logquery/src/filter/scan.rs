//! What all kinds of patterns are read with.

use super::PatternError;
use regex::bytes::{Regex, RegexBuilder};

/// A place in a pattern.
#[derive(Clone)]
pub struct Scan<'a> {
    pattern: &'a str,
    rest: &'a str,
}

impl<'a> Scan<'a> {
    /// At the beginning.
    pub fn new(pattern: &'a str) -> Scan<'a> {
        Scan { pattern, rest: pattern }
    }

    /// What is left.
    pub fn rest(&self) -> &'a str {
        self.rest
    }

    /// The next character.
    pub fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Takes the next character.
    pub fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.rest = self.rest.get(next.len_utf8()..).unwrap_or_default();
        Some(next)
    }

    /// Passes white space.
    pub fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes this text, if it is next.
    pub fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes this word in any case, if it is next and ends there.
    pub fn word(&mut self, word: &str) -> bool {
        let Some(found) = self.rest.get(..word.len()) else { return false };
        let behind = self.rest.get(word.len()..).unwrap_or_default();
        let ends = !behind.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        if !found.eq_ignore_ascii_case(word) || !ends {
            return false;
        }
        self.rest = behind;
        true
    }

    /// Takes characters as long as they are wanted.
    pub fn while_(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|next| !wanted(next)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Takes this text.
    ///
    /// # Errors
    /// When something else is next.
    pub fn expect(&mut self, text: &str) -> Result<(), PatternError> {
        if self.take(text) { Ok(()) } else { Err(self.error(&format!("expected {text}"))) }
    }

    /// An error at this place.
    pub fn error(&self, what: &str) -> PatternError {
        let at = self.pattern.len().saturating_sub(self.rest.len());
        PatternError::new(format!("Invalid filter pattern: {what} at position {at}"))
    }

    /// Takes a quoted text whose opening mark is next. A backslash takes the character behind it as it is.
    ///
    /// # Errors
    /// When it does not end.
    pub fn quoted(&mut self) -> Result<String, PatternError> {
        self.expect("\"")?;
        let mut out = String::new();
        loop {
            match self.next() {
                None => return Err(self.error("unterminated quoted text")),
                Some('"') => return Ok(out),
                Some('\\') => match self.next() {
                    Some(escaped) => out.push(escaped),
                    None => return Err(self.error("unterminated quoted text")),
                },
                Some(other) => out.push(other),
            }
        }
    }

    /// Takes a regular expression whose opening `%` is next.
    ///
    /// # Errors
    /// When it does not end, is empty, or cannot be read.
    pub fn regex(&mut self) -> Result<Regex, PatternError> {
        self.expect("%")?;
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(self.error("unterminated regular expression")),
                Some('%') => break,
                Some('\\') => match self.next() {
                    Some('%') => text.push('%'),
                    Some(escaped) => text.extend(['\\', escaped]),
                    None => return Err(self.error("unterminated regular expression")),
                },
                // AWS: user guide, "Supported regex syntax": no groups; a parenthesis is no operator.
                Some(paren @ ('(' | ')')) => {
                    return Err(self.error(&format!("unsupported character {paren} in regular expression")));
                }
                Some(other) => text.push(other),
            }
        }
        if text.is_empty() {
            return Err(self.error("empty regular expression"));
        }
        let built =
            RegexBuilder::new(&text).unicode(false).size_limit(1 << 20).dfa_size_limit(1 << 20).build();
        built.map_err(|_| self.error("invalid regular expression"))
    }
}
