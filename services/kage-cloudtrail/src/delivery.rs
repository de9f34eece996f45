//! Delivery of log files. AWS: CloudTrail user guide, "CloudTrail log file name format".

use crate::object::{self, Object};
use crate::spans;
use crate::trail::Trail;
use crate::{digests, trails};
use aws_lc_rs::digest::{SHA256, digest};
use kage_core::{Call, Result, Tx};
use kage_schema::Timestamp;
use serde_json::{Value, json};

/// The kind of job.
pub const JOB: &str = "cloudtrail.deliver";
/// How long after an event its file is written. AWS: "on average within about 5 minutes"; claim LOG-CLOUDTRAIL-11.
pub const DELAY_MS: i64 = 5 * MINUTE_MS;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// For how long delivery is tried. AWS: CloudTrail user guide, "Redelivery": 30 days.
const KEPT_MS: i64 = 30 * 24 * HOUR_MS;
/// How many events are read from a stream at a time, and at most how many of them stand in one file.
const BATCH: usize = 5000;

/// Delivers what the trails of this account wait for in this Region.
///
/// # Errors
/// Those of the store. S3's errors are kept in the trail's status, and delivery is tried again.
pub fn run(call: &Call<'_>, tx: &mut Tx, _: &Value) -> Result<()> {
    kage_record::begin_planned(tx, JOB, &call.account, &call.region);
    for mut trail in trails::of_account(tx.reads(), &call.account)? {
        let mut failed = false;
        for management in [true, false] {
            failed = failed || !deliver(call, tx, &mut trail, management)?;
        }
        trails::put(tx, &trail)?;
        if failed {
            // A bucket that fails for long is asked less often.
            let since = trail.status.failing_since.unwrap_or(call.now.milliseconds());
            let wait =
                if call.now.milliseconds().saturating_sub(since) < HOUR_MS { DELAY_MS } else { HOUR_MS };
            kage_record::plan(tx, JOB, &call.account, &call.region, call.now.plus_ms(wait))?;
        }
    }
    Ok(())
}

/// Delivers the events of one stream. False when S3 refused a file.
fn deliver(call: &Call<'_>, tx: &mut Tx, trail: &mut Trail, management: bool) -> Result<bool> {
    let stream = kage_record::stream_name(&call.account, &call.region, management);
    let too_old = call.now.plus_ms(-KEPT_MS);
    while let Some(span) = spans::next(tx.reads(), trail, &call.region, management)? {
        let limit = usize::try_from(span.to.saturating_sub(span.from)).unwrap_or(BATCH).min(BATCH);
        let read = kage_record::read(tx.reads(), &stream, span.from, limit)?;
        let upto = match read.last() {
            Some(last) => last.number.saturating_add(1),
            None => span.to,
        };
        let events: Vec<Value> = read
            .into_iter()
            .map(|stored| stored.event)
            .filter(|event| span.filter.takes(event) && time_of(event).is_none_or(|time| time >= too_old))
            .collect();
        if !events.is_empty() && !write(call, tx, trail, &events)? {
            return Ok(false);
        }
        spans::advance(tx, trail, &call.region, management, upto)?;
    }
    Ok(true)
}

/// When an event happened.
pub fn time_of(event: &Value) -> Option<Timestamp> {
    Timestamp::parse_iso8601(event.get("eventTime")?.as_str()?)
}

fn write(call: &Call<'_>, tx: &mut Tx, trail: &mut Trail, events: &[Value]) -> Result<bool> {
    let content = json!({ "Records": events }).to_string().into_bytes();
    let key = file_key(call, trail);
    let file = Object { key: &key, bytes: object::gzip(&content)?, metadata: None, json: true };
    let now = call.now.milliseconds();
    trail.status.attempted = Some(now);
    if let Err(error) = object::put(call, tx, trail, file) {
        trail.status.error = Some(error.code.into_owned());
        trail.status.failing_since.get_or_insert(now);
        return Ok(false);
    }
    trail.status.delivered = Some(now);
    trail.status.error = None;
    trail.status.failing_since = None;
    let times = || events.iter().filter_map(time_of);
    let file = digests::LogFile {
        bucket: trail.bucket.clone(),
        key,
        hash: hex::encode(digest(&SHA256, &content)),
        newest: times().max().unwrap_or(call.now).milliseconds(),
        oldest: times().min().unwrap_or(call.now).milliseconds(),
    };
    digests::add(call, tx, trail, file)?;
    Ok(true)
}

fn file_key(call: &Call<'_>, trail: &Trail) -> String {
    let (account, region) = (&trail.account, &call.region);
    let time = call.now.basic();
    let minute = time.get(..13).unwrap_or(&time);
    let unique: String = call.ids().token(64).chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    format!(
        "{}CloudTrail/{region}/{}/{account}_CloudTrail_{region}_{minute}Z_{unique}.json.gz",
        trail.root(),
        folder(call.now)
    )
}

/// `2015/01/25`.
pub fn folder(time: Timestamp) -> String {
    time.iso8601().get(..10).unwrap_or_default().replace('-', "/")
}
