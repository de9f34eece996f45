//! The rule language of composite alarms.
//!
//! AWS: PutCompositeAlarm, `AlarmRule`.

use crate::errors;
use kage_core::Result;
use std::iter::Peekable;
use std::str::Chars;

/// AWS: PutCompositeAlarm, `AlarmRule`: children and elements of one rule.
const CHILDREN_MAX: usize = 100;
const ELEMENTS_MAX: usize = 500;
/// So deep may parentheses stand in each other. AWS states no limit but that of the elements.
const DEPTH_MAX: usize = 60;

/// A rule as a tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// `TRUE`, `FALSE`.
    Constant(bool),
    /// `ALARM(name)`: the alarm, by name or ARN, is in this state.
    Is(&'static str, String),
    /// `NOT`.
    Not(Box<Rule>),
    /// `AND`.
    All(Vec<Rule>),
    /// `OR`.
    Any(Vec<Rule>),
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// `ValidationError`.
    pub fn parse(text: &str) -> Result<Rule> {
        let mut reader = Reader { letters: text.chars().peekable(), elements: 0, depth: 0 };
        let rule = reader.any()?;
        reader.spaces();
        if reader.letters.peek().is_some() {
            return Err(wrong("text stands behind the rule"));
        }
        if rule.children().len() > CHILDREN_MAX {
            return Err(wrong("the rule names more than 100 alarms"));
        }
        Ok(rule)
    }

    /// The alarms that it names, each once.
    pub fn children(&self) -> Vec<&str> {
        let mut out = Vec::new();
        let mut open = vec![self];
        while let Some(rule) = open.pop() {
            match rule {
                Rule::Constant(_) => {}
                Rule::Is(_, name) if out.contains(&name.as_str()) => {}
                Rule::Is(_, name) => out.push(name.as_str()),
                Rule::Not(inner) => open.push(inner),
                Rule::All(parts) | Rule::Any(parts) => open.extend(parts),
            }
        }
        out.reverse();
        out
    }

    /// Whether it is met, when alarms are in these states.
    ///
    /// # Errors
    /// Those of `state`.
    pub fn is_met(&self, state: &dyn Fn(&str) -> Result<Option<String>>) -> Result<bool> {
        Ok(match self {
            Rule::Constant(value) => *value,
            Rule::Is(wanted, name) => state(name)?.is_some_and(|found| found == *wanted),
            Rule::Not(inner) => !inner.is_met(state)?,
            Rule::All(parts) => {
                for part in parts {
                    if !part.is_met(state)? {
                        return Ok(false);
                    }
                }
                true
            }
            Rule::Any(parts) => {
                for part in parts {
                    if part.is_met(state)? {
                        return Ok(true);
                    }
                }
                false
            }
        })
    }
}

fn wrong(what: &str) -> kage_core::Error {
    errors::validation(format!("AlarmRule must be a valid rule expression: {what}."))
}

struct Reader<'a> {
    letters: Peekable<Chars<'a>>,
    elements: usize,
    depth: usize,
}

