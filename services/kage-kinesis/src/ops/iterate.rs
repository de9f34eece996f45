//! `GetShardIterator`.

use crate::iterator::Iterator;
use crate::named::{self, naming};
use crate::sequence::{END, Sequence};
use crate::shard::Shard;
use crate::stream::Stream;
use crate::{errors, log, shards};
use kage_api_kinesis::types::{GetShardIteratorInput, GetShardIteratorOutput};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};

/// Gives a position in a shard to read from.
pub struct GetShardIterator;

impl Operation for GetShardIterator {
    shape!(GET_SHARD_ITERATOR: GetShardIteratorInput -> GetShardIteratorOutput on Stream);
    const RECORDING: Recording = super::DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        Access::on("kinesis:GetShardIterator", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        stream: Stream,
        input: &Self::Input,
    ) -> Result<GetShardIteratorOutput> {
        stream.require_open()?;
        let shard = shards::require(tx.reads(), &stream, &input.shard_id)?;
        let position = position(call, tx, &stream, &shard, input)?;
        super::require_wet(input.dry_run)?;
        let iterator = Iterator {
            made: call.now.milliseconds(),
            position,
            shard: shard.number,
            account: stream.account,
            region: stream.region,
            stream_id: stream.id,
            stream: stream.name,
        };
        Ok(GetShardIteratorOutput { shard_iterator: Some(iterator.text(call, tx)?) })
    }
}

fn position(
    call: &Call<'_>,
    tx: &Tx,
    stream: &Stream,
    shard: &Shard,
    input: &GetShardIteratorInput,
) -> Result<u64> {
    let kind = input.shard_iterator_type.as_str();
    let sequence = input.starting_sequence_number.as_deref();
    if matches!(kind, "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER") != sequence.is_some() {
        return Err(errors::iterator_type(kind, sequence.is_some()));
    }
    if (kind == "AT_TIMESTAMP") != input.timestamp.is_some() {
        return Err(errors::iterator_time(kind, input.timestamp.is_some()));
    }
    let length = shards::length(tx.reads(), stream, shard.number);
    if let Some(text) = sequence {
        return Ok(place(stream, shard, text, kind == "AFTER_SEQUENCE_NUMBER")?.min(length));
    }
    if let Some(time) = input.timestamp {
        let (at, now) = (time.milliseconds(), call.now.milliseconds());
        if at > now {
            return Err(errors::future(at, now));
        }
        return log::first_since(tx.reads(), &log::topic(stream, shard.number), 0, at);
    }
    // What has expired is passed over when it is read.
    Ok(if kind == "LATEST" { length } else { 0 })
}

/// The place that a sequence number names.
///
/// # Errors
/// `InvalidArgumentException` for numbers that are none, or of another shard or stream.
pub fn place(stream: &Stream, shard: &Shard, text: &str, after: bool) -> Result<u64> {
    let found = Sequence::parse(text).ok_or_else(|| errors::bad_sequence(stream, shard.number, text))?;
    if found.shard != shard.number {
        return Err(errors::other_shard(found.shard, shard.number));
    }
    if found.born != shard.born {
        return Err(errors::foreign_sequence(stream, shard.number, text));
    }
    Ok(match found.index {
        END => u64::MAX,
        index if after => index,
        // The place before the first record is that of the first record.
        index => index.saturating_sub(1),
    })
}
