//! `TagResource`, `UntagResource`, `ListTagsForResource`: of alarms and dashboards.

use crate::alarm::Alarm;
use crate::dashboards::{self, Dashboard};
use crate::{alarms, errors, tags};
use kage_api_cloudwatch::types::{ListTagsForResourceOutput, Tag, TagResourceOutput, UntagResourceOutput};
use kage_core::{Access, Arn, Call, Lookup, Operation, Resource, Result, Tx};
use std::collections::BTreeMap;

/// A resource that has tags.
pub enum Tagged {
    /// An alarm.
    Alarm(Box<Alarm>),
    /// A dashboard.
    Dashboard(Box<Dashboard>),
}

impl Tagged {
    fn resource(&self) -> &dyn Resource {
        match self {
            Tagged::Alarm(alarm) => alarm.as_ref(),
            Tagged::Dashboard(dashboard) => dashboard.as_ref(),
        }
    }

    fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        match self {
            Tagged::Alarm(alarm) => &mut alarm.tags,
            Tagged::Dashboard(dashboard) => &mut dashboard.tags,
        }
    }

    fn put(&self, tx: &mut Tx) -> Result<()> {
        match self {
            Tagged::Alarm(alarm) => alarms::put(tx, alarm),
            Tagged::Dashboard(dashboard) => dashboards::put(tx, dashboard),
        }
    }
}

impl Resource for Tagged {
    fn arn(&self) -> String {
        self.resource().arn()
    }

    fn tags(&self) -> Vec<(String, String)> {
        self.resource().tags()
    }
}

fn lookup(call: &Call<'_>, tx: &Tx, text: &str) -> Result<Lookup<Tagged>> {
    let invalid = || errors::bad_value(text, "ResourceARN");
    let arn = Arn::parse(text).filter(|arn| arn.service == "cloudwatch").ok_or_else(invalid)?;
    let missing = |kind: &str, name: &str| Lookup::missing(text, errors::no_resource(kind, name));
    let is_own = arn.account == call.account;
    if let Some(name) = arn.resource.strip_prefix("alarm:") {
        let found = alarms::find(tx.reads(), (&call.account, &arn.region), name)?;
        let found = found.filter(|_| is_own && arn.region == call.region);
        return Ok(match found {
            Some(alarm) => Lookup::Found(Tagged::Alarm(Box::new(alarm))),
            None => missing("alarm", name),
        });
    }
    if let Some(name) = arn.resource.strip_prefix("dashboard/") {
        let found = dashboards::find(tx.reads(), &call.account, name)?.filter(|_| is_own);
        return Ok(match found {
            Some(dashboard) => Lookup::Found(Tagged::Dashboard(Box::new(dashboard))),
            None => missing("dashboard", name),
        });
    }
    Err(invalid())
}

/// Sets tags.
pub struct TagResource;

impl Operation for TagResource {
    shape!(TAG_RESOURCE: TagResourceInput -> TagResourceOutput on Tagged);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Tagged>> {
        lookup(call, tx, &input.resource_arn)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Tagged>) -> Access {
        tags::requested(Access::on("cloudwatch:TagResource", target), Some(&input.tags))
    }

    fn run(_: &Call<'_>, tx: &mut Tx, mut target: Tagged, input: &Self::Input) -> Result<TagResourceOutput> {
        tags::add(target.tags_mut(), &input.tags)?;
        target.put(tx)?;
        Ok(TagResourceOutput {})
    }
}

/// Removes tags.
pub struct UntagResource;

impl Operation for UntagResource {
    shape!(UNTAG_RESOURCE: UntagResourceInput -> UntagResourceOutput on Tagged);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Tagged>> {
        lookup(call, tx, &input.resource_arn)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Tagged>) -> Access {
        Access::on("cloudwatch:UntagResource", target).keys("aws:TagKeys", input.tag_keys.clone())
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut target: Tagged,
        input: &Self::Input,
    ) -> Result<UntagResourceOutput> {
        target.tags_mut().retain(|key, _| !input.tag_keys.contains(key));
        target.put(tx)?;
        Ok(UntagResourceOutput {})
    }
}

/// Lists tags.
pub struct ListTagsForResource;

impl Operation for ListTagsForResource {
    shape!(LIST_TAGS_FOR_RESOURCE: ListTagsForResourceInput -> ListTagsForResourceOutput on Tagged);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Tagged>> {
        lookup(call, tx, &input.resource_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Tagged>) -> Access {
        Access::on("cloudwatch:ListTagsForResource", target)
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        mut target: Tagged,
        _: &Self::Input,
    ) -> Result<ListTagsForResourceOutput> {
        let tag = |(key, value): (&String, &String)| Tag { key: key.clone(), value: value.clone() };
        Ok(ListTagsForResourceOutput { tags: Some(target.tags_mut().iter().map(tag).collect()) })
    }
}
