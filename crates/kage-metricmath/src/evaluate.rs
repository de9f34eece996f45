//! What an expression comes to.

use crate::functions;
use crate::series::{Series, Value};
use crate::tree::{Expression, Node, Operator};
use crate::{MathError, Search};
use std::collections::BTreeMap;

/// Finds metrics: what is searched, the statistic, and the period in seconds.
pub type Find<'a> = dyn Fn(&Search, &str, Option<i64>) -> Result<Vec<Series>, MathError> + 'a;

/// Where the values of names come from.
pub struct Scope<'a> {
    /// What the queries that were evaluated before came to, by id.
    pub values: &'a BTreeMap<String, Value>,
    /// The ids of queries that are metrics, in the order of the request: `METRICS()`.
    pub metrics: &'a [String],
    /// Periods for functions that make a series of nothing.
    pub frame: Series,
    /// What `SEARCH` asks.
    pub search: &'a Find<'a>,
}

type Outcome = Result<Value, MathError>;

impl Expression {
    /// Evaluates the expression.
    ///
    /// # Errors
    /// What is wrong with it: names that are unknown, functions that do not take their arguments.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Outcome {
        evaluate(&self.0, scope)
    }
}

pub(crate) fn evaluate(node: &Node, scope: &Scope<'_>) -> Outcome {
    match node {
        Node::Number(number) => Ok(Value::Number(*number)),
        Node::Text(text) => Ok(Value::Text(text.clone())),
        Node::Name(name) => match scope.values.get(name) {
            Some(value) => Ok(value.clone()),
            None => Err(MathError::invalid(format!("'{name}' is not defined"))),
        },
        Node::Array(parts) => {
            let mut out = Vec::new();
            for part in parts {
                match evaluate(part, scope)? {
                    Value::Series(series) => out.push(series),
                    Value::Array(array) => out.extend(array),
                    _ => return Err(MathError::invalid("an array holds time series only")),
                }
            }
            Ok(Value::Array(out))
        }
        Node::Negative(part) => each(evaluate(part, scope)?, |value| -value),
        Node::Binary(operator, left, right) => {
            binary(*operator, evaluate(left, scope)?, evaluate(right, scope)?)
        }
        Node::Call(name, arguments) => functions::call(name, arguments, scope),
    }
}

/// A function of one number, for each number.
pub(crate) fn each(value: Value, change: impl Fn(f64) -> f64 + Copy) -> Outcome {
    Ok(match value {
        Value::Number(number) => Value::Number(change(number)),
        Value::Series(series) => Value::Series(series.map(change)),
        Value::Array(array) => Value::Array(array.iter().map(|series| series.map(change)).collect()),
        Value::Text(_) => return Err(MathError::invalid("text is no number")),
    })
}

fn apply(operator: Operator, left: f64, right: f64) -> f64 {
    let truth = |is_true: bool| f64::from(u8::from(is_true));
    match operator {
        Operator::Or => truth(left != 0.0 || right != 0.0),
        Operator::And => truth(left != 0.0 && right != 0.0),
        Operator::Equal => truth(left == right),
        Operator::NotEqual => truth(left != right),
        Operator::AtMost => truth(left <= right),
        Operator::AtLeast => truth(left >= right),
        Operator::Less => truth(left < right),
        Operator::Greater => truth(left > right),
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::Power => left.powf(right),
    }
}

/// Two series meet where both have a value.
fn meet(operator: Operator, left: &Series, right: &Series) -> Series {
    let both = left.points.iter().filter_map(|(time, value)| {
        let out = apply(operator, *value, *right.points.get(time)?);
        out.is_finite().then_some((*time, out))
    });
    let frame = if right.period > left.period { right } else { left };
    Series { label: left.label.clone(), ..frame.with(both.collect()) }
}

fn binary(operator: Operator, left: Value, right: Value) -> Outcome {
    Ok(match (left, right) {
        (Value::Number(left), Value::Number(right)) => Value::Number(apply(operator, left, right)),
        (Value::Number(left), right @ (Value::Series(_) | Value::Array(_))) => {
            return each(right, |right| apply(operator, left, right));
        }
        (left @ (Value::Series(_) | Value::Array(_)), Value::Number(right)) => {
            return each(left, |left| apply(operator, left, right));
        }
        (Value::Series(left), Value::Series(right)) => Value::Series(meet(operator, &left, &right)),
        (Value::Array(left), Value::Series(right)) => {
            Value::Array(left.iter().map(|left| meet(operator, left, &right)).collect())
        }
        (Value::Series(left), Value::Array(right)) => {
            let named =
                |right: &Series| Series { label: right.label.clone(), ..meet(operator, &left, right) };
            Value::Array(right.iter().map(named).collect())
        }
        (Value::Array(_), Value::Array(_)) => {
            return Err(MathError::invalid("two arrays of time series cannot be combined"));
        }
        _ => return Err(MathError::invalid("text is no number")),
    })
}
