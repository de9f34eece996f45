//! Splits and merges.
//!
//! AWS: API reference, UpdateShardCount: "Kinesis Data Streams performs splits or merges on individual shards. This can
//! cause short-lived shards to be created, in addition to the final shards."

use crate::shard::{self, Range, Shard};
use crate::shards;
use crate::stream::Stream;
use kage_core::{Millis, Result, Tx};

/// Opens the first shards of a stream.
///
/// # Errors
/// Those of the store.
pub fn begin(tx: &mut Tx, stream: &mut Stream, count: u32, now: Millis) -> Result<()> {
    for range in shard::uniform(count) {
        shards::open(tx, stream, range, &[], now)?;
    }
    Ok(())
}

/// Cuts a shard in two; `at` is the first hash key of the upper one.
///
/// # Errors
/// Those of the store.
pub fn split(
    tx: &mut Tx,
    stream: &mut Stream,
    shard: &Shard,
    at: u128,
    now: Millis,
) -> Result<(Shard, Shard)> {
    shards::close(tx, stream, shard, now)?;
    let lower = Range { start: shard.range.start, end: at.saturating_sub(1) };
    let upper = Range { start: at, end: shard.range.end };
    let lower = shards::open(tx, stream, lower, &[shard], now)?;
    Ok((lower, shards::open(tx, stream, upper, &[shard], now)?))
}

/// Makes one shard of two adjacent ones.
///
/// # Errors
/// Those of the store.
pub fn merge(tx: &mut Tx, stream: &mut Stream, shard: &Shard, other: &Shard, now: Millis) -> Result<Shard> {
    shards::close(tx, stream, shard, now)?;
    shards::close(tx, stream, other, now)?;
    let range =
        Range { start: shard.range.start.min(other.range.start), end: shard.range.end.max(other.range.end) };
    shards::open(tx, stream, range, &[shard, other], now)
}

/// Splits and merges until there are `target` shards of equal ranges.
///
/// # Errors
/// Those of the store.
pub fn scale(tx: &mut Tx, stream: &mut Stream, target: u32, now: Millis) -> Result<()> {
    let mut open = shards::list(tx.reads(), stream)?;
    open.retain(|shard| shard.closed.is_none());
    open.sort_by_key(|shard| shard.range.start);
    let wanted: Vec<u128> = shard::uniform(target).iter().map(|range| range.start).collect();
    for border in &wanted {
        let inside = |shard: &Shard| shard.range.start < *border && *border <= shard.range.end;
        if let Some(index) = open.iter().position(inside) {
            let (lower, upper) = split(tx, stream, &open.remove(index), *border, now)?;
            open.splice(index..index, [lower, upper]);
        }
    }
    let mut index = 1;
    while index < open.len() {
        if open.get(index).is_some_and(|shard| wanted.binary_search(&shard.range.start).is_ok()) {
            index += 1;
            continue;
        }
        let (lower, upper) = (open.remove(index - 1), open.remove(index - 1));
        open.insert(index - 1, merge(tx, stream, &lower, &upper, now)?);
    }
    Ok(())
}
