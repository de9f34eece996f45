//! A consumer's subscription to a shard: records are pushed to it for up to five minutes.
//!
//! AWS: API reference, SubscribeToShard. One difference: the right to decrypt is judged when the subscription begins. When
//! records come under a data key that is younger than that, the subscription ends; the next one is judged anew.

use crate::batch::{self, Batch};
use crate::consumer::ConsumerName;
use crate::log::Most;
use crate::shard::Shard;
use crate::stream::Stream;
use crate::{consumers, encryption, errors, shards, streams};
use kage_api_kinesis::schemas;
use kage_api_kinesis::types::{ChildShard, Record as ApiRecord};
use kage_core::{Live, Millis, Next, Result, Tx, Wait, World};
use kage_schema::{Record, Schema, Slot, Timestamp};
use kage_store::Reads;
use kage_store::table::{Table, key};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

const SUBSCRIPTIONS: Table<Current> = Table::new("kinesis.subscriptions");
/// How long a subscription lasts, in milliseconds on the double's clock.
pub const LASTS_MS: i64 = 300_000;
/// How soon the next one may follow.
const APART_MS: i64 = 5000;
/// How long nothing is sent, in milliseconds of the wall clock, before an event without records says that all is well.
const SILENCE_MS: i64 = 5000;
/// What one event holds at most.
const EVENT: Most = Most { records: 1000, bytes: 1_048_576 };

/// The subscription that counts: a later one takes over.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Current {
    /// What distinguishes it.
    id: String,
    /// When it began.
    made: Millis,
    /// The newest data key that was judged.
    data_key: u32,
}

/// Begins a subscription of this consumer.
///
/// # Errors
/// `ResourceInUseException` within five seconds of the last one.
pub fn begin(tx: &mut Tx, stream: &Stream, consumer: &str, shard: u32, id: &str, now: Millis) -> Result<()> {
    let row = key(&[&stream.id, consumer]).with_number(shard.into());
    let last = SUBSCRIPTIONS.get(tx.reads(), &row)?;
    let too_soon =
        |last: &Current| now.saturating_sub(last.made) < APART_MS && last.data_key == stream.data_key;
    if last.as_ref().is_some_and(too_soon) {
        return Err(errors::subscribed(consumer, shard));
    }
    let current = Current { id: id.to_owned(), made: now, data_key: stream.data_key };
    SUBSCRIPTIONS.put(tx.writer(), &row, &current)?;
    // The one before learns that it was taken over.
    tx.wake(stream.topic());
    Ok(())
}

/// Forgets the subscriptions of a stream.
///
/// # Errors
/// Those of the store.
pub fn remove_all(tx: &mut Tx, stream: &Stream) -> Result<()> {
    let prefix = key(&[&stream.id]);
    let rows: Vec<_> = SUBSCRIPTIONS
        .scan_prefix(tx.reads(), &prefix)
        .map(|row| row.map(|(key, _)| key))
        .collect::<std::result::Result<_, _>>()?;
    for row in rows {
        SUBSCRIPTIONS.delete(tx.writer(), &row);
    }
    Ok(())
}

/// A subscription, as the server reads it.
pub struct Subscription {
    /// What distinguishes it.
    pub id: String,
    /// ARN of the consumer.
    pub consumer: String,
    /// The stream's id.
    pub stream_id: String,
    /// The shard.
    pub shard: u32,
    /// The place of the next record.
    pub position: u64,
    /// When it began, on the double's clock.
    pub made: Millis,
    /// The newest data key that was judged.
    pub data_key: u32,
    /// When an event was last sent, on the wall clock.
    pub sent: Millis,
    /// Whether the shard is at its end, and that was said.
    pub is_over: bool,
}

