//! Starting and stopping trails.

use crate::trail::Trail;
use crate::{digests, logging, organization, spans, trails};
use kage_api_cloudtrail::types as api;
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Lets a trail log. One that does already goes on.
pub struct StartLogging;

impl Operation for StartLogging {
    shape!(START_LOGGING: StartLoggingRequest -> StartLoggingResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        trails::named(call, tx, &input.name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Trail>) -> Access {
        Access::on("cloudtrail:StartLogging", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, mut trail: Trail, _: &Self::Input) -> Result<Self::Output> {
        organization::require_changeable(call, tx, &trail)?;
        if !trail.logging {
            trail.logging = true;
            trail.started = Some(call.now.milliseconds());
            trails::put(tx, &trail)?;
            spans::open(tx, &trail)?;
            digests::begin(call, tx, &trail)?;
            logging::refresh(call, tx, &trail)?;
        }
        Ok(api::StartLoggingResponse {})
    }
}

/// Stops a trail. What it logged so far, and this call, is still delivered.
pub struct StopLogging;

impl Operation for StopLogging {
    shape!(STOP_LOGGING: StopLoggingRequest -> StopLoggingResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        trails::named(call, tx, &input.name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Trail>) -> Access {
        Access::on("cloudtrail:StopLogging", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, mut trail: Trail, _: &Self::Input) -> Result<Self::Output> {
        organization::require_changeable(call, tx, &trail)?;
        if trail.logging {
            spans::close(call, tx, &trail, true)?;
            trail.logging = false;
            trail.stopped = Some(call.now.milliseconds());
            trails::put(tx, &trail)?;
            digests::end(tx, &trail)?;
            // The event of this call is delivered too, and may be the only one that waits.
            let at = call.now.plus_ms(crate::delivery::DELAY_MS);
            kage_record::plan(tx, crate::delivery::JOB, &call.account, &call.region, at)?;
            logging::refresh(call, tx, &trail)?;
        }
        Ok(api::StopLoggingResponse {})
    }
}
