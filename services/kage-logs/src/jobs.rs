//! What happens later: metrics and deliveries after a put, expiry of events.

use crate::group::{DAY, Group};
use crate::puts::Put;
use crate::queries::{self, Status};
use crate::{delivery, filters, groups, insight, metrics, puts, streams, walk};
use kage_core::{Call, Error, Job, JobHandler, Millis, Result, Tx};
use kage_schema::Timestamp;
use serde_json::{Value, json};

const METRICS: &str = "logs.count-metrics";
const DELIVER: &str = "logs.deliver";
const PURGE: &str = "logs.purge";
const QUERY: &str = "logs.run-query";
const FORGET: &str = "logs.forget-query";
const PRINCIPAL: &str = "logs.amazonaws.com";
/// The job that removes expired events runs at most this often; until then they are hidden.
const PURGE_EVERY: Millis = 3_600_000;
/// AWS: user guide, "CloudWatch Logs quotas": "query results are available for 7 days".
const RESULTS_KEPT: Millis = 7 * DAY;
const RETRY_SOON: Millis = 60_000;
const RETRY_LATER: Millis = 600_000;

/// The handlers of the service's jobs.
pub fn handlers() -> Vec<JobHandler> {
    vec![
        JobHandler { kind: METRICS, principal: PRINCIPAL, run: count_metrics },
        JobHandler { kind: DELIVER, principal: PRINCIPAL, run: deliver },
        JobHandler { kind: PURGE, principal: PRINCIPAL, run: purge },
        JobHandler { kind: QUERY, principal: PRINCIPAL, run: run_query },
        JobHandler { kind: FORGET, principal: PRINCIPAL, run: forget_query },
    ]
}

/// Plans what follows a put of the events between `first` and `last`.
///
/// # Errors
/// Those of the store.
pub fn after_put(
    call: &Call<'_>,
    tx: &mut Tx,
    group: &mut Group,
    put: (&str, u64),
    (first, last): (Millis, Millis),
) -> Result<()> {
    let (stream, number) = put;
    let payload = |filter: Option<&str>| {
        let now = call.now.milliseconds();
        json!({
            "group": group.name, "uid": group.uid, "stream": stream, "number": number, "last": last, "filter": filter, "since": now,
        })
    };
    if filters::count_metric(tx.reads(), group)? > 0 {
        tx.schedule(call.now, &job(METRICS, group, payload(None)))?;
    }
    for filter in filters::list_subscriptions(tx.reads(), group)? {
        tx.schedule(call.now, &job(DELIVER, group, payload(Some(&filter.name))))?;
    }
    if let (Some(days), None) = (group.retention, group.purge_at) {
        let at = first.saturating_add(DAY.saturating_mul(i64::from(days))).saturating_add(1);
        plan(call, tx, group, at)?;
    }
    Ok(())
}

/// The put of a job; `None` when its events are gone.
fn put_of(tx: &Tx, group: &Group, payload: &Value) -> Result<Option<Put>> {
    let found = (payload["stream"].as_str(), payload["last"].as_i64(), payload["number"].as_u64());
    let (Some(stream), Some(last), Some(number)) = found else {
        return Err(Error::internal("a job of CloudWatch Logs without a put"));
    };
    puts::find(tx.reads(), group, stream, last, number)
}

