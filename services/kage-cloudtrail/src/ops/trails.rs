//! Looking at trails and deleting them.

use crate::trail::Trail;
use crate::{digests, errors, logging, organization, spans, status, trails, view};
use kage_api_cloudtrail::types as api;
use kage_core::{Access, Call, Lookup, Operation, Resource, Result, Tx};

/// Deletes a trail. Its files stay in the bucket.
pub struct DeleteTrail;

impl Operation for DeleteTrail {
    shape!(DELETE_TRAIL: DeleteTrailRequest -> DeleteTrailResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        trails::named(call, tx, &input.name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Trail>) -> Access {
        Access::on("cloudtrail:DeleteTrail", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, trail: Trail, _: &Self::Input) -> Result<Self::Output> {
        organization::require_changeable(call, tx, &trail)?;
        trails::remove(tx, &trail);
        spans::forget(tx, &trail);
        status::forget(tx, &trail);
        digests::forget(tx, &trail)?;
        logging::end(call, tx, &trail)?;
        Ok(api::DeleteTrailResponse {})
    }
}

/// One trail.
pub struct GetTrail;

impl Operation for GetTrail {
    shape!(GET_TRAIL: GetTrailRequest -> GetTrailResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        trails::named(call, tx, &input.name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Trail>) -> Access {
        Access::on("cloudtrail:GetTrail", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, trail: Trail, _: &Self::Input) -> Result<Self::Output> {
        Ok(api::GetTrailResponse { trail: Some(view::trail(&trail)) })
    }
}

/// How a trail does for the caller's account in this Region.
pub struct GetTrailStatus;

impl Operation for GetTrailStatus {
    shape!(GET_TRAIL_STATUS: GetTrailStatusRequest -> GetTrailStatusResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        Ok(match trails::named(call, tx, &input.name)? {
            // Unlike the other operations this one says the ARN. AWS: recorded answer.
            Lookup::Missing { arn, .. } => {
                let error = errors::no_trail(&arn, &call.account);
                Lookup::missing(arn, error)
            }
            found @ Lookup::Found(_) => found,
        })
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Trail>) -> Access {
        Access::on("cloudtrail:GetTrailStatus", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, trail: Trail, _: &Self::Input) -> Result<Self::Output> {
        let status = status::find(tx.reads(), &trail, &call.account, &call.region)?;
        Ok(view::status(&trail, &status))
    }
}

/// Trails of this Region, shadows of multi-Region trails included unless they are not asked for.
pub struct DescribeTrails;

impl Operation for DescribeTrails {
    shape!(DESCRIBE_TRAILS: DescribeTrailsRequest -> DescribeTrailsResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("cloudtrail:DescribeTrails")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        let names = input.trail_name_list.as_deref().unwrap_or_default();
        let shadows = input.include_shadow_trails.unwrap_or(true);
        let listed = |trail: &Trail| {
            // An organization trail is a shadow in the accounts of the members.
            let here = trail.region == call.region && trail.account == call.account;
            if names.is_empty() {
                return here || shadows && trail.covers(&call.region);
            }
            // A name means a trail of this Region; an ARN also one whose shadow shows here.
            // AWS: API reference, DescribeTrails, trailNameList.
            let named = here && names.contains(&trail.name);
            named || (here || shadows) && names.contains(&trail.arn())
        };
        let all = trails::seen_by(tx.reads(), &call.account)?;
        let list = all.iter().filter(|trail| listed(trail)).map(view::trail).collect();
        Ok(api::DescribeTrailsResponse { trail_list: Some(list) })
    }
}

/// All trails of the account and of its organization, in all Regions.
pub struct ListTrails;

impl Operation for ListTrails {
    shape!(LIST_TRAILS: ListTrailsRequest -> ListTrailsResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("cloudtrail:ListTrails")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        if input.next_token.is_some() {
            // There is one page only, so no token was ever given out.
            return Err(errors::token());
        }
        let all = trails::seen_by(tx.reads(), &call.account)?;
        Ok(api::ListTrailsResponse { trails: Some(all.iter().map(view::info).collect()), next_token: None })
    }
}
