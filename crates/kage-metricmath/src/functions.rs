//! The functions.

use crate::evaluate::{Scope, each, evaluate};
use crate::series::{Series, Value};
use crate::tree::Node;
use crate::{MathError, Search, calendar};
use std::collections::BTreeMap;

type Outcome = Result<Value, MathError>;

/// Functions that AWS has and this library has not: they need data that is not modelled.
const NOT_MODELLED: [&str; 6] = [
    "ANOMALY_DETECTION_BAND",
    "DB_PERF_INSIGHTS",
    "INSIGHT_RULE_METRIC",
    "LAMBDA",
    "SELECT",
    "SERVICE_QUOTA",
];

/// Functions whose result depends on the time alone.
pub const CLOCK_FUNCTIONS: [&str; 7] = ["DATE", "DAY", "EPOCH", "HOUR", "MINUTE", "MONTH", "YEAR"];

pub fn call(name: &str, arguments: &[Node], scope: &Scope<'_>) -> Outcome {
    if NOT_MODELLED.contains(&name) {
        return Err(MathError::NotModelled(name.to_owned()));
    }
    let arguments = Arguments { name, nodes: arguments, scope };
    match name {
        "ABS" => each(arguments.only()?, f64::abs),
        "CEIL" => each(arguments.only()?, f64::ceil),
        "FLOOR" => each(arguments.only()?, f64::floor),
        "LOG" => each(arguments.only()?, f64::ln),
        "LOG10" => each(arguments.only()?, f64::log10),
        "SUM" => arguments.fold(|values| values.iter().sum()),
        "AVG" => arguments.fold(mean),
        "MIN" => arguments.fold(|values| values.iter().copied().fold(f64::INFINITY, f64::min)),
        "MAX" => arguments.fold(|values| values.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        "STDDEV" => arguments.fold(deviation),
        #[expect(clippy::cast_precision_loss, reason = "a series has at most some hundred thousand points")]
        "DATAPOINT_COUNT" => arguments.fold(|values| values.len() as f64),
        "DIFF" => arguments.series(|series| steps(series, |(_, before), (_, after)| after - before)),
        "DIFF_TIME" => {
            arguments.series(|series| steps(series, |(before, _), (after, _)| seconds(after - before)))
        }
        "RATE" => arguments.series(|series| {
            steps(series, |(since, before), (until, after)| (after - before) / seconds(until - since))
        }),
        "RUNNING_SUM" => arguments.series(running),
        "PERIOD" => match arguments.only()? {
            Value::Series(series) => Ok(Value::Number(seconds(series.period))),
            _ => Err(arguments.wrong("one time series")),
        },
        "TIME_SERIES" => match arguments.only()? {
            Value::Number(number) => {
                let frame = &scope.frame;
                Ok(Value::Series(frame.with(frame.times().map(|time| (time, number)).collect())))
            }
            _ => Err(arguments.wrong("one number")),
        },
        "METRICS" => arguments.metrics(),
        "FILL" => arguments.fill(),
        "IF" => arguments.choose(),
        "FIRST" => arguments.array().map(|array| one(array.into_iter().next())),
        "LAST" => arguments.array().map(|array| one(array.into_iter().next_back())),
        "REMOVE_EMPTY" => {
            let mut array = arguments.array()?;
            array.retain(|series| !series.points.is_empty());
            Ok(Value::Array(array))
        }
        "SLICE" => arguments.slice(),
        "SORT" => arguments.sort(),
        "SEARCH" => arguments.search(),
        clock if CLOCK_FUNCTIONS.contains(&clock) => {
            arguments.series(|series| series.with(of_time(series, clock)))
        }
        other => Err(MathError::invalid(format!("the function '{other}' does not exist"))),
    }
}

#[expect(clippy::cast_precision_loss, reason = "spans of time are far below 2^53 milliseconds")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "a series has at most some hundred thousand points")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Of the whole population.
fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: Vec<f64> = values.iter().map(|value| (value - middle).powi(2)).collect();
    mean(&squares).sqrt()
}

fn one(series: Option<Series>) -> Value {
    Value::Series(series.unwrap_or_default())
}

/// From each value to the next; the first has none before it.
fn steps(series: &Series, step: impl Fn((i64, f64), (i64, f64)) -> f64) -> Series {
    let points: Vec<(i64, f64)> = series.points.iter().map(|(time, value)| (*time, *value)).collect();
    let steps = points.iter().zip(points.iter().skip(1));
    series.with(steps.map(|(before, after)| (after.0, step(*before, *after))).collect())
}

