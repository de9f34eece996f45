//! Queries: metrics with a statistic, and expressions over them. GetMetricData and alarms read them alike.

use crate::errors;
use crate::metric::MetricName;
use crate::metrics::{self, Place};
use crate::query::{self, Span};
use kage_api_cloudwatch::types::{self, MetricDataQuery, MetricStat};
use kage_core::{Error, Millis, Result};
use kage_metricmath::{Candidate, Expression, MathError, Scope, Search, Series, Statistic, Value};
use kage_store::Reads;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// AWS: user guide, "CloudWatch search expression syntax": how many time series a search gives, of which metrics.
const SEARCH_MAX: usize = 500;
const TWO_WEEKS: Millis = 14 * 86_400_000;

/// A metric with a statistic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// The metric.
    #[serde(flatten)]
    pub name: MetricName,
    /// How long a period is, in seconds.
    pub period: i32,
    /// The name of the statistic.
    pub statistic: String,
    /// Only data of this unit.
    pub unit: Option<String>,
}

/// One query: a source or an expression.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Query {
    /// Its id.
    pub id: String,
    /// The metric.
    pub source: Option<Source>,
    /// The expression.
    pub expression: Option<String>,
    /// What it is called.
    pub label: Option<String>,
    /// Whether its values are wanted.
    pub return_data: Option<bool>,
    /// The period of an expression, in seconds.
    pub period: Option<i32>,
}

impl Query {
    /// Reads the queries of a request. `path` is the parameter that holds them.
    ///
    /// # Errors
    /// `ValidationError`; `NotImplemented` for metrics of other accounts.
    pub fn read_all(given: &[MetricDataQuery], path: &str, account: &str) -> Result<Vec<Query>> {
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for (index, query) in given.iter().enumerate() {
            let path = format!("{path}.member.{}", index + 1);
            if !is_id(&query.id) {
                return Err(errors::validation(format!(
                    "The value {} for parameter {path}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
                    query.id
                )));
            }
            if !seen.insert(query.id.as_str()) {
                return Err(errors::validation(
                    "The values for parameter id in MetricDataQuery are not unique",
                ));
            }
            if query.account_id.as_ref().is_some_and(|named| named != account) {
                return Err(errors::not_modelled("AccountId of another account"));
            }
            out.push(Query::read(query, &path)?);
        }
        Ok(out)
    }

    fn read(query: &MetricDataQuery, path: &str) -> Result<Query> {
        let source = match (&query.metric_stat, &query.expression) {
            (Some(_), Some(_)) => {
                return Err(errors::validation(format!(
                    "The parameters {path}.Expression and {path}.MetricStat are mutually exclusive and you have specified both."
                )));
            }
            (None, None) => {
                return Err(errors::validation(format!(
                    "Either {path}.MetricStat or {path}.Expression must be specified."
                )));
            }
            (Some(stat), None) => Some(Source::read(stat, &format!("{path}.MetricStat"))?),
            (None, Some(expression)) => {
                parse(&query.id, expression)?;
                None
            }
        };
        if let Some(period) = query.period {
            query::require_period(period, &format!("{path}.Period"))?;
        }
        Ok(Query {
            id: query.id.clone(),
            source,
            expression: query.expression.clone(),
            label: query.label.clone(),
            return_data: query.return_data,
            period: query.period,
        })
    }

    /// The query as the API shows it.
    pub fn view(&self) -> MetricDataQuery {
        MetricDataQuery {
            id: self.id.clone(),
            metric_stat: self.source.as_ref().map(|source| MetricStat {
                metric: types::Metric {
                    namespace: Some(source.name.namespace.clone()),
                    metric_name: Some(source.name.name.clone()),
                    dimensions: Some(source.name.shown_dimensions()),
                },
                period: source.period,
                stat: source.statistic.clone(),
                unit: source.unit.clone(),
            }),
            expression: self.expression.clone(),
            label: self.label.clone(),
            return_data: self.return_data,
            period: self.period,
            account_id: None,
        }
    }
}

