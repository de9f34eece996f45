//! Tags of keys.

use crate::named::{self, Named};
use crate::pages::{self, Asked};
use crate::{keys, tags};
use kage_api_kms::types::{ListResourceTagsResponse, Tag, TagResourceResponse, UntagResourceResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Sets tags.
pub struct TagResource;

impl Operation for TagResource {
    shape!(TAG_RESOURCE: TagResourceRequest -> TagResourceResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Named>) -> Access {
        tags::requested(named::own_access(call, "kms:TagResource", target), &input.tags)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Named, input: &Self::Input) -> Result<TagResourceResponse> {
        let mut key = target.key;
        key.require_kept()?;
        tags::add(&mut key.tags, &input.tags)?;
        keys::put(tx, &key)?;
        Ok(TagResourceResponse {})
    }
}

/// Removes tags.
pub struct UntagResource;

impl Operation for UntagResource {
    shape!(UNTAG_RESOURCE: UntagResourceRequest -> UntagResourceResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Named>) -> Access {
        named::own_access(call, "kms:UntagResource", target).keys("aws:TagKeys", input.tag_keys.clone())
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Named, input: &Self::Input) -> Result<UntagResourceResponse> {
        let mut key = target.key;
        key.require_kept()?;
        key.tags.retain(|name, _| !input.tag_keys.contains(name));
        keys::put(tx, &key)?;
        Ok(UntagResourceResponse {})
    }
}

/// Lists tags.
pub struct ListResourceTags;

impl Operation for ListResourceTags {
    shape!(LIST_RESOURCE_TAGS: ListResourceTagsRequest -> ListResourceTagsResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        named::own_access(call, "kms:ListResourceTags", target)
    }

    fn run(
        call: &Call<'_>,
        _: &mut Tx,
        target: Named,
        input: &Self::Input,
    ) -> Result<ListResourceTagsResponse> {
        // AWS: KMS API reference, `Limit`: 50 unless told.
        let asked = Asked { marker: input.marker.as_deref(), limit: input.limit, default: 50 };
        let cut = pages::cut(call, target.key.tags, |(name, _)| name.clone(), &asked)?;
        let tag = |(tag_key, tag_value): (String, String)| Tag { tag_key, tag_value };
        Ok(ListResourceTagsResponse {
            tags: Some(cut.items.into_iter().map(tag).collect()),
            next_marker: cut.next_marker,
            truncated: cut.truncated,
        })
    }
}
