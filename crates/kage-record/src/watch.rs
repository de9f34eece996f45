//! Who waits for events: a watch on an account plans one job for the first event that has not been fetched yet.
//!
//! Without this a consumer would have to ask again and again, also through months in which nothing happens.

use kage_core::{Job, Result, Tx, scan};
use kage_schema::Timestamp;
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const WATCHES: Table<Watch> = Table::new("events.watches");
/// When the planned job of a watch and Region runs, in milliseconds since 1970.
const PLANNED: Table<i64> = Table::new("events.planned");

/// A consumer's interest in the events of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The kind of job to plan: `cloudtrail.deliver`. It runs in the account and Region of the event.
    pub job: String,
    /// How long after the event, in milliseconds on the double's clock.
    pub delay_ms: i64,
    /// Whether management events count.
    pub management: bool,
    /// Whether data events count.
    pub data: bool,
}

/// Sets the watch of this kind of job on an account.
///
/// # Errors
/// Those of the store.
pub fn set_watch(tx: &mut Tx, account: &str, watch: &Watch) -> Result<()> {
    Ok(WATCHES.put(tx.writer(), &row(&[account, &watch.job]), watch)?)
}

/// Whether this kind of job watches the account.
#[must_use]
pub fn is_set(reads: &dyn Reads, account: &str, job: &str) -> bool {
    WATCHES.contains(reads, &row(&[account, job]))
}

/// Ends the watch of this kind of job on an account. A job that is planned already still runs.
pub fn end_watch(tx: &mut Tx, account: &str, job: &str) {
    WATCHES.delete(tx.writer(), &row(&[account, job]));
}

/// Plans the job of this kind for an account and Region, unless one is planned. Says whether it planned one.
///
/// # Errors
/// Those of the store.
pub fn plan(tx: &mut Tx, job: &str, account: &str, region: &str, at: Timestamp) -> Result<bool> {
    let key = row(&[account, job, region]);
    if PLANNED.contains(tx.reads(), &key) {
        return Ok(false);
    }
    PLANNED.put(tx.writer(), &key, &at.milliseconds())?;
    let planned = Job {
        kind: job.to_owned(),
        account: account.to_owned(),
        region: region.to_owned(),
        payload: Value::Null,
    };
    tx.schedule(at, &planned)?;
    Ok(true)
}

/// Says that the planned job runs now: the next event plans another one.
pub fn begin_planned(tx: &mut Tx, job: &str, account: &str, region: &str) {
    PLANNED.delete(tx.writer(), &row(&[account, job, region]));
}

/// Plans the jobs of those who wait for this event.
pub(crate) fn notify(
    tx: &mut Tx,
    account: &str,
    region: &str,
    event: &Value,
    management: bool,
) -> Result<()> {
    for watch in scan(&WATCHES, tx.reads(), &row(&[account]))? {
        let counts = if management { watch.management } else { watch.data };
        let time = event.get("eventTime").and_then(Value::as_str).and_then(Timestamp::parse_iso8601);
        if let Some(time) = time.filter(|_| counts) {
            plan(tx, &watch.job, account, region, time.plus_ms(watch.delay_ms))?;
        }
    }
    Ok(())
}
