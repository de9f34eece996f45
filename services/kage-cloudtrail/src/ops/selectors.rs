//! Event selectors of trails.

use crate::trail::Trail;
use crate::{errors, logging, organization, selectors, spans, trails, view};
use kage_api_cloudtrail::types as api;
use kage_core::{Access, Call, Lookup, Operation, Resource, Result, Tx};

/// Says which events a trail delivers, in place of what was said before.
pub struct PutEventSelectors;

impl Operation for PutEventSelectors {
    shape!(PUT_EVENT_SELECTORS: PutEventSelectorsRequest -> PutEventSelectorsResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        trails::named(call, tx, &input.trail_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Trail>) -> Access {
        Access::on("cloudtrail:PutEventSelectors", target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, trail: Trail, input: &Self::Input) -> Result<Self::Output> {
        organization::require_changeable(call, tx, &trail)?;
        let selectors = match (&input.event_selectors, &input.advanced_event_selectors) {
            (Some(basic), None) => selectors::basic(basic)?,
            (None, Some(advanced)) => selectors::advanced(advanced)?,
            _ => {
                let message =
                    "You must specify either EventSelectors or AdvancedEventSelectors, but not both.";
                return Err(errors::selectors(message));
            }
        };
        let changed = Trail { selectors, ..trail.clone() };
        if trail.logging {
            spans::close(call, tx, &trail, false)?;
            spans::open(tx, &changed)?;
        }
        trails::put(tx, &changed)?;
        logging::refresh(call, tx, &changed)?;
        let (event_selectors, advanced_event_selectors) = view::selectors(&changed.selectors);
        let trail_arn = Some(changed.arn());
        Ok(api::PutEventSelectorsResponse { trail_arn, event_selectors, advanced_event_selectors })
    }
}

/// The selectors of a trail.
pub struct GetEventSelectors;

impl Operation for GetEventSelectors {
    shape!(GET_EVENT_SELECTORS: GetEventSelectorsRequest -> GetEventSelectorsResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        trails::named(call, tx, &input.trail_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Trail>) -> Access {
        Access::on("cloudtrail:GetEventSelectors", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, trail: Trail, _: &Self::Input) -> Result<Self::Output> {
        let (event_selectors, advanced_event_selectors) = view::selectors(&trail.selectors);
        let trail_arn = Some(trail.arn());
        Ok(api::GetEventSelectorsResponse { trail_arn, event_selectors, advanced_event_selectors })
    }
}
