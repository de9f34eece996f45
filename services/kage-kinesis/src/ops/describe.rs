//! `DescribeStream`, `DescribeStreamSummary`.

use crate::named::{self, naming, own_access};
use crate::stream::Stream;
use crate::{consumers, errors, shard, shards, view};
use kage_api_kinesis::types::{DescribeStreamOutput, DescribeStreamSummaryOutput};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Shows a stream with its shards.
pub struct DescribeStream;

impl Operation for DescribeStream {
    shape!(DESCRIBE_STREAM: DescribeStreamInput -> DescribeStreamOutput on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:DescribeStream", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        stream: Stream,
        input: &Self::Input,
    ) -> Result<DescribeStreamOutput> {
        let after = match &input.exclusive_start_shard_id {
            Some(id) => Some(shard::number(id).ok_or_else(|| errors::no_shard_id(&stream, id))?),
            None => None,
        };
        // AWS: API reference, DescribeStream: 100 by default and at most.
        let limit = input.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(100).clamp(1, 100);
        let now = call.now.milliseconds();
        let mut all = shards::list(tx.reads(), &stream)?;
        all.retain(|shard| !shard.is_expired(&stream, now) && after.is_none_or(|after| shard.number > after));
        let shown = all.iter().take(limit).map(view::shard).collect();
        Ok(DescribeStreamOutput { stream_description: view::description(&stream, shown, all.len() > limit) })
    }
}

/// Shows a stream without its shards.
pub struct DescribeStreamSummary;

impl Operation for DescribeStreamSummary {
    shape!(DESCRIBE_STREAM_SUMMARY: DescribeStreamSummaryInput -> DescribeStreamSummaryOutput on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        Access::on("kinesis:DescribeStreamSummary", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        stream: Stream,
        _: &Self::Input,
    ) -> Result<DescribeStreamSummaryOutput> {
        let consumers = consumers::list(tx.reads(), &stream)?.len();
        Ok(DescribeStreamSummaryOutput { stream_description_summary: view::summary(&stream, consumers) })
    }
}