impl Source {
    fn read(stat: &MetricStat, path: &str) -> Result<Source> {
        let missing =
            |member: &str| errors::validation(format!("The parameter {path}.Metric.{member} is required."));
        let namespace = stat.metric.namespace.as_deref().ok_or_else(|| missing("Namespace"))?;
        let name = stat.metric.metric_name.as_deref().ok_or_else(|| missing("MetricName"))?;
        query::require_period(stat.period, &format!("{path}.Period"))?;
        if Statistic::parse(&stat.stat).is_none() {
            return Err(errors::validation(format!(
                "The value {} for parameter {path}.Stat is not supported.",
                stat.stat
            )));
        }
        Ok(Source {
            name: MetricName::new(namespace, name, stat.metric.dimensions.as_deref()),
            period: stat.period,
            statistic: stat.stat.clone(),
            unit: stat.unit.clone(),
        })
    }
}

/// AWS: MetricDataQuery, `Id`.
fn is_id(id: &str) -> bool {
    id.starts_with(|letter: char| letter.is_ascii_lowercase())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Reads an expression. Metrics Insights queries are known by their first word.
///
/// # Errors
/// `ValidationError`, `NotImplemented`.
pub fn parse(id: &str, text: &str) -> Result<Expression> {
    if text.trim_start().get(..7).is_some_and(|word| word.eq_ignore_ascii_case("SELECT ")) {
        return Err(errors::not_modelled("A Metrics Insights query (SELECT)"));
    }
    Expression::parse(text).map_err(|error| wrong(id, error))
}

fn wrong(id: &str, error: MathError) -> Error {
    match error {
        MathError::Invalid(text) => errors::validation(format!("Error in expression '{id}': {text}")),
        MathError::NotModelled(function) => {
            errors::not_modelled(&format!("The metric math function {function}"))
        }
    }
}

/// Where and when queries are evaluated.
pub struct Window<'a> {
    /// The account and Region.
    pub place: Place<'a>,
    /// The double's time.
    pub now: Millis,
    /// Which time is asked for, cut into periods of so many seconds.
    pub span: &'a dyn Fn(Millis) -> Span,
}

/// One line of an answer.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Its values.
    pub series: Series,
    /// How many samples are in each, for metrics.
    pub counts: BTreeMap<Millis, f64>,
}

/// What queries come to, by id.
pub struct Outcome {
    values: BTreeMap<String, Value>,
    counts: BTreeMap<String, BTreeMap<Millis, f64>>,
}

impl Outcome {
    /// The lines of a query.
    ///
    /// # Errors
    /// `ValidationError` for an expression that is no time series.
    pub fn lines(&self, id: &str) -> Result<Vec<Line>> {
        match self.values.get(id) {
            Some(Value::Series(series)) => {
                let counts = self.counts.get(id).cloned().unwrap_or_default();
                Ok(vec![Line { series: series.clone(), counts }])
            }
            Some(Value::Array(array)) => {
                Ok(array.iter().map(|series| Line { series: series.clone(), ..Line::default() }).collect())
            }
            _ => Err(errors::validation(format!(
                "Error in expression '{id}': the result is not a time series or an array of time series"
            ))),
        }
    }

    /// Whether the query comes to exactly one time series.
    pub fn is_single(&self, id: &str) -> bool {
        matches!(self.values.get(id), Some(Value::Series(_)))
    }
}

/// The series of one metric, and how many samples are in each value.
fn series(reads: &dyn Reads, window: &Window<'_>, source: &Source) -> Result<Line> {
    let span = (window.span)(Millis::from(source.period));
    let samples =
        query::samples(reads, window.place, &source.name, source.unit.as_deref(), span, window.now)?;
    let statistic = Statistic::parse(&source.statistic)
        .ok_or_else(|| Error::internal(format!("{} was stored as a statistic", source.statistic)))?;
    let points = samples.iter().filter_map(|(time, samples)| Some((*time, statistic.of(samples)?)));
    let counts = samples.iter().map(|(time, samples)| (*time, samples.count)).collect();
    let frame = frame(span);
    Ok(Line { series: Series { label: source.name.name.clone(), points: points.collect(), ..frame }, counts })
}

