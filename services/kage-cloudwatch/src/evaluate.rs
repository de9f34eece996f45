//! When a metric alarm is evaluated, and what it comes to.
//!
//! AWS evaluates every alarm every minute (every ten seconds, every hour). The double does so only at those of these moments
//! at which a window over the data could hold something else than at the moment before: when a datum comes into the newest
//! period, moves into an older one, or leaves the evaluation range. Data that arrives plans the next moment. So an alarm
//! without data costs nothing, and a year passes in as many steps as there is data.

use crate::alarm::{ALARM, Alarm, INSUFFICIENT_DATA, MetricRule, OK, Rule};
use crate::formula::{self, Line, Window};
use crate::judge::{self, Verdict};
use crate::metrics::{self, Place};
use crate::query::Span;
use crate::reason::{self, Point};
use crate::transition::{self, NewState};
use crate::{alarms, jobs, points};
use kage_core::{Call, Millis, Result, Tx};
use kage_metricmath::{CLOCK_FUNCTIONS, Statistic};
use kage_store::Reads;

const SECOND: Millis = 1_000;
const HOUR: Millis = 3_600 * SECOND;

/// How often AWS evaluates an alarm, in milliseconds.
// AWS: CloudWatch user guide, "Alarm evaluation": high-resolution alarms every 10 seconds, alarms whose evaluation takes more
// than a day every hour, others every minute.
fn interval(rule: &MetricRule) -> Millis {
    let period = Millis::from(rule.period());
    if period < 60 {
        10 * SECOND
    } else if period.saturating_mul(Millis::from(rule.periods)) > 86_400 {
        HOUR
    } else {
        60 * SECOND
    }
}

fn floor(time: Millis, interval: Millis) -> Millis {
    time - time.rem_euclid(interval)
}

/// Plans an evaluation at the next moment at which AWS would evaluate.
///
/// # Errors
/// Those of the store.
pub fn plan_soon(tx: &mut Tx, alarm: &mut Alarm, now: Millis) -> Result<()> {
    let Rule::Metric(rule) = &alarm.rule else { return Ok(()) };
    let interval = interval(rule);
    // An hour would be long to wait for the first evaluation.
    let interval = interval.min(60 * SECOND);
    plan(tx, alarm, floor(now, interval) + interval)
}

/// Plans an evaluation, unless an earlier one is planned. The caller writes the alarm.
fn plan(tx: &mut Tx, alarm: &mut Alarm, at: Millis) -> Result<()> {
    if alarm.due.is_some_and(|due| due <= at) {
        return Ok(());
    }
    alarm.due = Some(at);
    jobs::plan_evaluation(tx, (&alarm.account, &alarm.region), &alarm.name, at)
}

/// Plans the evaluation of the alarms that watch a metric, because data came.
///
/// # Errors
/// Those of the store.
pub fn data_came(
    tx: &mut Tx,
    place: Place<'_>,
    metric: &crate::metric::MetricName,
    now: Millis,
) -> Result<()> {
    for name in alarms::watching(tx.reads(), place, metric)? {
        if let Some(mut alarm) = alarms::find(tx.reads(), place, &name)? {
            let before = alarm.due;
            plan_soon(tx, &mut alarm, now)?;
            if alarm.due != before {
                alarms::put(tx, &alarm)?;
            }
        }
    }
    Ok(())
}

/// Evaluates a metric alarm, changes its state if need be, and plans the next evaluation.
///
/// # Errors
/// Those of the store.
pub fn evaluate(call: &Call<'_>, tx: &mut Tx, mut alarm: Alarm) -> Result<()> {
    let now = call.now.milliseconds();
    let Rule::Metric(rule) = alarm.rule.clone() else { return Ok(()) };
    alarm.due = None;
    let end = floor(now, interval(&rule).min(60 * SECOND));
    let place = (call.account.as_str(), call.region.as_str());
    if let Some(next) = next_change(tx.reads(), place, &rule, end)? {
        plan(tx, &mut alarm, next)?;
    }
    alarms::put(tx, &alarm)?;
    let line = line(tx.reads(), place, &rule, end, now)?;
    match judged(&rule, &line, end, now, &alarm.state.value) {
        Some(new) if new.value != alarm.state.value => transition::set(call, tx, alarm, new),
        _ => Ok(()),
    }
}

/// The values that the alarm watches. An expression that cannot be evaluated is as if there were no data.
fn line(reads: &dyn Reads, place: Place<'_>, rule: &MetricRule, end: Millis, now: Millis) -> Result<Line> {
    let length = range(rule);
    let window = Window { place, now, span: &|period| Span { start: end - length, end, period } };
    let queries = rule.all_queries();
    let watched = queries.iter().find(|query| query.return_data != Some(false));
    let id = watched.map(|query| query.id.as_str()).unwrap_or_default();
    match formula::evaluate(reads, &window, &queries).and_then(|outcome| outcome.lines(id)) {
        Ok(lines) => Ok(lines.into_iter().next().unwrap_or_default()),
        Err(error) if error.status >= 500 => Err(error),
        Err(_) => Ok(Line::default()),
    }
}

