//! Tags of buses and rules.

use crate::bus::{Bus, DEFAULT, Place};
use crate::rule::Rule;
use crate::{buses, errors, rules, tags};
use kage_api_events::types::{ListTagsForResourceResponse, TagResourceResponse, UntagResourceResponse};
use kage_core::{Access, Arn, Call, Lookup, Operation, Result, Tx};
use std::collections::BTreeMap;

/// What can have tags.
pub enum Tagged {
    /// A bus.
    Bus(Bus),
    /// A rule.
    Rule(Rule),
}

impl Tagged {
    fn tags(&self) -> &BTreeMap<String, String> {
        match self {
            Tagged::Bus(bus) => &bus.tags,
            Tagged::Rule(rule) => &rule.tags,
        }
    }

    fn change(
        self,
        tx: &mut Tx,
        change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<()>,
    ) -> Result<()> {
        match self {
            Tagged::Bus(mut bus) => {
                change(&mut bus.tags)?;
                buses::put(tx, &bus)
            }
            Tagged::Rule(mut rule) => {
                change(&mut rule.tags)?;
                rules::put_plan(tx, &rule)
            }
        }
    }
}

fn lookup(call: &Call<'_>, tx: &Tx, text: &str) -> Result<Lookup<Tagged>> {
    let invalid = || errors::parameter("ResourceARN", "Provided Arn is not in correct format.");
    let arn = Arn::parse(text).filter(|arn| arn.service == "events").ok_or_else(invalid)?;
    if arn.account != call.account || arn.region != call.region {
        return Err(invalid());
    }
    if let Some(place) = Place::of_arn(text) {
        return Ok(buses::lookup(tx, &place)?.map(Tagged::Bus));
    }
    let name = arn.of("rule").ok_or_else(invalid)?;
    let (bus, rule) = name.split_once('/').unwrap_or((DEFAULT, name));
    let place = Place { account: arn.account.clone(), region: arn.region.clone(), name: bus.to_owned() };
    Ok(rules::lookup(tx, &place, rule)?.map(Tagged::Rule))
}

fn access(call: &Call<'_>, action: &str, target: &Lookup<Tagged>) -> Access {
    match target {
        Lookup::Found(Tagged::Bus(bus)) => Access::on_found(action, bus),
        Lookup::Found(Tagged::Rule(rule)) => {
            Access::on_found(action, rule).key("events:creatorAccount", call.account.clone())
        }
        Lookup::Missing { arn, .. } => Access::to(action, arn.clone()),
    }
}

/// Sets tags.
pub struct TagResource;

impl Operation for TagResource {
    shape!(TAG_RESOURCE: TagResourceRequest -> TagResourceResponse on Tagged);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Tagged>> {
        lookup(call, tx, &input.resource_arn)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Tagged>) -> Access {
        tags::requested(access(call, "events:TagResource", target), Some(&input.tags))
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Tagged, input: &Self::Input) -> Result<TagResourceResponse> {
        target.change(tx, |known| tags::add(known, &input.tags))?;
        Ok(TagResourceResponse {})
    }
}

/// Removes tags.
pub struct UntagResource;

impl Operation for UntagResource {
    shape!(UNTAG_RESOURCE: UntagResourceRequest -> UntagResourceResponse on Tagged);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Tagged>> {
        lookup(call, tx, &input.resource_arn)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Tagged>) -> Access {
        access(call, "events:UntagResource", target).keys("aws:TagKeys", input.tag_keys.clone())
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Tagged, input: &Self::Input) -> Result<UntagResourceResponse> {
        target.change(tx, |known| {
            known.retain(|key, _| !input.tag_keys.contains(key));
            Ok(())
        })?;
        Ok(UntagResourceResponse {})
    }
}

/// Lists tags.
pub struct ListTagsForResource;

impl Operation for ListTagsForResource {
    shape!(LIST_TAGS_FOR_RESOURCE: ListTagsForResourceRequest -> ListTagsForResourceResponse on Tagged);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Tagged>> {
        lookup(call, tx, &input.resource_arn)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Tagged>) -> Access {
        access(call, "events:ListTagsForResource", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, target: Tagged, _: &Self::Input) -> Result<ListTagsForResourceResponse> {
        Ok(ListTagsForResourceResponse { tags: Some(tags::view(target.tags())) })
    }
}