fn frame(span: Span) -> Series {
    Series {
        label: String::new(),
        start: span.start,
        end: span.end,
        period: span.period.saturating_mul(1_000),
        points: BTreeMap::new(),
    }
}

/// Evaluates all queries.
///
/// # Errors
/// `ValidationError` for expressions that cannot be evaluated, `NotImplemented`, and those of the store.
pub fn evaluate(reads: &dyn Reads, window: &Window<'_>, queries: &[Query]) -> Result<Outcome> {
    let mut outcome = Outcome { values: BTreeMap::new(), counts: BTreeMap::new() };
    let mut metrics = Vec::new();
    for query in queries {
        if let Some(source) = &query.source {
            let line = series(reads, window, source)?;
            metrics.push(query.id.clone());
            outcome.counts.insert(query.id.clone(), line.counts);
            outcome.values.insert(query.id.clone(), Value::Series(line.series));
        }
    }
    let usual = queries.iter().filter_map(|query| Some(query.source.as_ref()?.period)).max().unwrap_or(60);
    for (query, expression) in in_order(queries)? {
        let period = Millis::from(query.period.unwrap_or(usual));
        let find = |search: &Search, statistic: &str, asked: Option<i64>| {
            let found = Found { statistic, period: asked.unwrap_or(period) };
            find(reads, window, search, &found)
        };
        let scope = Scope {
            values: &outcome.values,
            metrics: &metrics,
            frame: frame((window.span)(period)),
            search: &find,
        };
        let value = expression.evaluate(&scope).map_err(|error| wrong(&query.id, error))?;
        outcome.values.insert(query.id.clone(), value);
    }
    Ok(outcome)
}

/// The expressions, each behind those that it uses.
fn in_order(queries: &[Query]) -> Result<Vec<(&Query, Expression)>> {
    let mut waiting: Vec<(&Query, Expression)> = Vec::new();
    for query in queries {
        if let Some(text) = &query.expression {
            waiting.push((query, parse(&query.id, text)?));
        }
    }
    let mut out = Vec::new();
    while !waiting.is_empty() {
        let open: BTreeSet<String> = waiting.iter().map(|(query, _)| query.id.clone()).collect();
        let (ready, rest): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|(_, expression)| expression.names().iter().all(|name| !open.contains(*name)));
        if ready.is_empty() {
            return Err(errors::validation("The expressions use each other in a circle."));
        }
        out.extend(ready);
        waiting = rest;
    }
    Ok(out)
}

struct Found<'a> {
    statistic: &'a str,
    period: i64,
}

/// What SEARCH gives: the metrics that had data in the past two weeks.
fn find(
    reads: &dyn Reads,
    window: &Window<'_>,
    search: &Search,
    wanted: &Found<'_>,
) -> std::result::Result<Vec<Series>, MathError> {
    let invalid = |text: String| MathError::Invalid(text);
    if Statistic::parse(wanted.statistic).is_none() {
        return Err(invalid(format!("'{}' is no statistic", wanted.statistic)));
    }
    let period = i32::try_from(wanted.period).unwrap_or(0);
    query::require_period(period, "Period").map_err(|error| invalid(error.message))?;
    let all = metrics::list(reads, window.place, None, None).map_err(|error| invalid(error.message))?;
    let since = window.now - TWO_WEEKS;
    let found = all.into_iter().filter(|metric| {
        let name = &metric.name;
        let candidate =
            Candidate { namespace: &name.namespace, name: &name.name, dimensions: &name.dimensions };
        metric.active >= since && search.finds(candidate)
    });
    let mut out = Vec::new();
    for metric in found.take(SEARCH_MAX) {
        let values: Vec<&str> = metric.name.dimensions.iter().map(|(_, value)| value.as_str()).collect();
        let label = [&values[..], &[metric.name.name.as_str()]].concat().join(" ");
        let statistic = wanted.statistic.to_owned();
        let source = Source { name: metric.name, period, statistic, unit: None };
        let line = series(reads, window, &source).map_err(|error| invalid(error.message))?;
        out.push(Series { label, ..line.series });
    }
    Ok(out)
}
