//! Filter patterns, as `FilterLogEvents`, metric filters, subscription filters and live tail take them.
// AWS: user guide, "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail".

mod columns;
mod json;
mod scan;
mod text;

use std::collections::BTreeMap;
use std::fmt;

/// A pattern that cannot be read. Its text follows the form in which AWS answers `InvalidParameterException`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError(String);

impl PatternError {
    fn new(text: impl Into<String>) -> PatternError {
        PatternError(text.into())
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PatternError {}

/// A filter pattern, ready to be matched against many events.
#[derive(Clone, Debug)]
pub struct FilterPattern(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// Everything matches.
    Empty,
    Text(text::Text),
    Json(json::Json),
    Columns(columns::Columns),
}

impl FilterPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(pattern: &str) -> Result<FilterPattern, PatternError> {
        let trimmed = pattern.trim();
        let kind = match trimmed.chars().next() {
            None => Kind::Empty,
            Some('{') => Kind::Json(json::Json::parse(trimmed)?),
            Some('[') => Kind::Columns(columns::Columns::parse(trimmed)?),
            Some(_) => Kind::Text(text::Text::parse(trimmed)?),
        };
        Ok(FilterPattern(kind))
    }

    /// Whether an event's message matches.
    #[must_use]
    pub fn matches(&self, message: &[u8]) -> bool {
        match &self.0 {
            Kind::Empty => true,
            Kind::Text(text) => text.matches(message),
            Kind::Json(json) => json.matches(message),
            Kind::Columns(columns) => columns.matches(message),
        }
    }

    /// The values that the pattern names in a message that matches: `$.eventName` or `$status` with its text.
    #[must_use]
    pub fn extract(&self, message: &[u8]) -> BTreeMap<String, String> {
        match &self.0 {
            Kind::Empty | Kind::Text(_) => BTreeMap::new(),
            Kind::Json(json) => json.extract(message),
            Kind::Columns(columns) => columns.extract(message),
        }
    }

    /// The value of one field of a message: `$.latency` of JSON, `$bytes` of a column that the pattern names.
    #[must_use]
    pub fn field(&self, message: &[u8], selector: &str) -> Option<String> {
        if selector.starts_with("$.") || selector.starts_with("$[") {
            return json::field(message, selector);
        }
        match &self.0 {
            Kind::Columns(columns) => columns.extract(message).remove(selector),
            _ => None,
        }
    }

    /// Whether `$name` or `$.path` can be the value of a field under this pattern.
    #[must_use]
    pub fn knows(&self, selector: &str) -> bool {
        match &self.0 {
            Kind::Columns(columns) => columns.names().any(|name| selector.strip_prefix('$') == Some(name)),
            Kind::Json(_) => json::is_selector(selector),
            Kind::Empty | Kind::Text(_) => false,
        }
    }

    /// How many regular expressions it holds. AWS allows two in a pattern and five in a log group.
    #[must_use]
    pub fn regexes(&self) -> usize {
        match &self.0 {
            Kind::Empty => 0,
            Kind::Text(text) => text.regexes(),
            Kind::Json(json) => json.regexes(),
            Kind::Columns(columns) => columns.regexes(),
        }
    }
}

/// AWS: model, PutMetricFilter: "two regular expression patterns within a single filter pattern".
const REGEXES: usize = 2;
/// How deep parentheses may nest. A limit of ours, far beyond any pattern of 1,024 characters that makes sense.
const DEPTH: usize = 64;

fn require_regexes(count: usize) -> Result<(), PatternError> {
    if count > REGEXES {
        return Err(PatternError::new(format!(
            "Invalid filter pattern: at most {REGEXES} regular expressions are allowed in a filter pattern"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_pattern_and_no_message_panics(pattern in "[-{}\\[\\]()$.a-c0-2*%\"\\\\&|=!<> ,?ISNOT]{0,40}", message in "[{}\\[\\]a-c\":,0-2 \\\\.*]{0,40}") {
            if let Ok(pattern) = FilterPattern::parse(&pattern) {
                let _ = pattern.matches(message.as_bytes());
                let _ = pattern.extract(message.as_bytes());
            }
        }
    }

    #[test]
    fn nesting_is_limited() {
        let deep = |depth: usize| format!("{{ {}$.a = 1{} }}", "(".repeat(depth), ")".repeat(depth));
        assert!(FilterPattern::parse(&deep(20)).is_ok());
        assert!(FilterPattern::parse(&deep(100_000)).is_err());
        let columns = |depth: usize| format!("[{}a = 1{}]", "(".repeat(depth), ")".repeat(depth));
        assert!(FilterPattern::parse(&columns(100_000)).is_err());
        let event = "[".repeat(1_000_000);
        assert!(!FilterPattern::parse("{ $.a = 1 }").unwrap().matches(format!("{{\"a\":{event}").as_bytes()));
    }

    #[test]
    fn the_empty_pattern_matches_everything() {
        assert!(FilterPattern::parse("").unwrap().matches(b""));
        assert!(FilterPattern::parse("  ").unwrap().matches(b"x"));
    }
}
