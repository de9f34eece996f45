//! `GetRecords`.

use crate::iterator::{GOOD_MS, Iterator};
use crate::log::{self, Stored};
use crate::shard::Shard;
use crate::stream::{self, Stream};
use crate::{encryption, errors, meter, named, shards, streams, view};
use kage_api_kinesis::types::{ChildShard, GetRecordsOutput, Record};
use kage_core::{Access, Call, Lookup, Millis, Operation, Recording, Result, Tx};
use kage_schema::{Blob, Timestamp};
use std::collections::HashMap;

/// AWS: API reference, GetRecords: "The default value is 10,000".
const LIMIT: usize = 10_000;

/// A stream and a position in it.
pub struct Reading {
    stream: Stream,
    iterator: Iterator,
}

impl kage_core::Resource for Reading {
    fn arn(&self) -> String {
        self.stream.arn()
    }
    fn owner(&self) -> Option<String> {
        Some(self.stream.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        kage_core::Resource::tags(&self.stream)
    }
    fn policy(&self) -> Option<kage_core::ResourcePolicy> {
        kage_core::Resource::policy(&self.stream)
    }
}

/// Gives records of a shard.
pub struct GetRecords;

impl Operation for GetRecords {
    shape!(GET_RECORDS: GetRecordsInput -> GetRecordsOutput on Reading);
    const RECORDING: Recording = super::DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Reading>> {
        named::refuse_id(input.stream_id.as_deref())?;
        let Some(iterator) = Iterator::read(tx.reads(), &input.shard_iterator)? else {
            let arn = input.stream_arn.clone().unwrap_or_else(|| "*".to_owned());
            return Ok(Lookup::missing(arn, errors::invalid_iterator()));
        };
        let (account, region, name) = (&iterator.account, &iterator.region, &iterator.stream);
        let arn = stream::arn(account, region, name);
        if input.stream_arn.as_ref().is_some_and(|given| *given != arn) {
            return Err(errors::invalid_iterator());
        }
        let found =
            if *region == call.region { streams::find(tx.reads(), account, region, name)? } else { None };
        Ok(match found.filter(|stream| stream.id == iterator.stream_id) {
            Some(stream) => Lookup::Found(Reading { stream, iterator }),
            None => {
                Lookup::Missing { arn, owner: Some(account.clone()), error: errors::no_stream(account, name) }
            }
        })
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Reading>) -> Access {
        Access::on("kinesis:GetRecords", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Reading, input: &Self::Input) -> Result<GetRecordsOutput> {
        let Reading { stream, iterator } = target;
        let now = call.now.milliseconds();
        if now.saturating_sub(iterator.made) > GOOD_MS {
            return Err(errors::expired_iterator(iterator.made, now));
        }
        stream.require_open()?;
        let shard = shards::find(tx.reads(), &stream, iterator.shard)?
            .ok_or_else(|| errors::no_shard(&stream, iterator.shard))?;
        super::require_wet(input.dry_run)?;
        let mut used = meter::of_reads(tx, &stream.id, shard.number);
        if !used.begin_read(now) {
            return Err(errors::throttled(&stream, shard.number));
        }
        let limit = input.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(LIMIT);
        let batch = read(call, tx, &stream, &shard, iterator.position, limit)?;
        used.end_read(batch.bytes);
        meter::put_reads(tx, &stream.id, shard.number, used);
        let next = match batch.children {
            Some(_) => None,
            None => Some(Iterator { made: now, position: batch.next, ..iterator }.text(call, tx)?),
        };
        Ok(GetRecordsOutput {
            records: batch.records,
            next_shard_iterator: next,
            millis_behind_latest: Some(batch.behind),
            child_shards: batch.children,
        })
    }
}

/// Records of a shard in the shape of the API, and what comes after them.
pub struct Batch {
    /// The records.
    pub records: Vec<Record>,
    /// Their bytes, partition keys included.
    pub bytes: usize,
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
/// Those of KMS in Kinesis's words, those of the store.
pub fn read(
    call: &Call<'_>,
    tx: &mut Tx,
    stream: &Stream,
    shard: &Shard,
    from: u64,
    limit: usize,
) -> Result<Batch> {
    let now = call.now.milliseconds();
    let topic = log::topic(stream, shard.number);
    let from = log::first_since(tx.reads(), &topic, from, stream.horizon(now))?;
    let stored = log::read_from(tx.reads(), &topic, from, limit)?;
    let next = stored.last().map_or(from, |last| last.position + 1);
    let (records, bytes) = shown(call, tx, stream, shard, stored)?;
    let unread: Option<Millis> = log::arrival_at(tx.reads(), &topic, next)?;
    let children = match (unread, shard.closed) {
        (None, Some(_)) => {
            Some(shards::children(tx.reads(), stream, shard.number)?.iter().map(view::child).collect())
        }
        _ => None,
    };
    let behind = unread.map_or(0, |arrived| now.saturating_sub(arrived).max(0));
    Ok(Batch { records, bytes, next, behind, children })
}

fn shown(
    call: &Call<'_>,
    tx: &mut Tx,
    stream: &Stream,
    shard: &Shard,
    stored: Vec<Stored>,
) -> Result<(Vec<Record>, usize)> {
    let mut keys: HashMap<u32, [u8; 32]> = HashMap::new();
    let mut records = Vec::with_capacity(stored.len());
    let mut bytes = 0_usize;
    for stored in stored {
        if let Some(number) = stored.data_key
            && !keys.contains_key(&number)
        {
            keys.insert(number, encryption::for_get(call, tx, stream, number)?);
        }
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