impl Subscription {
    /// Its stream and shard, if it is still the one that counts.
    fn current(&self, reads: &dyn Reads) -> Result<(Stream, Shard)> {
        let gone = |name: &ConsumerName| errors::no_consumer(&name.account, &self.consumer);
        let name = ConsumerName::parse(&self.consumer).ok_or_else(|| errors::bad_arn(&self.consumer))?;
        let found = streams::find(reads, &name.account, &name.region, &name.stream)?;
        let stream = found.filter(|stream| stream.id == self.stream_id).ok_or_else(|| gone(&name))?;
        let consumer = consumers::find(reads, &stream, &name.name)?;
        if consumer.is_none_or(|consumer| consumer.arn(&stream) != self.consumer) {
            return Err(gone(&name));
        }
        let row = key(&[&stream.id, &self.consumer]).with_number(self.shard.into());
        if SUBSCRIPTIONS.get(reads, &row)?.is_none_or(|current| current.id != self.id) {
            return Err(errors::subscribed(&self.consumer, self.shard));
        }
        let shard =
            shards::find(reads, &stream, self.shard)?.ok_or_else(|| errors::no_shard(&stream, self.shard))?;
        Ok((stream, shard))
    }

    /// The event of these records; none when they are under a data key that was not judged.
    fn event(
        &mut self,
        reads: &dyn Reads,
        stream: &Stream,
        shard: &Shard,
        batch: Batch,
    ) -> Result<Option<Event>> {
        let mut keys = HashMap::new();
        for number in batch.data_keys() {
            if number > self.data_key {
                return Ok(None);
            }
            keys.insert(number, encryption::for_judged(reads, stream, number)?);
        }
        let (next, millis_behind, children) = (batch.next, batch.behind, batch.children.clone());
        let (records, _) = batch.open(shard, &keys)?;
        self.position = next;
        self.is_over = children.is_some();
        // At the end of a shard there is nothing to continue with: KCL asks for a missing number then.
        let continuation = match (&children, records.last()) {
            (Some(_), _) => None,
            (None, Some(last)) => Some(last.sequence_number.clone()),
            // Reading after this place begins with the next record.
            (None, None) => Some(shard.before(next)),
        };
        Ok(Some(Event { records, continuation, millis_behind, children }))
    }
}

impl Live for Subscription {
    fn next(&mut self, world: &World) -> Result<Next> {
        let (now, wall) = (world.clock.now().milliseconds(), world.clock.wall().milliseconds());
        let ends = self.made.saturating_add(LASTS_MS);
        if self.is_over || now >= ends {
            return Ok(Next::End);
        }
        let reads = world.store.read();
        let (stream, shard) = self.current(&reads)?;
        let batch = batch::read(&reads, &stream, &shard, self.position, EVENT, now)?;
        let is_silent = wall.saturating_sub(self.sent) < SILENCE_MS;
        if batch.is_empty() && batch.children.is_none() && is_silent {
            let patience_ms = u64::try_from(SILENCE_MS).unwrap_or_default();
            let also_at = Some(Timestamp(ends));
            return Ok(Next::Wait(Wait { topic: stream.topic(), patience_ms, also_at }));
        }
        self.sent = wall;
        Ok(match self.event(&reads, &stream, &shard, batch)? {
            Some(event) => Next::Event(Box::new(Events { event })),
            None => Next::End,
        })
    }
}

/// `SubscribeToShardEventStream` with its event.
struct Events {
    event: Event,
}

/// `SubscribeToShardEvent`, whose continuation may be missing although the model requires it.
struct Event {
    records: Vec<ApiRecord>,
    continuation: Option<String>,
    millis_behind: i64,
    children: Option<Vec<ChildShard>>,
}

impl Record for Events {
    fn schema(&self) -> &'static Schema {
        &schemas::SUBSCRIBE_TO_SHARD_EVENT_STREAM
    }
    fn slot(&self, index: usize) -> Option<&dyn Slot> {
        if index == 0 { Some(&self.event) } else { None }
    }
    fn slot_mut(&mut self, index: usize) -> Option<&mut dyn Slot> {
        if index == 0 { Some(&mut self.event) } else { None }
    }
}

impl Record for Event {
    fn schema(&self) -> &'static Schema {
        &schemas::SUBSCRIBE_TO_SHARD_EVENT
    }
    fn slot(&self, index: usize) -> Option<&dyn Slot> {
        match index {
            0 => Some(&self.records),
            1 => Some(&self.continuation),
            2 => Some(&self.millis_behind),
            3 => Some(&self.children),
            _ => None,
        }
    }
    fn slot_mut(&mut self, index: usize) -> Option<&mut dyn Slot> {
        match index {
            0 => Some(&mut self.records),
            1 => Some(&mut self.continuation),
            2 => Some(&mut self.millis_behind),
            3 => Some(&mut self.children),
            _ => None,
        }
    }
}
