//! Which events of which streams a trail still has to deliver.
//!
//! A span is a piece of a stream, by event numbers, during which the trail logged with one filter. Starting, stopping and
//! changing a trail open and close spans; delivery eats them from the front. So nothing is lost, nothing is delivered
//! twice, and what happened while the trail did not log is in no span.

use crate::trail::Trail;
use kage_core::{Result, Tx};
use kage_record::selectors::Filter;
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const SPANS: Table<Spans> = Table::new("cloudtrail.spans");

/// The spans of one trail in one stream.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Spans {
    /// Those that ended, oldest first.
    closed: Vec<Span>,
    /// Where the one begins that goes on.
    open: Option<u64>,
}

/// A piece of a stream: from this number on up to, and without, that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// First number.
    pub from: u64,
    /// First number behind it.
    pub to: u64,
    /// What is taken of it.
    pub filter: Filter,
}

/// A stream of the trail's account.
struct Stream {
    region: String,
    management: bool,
    length: u64,
}

fn streams(reads: &dyn Reads, trail: &Trail) -> Vec<Stream> {
    let data = trail.selectors.take_data();
    let covered = kage_record::streams_of(reads, &trail.account)
        .into_iter()
        .filter(|(region, management)| trail.covers(region) && (*management || data));
    let with_length = |(region, management): (String, bool)| {
        let length = kage_record::last(reads, &kage_record::stream_name(&trail.account, &region, management));
        Stream { region, management, length }
    };
    covered.map(with_length).collect()
}

fn key(trail: &Trail, region: &str, management: bool) -> kage_store::Key {
    let category = if management { "management" } else { "data" };
    row(&[&trail.account, &trail.region, &trail.name, region, category])
}

/// The trail logs from here on. The event of this very call is the first that it takes.
///
/// # Errors
/// Those of the store.
pub fn open(tx: &mut Tx, trail: &Trail) -> Result<()> {
    for stream in streams(tx.reads(), trail) {
        let key = key(trail, &stream.region, stream.management);
        let mut spans = SPANS.get(tx.reads(), &key)?.unwrap_or_default();
        spans.open.get_or_insert(stream.length);
        SPANS.put(tx.writer(), &key, &spans)?;
    }
    Ok(())
}

/// The trail logs as it was up to here. `and_this` also takes the event of this very call: that of StopLogging, which is
/// the last that a trail delivers.
///
/// # Errors
/// Those of the store.
pub fn close(tx: &mut Tx, trail: &Trail, and_this: bool) -> Result<()> {
    for stream in streams(tx.reads(), trail) {
        let key = key(trail, &stream.region, stream.management);
        // A stream without a row came into being while the trail logged.
        let mut spans = SPANS.get(tx.reads(), &key)?.unwrap_or(Spans { closed: Vec::new(), open: Some(0) });
        let own = and_this && stream.management && stream.region == trail.region;
        let to = stream.length.saturating_add(u64::from(own));
        if let Some(from) = spans.open.take().filter(|from| *from < to) {
            spans.closed.push(Span { from, to, filter: trail.filter() });
        }
        SPANS.put(tx.writer(), &key, &spans)?;
    }
    Ok(())
}

/// Forgets all spans of a trail.
pub fn forget(tx: &mut Tx, trail: &Trail) {
    let prefix = row(&[&trail.account, &trail.region, &trail.name]);
    let keys: Vec<_> =
        SPANS.scan_prefix(tx.reads(), &prefix).filter_map(|found| found.ok().map(|(key, _)| key)).collect();
    for key in keys {
        SPANS.delete(tx.writer(), &key);
    }
}

/// The first span of a Region that still has events to look at.
///
/// # Errors
/// Those of the store.
pub fn next(reads: &dyn Reads, trail: &Trail, region: &str, management: bool) -> Result<Option<Span>> {
    let length = kage_record::last(reads, &kage_record::stream_name(&trail.account, region, management));
    let covered = trail.logging && trail.covers(region) && (management || trail.selectors.take_data());
    let spans = match SPANS.get(reads, &key(trail, region, management))? {
        Some(spans) => spans,
        None if covered => Spans { closed: Vec::new(), open: Some(0) },
        None => Spans::default(),
    };
    if let Some(first) = spans.closed.into_iter().next() {
        return Ok(Some(first));
    }
    let open = spans.open.filter(|from| *from < length);
    Ok(open.map(|from| Span { from, to: length, filter: trail.filter() }))
}

/// Whether a Region has events that were not looked at yet.
///
/// # Errors
/// Those of the store.
pub fn pending(reads: &dyn Reads, trail: &Trail, region: &str) -> Result<bool> {
    Ok(next(reads, trail, region, true)?.is_some() || next(reads, trail, region, false)?.is_some())
}

/// The events before `upto` of the first span are done with.
///
/// # Errors
/// Those of the store.
pub fn advance(tx: &mut Tx, trail: &Trail, region: &str, management: bool, upto: u64) -> Result<()> {
    let key = key(trail, region, management);
    let mut spans = SPANS.get(tx.reads(), &key)?.unwrap_or_default();
    match spans.closed.first_mut() {
        Some(first) if upto < first.to => first.from = upto,
        Some(_) => drop(spans.closed.remove(0)),
        None => spans.open = Some(upto),
    }
    Ok(SPANS.put(tx.writer(), &key, &spans)?)
}
