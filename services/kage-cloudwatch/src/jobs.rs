//! What happens later.

use crate::metrics::{self, Place};
use crate::points;
use kage_core::{Call, Job, JobHandler, Millis, Result, Tx};
use kage_schema::Timestamp;
use serde_json::{Value, json};

const COMPACT: &str = "cloudwatch.compact";
const PRINCIPAL: &str = "cloudwatch.amazonaws.com";
const WEEK: Millis = 7 * 86_400_000;

/// The handlers of the service's jobs.
pub fn handlers() -> Vec<JobHandler> {
    vec![JobHandler { kind: COMPACT, principal: PRINCIPAL, run: compact }]
}

/// Plans the weekly aggregation of old data.
///
/// # Errors
/// Those of the store.
pub fn plan_compaction(tx: &mut Tx, (account, region): Place<'_>, now: Millis) -> Result<()> {
    let job = Job {
        kind: COMPACT.to_owned(),
        account: account.to_owned(),
        region: region.to_owned(),
        payload: json!({}),
    };
    tx.schedule(Timestamp(now + WEEK), &job)
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
