//! What an expression is for a record.

use super::expression::{Comparison, Expr};
use super::function;
use super::record::Record;
use super::value::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

/// What evaluation may ask besides the record.
#[derive(Clone, Copy)]
pub struct Setting<'s> {
    /// Milliseconds since 1970.
    pub now: i64,
    /// The values of aggregates, where there are any.
    pub aggregates: &'s [Value],
}

/// The value of an expression.
pub fn value(expr: &Expr, record: &Record<'_>, setting: Setting<'_>) -> Value {
    let of = |inner: &Expr| value(inner, record, setting);
    match expr {
        Expr::Value(value) => value.clone(),
        Expr::Field(name) => record.field(name),
        Expr::Aggregate(at) => setting.aggregates.get(*at).cloned().unwrap_or(Value::Null),
        Expr::Column(name, inner) => record.made(name).cloned().unwrap_or_else(|| of(inner)),
        Expr::Negative(inner) => of(inner).number().map_or(Value::Null, |value| Value::Number(-value)),
        Expr::Not(inner) => Value::Bool(!of(inner).is_true()),
        Expr::And(left, right) => Value::Bool(of(left).is_true() && of(right).is_true()),
        Expr::Or(left, right) => Value::Bool(of(left).is_true() || of(right).is_true()),
        Expr::Arithmetic(sign, left, right) => arithmetic(*sign, &of(left), &of(right)),
        Expr::Compare(comparison, left, right) => Value::Bool(compare(*comparison, &of(left), &of(right))),
        Expr::Like(inner, finder) => Value::Bool(
            text(inner, record, setting).is_some_and(|text| finder.find(text.as_bytes()).is_some()),
        ),
        Expr::Matches(inner, regex) => {
            Value::Bool(text(inner, record, setting).is_some_and(|text| regex.is_match(&text)))
        }
        Expr::In(inner, all) => {
            let found = of(inner);
            Value::Bool(all.iter().any(|one| compare(Comparison::Equal, &found, &of(one))))
        }
        Expr::Bin(period) => match record.field("@timestamp") {
            Value::Null => Value::Null,
            at => at.number().map_or(Value::Null, |at| Value::Time(period.floor(at as i64))),
        },
        Expr::Round(up, inner, period) => match of(inner).number() {
            Some(at) => Value::Time(if *up { period.ceil(at as i64) } else { period.floor(at as i64) }),
            None => Value::Null,
        },
        Expr::Call(function, arguments) => {
            let arguments: Vec<Value> = arguments.iter().map(of).collect();
            function::call(*function, &arguments, setting.now)
        }
    }
}

/// The text of an expression, without a copy where it is a field.
fn text<'r>(expr: &Expr, record: &'r Record<'_>, setting: Setting<'_>) -> Option<Cow<'r, str>> {
    match expr {
        Expr::Field(name) => record.text(name),
        other => match value(other, record, setting) {
            Value::Null => None,
            value => Some(Cow::Owned(value.shown().into_owned())),
        },
    }
}

fn arithmetic(sign: char, left: &Value, right: &Value) -> Value {
    let (Some(one), Some(two)) = (left.number(), right.number()) else { return Value::Null };
    let made = match sign {
        '+' => one + two,
        '-' => one - two,
        '*' => one * two,
        '/' => one / two,
        '%' => one % two,
        _ => one.powf(two),
    };
    if made.is_finite() { Value::Number(made) } else { Value::Null }
}

fn compare(comparison: Comparison, left: &Value, right: &Value) -> bool {
    if left.is_null() || right.is_null() {
        let both = left.is_null() && right.is_null();
        return match comparison {
            Comparison::Equal => both,
            Comparison::NotEqual => !both,
            _ => false,
        };
    }
    let order = match (left.number(), right.number()) {
        (Some(one), Some(two)) => one.partial_cmp(&two),
        _ => Some(truth(left).cmp(&truth(right))),
    };
    order.is_some_and(|order| match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::AtMost => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::AtLeast => order != Ordering::Less,
    })
}

/// What a value is compared by, when it is no number: `true` of JSON is also the text `true`.
fn truth(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        other => other.shown(),
    }
}
