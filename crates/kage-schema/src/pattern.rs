//! Patterns of the models, which are written in Java's dialect.

use regex::Regex;
use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

/// A compiled pattern: what a whole value must match, and what it must not.
struct Compiled {
    must: Regex,
    must_not: Option<Regex>,
}

static PATTERNS: LazyLock<RwLock<HashMap<&'static str, Option<Compiled>>>> = LazyLock::new(RwLock::default);

/// Patterns that look ahead or behind, as one that a value must match and one that it must not.
const LOOKING_AROUND: [(&str, &str, &str); 6] = [
    // IAM: AccountAlias.
    ("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", "[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", ".*--.*"),
    // Lambda: names of aliases, keys of tags and layers, and header names.
    ("(?!^[0-9]+$)([a-zA-Z0-9-_]+)", "[a-zA-Z0-9-_]+", "[0-9]+"),
    ("(^(?!(system\\x2e)))(^[_a-zA-Z0-9])([^$]*)", "[_a-zA-Z0-9][^$]*", "(?s)system\\..*"),
    ("[0-9A-Za-z\\.\\-_]*(?<!\\.)", "[0-9A-Za-z.\\-_]*", ".*\\."),
    // EventBridge: header names; the source of an event.
    ("^(?!\\s*$).+", ".+", "\\s*"),
    (
        "(?=[/\\.\\-_A-Za-z0-9]+)((?!aws\\.).*)|(\\$(\\.[\\w_-]+(\\[(\\d+|\\*)\\])*)*)",
        "[/.\\-_A-Za-z0-9].*|\\$(\\.[\\w_-]+(\\[(\\d+|\\*)\\])*)*",
        "aws\\..*",
    ),
];

/// Whether the whole value matches. A pattern that this engine cannot read binds nobody.
pub(crate) fn matches(pattern: &'static str, value: &str) -> bool {
    if let Ok(known) = PATTERNS.read()
        && let Some(compiled) = known.get(pattern)
    {
        return compiled.as_ref().is_none_or(|compiled| compiled.fits(value));
    }
    let compiled = Compiled::new(pattern);
    let fits = compiled.as_ref().is_none_or(|compiled| compiled.fits(value));
    if let Ok(mut known) = PATTERNS.write() {
        known.insert(pattern, compiled);
    }
    fits
}

impl Compiled {
    fn new(pattern: &str) -> Option<Compiled> {
        let around = LOOKING_AROUND.iter().find(|(known, ..)| *known == pattern);
        let (must, must_not) = around.map_or((pattern, None), |(_, must, not)| (must, Some(*not)));
        let whole = |pattern: &str| Regex::new(&format!("^(?:{})$", ascii_classes(pattern))).ok();
        Some(Compiled { must: whole(must)?, must_not: must_not.and_then(whole) })
    }

    fn fits(&self, value: &str) -> bool {
        self.must.is_match(value) && !self.must_not.as_ref().is_some_and(|not| not.is_match(value))
    }
}

/// In Java `\w`, `\d` and `\s` know ASCII only; here they would take any script's letters.
fn ascii_classes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len().saturating_mul(2));
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('w') => out.push_str("[0-9A-Za-z_]"),
            Some('W') => out.push_str("[^0-9A-Za-z_]"),
            Some('d') => out.push_str("[0-9]"),
            Some('D') => out.push_str("[^0-9]"),
            Some('s') => out.push_str("[\\t\\n\\x0B\\x0C\\r ]"),
            Some('S') => out.push_str("[^\\t\\n\\x0B\\x0C\\r ]"),
            other => out.extend(['\\'].into_iter().chain(other)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_java() {
        for (pattern, value, expected) in [
            ("[\\w+=,.@-]+", "a_Z0+=,.@-", true),
            ("[\\w+=,.@-]+", "bäb", false),
            ("\\d{12}", "111122223333", true),
            ("\\d{12}", "١١١١٢٢٢٢٣٣٣٣", false),
            ("[^\\s@]+", "a\u{a0}b", true),
            ("[^\\s@]+", "a b", false),
            ("[\\s\\S]*", "a\nb ü", true),
            ("\\S+", "a\u{2003}b", true),
            ("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", "Größe 1", true),
            ("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+", "tab\tü", true),
            ("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+", "\u{0}", false),
            ("a\\\\w", "a\\w", true),
            ("[a-z]+", "abc\n", false),
            ("a|b", "ab", false),
        ] {
            assert_eq!(matches(pattern, value), expected, "{pattern} {value:?}");
        }
    }

    #[test]
    fn what_looks_around_binds_too() {
        let [alias, name, key, tag, header, source] = LOOKING_AROUND.map(|(pattern, ..)| pattern);
        for (pattern, value, expected) in [
            (alias, "acme-two", true),
            (alias, "acme--two", false),
            (alias, "Acme", false),
            (alias, "acme-", false),
            (name, "1a", true),
            (name, "12", false),
            (key, "System.x", true),
            (key, "system.x", false),
            (key, "a$", false),
            (tag, "a.b", true),
            (tag, "a.", false),
            (header, " x", true),
            (header, "  ", false),
            (source, "my.app", true),
            (source, "aws.ec2", false),
            (source, "$.detail[0]", true),
            (source, " x", false),
        ] {
            assert_eq!(matches(pattern, value), expected, "{pattern} {value:?}");
        }
        for (_, must, not) in LOOKING_AROUND {
            for pattern in [must, not] {
                assert!(Compiled::new(pattern).is_some(), "{pattern}");
            }
        }
    }
}
