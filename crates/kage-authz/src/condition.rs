//! Compiled conditions (rules 87-109).

use std::borrow::Cow;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::arn_pattern::ArnPattern;
use crate::context::Context;
use crate::document::{Condition, Version};
use crate::network::Range;
use crate::number::Decimal;
use crate::operator::{Operator, Quantifier, Relation, Test};
use crate::pattern::{Pattern, Syntax, Token};
use crate::{date, switches};

/// One operator and key with its values, read.
#[derive(Debug, Clone)]
pub(crate) struct CompiledCondition {
    operator: Operator,
    /// Lower case.
    key: Box<str>,
    values: Box<[Value]>,
}

/// One policy value, read for its operator.
#[derive(Debug, Clone)]
enum Value {
    Text(Pattern),
    Folded(Pattern),
    Number(Box<str>),
    Instant(date::Instant),
    Flag(bool),
    FlagPattern(Pattern),
    Bytes(Box<[u8]>),
    Range(Range),
    Arn(ArnPattern),
}

/// A policy value that its operator cannot compare with.
#[derive(Debug)]
pub(crate) struct BadValue(pub String);

impl CompiledCondition {
    /// Compiles a condition. None for an operator that does not exist; the parser has refused those.
    pub fn new(condition: &Condition, version: Version) -> Result<Option<Self>, BadValue> {
        let Some(operator) = Operator::parse(&condition.operator) else { return Ok(None) };
        let values = condition
            .values
            .iter()
            .map(|text| value(operator.test, text, version).ok_or_else(|| BadValue(text.clone())))
            .collect::<Result<_, _>>()?;
        Ok(Some(Self { operator, key: condition.key.to_lowercase().into(), values }))
    }

    /// Whether the condition holds.
    pub fn holds(&self, context: &Context) -> bool {
        let present = context.values(&self.key);
        if self.operator.test == Test::Null {
            return self
                .values
                .iter()
                .any(|value| matches!(value, Value::Flag(absent) if *absent == present.is_none()));
        }
        let Some(request) = present else { return self.holds_when_absent() };
        let one = |value: &String| self.fits(value, context) != self.operator.negated;
        match self.operator.quantifier {
            // Rule 94: any-of for positive operators, none-of for negated ones.
            Quantifier::Plain if self.operator.negated => request.iter().all(one),
            Quantifier::Plain | Quantifier::ForAnyValue => request.iter().any(one),
            // Rule 90: an empty string is a null data set.
            Quantifier::ForAllValues => request.iter().all(String::is_empty) || request.iter().all(one),
        }
    }

    /// Rule 88.
    fn holds_when_absent(&self) -> bool {
        match self.operator.quantifier {
            _ if self.operator.if_exists => true,
            Quantifier::ForAllValues => true,
            Quantifier::ForAnyValue => false,
            Quantifier::Plain => self.operator.negated,
        }
    }

    /// Whether some policy value fits one request value, negation aside.
    fn fits(&self, request: &str, context: &Context) -> bool {
        match self.operator.test {
            Test::StringEqualsIgnoreCase => {
                let folded = fold(request);
                self.values.iter().any(|value| matches!(value, Value::Folded(pattern) if matches_folded(pattern, &folded, context)))
            }
            Test::Numeric(relation) => Decimal::parse(request).is_some_and(|request| {
                let compare = |text: &str| {
                    Decimal::parse(text).is_some_and(|policy| holds(relation, request.cmp(&policy)))
                };
                self.values.iter().any(|value| matches!(value, Value::Number(text) if compare(text)))
            }),
            Test::Date(relation) => date::parse(request).is_some_and(|request| {
                self.values.iter().any(
                    |value| matches!(value, Value::Instant(policy) if holds(relation, request.cmp(policy))),
                )
            }),
            Test::Bool => flag(request).is_some_and(|request| {
                self.values.iter().any(|value| match value {
                    Value::Flag(policy) => *policy == request,
                    Value::FlagPattern(pattern) => {
                        let is = |word: &str| {
                            substitute(pattern.tokens(), context)
                                .is_some_and(|text| text.eq_ignore_ascii_case(word))
                        };
                        is(if request { "true" } else { "false" })
                    }
                    _ => false,
                })
            }),
            Test::BinaryEquals => BASE64.decode(request).is_ok_and(|request| {
                self.values.iter().any(|value| matches!(value, Value::Bytes(policy) if **policy == *request))
            }),
            Test::IpAddress => request.parse::<IpAddr>().is_ok_and(|request| {
                self.values
                    .iter()
                    .any(|value| matches!(value, Value::Range(range) if range.contains(request)))
            }),
            Test::Arn => self
                .values
                .iter()
                .any(|value| matches!(value, Value::Arn(pattern) if pattern.matches(request, context))),
            Test::StringEquals | Test::StringLike | Test::Null => self
                .values
                .iter()
                .any(|value| matches!(value, Value::Text(pattern) if pattern.matches(request, context))),
        }
    }
}

fn value(test: Test, text: &str, version: Version) -> Option<Value> {
    let pattern = |wildcards: bool| Pattern::new(text, Syntax::of(version, wildcards)).ok();
    match test {
        Test::StringEquals => pattern(false).map(Value::Text),
        Test::StringLike => pattern(true).map(Value::Text),
        Test::StringEqualsIgnoreCase => pattern(false).map(Value::Folded),
        Test::Numeric(_) => Decimal::parse(text).map(|_| Value::Number(text.into())),
        Test::Date(_) => date::parse(text).map(Value::Instant),
        Test::Null => flag(text).map(Value::Flag),
        Test::Bool => match flag(text) {
            Some(flag) => Some(Value::Flag(flag)),
            None if switches::VARIABLES_IN_BOOL => {
                let pattern = pattern(false)?;
                let variable = pattern.tokens().iter().any(|token| matches!(token, Token::Variable { .. }));
                variable.then_some(Value::FlagPattern(pattern))
            }
            None => None,
        },
        Test::BinaryEquals => BASE64.decode(text).ok().map(|bytes| Value::Bytes(bytes.into())),
        Test::IpAddress => Range::parse(text).map(Value::Range),
        Test::Arn => pattern(true).map(|pattern| Value::Arn(ArnPattern::new(pattern))),
    }
}

fn flag(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn holds(relation: Relation, order: std::cmp::Ordering) -> bool {
    match relation {
        Relation::Equals => order.is_eq(),
        Relation::LessThan => order.is_lt(),
        Relation::LessThanEquals => order.is_le(),
        Relation::GreaterThan => order.is_gt(),
        Relation::GreaterThanEquals => order.is_ge(),
    }
}

/// Simple case folding: characters whose lower case is one character (rule 101).
fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    let simple = |character: char| {
        let mut lower = character.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(one), None) => one,
            _ => character,
        }
    };
    Cow::Owned(text.chars().map(simple).collect())
}

fn matches_folded(pattern: &Pattern, folded: &str, context: &Context) -> bool {
    match pattern.literal() {
        Some(literal) => fold(literal) == folded,
        None => substitute(pattern.tokens(), context).is_some_and(|text| fold(&text) == folded),
    }
}

/// The text of a pattern without wildcards. None if a variable has no value.
fn substitute(tokens: &[Token], context: &Context) -> Option<String> {
    let mut out = String::new();
    for token in tokens {
        match token {
            Token::Literal(text) => out.push_str(text),
            Token::One => out.push('?'),
            Token::Many => out.push('*'),
            Token::Variable { key, default } => out.push_str(context.variable(key, default.as_deref())?),
        }
    }
    Some(out)
}
