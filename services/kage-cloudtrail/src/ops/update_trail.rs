//! Changing trails.

use super::create_trail::{Links, check, given, require_modelled};
use crate::trail::Trail;
use crate::{digests, logging, object, spans, trails, view};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Changes a trail. What it logged before is delivered as it was before.
pub struct UpdateTrail;

impl Operation for UpdateTrail {
    shape!(UPDATE_TRAIL: UpdateTrailRequest -> UpdateTrailResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        trails::named(call, tx, &input.name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Trail>) -> Access {
        Access::on("cloudtrail:UpdateTrail", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, trail: Trail, input: &Self::Input) -> Result<Self::Output> {
        trail.require_home(&call.region)?;
        require_modelled(Links {
            topic: input.sns_topic_name.as_deref(),
            log_group: input.cloud_watch_logs_log_group_arn.as_deref(),
            role: input.cloud_watch_logs_role_arn.as_deref(),
            key: input.kms_key_id.as_deref(),
            organization: input.is_organization_trail,
            recursive: input.recursive_logging,
        })?;
        let mut changed = trail.clone();
        if let Some(bucket) = &input.s3_bucket_name {
            changed.bucket.clone_from(bucket);
        }
        if input.s3_key_prefix.is_some() {
            changed.prefix = given(input.s3_key_prefix.as_ref());
        }
        changed.multi_region = input.is_multi_region_trail.unwrap_or(trail.multi_region);
        changed.global_events = input.include_global_service_events.unwrap_or(trail.global_events);
        changed.validation = input.enable_log_file_validation.unwrap_or(trail.validation);
        check(&changed)?;
        let moved = changed.bucket != trail.bucket || changed.prefix != trail.prefix;
        if moved || changed.validation && !trail.validation {
            object::check_bucket(call, tx, &changed)?;
        }
        if trail.logging {
            spans::close(tx, &trail, false)?;
            spans::open(tx, &changed)?;
        }
        trails::put(tx, &changed)?;
        if changed.validation {
            digests::begin(call, tx, &changed)?;
        } else {
            digests::end(tx, &changed)?;
        }
        logging::refresh(call, tx, &changed.account)?;
        Ok(view::updated(&changed))
    }
}
