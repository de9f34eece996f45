//! `PutRecord` and `PutRecords`.

use crate::log::{self, Sealing};
use crate::meter::{self, Meter};
use crate::named::{self, naming};
use crate::sequence::Sequence;
use crate::shards::{self, Route};
use crate::stream::Stream;
use crate::{encryption, errors, shard};
use kage_api_kinesis::types::{PutRecordOutput, PutRecordsOutput, PutRecordsResultEntry};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use md5::{Digest as _, Md5};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Bytes of one call, partition keys included. AWS: API reference, PutRecords: "up to a limit of 10 MiB for the entire
/// request, including partition keys".
const MAX_CALL: usize = 10 * 1_048_576;

/// A record as it is asked for.
struct Asked<'a> {
    partition_key: Option<&'a str>,
    explicit: Option<&'a str>,
    data: &'a [u8],
}

impl Asked<'_> {
    fn size(&self) -> usize {
        self.data.len() + self.partition_key.map_or(0, str::len)
    }

    /// Conditions that need no shard.
    fn require(&self, stream: &Stream, place: &str, key_place: &str) -> Result<()> {
        if self.partition_key.is_none() && !stream.spread {
            return Err(errors::no_partition_key(key_place));
        }
        let limit = usize::try_from(stream.max_record_kib).unwrap_or(0).saturating_mul(1024);
        if self.size() > limit {
            return Err(errors::record_too_large(place, stream.max_record_kib));
        }
        Ok(())
    }

    /// The hash key by which its shard is found.
    // AWS: API reference, UpdateStreamRecordDistributionStrategy: AUTO ignores partition keys and explicit hash keys.
    fn hash(&self, call: &Call<'_>, stream: &Stream) -> Result<u128> {
        if stream.spread {
            return Ok(u128::from_be_bytes(call.rng().bytes()));
        }
        match self.explicit {
            Some(text) => text.parse().map_err(|_| errors::bad_hash_key(text)),
            None => Ok(hash(self.partition_key.unwrap_or_default())),
        }
    }
}

/// AWS: API reference, PutRecord: "An MD5 hash function is used to map partition keys to 128-bit integer values".
fn hash(partition_key: &str) -> u128 {
    u128::from_be_bytes(Md5::digest(partition_key.as_bytes()).into())
}

/// A shard that records of this call go to.
struct Lane {
    route: Route,
    meter: Meter,
    topic: String,
}

/// The shards of one call, read once and written once.
struct Writer<'a> {
    stream: &'a Stream,
    sealing: Option<Sealing>,
    lanes: BTreeMap<u32, Lane>,
}

/// Where a record went: its shard, and its sequence number unless the shard's second is used up.
struct Placed {
    shard: u32,
    sequence: Option<String>,
}

impl Writer<'_> {
    fn lane(&mut self, tx: &Tx, hash: u128) -> Result<&mut Lane> {
        let route = shards::route(tx.reads(), self.stream, hash)?;
        Ok(self.lanes.entry(route.shard).or_insert_with(|| Lane {
            route,
            meter: meter::of_writes(tx, &self.stream.id, route.shard),
            topic: log::topic(self.stream, route.shard),
        }))
    }

    fn put(&mut self, call: &Call<'_>, tx: &mut Tx, asked: &Asked<'_>, hash: u128) -> Result<Placed> {
        let sealing = self.sealing.take();
        let lane = self.lane(tx, hash)?;
        let (shard, born) = (lane.route.shard, lane.route.born);
        let sequence = if lane.meter.write(call.now.milliseconds(), asked.size()) {
            let arrived = lane.meter.last;
            let nonce = sealing.as_ref().map(|sealing| (sealing, call.rng().bytes()));
            let entry = log::entry(asked.partition_key.unwrap_or_default(), asked.data, arrived, nonce)?;
            let position = log::append(tx, &lane.topic, &entry);
            Some(shard::sequence(shard, born, position, arrived))
        } else {
            None
        };
        self.sealing = sealing;
        Ok(Placed { shard, sequence })
    }

    fn finish(self, tx: &mut Tx) {
        tx.wake(self.stream.topic());
        for lane in self.lanes.into_values() {
            meter::put_writes(tx, &self.stream.id, lane.route.shard, lane.meter);
        }
    }
}

/// Puts one record.
pub struct PutRecord;

