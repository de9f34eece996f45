//! `SplitShard`, `MergeShards`, `UpdateShardCount`.

use crate::named::{self, naming, own_access};
use crate::shard::Shard;
use crate::stream::{Change, Stream, count_in_day};
use crate::{errors, jobs, limits, shards};
use kage_api_kinesis::types::{MergeShardsResponse, SplitShardResponse, UpdateShardCountOutput};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// AWS: API reference, UpdateShardCount: "Scale more than ten times per rolling 24-hour period per stream".
const SCALINGS_A_DAY: usize = 10;
/// AWS: the same page: "Scale up to more than 10000 shards in a stream".
const MAX_SHARDS: u32 = 10_000;

/// Cuts a shard in two.
pub struct SplitShard;

impl Operation for SplitShard {
    shape!(SPLIT_SHARD: SplitShardInput -> SplitShardResponse on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:SplitShard", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<SplitShardResponse> {
        stream.require_provisioned()?;
        let shard = shards::require(tx.reads(), &stream, &input.shard_to_split)?;
        let usage = limits::usage(tx.reads(), &stream.account, &stream.region)?;
        limits::require_shards(&usage, &stream.account, &stream.region, 1)?;
        let (start, end) = (shard.range.start, shard.range.end);
        let text = &input.new_starting_hash_key;
        let fits = |at: &u128| *at > start.saturating_add(1) && *at < end;
        if text.parse().ok().filter(fits).is_none() {
            return Err(errors::argument(format!(
                "NewStartingHashKey {text} used in SplitShard() on shard {} in stream {} under account {} is not both greater than one plus the shard's StartingHashKey {start} and less than the shard's EndingHashKey {end}.",
                shard.id(),
                stream.name,
                stream.account
            )));
        }
        stream.require_active()?;
        require_open(&stream, &shard)?;
        let change = Change::Split { shard: shard.number, at: text.clone() };
        jobs::begin(call, tx, &mut stream, change)?;
        Ok(SplitShardResponse {})
    }
}

/// Refuses a shard that is closed.
// AWS: developer guide, "Split a shard"; the text is ours.
fn require_open(stream: &Stream, shard: &Shard) -> Result<()> {
    if shard.closed.is_none() {
        return Ok(());
    }
    Err(errors::argument(format!(
        "Shard {} in stream {} under account {} is closed.",
        shard.id(),
        stream.name,
        stream.account
    )))
}

/// Makes one shard of two adjacent ones.
pub struct MergeShards;

impl Operation for MergeShards {
    shape!(MERGE_SHARDS: MergeShardsInput -> MergeShardsResponse on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:MergeShards", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<MergeShardsResponse> {
        stream.require_provisioned()?;
        let shard = shards::require(tx.reads(), &stream, &input.shard_to_merge)?;
        let other = shards::require(tx.reads(), &stream, &input.adjacent_shard_to_merge)?;
        let touches =
            |lower: &Shard, upper: &Shard| lower.range.end.checked_add(1) == Some(upper.range.start);
        if !touches(&shard, &other) && !touches(&other, &shard) {
            return Err(errors::argument(format!(
                "Shards {} and {} in stream {} under account {} are not an adjacent pair of shards eligible for merging",
                shard.id(),
                other.id(),
                stream.name,
                stream.account
            )));
        }
        stream.require_active()?;
        require_open(&stream, &shard)?;
        require_open(&stream, &other)?;
        let change = Change::Merge { shard: shard.number, adjacent: other.number };
        jobs::begin(call, tx, &mut stream, change)?;
        Ok(MergeShardsResponse {})
    }
}

/// Gives a stream so many shards of equal ranges.
pub struct UpdateShardCount;

impl Operation for UpdateShardCount {
    shape!(UPDATE_SHARD_COUNT: UpdateShardCountInput -> UpdateShardCountOutput on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:UpdateShardCount", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<UpdateShardCountOutput> {
        stream.require_provisioned()?;
        stream.require_active()?;
        let target = u32::try_from(input.target_shard_count).unwrap_or(0);
        let open = stream.open_shards;
        require_step(open, target)?;
        let usage = limits::usage(tx.reads(), &stream.account, &stream.region)?;
        limits::require_shards(&usage, &stream.account, &stream.region, target.saturating_sub(open))?;
        if !count_in_day(&mut stream.scalings, call.now.milliseconds(), SCALINGS_A_DAY) {
            return Err(errors::limit(format!(
                "UpdateShardCount cannot be called more than {SCALINGS_A_DAY} times in a rolling 24-hour period on stream {} under account {}.",
                stream.name, stream.account
            )));
        }
        jobs::begin(call, tx, &mut stream, Change::Scale { target })?;
        Ok(UpdateShardCountOutput {
            stream_name: Some(stream.name.clone()),
            current_shard_count: i32::try_from(open).ok(),
            target_shard_count: Some(input.target_shard_count),
            stream_arn: Some(stream.arn()),
        })
    }
}

fn require_step(open: u32, target: u32) -> Result<()> {
    let counts = format!("Current open shard count: {open}, Target shard count: {target}");
    let text = if target > MAX_SHARDS {
        format!("Target shard count or number of open shards cannot be greater than {MAX_SHARDS}. {counts}")
    } else if target > open.saturating_mul(2) {
        format!("UpdateShardCount cannot scale up over double your current open shard count. {counts}")
    } else if target.saturating_mul(2) < open {
        format!("UpdateShardCount cannot scale down below half your current open shard count. {counts}")
    } else {
        return Ok(());
    };
    Err(errors::limit(text))
}
