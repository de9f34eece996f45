//! The pattern language.
//!
//! Source of rules and texts: AWS's open implementation, aws/event-ruler `JsonRuleCompiler.java`, and the answers of
//! EventBridge recorded in LocalStack's `test_events_patterns.snapshot.json`.

use crate::ip::{Block, address};
use crate::matcher::{Matcher, Range};
use crate::pattern::{Field, Fields};
use crate::token::{Place, Token, Tokens};
use crate::wildcard::Wildcard;
use serde_json::{Number, Value};
use std::fmt;

/// How many alternatives all `$or` together may make. AWS: EventBridge user guide, "Example: `$or`": more than 1000 rule
/// combinations are an `InvalidEventPatternException`.
const ALTERNATIVES_MAX: usize = 1000;
/// How much of a document an error shows: Jackson's own limit.
const SHOWN_MAX: usize = 500;

/// Why a document is no pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// What is wrong.
    pub reason: String,
    /// Where, in AWS's words; empty where AWS does not say.
    pub place: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.reason, self.place)
    }
}

impl std::error::Error for PatternError {}

impl PatternError {
    /// An error at a place of a document.
    pub(crate) fn at(reason: impl Into<String>, text: &str, place: Place) -> PatternError {
        let cut = text.char_indices().nth(SHOWN_MAX).map(|(index, _)| index);
        let shown = match cut {
            Some(index) => {
                let left_off = text.chars().count().saturating_sub(SHOWN_MAX);
                format!("\"{}\"[truncated {left_off} chars]", text.get(..index).unwrap_or_default())
            }
            None => format!("\"{text}\""),
        };
        let Place { line, column } = place;
        let place = format!("\n at [Source: (String){shown}; line: {line}, column: {column}]");
        PatternError { reason: reason.into(), place }
    }

    /// An error without a place.
    pub(crate) fn plain(reason: impl Into<String>) -> PatternError {
        PatternError { reason: reason.into(), place: String::new() }
    }
}

type Parsed<T> = Result<T, PatternError>;

/// Names that stand for operators, now or later, inside `$or`.
const RESERVED: [&str; 22] = [
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "ip-address-in-range",
    "ip-address-not-in-range",
];

/// Reads a pattern into its alternatives.
pub fn parse(text: &str) -> Parsed<Vec<Fields>> {
    let mut parser =
        Parser { tokens: Tokens::new(text), names: Vec::new(), alternatives: Vec::new(), is_in_or: false };
    if parser.tokens.next()? != Token::ObjectStart {
        return parser.tokens.fail("Filter is not an object");
    }
    parser.object()?;
    Ok(parser.alternatives)
}

struct Parser<'t> {
    tokens: Tokens<'t>,
    names: Vec<String>,
    alternatives: Vec<Fields>,
    is_in_or: bool,
}

