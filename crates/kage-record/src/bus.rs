//! The bus: what EventBridge sees. AWS services put their events here, and API calls come here while a trail logs.
//!
//! Each account and Region has one topic, a stream of the store. An entry is the event as rules match it; EventBridge reads it
//! by a job that a commit plans when somebody listens, so nothing is lost and nothing is asked for in vain.

use crate::watch;
use kage_core::{Call, Result, Tx};
use kage_store::Reads;
use serde_json::{Value, json};

/// The kind of job that reads the bus.
pub const ROUTE_JOB: &str = "events.route";

/// An event of an AWS service.
#[derive(Clone, Debug)]
pub struct Notice<'n> {
    /// `aws.s3`.
    pub source: &'n str,
    /// `detail-type`: `Object Created`.
    pub detail_type: &'n str,
    /// ARNs of what it is about.
    pub resources: Vec<String>,
    /// `detail`.
    pub detail: Value,
}

/// The topic of an account and Region.
#[must_use]
pub fn topic(account: &str, region: &str) -> String {
    format!("bus/{account}/{region}")
}

/// Puts an event of an AWS service on the default bus of an account and Region.
///
/// # Errors
/// Those of the store.
pub fn publish(call: &Call<'_>, tx: &mut Tx, account: &str, region: &str, notice: Notice<'_>) -> Result<()> {
    let event = json!({
        "version": "0",
        "id": call.ids().uuid(),
        "detail-type": notice.detail_type,
        "source": notice.source,
        "account": account,
        "time": call.now.whole_seconds().iso8601(),
        "region": region,
        "resources": notice.resources,
        "detail": notice.detail,
    });
    put(tx, account, region, &event, call.now)
}

/// Puts a whole event on the bus and plans the job that routes it, if EventBridge listens in this account.
///
/// # Errors
/// Those of the store.
pub fn put(
    tx: &mut Tx,
    account: &str,
    region: &str,
    event: &Value,
    now: kage_schema::Timestamp,
) -> Result<()> {
    // Where nobody has listened yet nobody can read later what went by: as on the bus of AWS.
    if !watch::is_set(tx.reads(), account, ROUTE_JOB) {
        return Ok(());
    }
    tx.emit(&topic(account, region), event)?;
    watch::plan(tx, ROUTE_JOB, account, region, now)?;
    Ok(())
}

/// Says whether EventBridge listens in this account. It does from the first rule or archive on.
///
/// # Errors
/// Those of the store.
pub fn listen(tx: &mut Tx, account: &str) -> Result<()> {
    // The watch itself waits for no record: the bus decides which records are events.
    let watch = watch::Watch { job: ROUTE_JOB.to_owned(), delay_ms: 0, management: false, data: false };
    watch::set_watch(tx, account, &watch)
}

/// The event that EventBridge makes of a CloudTrail record. AWS: EventBridge user guide, "AWS service events delivered via
/// AWS CloudTrail".
#[must_use]
pub(crate) fn of_record(record: &Value, account: &str, region: &str, id: String) -> Value {
    let text = |key: &str| record.get(key).and_then(Value::as_str).unwrap_or_default();
    let source = text("eventSource").split('.').next().unwrap_or_default();
    let detail_type = match text("eventType") {
        "AwsConsoleSignIn" => "AWS Console Sign In via CloudTrail",
        "AwsServiceEvent" => "AWS Service Event via CloudTrail",
        "AwsConsoleAction" => "AWS Console Action via CloudTrail",
        _ => "AWS API Call via CloudTrail",
    };
    json!({
        "version": "0",
        "id": id,
        "detail-type": detail_type,
        "source": format!("aws.{source}"),
        "account": account,
        "time": text("eventTime"),
        "region": region,
        "resources": [],
        "detail": record,
    })
}

/// How many events the topic holds.
#[must_use]
pub fn len(reads: &dyn Reads, account: &str, region: &str) -> u64 {
    reads.stream_len(&topic(account, region))
}