fn running(series: &Series) -> Series {
    let mut sum = 0.0;
    let add = |(time, value): (&i64, &f64)| {
        sum += value;
        (*time, sum)
    };
    series.with(series.points.iter().map(add).collect())
}

fn of_time(series: &Series, part: &str) -> BTreeMap<i64, f64> {
    series.times().map(|time| (time, calendar::part(time, part))).collect()
}

struct Arguments<'a, 's> {
    name: &'a str,
    nodes: &'a [Node],
    scope: &'a Scope<'s>,
}

impl Arguments<'_, '_> {
    fn wrong(&self, wanted: &str) -> MathError {
        MathError::invalid(format!("the function {} takes {wanted}", self.name))
    }

    fn at(&self, index: usize) -> Outcome {
        let node = self.nodes.get(index).ok_or_else(|| self.wrong("more arguments"))?;
        evaluate(node, self.scope)
    }

    fn only(&self) -> Outcome {
        if self.nodes.len() == 1 { self.at(0) } else { Err(self.wrong("one argument")) }
    }

    fn array(&self) -> Result<Vec<Series>, MathError> {
        match self.at(0)? {
            Value::Array(array) => Ok(array),
            _ => Err(self.wrong("an array of time series")),
        }
    }

    /// A keyword, which is a bare name.
    fn keyword(&self, index: usize) -> Option<&str> {
        match self.nodes.get(index)? {
            Node::Name(name) => Some(name),
            _ => None,
        }
    }

    fn whole(&self, index: usize) -> Result<usize, MathError> {
        match self.at(index)? {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to be a small whole number"
            )]
            Value::Number(number) if (0.0..1e6).contains(&number) && number.fract() == 0.0 => {
                Ok(number as usize)
            }
            _ => Err(self.wrong("whole numbers")),
        }
    }

    /// A time series gives one number, an array the series of what is folded at each time.
    fn fold(&self, fold: impl Fn(&[f64]) -> f64) -> Outcome {
        match self.only()? {
            Value::Number(number) => Ok(Value::Number(fold(&[number]))),
            Value::Series(series) => {
                let values: Vec<f64> = series.points.values().copied().collect();
                Ok(Value::Number(if values.is_empty() { f64::NAN } else { fold(&values) }))
            }
            Value::Array(array) => {
                let mut at: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
                for series in &array {
                    series.points.iter().for_each(|(time, value)| at.entry(*time).or_default().push(*value));
                }
                let frame = array.into_iter().max_by_key(|series| series.period).unwrap_or_default();
                let points = at.iter().map(|(time, values)| (*time, fold(values))).collect();
                Ok(Value::Series(Series { label: String::new(), ..frame.with(points) }))
            }
            Value::Text(_) => Err(self.wrong("time series")),
        }
    }

    fn series(&self, change: impl Fn(&Series) -> Series) -> Outcome {
        match self.only()? {
            Value::Series(series) => Ok(Value::Series(change(&series))),
            Value::Array(array) => Ok(Value::Array(array.iter().map(change).collect())),
            _ => Err(self.wrong("time series")),
        }
    }

    fn metrics(&self) -> Outcome {
        let part = match self.nodes {
            [] => String::new(),
            [Node::Text(text)] => text.clone(),
            _ => return Err(self.wrong("nothing, or text")),
        };
        let named = self.scope.metrics.iter().filter(|id| id.contains(&part));
        let values = named.filter_map(|id| match self.scope.values.get(id) {
            Some(Value::Series(series)) => Some(series.clone()),
            _ => None,
        });
        Ok(Value::Array(values.collect()))
    }

    fn fill(&self) -> Outcome {
        let filler = match self.keyword(1) {
            Some("REPEAT") => Filler::Repeat,
            Some("LINEAR") => Filler::Linear,
            _ => match self.at(1)? {
                Value::Number(number) => Filler::Number(number),
                Value::Series(series) => Filler::Series(series),
                _ => return Err(self.wrong("a number, a time series, REPEAT or LINEAR")),
            },
        };
        match self.at(0)? {
            Value::Series(series) => Ok(Value::Series(fill(&series, &filler))),
            Value::Array(array) => {
                Ok(Value::Array(array.iter().map(|series| fill(series, &filler)).collect()))
            }
            _ => Err(self.wrong("time series")),
        }
    }

    fn choose(&self) -> Outcome {
        if !(2..=3).contains(&self.nodes.len()) {
            return Err(self.wrong("two or three arguments"));
        }
        let otherwise = if self.nodes.len() == 3 { Some(self.at(2)?) } else { None };
        let then = self.at(1)?;
        match self.at(0)? {
            Value::Number(number) if number != 0.0 => Ok(then),
            Value::Number(_) => Ok(otherwise.unwrap_or(Value::Series(self.scope.frame.clone()))),
            Value::Series(condition) => choose(&condition, &then, otherwise.as_ref()).map(Value::Series),
            Value::Array(array) => {
                let chosen = array.iter().map(|series| choose(series, &then, otherwise.as_ref()));
                Ok(Value::Array(chosen.collect::<Result<_, _>>()?))
            }
            Value::Text(_) => Err(self.wrong("a condition")),
        }
    }

    fn slice(&self) -> Outcome {
        let array = self.array()?;
        let from = self.whole(1)?;
        let to = if self.nodes.len() > 2 { self.whole(2)? } else { array.len() };
        Ok(Value::Array(array.into_iter().take(to).skip(from).collect()))
    }

    fn sort(&self) -> Outcome {
        let mut array = self.array()?;
        let by = |series: &Series| {
            let values: Vec<f64> = series.points.values().copied().collect();
            match self.keyword(1) {
                _ if values.is_empty() => Ok(f64::NEG_INFINITY),
                Some("AVG") => Ok(mean(&values)),
                Some("MAX") => Ok(values.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
                Some("MIN") => Ok(values.iter().copied().fold(f64::INFINITY, f64::min)),
                Some("SUM") => Ok(values.iter().sum()),
                _ => Err(self.wrong("AVG, MAX, MIN or SUM")),
            }
        };
        let mut keyed: Vec<(f64, Series)> =
            array.drain(..).map(|series| Ok((by(&series)?, series))).collect::<Result<_, MathError>>()?;
        match self.keyword(2) {
            Some("ASC") => keyed.sort_by(|left, right| left.0.total_cmp(&right.0)),
            Some("DESC") => keyed.sort_by(|left, right| right.0.total_cmp(&left.0)),
            _ => return Err(self.wrong("ASC or DESC")),
        }
        let most = if self.nodes.len() > 3 { self.whole(3)? } else { keyed.len() };
        Ok(Value::Array(keyed.into_iter().take(most).map(|(_, series)| series).collect()))
    }

    fn search(&self) -> Outcome {
        let (Some(Node::Text(text)), Some(Node::Text(statistic))) = (self.nodes.first(), self.nodes.get(1))
        else {
            return Err(self.wrong("a search expression and a statistic, both in quotation marks"));
        };
        let period = if self.nodes.len() > 2 { Some(self.whole(2)?) } else { None };
        let period = period.and_then(|period| i64::try_from(period).ok());
        (self.scope.search)(&Search::parse(text)?, statistic, period).map(Value::Array)
    }
}

