//! What happens later: expiry of events.

use crate::group::{DAY, Group};
use crate::{groups, puts, streams};
use kage_core::{Call, Error, Job, JobHandler, Millis, Result, Tx};
use kage_schema::Timestamp;
use serde_json::{Value, json};

const PURGE: &str = "logs.purge";
const PRINCIPAL: &str = "logs.amazonaws.com";
/// The job that removes expired events runs at most this often; until then they are hidden.
const PURGE_EVERY: Millis = 3_600_000;

/// The handlers of the service's jobs.
pub fn handlers() -> Vec<JobHandler> {
    vec![JobHandler { kind: PURGE, principal: PRINCIPAL, run: purge }]
}

/// Plans what follows a put whose first event was at `first`.
///
/// # Errors
/// Those of the store.
pub fn after_put(
    call: &Call<'_>,
    tx: &mut Tx,
    group: &mut Group,
    stream: &str,
    number: u64,
    first: Millis,
) -> Result<()> {
    let _ = (stream, number);
    if let (Some(days), None) = (group.retention, group.purge_at) {
        let at = first.saturating_add(DAY.saturating_mul(i64::from(days))).saturating_add(1);
        plan(call, tx, group, at)?;
    }
    Ok(())
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
