//! Settings of a stream: retention, mode, size of records, warm throughput, distribution.

use crate::named::{self, naming, own_access};
use crate::stream::{Change, Mode, RETENTION_HOURS, Stream, count_in_day};
use crate::{errors, jobs, limits, streams, view};
use kage_api_kinesis::types::{
    DecreaseStreamRetentionPeriodResponse, IncreaseStreamRetentionPeriodResponse,
    UpdateMaxRecordSizeResponse, UpdateStreamModeResponse, UpdateStreamRecordDistributionStrategyResponse,
    UpdateStreamWarmThroughputOutput,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// AWS: API reference, IncreaseStreamRetentionPeriod: 8760 hours (365 days).
const MAX_HOURS: i32 = 8760;
/// AWS: developer guide, "Switching between capacity modes": twice within 24 hours.
const MODE_CHANGES_A_DAY: usize = 2;
/// AWS: API reference, UpdateStreamWarmThroughput: "Scale to more than 10 GiBps".
const MAX_WARM: i32 = 10_240;

/// Keeps records longer.
pub struct IncreaseStreamRetentionPeriod;

impl Operation for IncreaseStreamRetentionPeriod {
    shape!(INCREASE_STREAM_RETENTION_PERIOD:
        IncreaseStreamRetentionPeriodInput -> IncreaseStreamRetentionPeriodResponse on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:IncreaseStreamRetentionPeriod", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        stream: Stream,
        input: &Self::Input,
    ) -> Result<IncreaseStreamRetentionPeriodResponse> {
        let (asked, has) = (input.retention_period_hours, stream.retention_hours);
        require_hours(asked)?;
        if asked < has {
            return Err(errors::argument(format!(
                "Requested retention period ({asked} hours) for stream {} can not be shorter than existing retention period ({has} hours). Use DecreaseRetentionPeriod API.",
                stream.name
            )));
        }
        retain(call, tx, stream, asked)?;
        Ok(IncreaseStreamRetentionPeriodResponse {})
    }
}

/// Keeps records for a shorter time.
pub struct DecreaseStreamRetentionPeriod;

impl Operation for DecreaseStreamRetentionPeriod {
    shape!(DECREASE_STREAM_RETENTION_PERIOD:
        DecreaseStreamRetentionPeriodInput -> DecreaseStreamRetentionPeriodResponse on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:DecreaseStreamRetentionPeriod", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        stream: Stream,
        input: &Self::Input,
    ) -> Result<DecreaseStreamRetentionPeriodResponse> {
        let (asked, has) = (input.retention_period_hours, stream.retention_hours);
        require_hours(asked)?;
        if asked > has {
            return Err(errors::argument(format!(
                "Requested retention period ({asked} hours) for stream {} can not be longer than existing retention period ({has} hours). Use IncreaseRetentionPeriod API.",
                stream.name
            )));
        }
        retain(call, tx, stream, asked)?;
        Ok(DecreaseStreamRetentionPeriodResponse {})
    }
}

fn require_hours(asked: i32) -> Result<()> {
    if asked < RETENTION_HOURS {
        return Err(errors::argument(format!(
            "Minimum allowed retention period is {RETENTION_HOURS} hours. Requested retention period ({asked} hours) is too short."
        )));
    }
    if asked > MAX_HOURS {
        return Err(errors::argument(format!(
            "Maximum allowed retention period is {MAX_HOURS} hours. Requested retention period ({asked} hours) is too long."
        )));
    }
    Ok(())
}

/// Sets the retention. What has expired under the old one stays away.
// AWS: API reference, IncreaseStreamRetentionPeriod: "it does not make previous, expired data accessible".
fn retain(call: &Call<'_>, tx: &mut Tx, mut stream: Stream, hours: i32) -> Result<()> {
    stream.require_active()?;
    let now = call.now.milliseconds();
    stream.horizon = stream.horizon(now);
    stream.retention_hours = hours;
    stream.horizon = stream.horizon(now);
    jobs::begin(call, tx, &mut stream, Change::Settle)
}

/// Changes the capacity mode.
pub struct UpdateStreamMode;

impl Operation for UpdateStreamMode {
    shape!(UPDATE_STREAM_MODE: UpdateStreamModeInput -> UpdateStreamModeResponse on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::by_arn(call, tx, &input.stream_arn, input.stream_id.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:UpdateStreamMode", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<UpdateStreamModeResponse> {
        stream.require_active()?;
        let mode = Mode::of(&input.stream_mode_details.stream_mode);
        let (account, region) = (stream.account.clone(), stream.region.clone());
        if let Some(warm) = input.warm_throughput_mi_bps {
            require_warm(call, tx, &account, &region, mode, warm)?;
        }
        if mode != stream.mode {
            let usage = limits::usage(tx.reads(), &account, &region)?;
            match mode {
                Mode::OnDemand => limits::require_room(&usage, &account, mode)?,
                Mode::Provisioned => limits::require_shards(&usage, &account, &region, stream.open_shards)?,
            }
            if !count_in_day(&mut stream.mode_changes, call.now.milliseconds(), MODE_CHANGES_A_DAY) {
                // The text is ours.
                return Err(errors::limit(format!(
                    "The capacity mode of stream {} under account {account} was changed {MODE_CHANGES_A_DAY} times within the last 24 hours.",
                    stream.name
                )));
            }
        }
        stream.mode = mode;
        // A provisioned stream has neither.
        stream.warm_mibps = input.warm_throughput_mi_bps.filter(|_| mode == Mode::OnDemand);
        stream.spread = stream.spread && mode == Mode::OnDemand;
        let change = match stream.warm_mibps.and_then(|warm| u32::try_from(warm).ok()) {
            Some(warm) if warm > stream.open_shards => Change::Scale { target: warm },
            _ => Change::Settle,
        };
        jobs::begin(call, tx, &mut stream, change)?;
        Ok(UpdateStreamModeResponse {})
    }
}

/// Refuses warm throughput where there is none. The texts are ours.
///
/// # Errors
/// `InvalidArgumentException`, `ValidationException`, `LimitExceededException`.
pub fn require_warm(
    call: &Call<'_>,
    tx: &Tx,
    account: &str,
    region: &str,
    mode: Mode,
    warm: i32,
) -> Result<()> {
    if mode == Mode::Provisioned {
        return Err(errors::argument("WarmThroughputMiBps requires the ON_DEMAND stream mode."));
    }
    if !limits::settings(tx.reads(), account, region)?.is_committed(call.now.milliseconds()) {
        return Err(errors::validation(format!(
            "WarmThroughputMiBps requires MinimumThroughputBillingCommitment to be enabled for account {account}."
        )));
    }
    if warm > MAX_WARM {
        return Err(errors::limit(format!("WarmThroughputMiBps cannot be greater than {MAX_WARM}.")));
    }
    Ok(())
}

/// Sets how much a stream can take at once.
pub struct UpdateStreamWarmThroughput;

impl Operation for UpdateStreamWarmThroughput {
    shape!(UPDATE_STREAM_WARM_THROUGHPUT:
        UpdateStreamWarmThroughputInput -> UpdateStreamWarmThroughputOutput on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:UpdateStreamWarmThroughput", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<UpdateStreamWarmThroughputOutput> {
        stream.require_on_demand()?;
        stream.require_active()?;
        let warm = input.warm_throughput_mi_bps;
        require_warm(call, tx, &stream.account, &stream.region, stream.mode, warm)?;
        stream.warm_mibps = Some(warm);
        let target = u32::try_from(warm).unwrap_or(0).max(limits::ON_DEMAND_SHARDS);
        jobs::begin(call, tx, &mut stream, Change::Scale { target })?;
        Ok(UpdateStreamWarmThroughputOutput {
            stream_arn: Some(stream.arn()),
            stream_name: Some(stream.name.clone()),
            warm_throughput: view::warm(&stream),
        })
    }
}

/// Sets how large a record may be.
pub struct UpdateMaxRecordSize;

impl Operation for UpdateMaxRecordSize {
    shape!(UPDATE_MAX_RECORD_SIZE: UpdateMaxRecordSizeInput -> UpdateMaxRecordSizeResponse on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        let naming =
            named::Naming { name: None, arn: input.stream_arn.as_deref(), id: input.stream_id.as_deref() };
        named::stream(call, tx, &naming)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:UpdateMaxRecordSize", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<UpdateMaxRecordSizeResponse> {
        stream.require_active()?;
        stream.max_record_kib = input.max_record_size_in_ki_b;
        jobs::begin(call, tx, &mut stream, Change::Settle)?;
        Ok(UpdateMaxRecordSizeResponse {})
    }
}

/// Sets whether partition keys decide the shard.
pub struct UpdateStreamRecordDistributionStrategy;

impl Operation for UpdateStreamRecordDistributionStrategy {
    shape!(UPDATE_STREAM_RECORD_DISTRIBUTION_STRATEGY:
        UpdateStreamRecordDistributionStrategyInput -> UpdateStreamRecordDistributionStrategyResponse on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::by_arn(call, tx, &input.stream_arn, input.stream_id.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:UpdateStreamRecordDistributionStrategy", target)
    }

    // AWS: API reference: "the change takes effect immediately".
    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<UpdateStreamRecordDistributionStrategyResponse> {
        stream.require_on_demand()?;
        stream.require_active()?;
        stream.spread = input.record_distribution_strategy == "AUTO";
        streams::put(tx, &stream)?;
        Ok(UpdateStreamRecordDistributionStrategyResponse {})
    }
}
