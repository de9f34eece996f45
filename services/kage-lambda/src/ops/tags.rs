//! Tags of functions.

use crate::target::{self, Target};
use crate::{errors, functions, tagging};
use kage_api_lambda::types::{ListTagsResponse, TagResourceResponse, UntagResourceResponse};
use kage_core::{Access, Arn, Call, Lookup, Operation, Result, Tx};

fn find(call: &Call<'_>, tx: &Tx, resource: &str) -> Result<Lookup<Target>> {
    let arn = Arn::parse(resource).filter(|arn| arn.service == "lambda");
    match arn.as_ref().map(|arn| arn.resource.split(':').collect::<Vec<_>>()).as_deref() {
        Some(["function", _]) => target::lookup(call, tx, resource, None),
        Some(["function", ..]) => Err(errors::invalid(
            "Tags on function aliases and versions are not supported. Please specify a function ARN.",
        )),
        _ => Err(errors::not_modelled("tagging of anything but functions")),
    }
}

/// Sets tags.
pub struct TagResource;

impl Operation for TagResource {
    shape!(TAG_RESOURCE: TagResourceRequest -> TagResourceResponse, on Target, as "TagResource20170331v2");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        find(call, tx, &input.resource)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Target>) -> Access {
        let tags = input.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        target::access("lambda:TagResource", target).request_tags(tags)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Target, input: &Self::Input) -> Result<TagResourceResponse> {
        let mut head = target.head;
        tagging::add(&mut head.tags, &input.tags)?;
        functions::put_head(tx, &head)?;
        Ok(TagResourceResponse {})
    }
}

/// Removes tags.
pub struct UntagResource;

impl Operation for UntagResource {
    shape!(UNTAG_RESOURCE: UntagResourceRequest -> UntagResourceResponse, on Target, as "UntagResource20170331v2");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        find(call, tx, &input.resource)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:UntagResource", target).keys("aws:TagKeys", input.tag_keys.clone())
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Target, input: &Self::Input) -> Result<UntagResourceResponse> {
        let mut head = target.head;
        head.tags.retain(|key, _| !input.tag_keys.contains(key));
        functions::put_head(tx, &head)?;
        Ok(UntagResourceResponse {})
    }
}

/// Shows tags.
pub struct ListTags;

impl Operation for ListTags {
    shape!(LIST_TAGS: ListTagsRequest -> ListTagsResponse, on Target, as "ListTags20170331");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Target>> {
        find(call, tx, &input.resource)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Target>) -> Access {
        target::access("lambda:ListTags", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, target: Target, _: &Self::Input) -> Result<ListTagsResponse> {
        Ok(ListTagsResponse { tags: Some(target.head.tags) })
    }
}
