//! The streams in which events are kept: one per account, Region and category, in the order of commits.

use crate::{bus, logging, watch};
use kage_core::{Error, Result, Tx};
use kage_schema::Timestamp;
use kage_store::Reads;
use serde_json::Value;

/// An event as it stands in its stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// Its number in the stream, from 0.
    pub number: u64,
    /// The event.
    pub event: Value,
}

/// The name of a stream. Management events are the event history; data events are for trails only.
#[must_use]
pub fn stream_name(account: &str, region: &str, management: bool) -> String {
    let category = if management { "management" } else { "data" };
    format!("cloudtrail/{category}/{account}/{region}")
}

/// The streams of an account that hold events: Region, and whether they are of management events.
#[must_use]
pub fn streams_of(reads: &dyn Reads, account: &str) -> Vec<(String, bool)> {
    let mut out = Vec::new();
    for (category, management) in [("management", true), ("data", false)] {
        let prefix = format!("cloudtrail/{category}/{account}/");
        let names = reads.streams();
        out.extend(
            names.iter().filter_map(|name| Some((name.strip_prefix(&prefix)?.to_owned(), management))),
        );
    }
    out
}

/// Appends the events of one call, as [`crate::build`] gave them.
///
/// # Errors
/// Those of the store.
pub fn append(tx: &mut Tx, events: &[(String, Value)]) -> Result<()> {
    for (account, event) in events {
        let region = event.get("awsRegion").and_then(Value::as_str).unwrap_or("us-east-1");
        let management = event.get("managementEvent").and_then(Value::as_bool).unwrap_or(true);
        tx.emit(&stream_name(account, region, management), event)?;
        crate::watch::notify(tx, account, region, event, management)?;
        put_on_bus(tx, account, region, event)?;
    }
    Ok(())
}

/// What a trail logs is an event for EventBridge too.
fn put_on_bus(tx: &mut Tx, account: &str, region: &str, record: &Value) -> Result<()> {
    if !watch::is_set(tx.reads(), account, bus::ROUTE_JOB)
        || !logging::is_logged(tx.reads(), account, region, record)?
    {
        return Ok(());
    }
    let text = |key: &str| record.get(key).and_then(Value::as_str).unwrap_or_default();
    let Some(now) = Timestamp::parse_iso8601(text("eventTime")) else { return Ok(()) };
    let event = bus::of_record(record, account, region, text("eventID").to_owned());
    bus::put(tx, account, region, &event, now)
}

/// How many events a stream holds.
#[must_use]
pub fn last(reads: &dyn Reads, stream: &str) -> u64 {
    reads.stream_len(stream)
}

/// Up to `limit` events from number `from` on, oldest first.
///
/// # Errors
/// Those of the store; an event that is no JSON.
pub fn read(reads: &dyn Reads, stream: &str, from: u64, limit: usize) -> Result<Vec<StoredEvent>> {
    let entries = reads.stream_read(stream, from, limit)?;
    entries.into_iter().map(|(number, bytes)| parse(number, &bytes)).collect()
}

/// Up to `limit` events before number `before`, newest first.
///
/// # Errors
/// Those of the store; an event that is no JSON.
pub fn read_back(reads: &dyn Reads, stream: &str, before: u64, limit: usize) -> Result<Vec<StoredEvent>> {
    let entries = reads.stream_read_rev(stream, before, limit)?;
    entries.into_iter().map(|(number, bytes)| parse(number, &bytes)).collect()
}

fn parse(number: u64, bytes: &[u8]) -> Result<StoredEvent> {
    let event = serde_json::from_slice(bytes)
        .map_err(|error| Error::internal(format!("event {number} cannot be read: {error}")))?;
    Ok(StoredEvent { number, event })
}
