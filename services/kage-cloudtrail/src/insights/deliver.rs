//! Files of Insights events, below `CloudTrail-Insight/`.

use super::stream_name;
use crate::delivery::{file_key, put_file};
use crate::trail::Trail;
use crate::{organization, status};
use kage_core::{Call, Result, Tx};
use kage_store::table::{Table, key as row};
use serde_json::{Value, json};

/// The number of the next Insights event for a trail, by trail, account and Region.
const SENT: Table<u64> = Table::new("cloudtrail.insights-sent");
/// How many events stand in one file at most.
const BATCH: usize = 1000;

fn key(trail: &Trail, account: &str, region: &str) -> kage_store::Key {
    row(&[&trail.account, &trail.region, &trail.name, account, region])
}

/// A trail asks for Insights events: it gets those that come from now on.
///
/// # Errors
/// Those of the store.
pub fn enable(tx: &mut Tx, trail: &Trail) -> Result<()> {
    for account in organization::accounts(tx.reads(), trail)? {
        for (region, _) in kage_record::streams_of(tx.reads(), &account) {
            let next = kage_record::last(tx.reads(), &stream_name(&account, &region));
            SENT.put(tx.writer(), &key(trail, &account, &region), &next)?;
        }
    }
    Ok(())
}

/// Delivers what the trails wait for in the call's account and Region. True when a bucket refused.
///
/// # Errors
/// Those of the store.
pub fn all(call: &Call<'_>, tx: &mut Tx, trails: &[Trail]) -> Result<bool> {
    let mut failed = false;
    for trail in trails {
        failed |= !deliver(call, tx, trail)?;
    }
    Ok(failed)
}

fn deliver(call: &Call<'_>, tx: &mut Tx, trail: &Trail) -> Result<bool> {
    let stream = stream_name(&call.account, &call.region);
    let place = key(trail, &call.account, &call.region);
    let mut next = SENT.get(tx.reads(), &place)?.unwrap_or(0);
    loop {
        let read = kage_record::read(tx.reads(), &stream, next, BATCH)?;
        let Some(last) = read.last().map(|stored| stored.number) else { return Ok(true) };
        let events: Vec<Value> =
            read.into_iter().map(|stored| stored.event).filter(|event| is_wanted(trail, event)).collect();
        if !events.is_empty() && !write(call, tx, trail, &events)? {
            return Ok(false);
        }
        next = last.saturating_add(1);
        SENT.put(tx.writer(), &place, &next)?;
    }
}

fn is_wanted(trail: &Trail, event: &Value) -> bool {
    let kind = event.pointer("/insightDetails/insightType").and_then(Value::as_str);
    trail.insights.iter().any(|insight| Some(insight.kind.as_str()) == kind)
}

fn write(call: &Call<'_>, tx: &mut Tx, trail: &Trail, events: &[Value]) -> Result<bool> {
    let mut status = status::find(tx.reads(), trail, &call.account, &call.region)?;
    let file = file_key(call, trail, "CloudTrail-Insight");
    let content = json!({ "Records": events }).to_string().into_bytes();
    let done = put_file(call, tx, trail, &file, &content, &mut status)?;
    let worked = done.is_ok();
    if let Err(code) = done {
        status.files.note(call.now.milliseconds(), Err(code));
    }
    status::put(tx, trail, &call.account, &call.region, &status)?;
    Ok(worked)
}
