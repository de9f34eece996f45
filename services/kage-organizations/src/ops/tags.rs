//! Tags of the root, units, accounts and policies.

use crate::law::{self, Law};
use crate::place::{self, Place};
use crate::scope::{self, Scoped, Who};
use crate::{errors, pages, tagging};
use kage_api_organizations::types::{
    ListTagsForResourceResponse, Tag, TagResourceResponse, UntagResourceResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Resource, Result, Tx};
use kage_identity::{Tags, organization};

/// Something that has tags.
pub enum Tagged {
    /// A place.
    Place(Place),
    /// A policy.
    Law(Law),
}

impl Resource for Tagged {
    fn arn(&self) -> String {
        match self {
            Tagged::Place(place) => place.arn(),
            Tagged::Law(law) => law.arn(),
        }
    }
    fn tags(&self) -> Vec<(String, String)> {
        match self {
            Tagged::Place(place) => place.tags(),
            Tagged::Law(law) => law.tags(),
        }
    }
}

impl Tagged {
    /// Changes its tags. AWS's own policies cannot have any.
    fn change(self, tx: &mut Tx, change: impl FnOnce(&mut Tags) -> Result<()>) -> Result<()> {
        match self {
            Tagged::Place(mut place) => {
                change(&mut place.node.tags)?;
                organization::put_node(tx, &place.node)
            }
            Tagged::Law(law) if law.policy.aws_managed => Err(errors::invalid(
                "TARGET_NOT_SUPPORTED",
                "You can't perform the specified operation on that target entity.",
            )),
            Tagged::Law(mut law) => {
                change(&mut law.policy.tags)?;
                organization::put_policy(tx, &law.policy)
            }
        }
    }
}

fn named(call: &Call<'_>, tx: &Tx, who: Who, id: &str) -> Result<Lookup<Scoped<Tagged>>> {
    scope::within(call, tx, who, id, errors::no_target, |organization| {
        if id.starts_with("p-") {
            return Ok(law::find(tx, organization, id)?.map(Tagged::Law));
        }
        Ok(place::find(tx, organization, id)?.map(Tagged::Place))
    })
}

/// Sets tags.
pub struct TagResource;

impl Operation for TagResource {
    shape!(TAG_RESOURCE: TagResourceRequest -> TagResourceResponse on Scoped<Tagged>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Tagged>>> {
        named(call, tx, Who::Management, &input.resource_id)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<Tagged>>) -> Access {
        tagging::requested(Access::on("organizations:TagResource", target), &input.tags)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Tagged>,
        input: &Self::Input,
    ) -> Result<TagResourceResponse> {
        scoped.item.change(tx, |tags| tagging::set(tags, &input.tags))?;
        Ok(TagResourceResponse {})
    }
}

/// Removes tags.
pub struct UntagResource;

impl Operation for UntagResource {
    shape!(UNTAG_RESOURCE: UntagResourceRequest -> UntagResourceResponse on Scoped<Tagged>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Tagged>>> {
        named(call, tx, Who::Management, &input.resource_id)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<Tagged>>) -> Access {
        Access::on("organizations:UntagResource", target).keys("aws:TagKeys", &input.tag_keys)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<Tagged>,
        input: &Self::Input,
    ) -> Result<UntagResourceResponse> {
        scoped.item.change(tx, |tags| {
            tags.0.retain(|(key, _)| !input.tag_keys.contains(key));
            Ok(())
        })?;
        Ok(UntagResourceResponse {})
    }
}

/// Lists tags.
pub struct ListTagsForResource;

impl Operation for ListTagsForResource {
    shape!(LIST_TAGS_FOR_RESOURCE: ListTagsForResourceRequest -> ListTagsForResourceResponse on Scoped<Tagged>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Scoped<Tagged>>> {
        named(call, tx, Who::Administrators, &input.resource_id)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<Tagged>>) -> Access {
        Access::on("organizations:ListTagsForResource", target)
    }

    fn run(
        call: &Call<'_>,
        _: &mut Tx,
        scoped: Scoped<Tagged>,
        input: &Self::Input,
    ) -> Result<ListTagsForResourceResponse> {
        let mut all = tagging::list(&Tags(scoped.item.tags()));
        all.sort_by(|left, right| left.key.cmp(&right.key));
        let page = pages::cut(call, all, |tag: &Tag| tag.key.clone(), input.next_token.as_deref(), None)?;
        Ok(ListTagsForResourceResponse { tags: Some(page.items), next_token: page.next })
    }
}