/// Counts the events of a put by all metric filters of its group.
fn count_metrics(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let Some(group) = planned(call, tx, payload)? else { return Ok(()) };
    let Some(put) = put_of(tx, &group, payload)? else { return Ok(()) };
    let Ok(events) = walk::events_of(call, tx, &group, put) else { return Ok(()) };
    for filter in filters::list_metric(tx.reads(), &group)? {
        // What CloudWatch refuses (as data that is too old) is lost for the metric; it is not asked again.
        match metrics::count(call, tx, &group, &filter, &events) {
            Err(error) if error.status >= 500 && error.status != 501 => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Sends the events of a put to the destination of a subscription filter. A destination that cannot be reached is
/// tried again for a day.
// AWS: user guide, "Real-time processing of log data with subscriptions": "for up to 24 hours"; after access denied or
// resource not found "up to 10 minutes".
fn deliver(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let Some(group) = planned(call, tx, payload)? else { return Ok(()) };
    let name = payload["filter"].as_str().unwrap_or_default();
    let filter =
        filters::list_subscriptions(tx.reads(), &group)?.into_iter().find(|filter| filter.name == name);
    let Some(filter) = filter else { return Ok(()) };
    let Some(put) = put_of(tx, &group, payload)? else { return Ok(()) };
    let stream = put.stream.to_string();
    let before = tx.moment();
    let sent = walk::events_of(call, tx, &group, put)
        .and_then(|events| delivery::send(call, tx, &group, &filter, &stream, &events));
    let Err(error) = sent else { return Ok(()) };
    tx.undo(before);
    let now = call.now.milliseconds();
    let since = payload["since"].as_i64().unwrap_or(now);
    if error.status == 501 || now.saturating_sub(since) >= DAY {
        return Ok(());
    }
    let wait = match error.code.as_ref() {
        "AccessDenied" | "AccessDeniedException" | "ResourceNotFoundException" => RETRY_LATER,
        _ => RETRY_SOON,
    };
    tx.schedule(Timestamp(now.saturating_add(wait)), &job(DELIVER, &group, payload.clone()))
}

/// Plans the removal of expired events of a group whose retention changed.
///
/// # Errors
/// Those of the store.
pub fn plan_purge(call: &Call<'_>, tx: &mut Tx, group: &mut Group) -> Result<()> {
    plan(call, tx, group, call.now.milliseconds())
}

fn plan(call: &Call<'_>, tx: &mut Tx, group: &mut Group, at: Millis) -> Result<()> {
    let at = at.max(call.now.milliseconds());
    group.purge_at = Some(at);
    groups::put(tx, group)?;
    let payload = json!({ "group": group.name, "uid": group.uid, "at": at });
    tx.schedule(Timestamp(at), &job(PURGE, group, payload))
}

fn job(kind: &str, group: &Group, payload: Value) -> Job {
    Job { kind: kind.to_owned(), account: group.account.clone(), region: group.region.clone(), payload }
}

/// The group of a job; `None` when it is gone, or another one has its name.
fn planned(call: &Call<'_>, tx: &Tx, payload: &Value) -> Result<Option<Group>> {
    let (Some(name), Some(uid)) = (payload["group"].as_str(), payload["uid"].as_str()) else {
        return Err(Error::internal("a job of CloudWatch Logs without a group"));
    };
    let found = groups::find(tx.reads(), &call.account, &call.region, name)?;
    Ok(found.filter(|group| group.uid == uid))
}

/// Removes puts whose events are all expired, and plans the next run for when another one will be.
fn purge(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let Some(mut group) = planned(call, tx, payload)? else { return Ok(()) };
    // A run that was planned anew leaves this one nothing to do.
    if group.purge_at != payload["at"].as_i64() {
        return Ok(());
    }
    group.purge_at = None;
    let Some(days) = group.retention else { return groups::put(tx, &group) };
    let now = call.now.milliseconds();
    let before = group.expired_before(now);
    let mut oldest: Option<Millis> = None;
    for mut stream in streams::list(tx.reads(), &group)? {
        let left = puts::remove_before(tx, &group, &mut stream, before)?;
        oldest = [oldest, left].into_iter().flatten().min();
    }
    match oldest {
        None => groups::put(tx, &group),
        Some(oldest) => {
            let due = oldest.saturating_add(DAY.saturating_mul(i64::from(days))).saturating_add(1);
            plan(call, tx, &mut group, due.max(now.saturating_add(PURGE_EVERY)))
        }
    }
}

fn of_account(call: &Call<'_>, kind: &str, id: &str) -> Job {
    Job {
        kind: kind.to_owned(),
        account: call.account.clone(),
        region: call.region.clone(),
        payload: json!({ "query": id }),
    }
}

/// Plans the run of a query.
///
/// # Errors
/// Those of the store.
pub fn plan_query(call: &Call<'_>, tx: &mut Tx, id: &str) -> Result<()> {
    tx.schedule(call.now, &of_account(call, QUERY, id))
}

/// Plans the end of a query's results.
///
/// # Errors
/// Those of the store.
pub fn plan_forget(call: &Call<'_>, tx: &mut Tx, id: &str) -> Result<()> {
    tx.schedule(call.now.plus_ms(RESULTS_KEPT), &of_account(call, FORGET, id))
}

fn run_query(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let id = payload["query"].as_str().unwrap_or_default();
    match queries::find(tx.reads(), &call.account, &call.region, id)? {
        Some(query) if query.status == Status::Running => insight::begin(call, tx, query),
        _ => Ok(()),
    }
}

fn forget_query(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    queries::remove(tx, &call.account, &call.region, payload["query"].as_str().unwrap_or_default())
}
