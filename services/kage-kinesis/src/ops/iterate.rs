//! `GetShardIterator`.

use crate::iterator::Iterator;
use crate::named::{self, naming};
use crate::sequence::{END, Sequence};
use crate::shard::Shard;
use crate::stream::Stream;
use crate::{errors, log, shards};
use kage_api_kinesis::types::GetShardIteratorOutput;
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::Timestamp;

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
        let asked = Asked {
            kind: &input.shard_iterator_type,
            sequence: input.starting_sequence_number.as_deref(),
            timestamp: input.timestamp,
        };
        let position = asked.position(call, tx, &stream, &shard)?;
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

/// Where a call wants to read.
pub struct Asked<'a> {
    /// `ShardIteratorType`.
    pub kind: &'a str,
    /// `StartingSequenceNumber`.
    pub sequence: Option<&'a str>,
    /// `Timestamp`.
    pub timestamp: Option<Timestamp>,
}

impl Asked<'_> {
    /// The place in the shard.
    ///
    /// # Errors
    /// `InvalidArgumentException`.
    pub fn position(&self, call: &Call<'_>, tx: &Tx, stream: &Stream, shard: &Shard) -> Result<u64> {
        let kind = self.kind;
        if matches!(kind, "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER") != self.sequence.is_some() {
            return Err(errors::iterator_type(kind, self.sequence.is_some()));
        }
        if (kind == "AT_TIMESTAMP") != self.timestamp.is_some() {
            return Err(errors::iterator_time(kind, self.timestamp.is_some()));
        }
        let length = shards::length(tx.reads(), stream, shard.number);
        if let Some(text) = self.sequence {
            return Ok(place(stream, shard, text, kind == "AFTER_SEQUENCE_NUMBER")?.min(length));
        }
        if let Some(time) = self.timestamp {
            let (at, now) = (time.milliseconds(), call.now.milliseconds());
            if at > now {
                return Err(errors::future(at, now));
            }
            return log::first_since(tx.reads(), &log::topic(stream, shard.number), 0, at);
        }
        // What has expired is passed over when it is read.
        Ok(if kind == "LATEST" { length } else { 0 })
    }
}

/// The place that a sequence number names.
///
/// # Errors
/// `InvalidArgumentException` for numbers that are none, or of another shard or stream.
fn place(stream: &Stream, shard: &Shard, text: &str, after: bool) -> Result<u64> {
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
