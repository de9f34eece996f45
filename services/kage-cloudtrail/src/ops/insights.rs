//! Insights events of trails.

use crate::trail::Trail;
use crate::{errors, insight_selectors, insights, logging, object, organization, trails};
use kage_api_cloudtrail::types as api;
use kage_core::{Access, Call, Lookup, Operation, Resource, Result, Tx};

fn named(call: &Call<'_>, tx: &Tx, trail: Option<&String>, store: Option<&String>) -> Result<Lookup<Trail>> {
    if store.is_some() {
        return Err(errors::not_modelled("EventDataStore: CloudTrail Lake"));
    }
    let Some(trail) = trail else {
        return Err(errors::parameter("You must specify a trail name or an event data store."));
    };
    trails::named(call, tx, trail)
}

/// Says which unusual activity a trail tells of, in place of what was said before.
pub struct PutInsightSelectors;

impl Operation for PutInsightSelectors {
    shape!(PUT_INSIGHT_SELECTORS: PutInsightSelectorsRequest -> PutInsightSelectorsResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        let store = input.event_data_store.as_ref().or(input.insights_destination.as_ref());
        named(call, tx, input.trail_name.as_ref(), store)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Trail>) -> Access {
        Access::on("cloudtrail:PutInsightSelectors", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, trail: Trail, input: &Self::Input) -> Result<Self::Output> {
        organization::require_changeable(call, tx, &trail)?;
        let wanted = insight_selectors::read(&input.insight_selectors, &trail.selectors)?;
        let changed = Trail { insights: wanted, ..trail.clone() };
        if !changed.insights.is_empty() && trail.insights.is_empty() {
            object::check_bucket(call, tx, &changed)?;
            insights::enable(tx, &changed)?;
        }
        trails::put(tx, &changed)?;
        logging::refresh(call, tx, &changed)?;
        Ok(api::PutInsightSelectorsResponse {
            trail_arn: Some(changed.arn()),
            insight_selectors: Some(insight_selectors::view(&changed.insights)),
            ..api::PutInsightSelectorsResponse::default()
        })
    }
}

/// Which unusual activity a trail tells of.
pub struct GetInsightSelectors;

impl Operation for GetInsightSelectors {
    shape!(GET_INSIGHT_SELECTORS: GetInsightSelectorsRequest -> GetInsightSelectorsResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        named(call, tx, input.trail_name.as_ref(), input.event_data_store.as_ref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Trail>) -> Access {
        Access::on("cloudtrail:GetInsightSelectors", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, trail: Trail, _: &Self::Input) -> Result<Self::Output> {
        if trail.insights.is_empty() {
            return Err(errors::no_insights(&trail.arn()));
        }
        Ok(api::GetInsightSelectorsResponse {
            trail_arn: Some(trail.arn()),
            insight_selectors: Some(insight_selectors::view(&trail.insights)),
            ..api::GetInsightSelectorsResponse::default()
        })
    }
}