impl Reader<'_> {
    fn spaces(&mut self) {
        while self.letters.next_if(|letter| letter.is_whitespace()).is_some() {}
    }

    fn sign(&mut self, wanted: char) -> bool {
        self.spaces();
        self.letters.next_if_eq(&wanted).is_some()
    }

    /// The word that comes next, which is not taken.
    fn word(&mut self) -> String {
        self.spaces();
        self.letters.clone().take_while(|letter| letter.is_ascii_alphabetic() || *letter == '_').collect()
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.word() == wanted;
        if found {
            self.letters.by_ref().take(wanted.len()).for_each(drop);
        }
        found
    }

    fn element(&mut self) -> Result<()> {
        self.elements += 1;
        if self.elements > ELEMENTS_MAX {
            return Err(wrong("the rule has more than 500 elements"));
        }
        Ok(())
    }

    fn any(&mut self) -> Result<Rule> {
        let mut parts = vec![self.all()?];
        while self.take("OR") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Rule::Any(parts) })
    }

    fn all(&mut self) -> Result<Rule> {
        let mut parts = vec![self.one()?];
        while self.take("AND") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Rule::All(parts) })
    }

    fn one(&mut self) -> Result<Rule> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(wrong("parentheses are nested too deeply"));
        }
        let out = self.part();
        self.depth -= 1;
        out
    }

    fn part(&mut self) -> Result<Rule> {
        self.element()?;
        if self.take("NOT") {
            return Ok(Rule::Not(Box::new(self.one()?)));
        }
        if self.sign('(') {
            let inside = self.any()?;
            self.element()?;
            return if self.sign(')') { Ok(inside) } else { Err(wrong("')' is missing")) };
        }
        for (name, value) in [("TRUE", true), ("FALSE", false)] {
            if self.take(name) {
                return Ok(Rule::Constant(value));
            }
        }
        for state in [crate::alarm::ALARM, crate::alarm::OK, crate::alarm::INSUFFICIENT_DATA] {
            if self.take(state) {
                return self.named(state);
            }
        }
        let word = self.word();
        Err(wrong(&format!("'{word}' is no function of rules")))
    }

    fn named(&mut self, state: &'static str) -> Result<Rule> {
        if !self.sign('(') {
            return Err(wrong("'(' is missing"));
        }
        let name: String = if self.sign('"') {
            let name = self.until('"')?;
            if !self.sign(')') {
                return Err(wrong("')' is missing"));
            }
            name
        } else {
            self.spaces();
            self.until(')')?.trim_end().to_owned()
        };
        if name.is_empty() { Err(wrong("an alarm is not named")) } else { Ok(Rule::Is(state, name)) }
    }

    fn until(&mut self, end: char) -> Result<String> {
        let mut out = String::new();
        for letter in self.letters.by_ref() {
            if letter == end {
                return Ok(out);
            }
            out.push(letter);
        }
        Err(wrong(&format!("'{end}' is missing")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_met(text: &str) -> bool {
        let state = |name: &str| {
            Ok(match name {
                "a" | "my alarm" => Some("ALARM".to_owned()),
                "o" => Some("OK".to_owned()),
                "i" => Some("INSUFFICIENT_DATA".to_owned()),
                _ => None,
            })
        };
        Rule::parse(text).unwrap().is_met(&state).unwrap()
    }

    #[test]
    fn rules_are_met_or_not() {
        for text in [
            "TRUE",
            "ALARM(a)",
            "ALARM(\"a\") AND OK(o)",
            "ALARM( my alarm )",
            "NOT ALARM(o)",
            "NOT(ALARM(o) OR ALARM(i))",
            "FALSE OR (ALARM(a) AND NOT OK(i)) AND INSUFFICIENT_DATA(i)",
            "ALARM(a) OR ALARM(o) AND ALARM(i)",
        ] {
            assert!(is_met(text), "{text}");
        }
        for text in ["FALSE", "ALARM(o)", "ALARM(gone)", "OK(gone)", "(ALARM(a) OR ALARM(o)) AND ALARM(i)"] {
            assert!(!is_met(text), "{text}");
        }
    }

    #[test]
    fn rules_that_are_wrong() {
        for text in
            ["", "ALARM", "ALARM()", "ALARM(a", "alarm(a)", "ALARM(a) ALARM(o)", "(TRUE", "TRUE AND", "NOT"]
        {
            assert!(Rule::parse(text).is_err(), "{text}");
        }
        assert!(Rule::parse(&"(".repeat(10_000)).is_err());
        assert!(Rule::parse(&vec!["TRUE"; 501].join(" AND ")).is_err());
        let many: Vec<String> = (0..101).map(|index| format!("ALARM(a{index})")).collect();
        assert!(Rule::parse(&many.join(" OR ")).is_err());
        assert_eq!(Rule::parse("ALARM(b) AND OK(a) OR OK(b)").unwrap().children().len(), 2);
    }
}
