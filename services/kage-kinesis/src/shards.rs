//! The shards of a stream, and the way from a hash key to the open shard that takes it.

use crate::errors;
use crate::shard::{self, Range, Shard, seconds};
use crate::stream::Stream;
use crate::{log, meter};
use kage_core::{Error, Millis, Result, Tx};
use kage_store::table::{Table, key};
use kage_store::{Key, Reads};
use std::ops::Bound;

const SHARDS: Table<Shard> = Table::new("kinesis.shards");
/// Open shards by the end of their range: number and birth, so that a put reads no JSON for them.
const ROUTES: &str = "kinesis.routes";

/// Where a record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The shard's number.
    pub shard: u32,
    /// The seconds in its sequence numbers.
    pub born: u64,
}

fn row(stream: &str, number: u32) -> Key {
    key(&[stream]).with_number(number.into())
}

fn route_row(stream: &str, end: u128) -> Key {
    key(&[stream]).with(end.to_be_bytes())
}

/// The shard of this number.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, stream: &Stream, number: u32) -> Result<Option<Shard>> {
    Ok(SHARDS.get(reads, &row(&stream.id, number))?)
}

/// The shard of this id.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn require(reads: &dyn Reads, stream: &Stream, id: &str) -> Result<Shard> {
    let number = shard::number(id).ok_or_else(|| errors::no_shard_id(stream, id))?;
    find(reads, stream, number)?.ok_or_else(|| errors::no_shard(stream, number))
}

/// All shards, closed ones too, in the order in which they were opened.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, stream: &Stream) -> Result<Vec<Shard>> {
    kage_core::scan(&SHARDS, reads, &key(&[&stream.id]))
}

/// The shards that came from this one.
///
/// # Errors
/// Those of the store.
pub fn children(reads: &dyn Reads, stream: &Stream, parent: u32) -> Result<Vec<Shard>> {
    let mut all = list(reads, stream)?;
    all.retain(|shard| shard.parent == Some(parent) || shard.adjacent == Some(parent));
    Ok(all)
}

/// The open shard that takes this hash key.
///
/// # Errors
/// HTTP 500 when there is none: the open shards always cover all hash keys.
pub fn route(reads: &dyn Reads, stream: &Stream, hash: u128) -> Result<Route> {
    let (from, to) = (route_row(&stream.id, hash), route_row(&stream.id, u128::MAX));
    let mut rows = reads.range(ROUTES, Bound::Included(from.as_bytes()), Bound::Included(to.as_bytes()));
    rows.next()
        .and_then(|(_, value)| read(value))
        .ok_or_else(|| Error::internal("a hash key without a shard"))
}

fn read(value: &[u8]) -> Option<Route> {
    let (version, rest) = value.split_first()?;
    let (shard, rest) = rest.split_first_chunk::<4>()?;
    let born = rest.first_chunk::<8>()?;
    (*version == 1).then(|| Route { shard: u32::from_be_bytes(*shard), born: u64::from_be_bytes(*born) })
}

/// Opens a shard. It is younger than its parents.
///
/// # Errors
/// Those of the store.
pub fn open(
    tx: &mut Tx,
    stream: &mut Stream,
    range: Range,
    parents: &[&Shard],
    now: Millis,
) -> Result<Shard> {
    let after = parents.iter().map(|parent| parent.born + 1).max().unwrap_or(0);
    let shard = Shard {
        number: stream.next_shard,
        range,
        parent: parents.first().map(|parent| parent.number),
        adjacent: parents.get(1).map(|parent| parent.number),
        born: seconds(now).max(after),
        opened: now,
        closed: None,
    };
    stream.next_shard = stream.next_shard.saturating_add(1);
    stream.open_shards = stream.open_shards.saturating_add(1);
    SHARDS.put(tx.writer(), &row(&stream.id, shard.number), &shard)?;
    let mut value = vec![1];
    value.extend(shard.number.to_be_bytes());
    value.extend(shard.born.to_be_bytes());
    tx.writer().put(ROUTES, route_row(&stream.id, range.end).as_bytes(), &value);
    Ok(shard)
}

/// Closes a shard: it takes no more records and keeps those it has.
///
/// # Errors
/// Those of the store.
pub fn close(tx: &mut Tx, stream: &mut Stream, shard: &Shard, now: Millis) -> Result<()> {
    let closed = Shard { closed: Some(now), ..shard.clone() };
    stream.open_shards = stream.open_shards.saturating_sub(1);
    tx.writer().delete(ROUTES, route_row(&stream.id, shard.range.end).as_bytes());
    Ok(SHARDS.put(tx.writer(), &row(&stream.id, shard.number), &closed)?)
}

/// Removes all shards of a stream. The store keeps what was appended; nobody reads it any more.
///
/// # Errors
/// Those of the store.
pub fn remove_all(tx: &mut Tx, stream: &Stream) -> Result<()> {
    for shard in list(tx.reads(), stream)? {
        SHARDS.delete(tx.writer(), &row(&stream.id, shard.number));
        tx.writer().delete(ROUTES, route_row(&stream.id, shard.range.end).as_bytes());
        meter::remove(tx, &stream.id, shard.number);
    }
    Ok(())
}

/// How many records a shard ever took.
#[must_use]
pub fn length(reads: &dyn Reads, stream: &Stream, shard: u32) -> u64 {
    reads.stream_len(&log::topic(stream, shard))
}
