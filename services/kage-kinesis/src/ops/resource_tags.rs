//! `TagResource`, `UntagResource`, `ListTagsForResource`: tags of streams and consumers.

use crate::shared::{self, Shared, own_access};
use crate::tags;
use kage_api_kinesis::types::{ListTagsForResourceOutput, TagResourceResponse, UntagResourceResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Sets tags.
pub struct TagResource;

impl Operation for TagResource {
    shape!(TAG_RESOURCE: TagResourceInput -> TagResourceResponse on Shared);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Shared>> {
        shared::lookup(call, tx, &input.resource_arn, input.stream_id.as_deref())
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Shared>) -> Access {
        let tags = input.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        own_access("kinesis:TagResource", target).request_tags(tags)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut target: Shared,
        input: &Self::Input,
    ) -> Result<TagResourceResponse> {
        target.require_active()?;
        let (account, name) = target.names();
        tags::add(&account, &name, target.tags_mut(), &input.tags)?;
        target.put(tx)?;
        Ok(TagResourceResponse {})
    }
}

/// Removes tags.
pub struct UntagResource;

impl Operation for UntagResource {
    shape!(UNTAG_RESOURCE: UntagResourceInput -> UntagResourceResponse on Shared);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Shared>> {
        shared::lookup(call, tx, &input.resource_arn, input.stream_id.as_deref())
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Shared>) -> Access {
        own_access("kinesis:UntagResource", target).keys("aws:TagKeys", input.tag_keys.clone())
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut target: Shared,
        input: &Self::Input,
    ) -> Result<UntagResourceResponse> {
        target.require_active()?;
        target.tags_mut().retain(|key, _| !input.tag_keys.contains(key));
        target.put(tx)?;
        Ok(UntagResourceResponse {})
    }
}

/// Lists tags.
pub struct ListTagsForResource;

impl Operation for ListTagsForResource {
    shape!(LIST_TAGS_FOR_RESOURCE: ListTagsForResourceInput -> ListTagsForResourceOutput on Shared);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Shared>> {
        shared::lookup(call, tx, &input.resource_arn, input.stream_id.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Shared>) -> Access {
        own_access("kinesis:ListTagsForResource", target)
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        mut target: Shared,
        _: &Self::Input,
    ) -> Result<ListTagsForResourceOutput> {
        Ok(ListTagsForResourceOutput { tags: Some(super::tags::shown(target.tags_mut().clone())) })
    }
}