impl Parser<'_> {
    fn object(&mut self) -> Parsed<()> {
        let mut is_empty = true;
        loop {
            let name = match self.tokens.next()? {
                Token::ObjectEnd if is_empty => return self.tokens.fail("Empty objects are not allowed"),
                Token::ObjectEnd => return Ok(()),
                Token::Name(name) => name,
                _ => return self.tokens.fail("Filter is not an object"),
            };
            is_empty = false;
            if name == "$or" {
                self.or()?;
                continue;
            }
            if self.is_in_or && RESERVED.contains(&name.as_str()) {
                let reason = format!("{name} is Ruler reserved fieldName which cannot be used inside $or.");
                return self.tokens.fail(reason);
            }
            match self.tokens.next()? {
                Token::ObjectStart => {
                    self.names.push(name);
                    self.object()?;
                    self.names.pop();
                }
                Token::ArrayStart => self.field(name)?,
                _ => return self.tokens.fail(format!("\"{name}\" must be an object or an array")),
            }
        }
    }

    /// `$or`: every object of the array makes an alternative of each that there was before.
    fn or(&mut self) -> Parsed<()> {
        let before = std::mem::take(&mut self.alternatives);
        if self.tokens.next()? != Token::ArrayStart {
            return self.tokens.fail("It must be an Array followed with $or.");
        }
        let was_in_or = std::mem::replace(&mut self.is_in_or, true);
        let mut all = Vec::new();
        let mut objects = 0_usize;
        loop {
            match self.tokens.next()? {
                Token::ArrayEnd => break,
                Token::ObjectStart => {}
                _ => return self.tokens.fail("Only JSON object is allowed in array of $or relationship."),
            }
            objects = objects.saturating_add(1);
            self.alternatives = if before.is_empty() { vec![Fields::new()] } else { before.clone() };
            self.object()?;
            all.append(&mut self.alternatives);
            if all.len() > ALTERNATIVES_MAX {
                return self.tokens.fail(format!(
                    "Rule is too complex - $or makes more than {ALTERNATIVES_MAX} combinations"
                ));
            }
        }
        if objects < 2 {
            return self.tokens.fail("There must have at least 2 Objects in $or relationship.");
        }
        self.is_in_or = was_in_or;
        self.alternatives = all;
        Ok(())
    }

    /// The tests of a field.
    fn field(&mut self, name: String) -> Parsed<()> {
        let mut matchers = Vec::new();
        loop {
            matchers.push(match self.tokens.next()? {
                Token::ArrayEnd => break,
                Token::ObjectStart => self.expression()?,
                Token::Text(text) => match address(&text) {
                    Some(address) => Matcher::Address(address),
                    None => Matcher::Text(text),
                },
                Token::Number(text) => Matcher::Number(self.number(&text)?),
                Token::Word("null") => Matcher::Word(Value::Null),
                Token::Word(word) => Matcher::Word(Value::Bool(word == "true")),
                _ => return self.tokens.fail("Match value must be String, number, true, false, or null"),
            });
        }
        if matchers.is_empty() {
            return self.tokens.fail("Empty arrays are not allowed");
        }
        let mut names = self.names.clone();
        names.push(name);
        let path = names.join(".");
        if self.alternatives.is_empty() {
            self.alternatives.push(Fields::new());
        }
        for fields in &mut self.alternatives {
            fields.insert(path.clone(), Field { names: names.clone(), matchers: matchers.clone() });
        }
        Ok(())
    }

    fn number(&mut self, text: &str) -> Parsed<Number> {
        match serde_json::from_str(text) {
            Ok(number) => Ok(number),
            Err(_) => self.tokens.fail(format!("Cannot compare number : {text}")),
        }
    }

    /// An object that stands for a test.
    fn expression(&mut self) -> Parsed<Matcher> {
        let Token::Name(kind) = self.tokens.next()? else {
            return self.tokens.fail("Match expression name not found");
        };
        match kind.as_str() {
            "exactly" => {
                let text = self.text("exact match pattern must be a string")?;
                self.close(Matcher::Text(text), 1)
            }
            "prefix" => self.end_of_text("prefix", Matcher::Prefix, Matcher::PrefixAnyCase),
            "suffix" => self.end_of_text("suffix", Matcher::Suffix, Matcher::SuffixAnyCase),
            "equals-ignore-case" => {
                let text = self.text("equals-ignore-case match pattern must be a string")?;
                self.close(Matcher::AnyCase(text), 1)
            }
            "wildcard" => {
                let text = self.text("wildcard match pattern must be a string")?;
                let wildcard = self.wildcard(&text)?;
                self.close(wildcard, 1)
            }
            "cidr" => {
                // AWS's own text says "prefix" here.
                let text = self.text("prefix match pattern must be a string")?;
                let block = Block::parse(&text).map_err(PatternError::plain)?;
                self.close(Matcher::Block(block), 1)
            }
            "numeric" => self.numeric(),
            "anything-but" => self.anything_but(),
            "exists" => {
                let matcher = match self.tokens.next()? {
                    Token::Word("true") => Matcher::Exists,
                    Token::Word("false") => Matcher::Absent,
                    _ => return self.tokens.fail("exists match pattern must be either true or false."),
                };
                self.close(matcher, 1)
            }
            other => self.tokens.fail(format!("Unrecognized match type {other}")),
        }
    }

    fn text(&mut self, otherwise: &str) -> Parsed<String> {
        match self.tokens.next()? {
            Token::Text(text) => {
                self.tokens.read_text();
                Ok(text)
            }
            _ => self.tokens.fail(otherwise),
        }
    }

    /// The ends of that many objects.
    fn close(&mut self, matcher: Matcher, objects: usize) -> Parsed<Matcher> {
        for _ in 0..objects {
            if self.tokens.next()? != Token::ObjectEnd {
                return self.tokens.fail("Only one key allowed in match expression");
            }
        }
        Ok(matcher)
    }

    fn end_of_text(
        &mut self,
        kind: &str,
        plain: fn(String) -> Matcher,
        any_case: fn(String) -> Matcher,
    ) -> Parsed<Matcher> {
        match self.tokens.next()? {
            Token::Text(text) => {
                self.tokens.read_text();
                self.close(plain(text), 1)
            }
            Token::ObjectStart => {
                let Token::Name(name) = self.tokens.next()? else {
                    let kind = if kind == "prefix" { "Prefix" } else { "Suffix" };
                    return self.tokens.fail(format!("{kind} expression name not found"));
                };
                if name != "equals-ignore-case" {
                    return self.tokens.fail(format!("Unsupported {kind} pattern: {name}"));
                }
                let text = self.text("equals-ignore-case match pattern must be a string")?;
                self.close(any_case(text), 2)
            }
            _ => self.tokens.fail(format!("{kind} match pattern must be a string")),
        }
    }

    fn wildcard(&mut self, text: &str) -> Parsed<Matcher> {
        match Wildcard::parse(text) {
            Ok(wildcard) if wildcard.is_too_complex() => Err(PatternError::plain(
                "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character",
            )),
            Ok(wildcard) => Ok(Matcher::Wildcard(wildcard)),
            Err(reason) => self.tokens.fail(reason),
        }
    }

    fn numeric(&mut self) -> Parsed<Matcher> {
        if self.tokens.next()? != Token::ArrayStart {
            return self.tokens.fail("Value of numeric must be an array.");
        }
        let operator = match self.tokens.next()? {
            Token::Text(operator) => {
                self.tokens.read_text();
                operator
            }
            other => return self.tokens.fail(format!("Invalid member in numeric match: {}", shown(&other))),
        };
        let value = self.tokens.next()?;
        if !matches!(operator.as_str(), "=" | ">" | ">=" | "<" | "<=") {
            return self.tokens.fail(format!("Unrecognized numeric range operator: {operator}"));
        }
        let Token::Number(text) = value else {
            let operator = if operator == "=" { "equals" } else { &operator };
            return self.tokens.fail(format!("Value of {operator} must be numeric"));
        };
        let number = self.number(&text)?;
        let next = self.tokens.next()?;
        let range = match operator.as_str() {
            ">" | ">=" if next != Token::ArrayEnd => self.upper(next, (number, operator == ">="))?,
            _ if next != Token::ArrayEnd => {
                return self.tokens.fail("Too many elements in numeric expression");
            }
            "=" => Range { low: Some((number.clone(), true)), high: Some((number, true)) },
            ">" | ">=" => Range { low: Some((number, operator == ">=")), high: None },
            _ => Range { low: None, high: Some((number, operator == "<=")) },
        };
        if self.tokens.next()? != Token::ObjectEnd {
            return self.tokens.fail("Too many elements in numeric expression");
        }
        Ok(Matcher::Range(range))
    }

    /// The upper bound behind a lower one.
    fn upper(&mut self, next: Token, low: (Number, bool)) -> Parsed<Range> {
        let Token::Text(operator) = next else {
            return self.tokens.fail(format!("Bad value in numeric range: {}", shown(&next)));
        };
        self.tokens.read_text();
        if operator != "<" && operator != "<=" {
            return self.tokens.fail(format!("Bad numeric range operator: {operator}"));
        }
        let Token::Number(text) = self.tokens.next()? else {
            return self.tokens.fail(format!("Value of {operator} must be numeric"));
        };
        let high = self.number(&text)?;
        if self.tokens.next()? != Token::ArrayEnd {
            return self.tokens.fail("Too many terms in numeric range expression");
        }
        if crate::matcher::compare(&low.0, &high).is_none_or(|order| !order.is_lt()) {
            return self.tokens.fail("Bottom must be less than top");
        }
        Ok(Range { low: Some(low), high: Some((high, operator == "<=")) })
    }

    fn anything_but(&mut self) -> Parsed<Matcher> {
        let mut token = self.tokens.next()?;
        let mut kind = None;
        if token == Token::ObjectStart {
            let Token::Name(name) = self.tokens.next()? else {
                return self.tokens.fail("Anything-But expression name not found");
            };
            if !matches!(name.as_str(), "equals-ignore-case" | "prefix" | "suffix" | "wildcard") {
                return self.tokens.fail(format!("Unsupported anything-but pattern: {name}"));
            }
            kind = Some(name);
            token = self.tokens.next()?;
        }
        if !matches!(token, Token::ArrayStart | Token::Text(_) | Token::Number(_)) {
            return self.tokens.fail("Value of anything-but must be an array or single string/number value.");
        }
        let matcher = match &kind {
            None => self.not_values(token)?,
            Some(kind) => self.not_texts(token, kind)?,
        };
        for _ in 0..=usize::from(kind.is_some()) {
            if self.tokens.next()? != Token::ObjectEnd {
                return self.tokens.fail("Too many elements in numeric expression");
            }
        }
        Ok(matcher)
    }

    /// The values of a list, or the one value.
    fn values(&mut self, first: Token) -> Parsed<Vec<Token>> {
        if first != Token::ArrayStart {
            return Ok(vec![first]);
        }
        let mut values = Vec::new();
        loop {
            match self.tokens.next()? {
                Token::ArrayEnd => return Ok(values),
                value => values.push(value),
            }
            if !matches!(values.last(), Some(Token::Text(_) | Token::Number(_))) {
                return Ok(values);
            }
        }
    }

    fn not_values(&mut self, first: Token) -> Parsed<Matcher> {
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        let is_list = first == Token::ArrayStart;
        for value in self.values(first)? {
            match value {
                Token::Text(text) => texts.push(text),
                Token::Number(text) => numbers.push(self.number(&text)?),
                _ => {
                    let reason = "Inside anything but list, start|null|boolean is not supported.";
                    return self.tokens.fail_in_list(reason, is_list);
                }
            }
        }
        match (texts.is_empty(), numbers.is_empty()) {
            (false, true) => Ok(Matcher::NotTexts(texts)),
            (true, false) => Ok(Matcher::NotNumbers(numbers)),
            _ => self.tokens.fail(
                "Inside anything but list, either all values are number or string, mixed type is not supported",
            ),
        }
    }

    fn not_texts(&mut self, first: Token, kind: &str) -> Parsed<Matcher> {
        let is_list = first == Token::ArrayStart;
        let mut matchers = Vec::new();
        loop {
            let value = if is_list { self.tokens.next()? } else { first.clone() };
            let text = match value {
                Token::ArrayEnd => break,
                Token::Text(text) => {
                    self.tokens.read_text();
                    text
                }
                _ => {
                    let reason = match kind {
                        "equals-ignore-case" => {
                            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
                        }
                        "wildcard" => "wildcard match pattern must be a string",
                        _ => "prefix/suffix match pattern must be a string",
                    };
                    return self.tokens.fail_in_list(reason, is_list);
                }
            };
            matchers.push(match kind {
                "prefix" | "suffix" if text.is_empty() => {
                    return self.tokens.fail_in_list("Null prefix/suffix not allowed", is_list);
                }
                "prefix" => Matcher::Prefix(text),
                "suffix" => Matcher::Suffix(text),
                "wildcard" => self.wildcard(&text)?,
                _ => Matcher::AnyCase(text),
            });
            if !is_list {
                break;
            }
        }
        Ok(Matcher::Not(matchers))
    }
}

/// A token as Jackson shows its text.
fn shown(token: &Token) -> String {
    match token {
        Token::Text(text) | Token::Number(text) | Token::Name(text) => text.clone(),
        Token::Word(word) => (*word).to_owned(),
        Token::ObjectStart => "{".to_owned(),
        Token::ObjectEnd => "}".to_owned(),
        Token::ArrayStart => "[".to_owned(),
        Token::ArrayEnd => "]".to_owned(),
        Token::End => String::new(),
    }
}
