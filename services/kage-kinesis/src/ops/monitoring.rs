//! `EnableEnhancedMonitoring`, `DisableEnhancedMonitoring`. The metrics themselves are not emitted.

use crate::jobs;
use crate::named::{self, naming, own_access};
use crate::stream::{Change, Stream};
use kage_api_kinesis::types::{EnhancedMonitoringOutput, metrics_name};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

const ALL: &str = "ALL";

/// The metrics that these names stand for.
fn named_metrics(names: &[String]) -> Vec<String> {
    let every = names.iter().any(|name| name == ALL);
    let all = metrics_name::VALUES.iter().filter(|name| **name != ALL);
    all.filter(|name| every || names.iter().any(|asked| asked == *name))
        .map(|name| (*name).to_owned())
        .collect()
}

fn change(
    call: &Call<'_>,
    tx: &mut Tx,
    mut stream: Stream,
    metrics: Vec<String>,
) -> Result<EnhancedMonitoringOutput> {
    stream.require_active()?;
    let answer = EnhancedMonitoringOutput {
        stream_name: Some(stream.name.clone()),
        current_shard_level_metrics: Some(stream.metrics.clone()),
        desired_shard_level_metrics: Some(metrics.clone()),
        stream_arn: Some(stream.arn()),
    };
    jobs::begin(call, tx, &mut stream, Change::Measure { metrics })?;
    Ok(answer)
}

/// Turns shard-level metrics on.
pub struct EnableEnhancedMonitoring;

impl Operation for EnableEnhancedMonitoring {
    shape!(ENABLE_ENHANCED_MONITORING: EnableEnhancedMonitoringInput -> EnhancedMonitoringOutput on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:EnableEnhancedMonitoring", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        stream: Stream,
        input: &Self::Input,
    ) -> Result<EnhancedMonitoringOutput> {
        let names = [stream.metrics.clone(), input.shard_level_metrics.clone()].concat();
        change(call, tx, stream, named_metrics(&names))
    }
}

/// Turns shard-level metrics off.
pub struct DisableEnhancedMonitoring;

impl Operation for DisableEnhancedMonitoring {
    shape!(DISABLE_ENHANCED_MONITORING: DisableEnhancedMonitoringInput -> EnhancedMonitoringOutput on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:DisableEnhancedMonitoring", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        stream: Stream,
        input: &Self::Input,
    ) -> Result<EnhancedMonitoringOutput> {
        let off = named_metrics(&input.shard_level_metrics);
        let left = stream.metrics.iter().filter(|name| !off.contains(name)).cloned().collect();
        change(call, tx, stream, left)
    }
}
