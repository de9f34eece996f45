//! Records of a shard from a place on, and what comes after them.

use crate::log::{self, Most, Stored};
use crate::shard::Shard;
use crate::shards;
use crate::stream::Stream;
use crate::view;
use kage_api_kinesis::types::{ChildShard, Record};
use kage_core::{Millis, Result};
use kage_schema::{Blob, Timestamp};
use kage_store::Reads;
use std::collections::{BTreeSet, HashMap};

/// Some records of a shard.
pub struct Batch {
    stored: Vec<Stored>,
    /// The place behind them.
    pub next: u64,
    /// How long ago the next record arrived, in milliseconds; 0 when there is none.
    pub behind: i64,
    /// The shards that follow; none while this one may still give records.
    pub children: Option<Vec<ChildShard>>,
}

/// Reads a shard from a place on, passing over what has expired.
///
/// # Errors
/// Those of the store.
pub fn read(
    reads: &dyn Reads,
    stream: &Stream,
    shard: &Shard,
    from: u64,
    most: Most,
    now: Millis,
) -> Result<Batch> {
    let topic = log::topic(stream, shard.number);
    let from = log::first_since(reads, &topic, from, stream.horizon(now))?;
    let stored = log::read_from(reads, &topic, from, most)?;
    let next = stored.last().map_or(from, |last| last.position + 1);
    let unread = log::arrival_at(reads, &topic, next)?;
    let children = match (unread, shard.closed) {
        (None, Some(_)) => {
            Some(shards::children(reads, stream, shard.number)?.iter().map(view::child).collect())
        }
        _ => None,
    };
    let behind = unread.map_or(0, |arrived| now.saturating_sub(arrived).max(0));
    Ok(Batch { stored, next, behind, children })
}

impl Batch {
    /// Whether there are no records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stored.is_empty()
    }

    /// The numbers of the data keys that its records are under.
    #[must_use]
    pub fn data_keys(&self) -> BTreeSet<u32> {
        self.stored.iter().filter_map(|stored| stored.data_key).collect()
    }

    /// The records in the shape of the API, and their bytes, partition keys included.
    ///
    /// # Errors
    /// HTTP 500 for a record that cannot be read.
    pub fn open(self, shard: &Shard, keys: &HashMap<u32, [u8; 32]>) -> Result<(Vec<Record>, usize)> {
        let mut records = Vec::with_capacity(self.stored.len());
        let mut bytes = 0_usize;
        for stored in self.stored {
            let key = stored.data_key.and_then(|number| keys.get(&number));
            let (partition_key, data) = log::open(stored.body, key)?;
            bytes = bytes.saturating_add(partition_key.len() + data.len());
            records.push(Record {
                sequence_number: shard.sequence(stored.position, stored.arrived),
                approximate_arrival_timestamp: Some(Timestamp(stored.arrived)),
                data: Blob(data),
                partition_key: Some(partition_key).filter(|key| !key.is_empty()),
                encryption_type: stored.data_key.map(|_| "KMS".to_owned()),
            });
        }
        Ok((records, bytes))
    }
}