/// How long the evaluation range is, in milliseconds.
fn range(rule: &MetricRule) -> Millis {
    let periods = Millis::try_from(reason::range(rule)).unwrap_or(1);
    Millis::from(rule.period()).saturating_mul(SECOND).saturating_mul(periods)
}

/// The state that the values come to; `None` when it stays.
fn judged(rule: &MetricRule, line: &Line, end: Millis, now: Millis, old: &str) -> Option<NewState> {
    let period = Millis::from(rule.period()).saturating_mul(SECOND).max(SECOND);
    let start = end - range(rule);
    let count = reason::range(rule);
    let times = (0..count).filter_map(|index| Some(start + Millis::try_from(index).ok()? * period));
    let found: Vec<Option<Point>> = times
        .map(|time| {
            let value = *line.series.points.get(&time)?;
            Some(Point { time, value, samples: line.counts.get(&time).copied() })
        })
        .collect();
    let periods = usize::try_from(rule.periods).unwrap_or(1);
    let needed = usize::try_from(rule.needed()).unwrap_or(1);
    let breaches: Vec<Option<bool>> =
        found.iter().map(|point| Some(rule.comparison.breaches((*point)?.value, rule.threshold))).collect();
    let real: Vec<Point> = found.iter().rev().flatten().copied().take(periods).collect();
    if rule.low_samples.as_deref() == Some("ignore") && real.iter().any(|point| is_too_few(rule, point)) {
        return None;
    }
    let verdict = judge::judge(&breaches, periods, needed, rule.missing());
    let value = match verdict {
        Verdict::Retain => return None,
        Verdict::Alarm => ALARM,
        Verdict::Ok => OK,
        Verdict::Insufficient => INSUFFICIENT_DATA,
    };
    let filled = periods.saturating_sub(real.len());
    Some(NewState {
        value: value.to_owned(),
        reason: reason::text(rule, verdict, &real, filled, old).chars().take(1_023).collect(),
        data: Some(reason::data(rule, &real, now).to_string()),
    })
}

/// Whether a percentile stands on too few samples.
// AWS: user guide, "Percentile-based alarms and low data samples": 10/(1-p) samples for p from 0.5, 10/p below.
fn is_too_few(rule: &MetricRule, point: &Point) -> bool {
    let statistic = rule.single.as_ref().and_then(|single| Statistic::parse(&single.statistic));
    match (statistic, point.samples) {
        (Some(Statistic::Percentile(percent)), Some(samples)) => {
            let part = percent / 100.0;
            let needed = if part >= 0.5 { 10.0 / (1.0 - part) } else { 10.0 / part };
            samples < needed.min(1e6)
        }
        _ => false,
    }
}

/// The next moment at which the window of the alarm holds something else; `None` when that needs new data.
fn next_change(
    reads: &dyn Reads,
    place: Place<'_>,
    rule: &MetricRule,
    end: Millis,
) -> Result<Option<Millis>> {
    let interval = interval(rule);
    let length = range(rule);
    let period = Millis::from(rule.period()).saturating_mul(SECOND).max(SECOND);
    let behind = |time: Millis| floor(time, interval) + interval;
    let mut next: Option<Millis> = None;
    for name in rule.metrics() {
        let Some(metric) = metrics::find(reads, place, &name)? else { continue };
        for time in points::times(reads, place, &metric, end - length - interval)? {
            // The datum stands at the edge of a period when the window ends whole periods behind it.
            let passed = (end - time).max(0);
            let edge = time + (passed / period + Millis::from(passed % period > 0)) * period;
            if edge - time <= length {
                let change = behind(edge);
                next = Some(next.map_or(change, |known| known.min(change)));
            }
        }
    }
    if let Some(tick) = next_by_clock(rule, end) {
        next = Some(next.map_or(tick, |known| known.min(tick)));
    }
    Ok(next)
}

/// The next moment at which an expression that asks for the time can come to something else.
fn next_by_clock(rule: &MetricRule, end: Millis) -> Option<Millis> {
    let text = rule.queries.iter().filter_map(|query| query.expression.as_deref());
    let parsed: Vec<_> = text.filter_map(|text| formula::parse("", text).ok()).collect();
    let calls = |functions: &[&str]| parsed.iter().any(|expression| expression.calls(functions));
    if calls(&["EPOCH", "MINUTE"]) {
        return Some(floor(end, interval(rule)) + interval(rule));
    }
    if !calls(&CLOCK_FUNCTIONS) {
        return None;
    }
    // The others change with the hour: when the beginning of one of the periods comes into the next.
    let period = Millis::from(rule.period()).saturating_mul(SECOND).max(SECOND);
    let periods = Millis::try_from(reason::range(rule)).unwrap_or(1);
    let until = |index: Millis| end + HOUR - (end - index * period).rem_euclid(HOUR);
    let edge = (1..=periods).map(until).min()?;
    Some(floor(edge + interval(rule) - 1, interval(rule)))
}
