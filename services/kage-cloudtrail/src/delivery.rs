//! Delivery of events: to log files and to CloudWatch Logs. AWS: CloudTrail user guide, "CloudTrail log file name format".

use crate::object::{self, Object};
use crate::spans::{self, Way};
use crate::status::{self, Status};
use crate::trail::{Destination, Trail};
use crate::{digests, log_group, notifications, trails};
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

/// Delivers what the trails that take this account's events wait for in this Region.
///
/// # Errors
/// Those of the store. Errors of other services are kept in the trail's status, and delivery is tried again.
pub fn run(call: &Call<'_>, tx: &mut Tx, _: &Value) -> Result<()> {
    kage_record::begin_planned(tx, JOB, &call.account, &call.region);
    for trail in trails::seen_by(tx.reads(), &call.account)? {
        let mut status = status::find(tx.reads(), &trail, &call.account, &call.region)?;
        let before = status.clone();
        for to in trail.destinations() {
            deliver_to(call, tx, &trail, to, &mut status)?;
        }
        if status != before {
            status::put(tx, &trail, &call.account, &call.region, &status)?;
        }
    }
    Ok(())
}

fn deliver_to(
    call: &Call<'_>,
    tx: &mut Tx,
    trail: &Trail,
    to: Destination,
    status: &mut Status,
) -> Result<()> {
    let (account, region) = (&call.account, &call.region);
    for management in [true, false] {
        let way = Way { account: account.clone(), region: region.clone(), management, to };
        if deliver(call, tx, trail, &way, status)? {
            continue;
        }
        // What fails for long is tried less often.
        let now = call.now.milliseconds();
        let outcome = if to == Destination::Files { &status.files } else { &status.log_group };
        let since = outcome.failing_since.unwrap_or(now);
        let wait = if now.saturating_sub(since) < HOUR_MS { DELAY_MS } else { HOUR_MS };
        kage_record::plan(tx, JOB, account, region, call.now.plus_ms(wait))?;
        break;
    }
    Ok(())
}

/// Delivers the events of one stream. False when the other service refused.
fn deliver(call: &Call<'_>, tx: &mut Tx, trail: &Trail, way: &Way, status: &mut Status) -> Result<bool> {
    let stream = way.stream();
    let too_old = call.now.plus_ms(-KEPT_MS);
    while let Some(span) = spans::next(tx.reads(), trail, way)? {
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
        if !events.is_empty() && !hand_over(call, tx, trail, (way.to, &events), status)? {
            return Ok(false);
        }
        spans::advance(tx, trail, way, upto)?;
    }
    Ok(true)
}

fn hand_over(
    call: &Call<'_>,
    tx: &mut Tx,
    trail: &Trail,
    (to, events): (Destination, &[Value]),
    status: &mut Status,
) -> Result<bool> {
    match (to, &trail.log_group) {
        (Destination::Files, _) => write(call, tx, trail, events, status),
        (Destination::LogGroup, None) => Ok(true),
        (Destination::LogGroup, Some(group)) => {
            let done = log_group::deliver(call, tx, trail, group, events);
            let worked = done.is_ok();
            let result = done.map_err(|error| error.code.into_owned());
            status.log_group.note(call.now.milliseconds(), result);
            Ok(worked)
        }
    }
}

/// When an event happened.
pub fn time_of(event: &Value) -> Option<Timestamp> {
    Timestamp::parse_iso8601(event.get("eventTime")?.as_str()?)
}

fn write(call: &Call<'_>, tx: &mut Tx, trail: &Trail, events: &[Value], status: &mut Status) -> Result<bool> {
    let content = json!({ "Records": events }).to_string().into_bytes();
    let key = file_key(call, trail, "CloudTrail");
    let now = call.now.milliseconds();
    if let Err(error) = put_file(call, tx, trail, &key, &content, status)? {
        status.files.note(now, Err(error));
        return Ok(false);
    }
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

/// Writes a file and tells the topic of it. Inside: S3's code, when it refused.
///
/// # Errors
/// None that can happen in memory.
pub fn put_file(
    call: &Call<'_>,
    tx: &mut Tx,
    trail: &Trail,
    key: &str,
    content: &[u8],
    status: &mut Status,
) -> Result<std::result::Result<(), String>> {
    let now = call.now.milliseconds();
    let file = Object { key, bytes: object::gzip(content)?, metadata: None, json: true };
    if let Err(error) = object::put(call, tx, trail, file) {
        return Ok(Err(error.code.into_owned()));
    }
    status.files.note(now, Ok(()));
    if let Some(topic) = &trail.topic {
        // A topic that refuses is told of no file again.
        let sent = notifications::send(call, tx, trail, topic, key);
        status.notifications.note(now, sent.map_err(|error| error.code.into_owned()));
    }
    Ok(Ok(()))
}

/// The key of a file about the call's account and Region in this folder: `CloudTrail`, `CloudTrail-Insight`.
pub fn file_key(call: &Call<'_>, trail: &Trail, kind: &str) -> String {
    let (account, region) = (&call.account, &call.region);
    let time = call.now.basic();
    let minute = time.get(..13).unwrap_or(&time);
    let unique: String = call.ids().token(64).chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    format!(
        "{}{kind}/{region}/{}/{account}_{kind}_{region}_{minute}Z_{unique}.json.gz",
        trail.root(account),
        folder(call.now)
    )
}

/// `2015/01/25`.
pub fn folder(time: Timestamp) -> String {
    time.iso8601().get(..10).unwrap_or_default().replace('-', "/")
}