enum Filler {
    Number(f64),
    Series(Series),
    Repeat,
    Linear,
}

/// The value between two points, at this time.
fn between(points: &BTreeMap<i64, f64>, time: i64) -> Option<f64> {
    let (since, before) = points.range(..time).next_back()?;
    let (until, after) = points.range(time..).next()?;
    let part = seconds(time - since) / seconds(until - since);
    Some(before + (after - before) * part)
}

fn fill(series: &Series, filler: &Filler) -> Series {
    let mut points = series.points.clone();
    for time in series.times() {
        if points.contains_key(&time) {
            continue;
        }
        let value = match filler {
            Filler::Number(number) => Some(*number),
            Filler::Series(other) => other.points.get(&time).copied(),
            Filler::Repeat => series.points.range(..time).next_back().map(|(_, value)| *value),
            Filler::Linear => between(&series.points, time),
        };
        if let Some(value) = value {
            points.insert(time, value);
        }
    }
    series.with(points)
}

fn choose(condition: &Series, then: &Value, otherwise: Option<&Value>) -> Result<Series, MathError> {
    let pick = |value: &Value, time: i64| match value {
        Value::Number(number) => Ok(Some(*number)),
        Value::Series(series) => Ok(series.points.get(&time).copied()),
        _ => Err(MathError::invalid("the function IF chooses between numbers and time series")),
    };
    let mut points = BTreeMap::new();
    for (time, value) in &condition.points {
        let chosen = if *value != 0.0 { Some(then) } else { otherwise };
        if let Some(value) = chosen.map(|chosen| pick(chosen, *time)).transpose()?.flatten() {
            points.insert(*time, value);
        }
    }
    Ok(condition.with(points))
}
