//! What was put: a row for each put says when its events were, and where their bytes stand in the group's journal.
//!
//! Rows are in memory and small; the bytes are written once, by the transaction of the put, and read from the disk.

use crate::batch;
use crate::group::Group;
use crate::keys::DataKeys;
use crate::streams::{self, Stream};
use kage_core::{Call, Error, Millis, Result, Tx};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const PUTS: Table<Row> = Table::new("logs.puts");

/// AWS: model, PutLogEvents: "the sum of all event messages in UTF-8, plus 26 bytes for each log event".
pub const OVERHEAD: usize = 26;

/// The row of one put. Its key holds the group's uid, the stream, the time of the last event and the put's number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Row {
    /// Time of the first event.
    f: Millis,
    /// How many events.
    c: u32,
    /// Their bytes with overhead.
    b: u64,
    /// When they came.
    i: Millis,
    /// The data key under which they are sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    k: Option<u32>,
}

/// One put.
#[derive(Clone, Debug)]
pub struct Put {
    /// The stream.
    pub stream: Arc<str>,
    /// Time of the first event.
    pub first: Millis,
    /// Time of the last event.
    pub last: Millis,
    /// The number of the put in its group.
    pub number: u64,
    /// When they came.
    pub ingested: Millis,
    /// The data key under which they are sealed.
    pub data_key: Option<u32>,
}

fn key(group: &Group, stream: &str, last: Millis, number: u64) -> Key {
    row(&[&group.uid, stream]).with_number(last.max(0).unsigned_abs()).with_number(number)
}

/// Writes the events of one put, which must be in the order of time and at least one. The stream is changed, not yet
/// written. Gives the number of the put.
///
/// # Errors
/// Those of KMS and of the store.
pub fn append(
    call: &Call<'_>,
    tx: &mut Tx,
    group: &Group,
    stream: &mut Stream,
    events: &[(Millis, &str)],
) -> Result<u64> {
    let (Some((first, _)), Some((last, _))) = (events.first(), events.last()) else {
        return Err(Error::internal("a put without events"));
    };
    let now = call.now.milliseconds();
    let mut bytes = batch::write(&stream.name, now, events);
    let data_key = group.encryption.as_ref().map(|encryption| encryption.data_key);
    if let Some(number) = data_key {
        let keys = DataKeys::open(call, tx, group, [number])?;
        let mut sealed = keys.seal(call, number, &bytes)?;
        sealed.insert(0, batch::SEALED);
        bytes = sealed;
    }
    let text: usize = events.iter().map(|(_, message)| message.len()).sum();
    let size = (text as u64).saturating_add((OVERHEAD as u64).saturating_mul(events.len() as u64));
    let number = tx.writer().append(&group.journal(), &bytes);
    let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
    let put = Row { f: *first, c: count, b: size, i: now, k: data_key };
    PUTS.put(tx.writer(), &key(group, &stream.name, *last, number), &put)?;
    stream.first = Some(stream.first.map_or(*first, |known| known.min(*first)));
    stream.last = Some(stream.last.map_or(*last, |known| known.max(*last)));
    stream.ingested = Some(now);
    stream.bytes = stream.bytes.saturating_add(size);
    Ok(number)
}

/// The puts of a stream that have events from `from` on and before `to`.
///
/// # Errors
/// Those of the store.
pub fn between(reads: &dyn Reads, group: &Group, stream: &str, from: Millis, to: Millis) -> Result<Vec<Put>> {
    let name: Arc<str> = Arc::from(stream);
    let prefix = row(&[&group.uid, stream]);
    let after = row(&[&group.uid, stream]).with_number(from.max(0).unsigned_abs());
    let mut out = Vec::new();
    for found in PUTS.scan_after(reads, &prefix, &after) {
        let (key, row) = found?;
        let put = read(&name, &key, &row)?;
        if put.first < to {
            out.push(put);
        } else if put.first.saturating_sub(crate::group::DAY) >= to {
            // A put spans at most a day and rows stand by their last event: nothing behind can begin earlier.
            break;
        }
    }
    Ok(out)
}

/// The put of this number whose last event was at `last`, if it is still there.
///
/// # Errors
/// Those of the store.
pub fn find(
    reads: &dyn Reads,
    group: &Group,
    stream: &str,
    last: Millis,
    number: u64,
) -> Result<Option<Put>> {
    let key = key(group, stream, last, number);
    let found = PUTS.get(reads, &key)?;
    found.map(|row| read(&Arc::from(stream), &key, &row)).transpose()
}

fn read(stream: &Arc<str>, key: &Key, row: &Row) -> Result<Put> {
    let (Some(last), Some(number)) = (key.number(2), key.number(3)) else {
        return Err(Error::internal("the row of a put of log events has another key"));
    };
    Ok(Put {
        stream: Arc::clone(stream),
        first: row.f,
        last: i64::try_from(last).unwrap_or(i64::MAX),
        number,
        ingested: row.i,
        data_key: row.k,
    })
}

/// The bytes of a put as they were stored.
///
/// # Errors
/// Those of the store.
pub fn stored(reads: &dyn Reads, group: &Group, put: &Put) -> Result<Arc<[u8]>> {
    let found = reads.stream_read(&group.journal(), put.number, 1)?.pop();
    found
        .filter(|(number, _)| *number == put.number)
        .map(|(_, bytes)| bytes)
        .ok_or_else(|| Error::internal("the bytes of a put of log events are gone"))
}

/// Removes all puts of a stream.
///
/// # Errors
/// Those of the store.
pub fn remove_all(tx: &mut Tx, group: &Group, stream: &str) -> Result<()> {
    let prefix = row(&[&group.uid, stream]);
    let keys: Vec<Key> =
        PUTS.scan_prefix(tx.reads(), &prefix).map(|found| Ok(found?.0)).collect::<Result<_>>()?;
    for key in keys {
        PUTS.delete(tx.writer(), &key);
    }
    Ok(())
}

/// Removes the puts of a stream whose events are all before `time`, and gives the time of the last event of the
/// earliest put that stays.
///
/// # Errors
/// Those of the store.
pub fn remove_before(
    tx: &mut Tx,
    group: &Group,
    stream: &mut Stream,
    time: Millis,
) -> Result<Option<Millis>> {
    let prefix = row(&[&group.uid, &stream.name]);
    let mut gone = Vec::new();
    let mut oldest = None;
    for found in PUTS.scan_prefix(tx.reads(), &prefix) {
        let (key, row) = found?;
        let last = key.number(2).and_then(|last| i64::try_from(last).ok()).unwrap_or(i64::MAX);
        if last >= time {
            oldest = Some((last, row.f));
            break;
        }
        gone.push((key, row.b));
    }
    if gone.is_empty() {
        return Ok(oldest.map(|(last, _)| last));
    }
    for (key, bytes) in gone {
        PUTS.delete(tx.writer(), &key);
        stream.bytes = stream.bytes.saturating_sub(bytes);
    }
    stream.first = oldest.map(|(_, first)| first.max(time));
    if oldest.is_none() {
        stream.last = None;
    }
    streams::put(tx, group, stream)?;
    Ok(oldest.map(|(last, _)| last))
}
