//! `DescribeLimits`, `DescribeAccountSettings`, `UpdateAccountSettings`.

use crate::limits::{self, COMMITMENT_MS, Settings};
use kage_api_kinesis::types::{
    DescribeAccountSettingsOutput, DescribeLimitsOutput, MinimumThroughputBillingCommitmentOutput,
    UpdateAccountSettingsOutput,
};
use kage_core::{Access, Call, Lookup, Millis, Operation, Result, Tx};
use kage_schema::Timestamp;

/// Shows limits of an account and what it has.
pub struct DescribeLimits;

impl Operation for DescribeLimits {
    shape!(DESCRIBE_LIMITS: DescribeLimitsInput -> DescribeLimitsOutput on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("kinesis:DescribeLimits")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), _: &Self::Input) -> Result<DescribeLimitsOutput> {
        let usage = limits::usage(tx.reads(), &call.account, &call.region)?;
        let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        Ok(DescribeLimitsOutput {
            shard_limit: i32::try_from(limits::shards(&call.region)).unwrap_or(i32::MAX),
            open_shard_count: i32::try_from(usage.shards).unwrap_or(i32::MAX),
            on_demand_stream_count: number(usage.on_demand),
            on_demand_stream_count_limit: number(limits::ON_DEMAND_STREAMS),
            channel_count: None,
            channel_count_limit: None,
        })
    }
}

fn shown(settings: &Settings, now: Millis) -> MinimumThroughputBillingCommitmentOutput {
    let earliest = settings.committed.map(|from| from.saturating_add(COMMITMENT_MS));
    let status = match (settings.is_committed(now), settings.ends) {
        (false, _) => "DISABLED",
        (true, None) => "ENABLED",
        (true, Some(_)) => "ENABLED_UNTIL_EARLIEST_ALLOWED_END",
    };
    MinimumThroughputBillingCommitmentOutput {
        status: status.to_owned(),
        started_at: settings.committed.map(Timestamp),
        ended_at: settings.ends.filter(|end| *end <= now).map(Timestamp),
        earliest_allowed_end_at: earliest.filter(|_| settings.is_committed(now)).map(Timestamp),
    }
}

/// Shows the settings of an account.
pub struct DescribeAccountSettings;

impl Operation for DescribeAccountSettings {
    shape!(DESCRIBE_ACCOUNT_SETTINGS: DescribeAccountSettingsInput -> DescribeAccountSettingsOutput on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("kinesis:DescribeAccountSettings")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), _: &Self::Input) -> Result<DescribeAccountSettingsOutput> {
        let settings = limits::settings(tx.reads(), &call.account, &call.region)?;
        let shown = shown(&settings, call.now.milliseconds());
        Ok(DescribeAccountSettingsOutput { minimum_throughput_billing_commitment: Some(shown) })
    }
}

/// Changes the settings of an account.
pub struct UpdateAccountSettings;

impl Operation for UpdateAccountSettings {
    shape!(UPDATE_ACCOUNT_SETTINGS: UpdateAccountSettingsInput -> UpdateAccountSettingsOutput on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("kinesis:UpdateAccountSettings")
    }

    // AWS: API model, MinimumThroughputBillingCommitmentInput: a commitment holds for 24 hours; one that is disabled
    // earlier ends then, and enabling it again takes that back.
    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<UpdateAccountSettingsOutput> {
        let now = call.now.milliseconds();
        let mut settings = limits::settings(tx.reads(), &call.account, &call.region)?;
        let committed = settings.is_committed(now);
        match input.minimum_throughput_billing_commitment.status.as_str() {
            "ENABLED" if committed => settings.ends = None,
            "ENABLED" => settings = Settings { committed: Some(now), ends: None },
            _ if committed => {
                let earliest = settings.committed.unwrap_or(now).saturating_add(COMMITMENT_MS);
                settings.ends = Some(earliest.max(now));
            }
            _ => {}
        }
        limits::put_settings(tx, &call.account, &call.region, &settings)?;
        let shown = shown(&settings, now);
        Ok(UpdateAccountSettingsOutput { minimum_throughput_billing_commitment: Some(shown) })
    }
}
