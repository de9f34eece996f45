//! Which events of which streams a trail still has to deliver.
//!
//! A span is a piece of a stream, by event numbers, during which the trail logged with one filter. Starting, stopping and
//! changing a trail open and close spans, one for each destination; delivery eats them from the front. So nothing is lost, nothing is delivered
//! twice, and what happened while the trail did not log is in no span.

use crate::organization;
use crate::trail::{Destination, Trail};
use kage_core::{Call, Result, Tx};
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

/// A stream of events, and where they go.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// The account of the events.
    pub account: String,
    /// Their Region.
    pub region: String,
    /// Whether they are management events.
    pub management: bool,
    /// Where they go.
    pub to: Destination,
}

impl Way {
    /// The name of the stream.
    #[must_use]
    pub fn stream(&self) -> String {
        kage_record::stream_name(&self.account, &self.region, self.management)
    }

    fn length(&self, reads: &dyn Reads) -> u64 {
        kage_record::last(reads, &self.stream())
    }
}

fn ways(reads: &dyn Reads, trail: &Trail) -> Result<Vec<Way>> {
    let data = trail.selectors.take_data();
    let mut out = Vec::new();
    for account in organization::accounts(reads, trail)? {
        for (region, management) in kage_record::streams_of(reads, &account) {
            if trail.covers(&region) && (management || data) {
                let way = |to| Way { account: account.clone(), region: region.clone(), management, to };
                out.extend(trail.destinations().into_iter().map(way));
            }
        }
    }
    Ok(out)
}

fn key(trail: &Trail, way: &Way) -> kage_store::Key {
    let to = match way.to {
        Destination::Files => "files",
        Destination::LogGroup => "log-group",
    };
    let category = if way.management { "management" } else { "data" };
    row(&[&trail.account, &trail.region, &trail.name, to, &way.account, &way.region, category])
}

/// The trail logs from here on. The event of this very call is the first that it takes.
///
/// # Errors
/// Those of the store.
pub fn open(tx: &mut Tx, trail: &Trail) -> Result<()> {
    for way in ways(tx.reads(), trail)? {
        let key = key(trail, &way);
        let mut spans = SPANS.get(tx.reads(), &key)?.unwrap_or_default();
        spans.open.get_or_insert(way.length(tx.reads()));
        SPANS.put(tx.writer(), &key, &spans)?;
    }
    Ok(())
}

/// The trail logs as it was up to here. `and_this` also takes the event of this very call: that of StopLogging, which is
/// the last that a trail delivers.
///
/// # Errors
/// Those of the store.
pub fn close(call: &Call<'_>, tx: &mut Tx, trail: &Trail, and_this: bool) -> Result<()> {
    for way in ways(tx.reads(), trail)? {
        let key = key(trail, &way);
        // A stream without a row came into being while the trail logged.
        let mut spans = SPANS.get(tx.reads(), &key)?.unwrap_or(Spans { closed: Vec::new(), open: Some(0) });
        let own = and_this && way.management && way.region == call.region && way.account == call.account;
        let to = way.length(tx.reads()).saturating_add(u64::from(own));
        if let Some(from) = spans.open.take().filter(|from| *from < to) {
            spans.closed.push(Span { from, to, filter: trail.filter() });
        }
        SPANS.put(tx.writer(), &key, &spans)?;
    }
    Ok(())
}

/// Forgets all spans of a trail.
pub fn forget(tx: &mut Tx, trail: &Trail) {
    remove(tx, &row(&[&trail.account, &trail.region, &trail.name]));
}

/// Forgets what a trail still had for a log group that it has no more.
pub fn forget_log_group(tx: &mut Tx, trail: &Trail) {
    remove(tx, &row(&[&trail.account, &trail.region, &trail.name, "log-group"]));
}

fn remove(tx: &mut Tx, prefix: &kage_store::Key) {
    let keys: Vec<_> =
        SPANS.scan_prefix(tx.reads(), prefix).filter_map(|found| found.ok().map(|(key, _)| key)).collect();
    for key in keys {
        SPANS.delete(tx.writer(), &key);
    }
}

/// The first span of a way that still has events to look at.
///
/// # Errors
/// Those of the store.
pub fn next(reads: &dyn Reads, trail: &Trail, way: &Way) -> Result<Option<Span>> {
    let length = way.length(reads);
    let covered =
        trail.logging && trail.covers(&way.region) && (way.management || trail.selectors.take_data());
    let spans = match SPANS.get(reads, &key(trail, way))? {
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

/// Whether an account and Region have events that were not looked at yet for log files.
///
/// # Errors
/// Those of the store.
pub fn pending(reads: &dyn Reads, trail: &Trail, account: &str, region: &str) -> Result<bool> {
    for management in [true, false] {
        let (account, region) = (account.to_owned(), region.to_owned());
        if next(reads, trail, &Way { account, region, management, to: Destination::Files })?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The events before `upto` of the first span are done with.
///
/// # Errors
/// Those of the store.
pub fn advance(tx: &mut Tx, trail: &Trail, way: &Way, upto: u64) -> Result<()> {
    let key = key(trail, way);
    let mut spans = SPANS.get(tx.reads(), &key)?.unwrap_or_default();
    match spans.closed.first_mut() {
        Some(first) if upto < first.to => first.from = upto,
        Some(_) => drop(spans.closed.remove(0)),
        None => spans.open = Some(upto),
    }
    Ok(SPANS.put(tx.writer(), &key, &spans)?)
}
