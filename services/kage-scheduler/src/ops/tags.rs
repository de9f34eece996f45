//! Tags of groups.

use crate::group::{self, Group};
use crate::{errors, tags};
use kage_api_scheduler::types::{ListTagsForResourceOutput, Tag, TagResourceOutput, UntagResourceOutput};
use kage_core::{Access, Arn, Call, Lookup, Operation, Result, Tx};

fn lookup(call: &Call<'_>, tx: &Tx, text: &str) -> Result<Lookup<Group>> {
    let arn = Arn::parse(text).filter(|arn| arn.account == call.account && arn.region == call.region);
    let name = arn.as_ref().and_then(|arn| arn.of("schedule-group"));
    // AWS: TagResource: only groups have tags.
    let name = name.ok_or_else(|| errors::validation(format!("Invalid resource ARN {text}.")))?;
    group::lookup(call, tx, name)
}

/// Sets tags.
pub struct TagResource;

impl Operation for TagResource {
    shape!(TAG_RESOURCE: TagResourceInput -> TagResourceOutput on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        lookup(call, tx, &input.resource_arn)
    }

    fn access(_: &Call<'_>, input: &Self::Input, group: &Lookup<Group>) -> Access {
        tags::requested(Access::on("scheduler:TagResource", group), &input.tags)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, mut group: Group, input: &Self::Input) -> Result<TagResourceOutput> {
        tags::add(&mut group.tags, &input.tags)?;
        group.modified = Some(call.now.milliseconds());
        group::put(tx, &group)?;
        Ok(TagResourceOutput {})
    }
}

/// Removes tags.
pub struct UntagResource;

impl Operation for UntagResource {
    shape!(UNTAG_RESOURCE: UntagResourceInput -> UntagResourceOutput on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        lookup(call, tx, &input.resource_arn)
    }

    fn access(_: &Call<'_>, input: &Self::Input, group: &Lookup<Group>) -> Access {
        Access::on("scheduler:UntagResource", group).keys("aws:TagKeys", input.tag_keys.clone())
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut group: Group,
        input: &Self::Input,
    ) -> Result<UntagResourceOutput> {
        group.tags.retain(|key, _| !input.tag_keys.contains(key));
        group.modified = Some(call.now.milliseconds());
        group::put(tx, &group)?;
        Ok(UntagResourceOutput {})
    }
}

/// Lists tags.
pub struct ListTagsForResource;

impl Operation for ListTagsForResource {
    shape!(LIST_TAGS_FOR_RESOURCE: ListTagsForResourceInput -> ListTagsForResourceOutput on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        lookup(call, tx, &input.resource_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, group: &Lookup<Group>) -> Access {
        Access::on("scheduler:ListTagsForResource", group)
    }

    fn run(_: &Call<'_>, _: &mut Tx, group: Group, _: &Self::Input) -> Result<ListTagsForResourceOutput> {
        let tags = group.tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
        Ok(ListTagsForResourceOutput { tags: Some(tags) })
    }
}
