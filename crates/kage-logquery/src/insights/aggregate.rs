//! Aggregation functions of `stats`.

use super::expression::Expr;
use super::value::Value;
use std::cmp::Ordering;
use std::collections::HashSet;

/// What is computed over many records.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// What of.
    pub argument: Option<Expr>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Avg,
    Count,
    CountDistinct,
    Earliest,
    Latest,
    Max,
    Min,
    Pct(f64),
    SortsFirst,
    SortsLast,
    Stddev,
    Sum,
}

impl Aggregate {
    /// Whether a function of this name, in lower case, is an aggregate.
    pub fn is_name(name: &str) -> bool {
        matches!(
            name,
            "avg"
                | "count"
                | "count_distinct"
                | "earliest"
                | "latest"
                | "max"
                | "median"
                | "min"
                | "pct"
                | "percentile"
                | "sortsfirst"
                | "sortslast"
                | "stddev"
                | "sum"
        )
    }

    /// The aggregate of this name; `None` when its arguments are wrong.
    pub fn new(name: &str, argument: Option<Expr>, percent: Option<f64>) -> Option<Aggregate> {
        let kind = match (name, percent) {
            ("avg", None) => Kind::Avg,
            ("count", None) => Kind::Count,
            ("count_distinct", None) => Kind::CountDistinct,
            ("earliest", None) => Kind::Earliest,
            ("latest", None) => Kind::Latest,
            ("max", None) => Kind::Max,
            ("median", None) => Kind::Pct(50.0),
            ("min", None) => Kind::Min,
            ("pct" | "percentile", Some(percent)) if (0.0..=100.0).contains(&percent) => Kind::Pct(percent),
            ("sortsfirst", None) => Kind::SortsFirst,
            ("sortslast", None) => Kind::SortsLast,
            ("stddev", None) => Kind::Stddev,
            ("sum", None) => Kind::Sum,
            _ => return None,
        };
        if argument.is_none() && kind != Kind::Count {
            return None;
        }
        Some(Aggregate { argument, kind })
    }
}

/// What an aggregate knows so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    count: u64,
    sum: f64,
    mean: f64,
    squares: f64,
    best: Option<Value>,
    best_at: i64,
    values: Vec<f64>,
    distinct: HashSet<String>,
}

impl Tally {
    /// Counts one more record: the value of the argument, and the record's time.
    pub fn add(&mut self, aggregate: &Aggregate, value: Value, at: i64) {
        if aggregate.argument.is_some() && value.is_null() {
            return;
        }
        match aggregate.kind {
            Kind::Count => self.count = self.count.saturating_add(1),
            Kind::CountDistinct => {
                self.distinct.insert(value.shown().into_owned());
            }
            Kind::Sum | Kind::Avg | Kind::Stddev => {
                let Some(number) = value.number() else { return };
                self.count = self.count.saturating_add(1);
                self.sum += number;
                // Welford's algorithm, which keeps its precision.
                let before = number - self.mean;
                self.mean += before / self.count as f64;
                self.squares += before * (number - self.mean);
            }
            Kind::Pct(_) => self.values.extend(value.number()),
            Kind::Max | Kind::SortsLast => self.keep(value, |order| order == Ordering::Greater),
            Kind::Min | Kind::SortsFirst => self.keep(value, |order| order == Ordering::Less),
            Kind::Earliest => self.keep_at(value, at, at < self.best_at),
            Kind::Latest => self.keep_at(value, at, at >= self.best_at),
        }
    }

    fn keep(&mut self, value: Value, better: impl Fn(Ordering) -> bool) {
        if self.best.as_ref().is_none_or(|best| better(value.order(best))) {
            self.best = Some(value);
        }
    }

    fn keep_at(&mut self, value: Value, at: i64, better: bool) {
        if self.best.is_none() || better {
            self.best = Some(value);
            self.best_at = at;
        }
    }

    /// What came of it.
    pub fn finish(mut self, aggregate: &Aggregate) -> Value {
        match aggregate.kind {
            Kind::Count => Value::Number(self.count as f64),
            Kind::CountDistinct => Value::Number(self.distinct.len() as f64),
            Kind::Sum if self.count > 0 => Value::Number(self.sum),
            Kind::Avg if self.count > 0 => Value::Number(self.sum / self.count as f64),
            Kind::Stddev if self.count > 0 => Value::Number((self.squares / self.count as f64).sqrt()),
            Kind::Sum | Kind::Avg | Kind::Stddev => Value::Null,
            Kind::Pct(percent) => {
                self.values.sort_by(f64::total_cmp);
                // The nearest rank.
                let rank = (percent / 100.0 * self.values.len() as f64).ceil() as usize;
                self.values.get(rank.saturating_sub(1)).map_or(Value::Null, |value| Value::Number(*value))
            }
            Kind::Max | Kind::Min | Kind::SortsFirst | Kind::SortsLast | Kind::Earliest | Kind::Latest => {
                self.best.unwrap_or(Value::Null)
            }
        }
    }
}
