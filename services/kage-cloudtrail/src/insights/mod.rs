//! Insights: unusual rates of calls and of errors.
//!
//! Calls are counted by the minute and compared with the seven days before (`tally.rs`). When a minute is unusual a Start event
//! is made, and an End event after the last unusual minute (`record.rs`). Both stand in a stream of the account and Region,
//! where LookupEvents finds them, and go into files of the trails that asked (`deliver.rs`).
//! AWS: CloudTrail user guide, "Working with CloudTrail Insights".

mod deliver;
mod minutes;
mod record;
mod tally;

pub use deliver::enable;

use crate::trail::Trail;
use crate::trails;
use kage_core::{Call, Millis, Result, Tx};
use kage_record::Watch;
use kage_store::table::{Table, key as row};
use serde_json::Value;

/// The kind of job.
pub const JOB: &str = "cloudtrail.insights";
/// A minute in milliseconds: the unit of rates.
const MINUTE_MS: i64 = 60_000;

/// From when on an account and Region is looked at. What is older counts as usual.
const SINCE: Table<Millis> = Table::new("cloudtrail.insights-since");

/// The stream of Insights events.
#[must_use]
pub fn stream_name(account: &str, region: &str) -> String {
    format!("cloudtrail/insight/{account}/{region}")
}

/// Whom to wake when a minute is over in which something happened.
#[must_use]
pub fn watch(data: bool) -> Watch {
    Watch { job: JOB.to_owned(), delay_ms: MINUTE_MS, management: true, data }
}

/// Looks at the minutes that are over, and delivers what was found.
///
/// # Errors
/// Those of the store.
pub fn run(call: &Call<'_>, tx: &mut Tx, _: &Value) -> Result<()> {
    kage_record::begin_planned(tx, JOB, &call.account, &call.region);
    let mut all = trails::seen_by(tx.reads(), &call.account)?;
    all.retain(|trail| !trail.insights.is_empty() && trail.covers(&call.region));
    if all.is_empty() {
        return Ok(());
    }
    let logging: Vec<&Trail> = all.iter().filter(|trail| trail.logging).collect();
    let more = !logging.is_empty() && look(call, tx, &logging)?;
    let failed = deliver::all(call, tx, &all)?;
    if more || failed {
        let wait = if more { MINUTE_MS } else { crate::delivery::DELAY_MS };
        kage_record::plan(tx, JOB, &call.account, &call.region, call.now.plus_ms(wait))?;
    }
    Ok(())
}

/// Says whether to look again in a minute.
fn look(call: &Call<'_>, tx: &mut Tx, trails: &[&Trail]) -> Result<bool> {
    let place = row(&[&call.account, &call.region]);
    let since = match SINCE.get(tx.reads(), &place)? {
        Some(since) => since,
        None => {
            // The present minute is the first that is judged: what was before is the baseline.
            let since = minute_of(call.now.milliseconds()).saturating_sub(MINUTE_MS);
            SINCE.put(tx.writer(), &place, &since)?;
            since
        }
    };
    let insights = || trails.iter().flat_map(|trail| &trail.insights);
    let mut more = false;
    for management in [true, false] {
        let asked = insights().filter(|one| if management { one.management } else { one.data });
        let kinds: Vec<&str> = asked.map(|one| one.kind.as_str()).collect();
        if !kinds.is_empty() {
            more |= minutes::look(call, tx, &minutes::Asked { management, since, kinds })?;
        }
    }
    Ok(more)
}

/// Nobody asks for an account's Insights events any more. Were it looked at again later, the time between would count as usual.
pub fn forget(tx: &mut Tx, account: &str) {
    let prefix = row(&[account]);
    let keys: Vec<_> =
        SINCE.scan_prefix(tx.reads(), &prefix).filter_map(|found| found.ok().map(|(key, _)| key)).collect();
    for key in keys {
        SINCE.delete(tx.writer(), &key);
    }
}

/// The beginning of the minute of a time.
fn minute_of(time: Millis) -> Millis {
    time.saturating_sub(time.rem_euclid(MINUTE_MS))
}
