//! Changing trails.

use super::create_trail::{Links, check, connect, given, passing};
use crate::trail::Trail;
use crate::{digests, log_group, logging, organization, spans, trails, view};
use kage_api_cloudtrail::types::UpdateTrailRequest;
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Changes a trail. What it logged before is delivered as it was before.
pub struct UpdateTrail;

impl Operation for UpdateTrail {
    shape!(UPDATE_TRAIL: UpdateTrailRequest -> UpdateTrailResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        trails::named(call, tx, &input.name)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Trail>) -> Access {
        let access = Access::on("cloudtrail:UpdateTrail", target);
        passing(access, input.cloud_watch_logs_role_arn.as_ref())
    }

    fn run(call: &Call<'_>, tx: &mut Tx, trail: Trail, input: &Self::Input) -> Result<Self::Output> {
        organization::require_changeable(call, tx, &trail)?;
        let mut changed = with_members(&trail, input)?;
        check(&changed)?;
        match input.is_organization_trail {
            Some(true) if trail.organization.is_none() => {
                changed.organization = Some(organization::require(call, tx)?.id);
            }
            Some(false) => changed.organization = None,
            _ => {}
        }
        let links =
            Links { key: given(input.kms_key_id.as_ref()), topic: given(input.sns_topic_name.as_ref()) };
        connect(call, tx, &trail, &mut changed, links)?;
        if trail.logging {
            spans::close(call, tx, &trail, false)?;
            spans::open(tx, &changed)?;
        }
        if trail.log_group.is_some() && changed.log_group.is_none() {
            spans::forget_log_group(tx, &trail);
        }
        trails::put(tx, &changed)?;
        if trail.organization.is_some() && changed.organization.is_none() {
            // The members lose it; the refresh below sets it again for the account that keeps it.
            logging::end(call, tx, &trail)?;
        }
        if changed.validation {
            digests::begin(call, tx, &changed)?;
        } else {
            digests::end(tx, &changed)?;
        }
        logging::refresh(call, tx, &changed)?;
        Ok(view::updated(&changed))
    }
}

/// The trail as the members of the call make it. An empty text takes a key, a topic or a log group away.
fn with_members(trail: &Trail, input: &UpdateTrailRequest) -> Result<Trail> {
    let mut changed = trail.clone();
    if let Some(bucket) = &input.s3_bucket_name {
        changed.bucket.clone_from(bucket);
    }
    if input.s3_key_prefix.is_some() {
        changed.prefix = given(input.s3_key_prefix.as_ref());
    }
    if input.kms_key_id.is_some() {
        changed.kms_key = None;
    }
    if input.sns_topic_name.is_some() {
        changed.topic = None;
    }
    if input.cloud_watch_logs_log_group_arn.is_some() || input.cloud_watch_logs_role_arn.is_some() {
        let now = trail.log_group.as_ref();
        let arn = input.cloud_watch_logs_log_group_arn.clone().or_else(|| now.map(|group| group.arn.clone()));
        let role = input.cloud_watch_logs_role_arn.clone().or_else(|| now.map(|group| group.role.clone()));
        changed.log_group = log_group::read(given(arn.as_ref()), given(role.as_ref()))?;
    }
    changed.multi_region = input.is_multi_region_trail.unwrap_or(trail.multi_region);
    changed.global_events = input.include_global_service_events.unwrap_or(trail.global_events);
    changed.validation = input.enable_log_file_validation.unwrap_or(trail.validation);
    changed.recursive = input.recursive_logging.or(trail.recursive);
    Ok(changed)
}