impl Operation for PutRecord {
    shape!(PUT_RECORD: PutRecordInput -> PutRecordOutput on Stream);
    const RECORDING: Recording = super::DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        Access::on("kinesis:PutRecord", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, mut stream: Stream, input: &Self::Input) -> Result<PutRecordOutput> {
        stream.require_open()?;
        let asked = Asked {
            partition_key: input.partition_key.as_deref(),
            explicit: input.explicit_hash_key.as_deref(),
            data: &input.data,
        };
        asked.require(&stream, "data", "partitionKey")?;
        let hash = asked.hash(call, &stream)?;
        if let Some(text) = &input.sequence_number_for_ordering {
            require_ordering(call, &stream, text)?;
        }
        super::require_wet(input.dry_run)?;
        let sealing = encryption::for_put(call, tx, &mut stream)?;
        let encryption_type = sealing.as_ref().map(|_| "KMS".to_owned());
        let mut writer = Writer { stream: &stream, sealing, lanes: BTreeMap::new() };
        let placed = writer.put(call, tx, &asked, hash)?;
        writer.finish(tx);
        let sequence_number = placed.sequence.ok_or_else(|| errors::throttled(&stream, placed.shard))?;
        Ok(PutRecordOutput { shard_id: shard::id(placed.shard), sequence_number, encryption_type })
    }

    fn amend(_: &Call<'_>, _: &Self::Input, _: Option<&Self::Output>, event: &mut Map<String, Value>) {
        without_data(event);
    }
}

/// Records of one shard are numbered in the order of the calls, so a number given out before is smaller anyway; what
/// remains is to refuse what was never given out.
fn require_ordering(call: &Call<'_>, stream: &Stream, text: &str) -> Result<()> {
    match Sequence::parse(text) {
        Some(found) if found.time <= shard::seconds(call.now.milliseconds()) => Ok(()),
        _ => Err(errors::bad_ordering(stream, text)),
    }
}

/// Puts up to 500 records.
pub struct PutRecords;

impl Operation for PutRecords {
    shape!(PUT_RECORDS: PutRecordsInput -> PutRecordsOutput on Stream);
    const RECORDING: Recording = super::DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        Access::on("kinesis:PutRecords", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<PutRecordsOutput> {
        stream.require_open()?;
        let records = input.records.iter().map(|record| Asked {
            partition_key: record.partition_key.as_deref(),
            explicit: record.explicit_hash_key.as_deref(),
            data: &record.data,
        });
        let mut total = 0_usize;
        let mut hashes = Vec::with_capacity(input.records.len());
        for (index, asked) in records.clone().enumerate() {
            total = total.saturating_add(asked.size());
            let (place, key) = (
                || format!("records.{}.member.data", index + 1),
                || format!("records.{}.member.partitionKey", index + 1),
            );
            // The places are written only when they are needed: this runs for every record.
            if asked.require(&stream, "", "").is_err() {
                asked.require(&stream, &place(), &key())?;
            }
            hashes.push(asked.hash(call, &stream)?);
        }
        if total > MAX_CALL {
            return Err(errors::records_too_large());
        }
        super::require_wet(input.dry_run)?;
        let sealing = encryption::for_put(call, tx, &mut stream)?;
        let encryption_type = sealing.as_ref().map(|_| "KMS".to_owned());
        let mut writer = Writer { stream: &stream, sealing, lanes: BTreeMap::new() };
        let mut results = Vec::with_capacity(input.records.len());
        let mut failed = 0;
        for (asked, hash) in records.zip(hashes) {
            let placed = writer.put(call, tx, &asked, hash)?;
            results.push(match placed.sequence {
                Some(sequence) => PutRecordsResultEntry {
                    sequence_number: Some(sequence),
                    shard_id: Some(shard::id(placed.shard)),
                    ..PutRecordsResultEntry::default()
                },
                None => {
                    failed += 1;
                    PutRecordsResultEntry {
                        error_code: Some("ProvisionedThroughputExceededException".to_owned()),
                        error_message: Some(errors::throttled_text(&stream, placed.shard)),
                        ..PutRecordsResultEntry::default()
                    }
                }
            });
        }
        writer.finish(tx);
        Ok(PutRecordsOutput { failed_record_count: Some(failed), records: results, encryption_type })
    }

    fn amend(_: &Call<'_>, _: &Self::Input, _: Option<&Self::Output>, event: &mut Map<String, Value>) {
        without_data(event);
    }
}

/// What was put does not stand in the trail.
fn without_data(event: &mut Map<String, Value>) {
    let Some(Value::Object(parameters)) = event.get_mut("requestParameters") else { return };
    parameters.remove("data");
    parameters.remove("records");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_key_is_the_md5_of_the_partition_key() {
        assert_eq!(hash("").to_string(), "281949768489412648962353822266799178366");
        assert_eq!(format!("{:032x}", hash("a")), "0cc175b9c0f1b6a831c399e269772661");
    }
}
