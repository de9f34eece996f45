//! `TagResource`, `UntagResource`, `ListTagsForResource`.

use crate::topic::{self, Topic};
use crate::{errors, topics};
use kage_api_sns::types::{ListTagsForResourceResponse, Tag, TagResourceResponse, UntagResourceResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use std::collections::{BTreeMap, BTreeSet};

/// AWS: SNS developer guide, "Amazon SNS topic tagging": tags of one topic.
const MAX: usize = 50;

/// Adds tags to those that are there.
///
/// # Errors
/// `InvalidParameter`, `TagLimitExceeded`.
pub fn add(to: &mut BTreeMap<String, String>, tags: &[Tag]) -> Result<()> {
    let keys: BTreeSet<&str> = tags.iter().map(|tag| tag.key.as_str()).collect();
    if keys.len() < tags.len() {
        return Err(errors::invalid("Duplicated keys are not allowed."));
    }
    if keys.iter().any(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(errors::invalid("Tag keys that begin with aws: are reserved."));
    }
    to.extend(tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
    if to.len() > MAX { Err(errors::too_many_tags()) } else { Ok(()) }
}

/// The same access with the tags of the request.
pub fn requested(access: Access, tags: &[Tag]) -> Access {
    access.request_tags(tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
}

/// AWS: SNS API reference, `TagResource`: a missing topic is `ResourceNotFound`.
fn lookup(call: &Call<'_>, tx: &Tx, arn: &str) -> Result<Lookup<Topic>> {
    Ok(match topics::lookup(call, tx, "ResourceArn", arn)? {
        Lookup::Missing { arn, owner, .. } => Lookup::Missing { arn, owner, error: errors::no_resource() },
        found => found,
    })
}

/// Sets tags.
pub struct TagResource;

impl Operation for TagResource {
    shape!(TAG_RESOURCE: TagResourceRequest -> TagResourceResponse on Topic);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Topic>> {
        lookup(call, tx, &input.resource_arn)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Topic>) -> Access {
        requested(topic::access(call, "sns:TagResource", target), &input.tags)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, mut topic: Topic, input: &Self::Input) -> Result<TagResourceResponse> {
        add(&mut topic.tags, &input.tags)?;
        topics::put(tx, &topic)?;
        Ok(TagResourceResponse {})
    }
}

/// Removes tags.
pub struct UntagResource;

impl Operation for UntagResource {
    shape!(UNTAG_RESOURCE: UntagResourceRequest -> UntagResourceResponse on Topic);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Topic>> {
        lookup(call, tx, &input.resource_arn)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Topic>) -> Access {
        topic::access(call, "sns:UntagResource", target).keys("aws:TagKeys", input.tag_keys.clone())
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        mut topic: Topic,
        input: &Self::Input,
    ) -> Result<UntagResourceResponse> {
        topic.tags.retain(|key, _| !input.tag_keys.contains(key));
        topics::put(tx, &topic)?;
        Ok(UntagResourceResponse {})
    }
}

/// Shows tags.
pub struct ListTagsForResource;

impl Operation for ListTagsForResource {
    shape!(LIST_TAGS_FOR_RESOURCE: ListTagsForResourceRequest -> ListTagsForResourceResponse on Topic);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Topic>> {
        lookup(call, tx, &input.resource_arn)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Topic>) -> Access {
        topic::access(call, "sns:ListTagsForResource", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, topic: Topic, _: &Self::Input) -> Result<ListTagsForResourceResponse> {
        let tags = topic.tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
        Ok(ListTagsForResourceResponse { tags: Some(tags) })
    }
}
