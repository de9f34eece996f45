//! What happens later.

use crate::metrics::{self, Place};
use crate::{alarms, evaluate, points, transition};
use kage_core::{Call, Job, JobHandler, Millis, Result, Tx};
use kage_schema::Timestamp;
use serde_json::{Value, json};

const COMPACT: &str = "cloudwatch.compact";
const EVALUATE: &str = "cloudwatch.evaluate";
const RELEASE: &str = "cloudwatch.release";
const PRINCIPAL: &str = "cloudwatch.amazonaws.com";
const WEEK: Millis = 7 * 86_400_000;

/// The handlers of the service's jobs.
pub fn handlers() -> Vec<JobHandler> {
    vec![
        JobHandler { kind: COMPACT, principal: PRINCIPAL, run: compact },
        JobHandler { kind: EVALUATE, principal: PRINCIPAL, run: evaluate },
        JobHandler { kind: RELEASE, principal: PRINCIPAL, run: release },
    ]
}

fn plan(tx: &mut Tx, (account, region): Place<'_>, kind: &str, at: Millis, payload: Value) -> Result<()> {
    let (account, region) = (account.to_owned(), region.to_owned());
    tx.schedule(Timestamp(at), &Job { kind: kind.to_owned(), account, region, payload })
}

/// Plans the weekly aggregation of old data.
///
/// # Errors
/// Those of the store.
pub fn plan_compaction(tx: &mut Tx, place: Place<'_>, now: Millis) -> Result<()> {
    plan(tx, place, COMPACT, now + WEEK, json!({}))
}

/// Plans the evaluation of a metric alarm.
///
/// # Errors
/// Those of the store.
pub fn plan_evaluation(tx: &mut Tx, place: Place<'_>, alarm: &str, at: Millis) -> Result<()> {
    plan(tx, place, EVALUATE, at, json!({ "alarm": alarm, "at": at }))
}

/// Plans the end of a period in which the actions of a composite alarm wait.
///
/// # Errors
/// Those of the store.
pub fn plan_release(tx: &mut Tx, place: Place<'_>, alarm: &str, at: Millis) -> Result<()> {
    plan(tx, place, RELEASE, at, json!({ "alarm": alarm, "at": at }))
}

/// Aggregates the data of every metric, and forgets metrics whose data is gone. Goes on while there are metrics.
fn compact(call: &Call<'_>, tx: &mut Tx, _: &Value) -> Result<()> {
    let place = (call.account.as_str(), call.region.as_str());
    let now = call.now.milliseconds();
    let mut kept = false;
    for mut metric in metrics::list(tx.reads(), place, None, None)? {
        if points::compact(tx, place, &metric, now)? {
            metrics::remove(tx, place, &metric);
        } else {
            kept = true;
            metric.compacted = now;
            metrics::put(tx, place, &metric)?;
        }
    }
    if kept { plan_compaction(tx, place, now) } else { Ok(()) }
}

/// Evaluates an alarm. One that is gone, or was planned anew, leaves this job nothing to do.
fn evaluate(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let (name, at) = (payload["alarm"].as_str().unwrap_or_default(), payload["at"].as_i64());
    let place = (call.account.as_str(), call.region.as_str());
    match alarms::find(tx.reads(), place, name)? {
        Some(alarm) if alarm.due == at => evaluate::evaluate(call, tx, alarm),
        _ => Ok(()),
    }
}

/// Ends a period of waiting.
fn release(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let (name, at) = (payload["alarm"].as_str().unwrap_or_default(), payload["at"].as_i64().unwrap_or(0));
    let place = (call.account.as_str(), call.region.as_str());
    match alarms::find(tx.reads(), place, name)? {
        Some(alarm) => transition::release(call, tx, alarm, at),
        None => Ok(()),
    }
}
