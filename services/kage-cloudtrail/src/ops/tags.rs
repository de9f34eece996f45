//! Tags of trails.

use crate::trail::Trail;
use crate::{errors, organization, tagging, trails};
use kage_api_cloudtrail::types as api;
use kage_core::{Access, Call, Lookup, Operation, Resource, Result, Tx};

/// The trail with this ARN; a name is not enough.
fn by_arn(call: &Call<'_>, tx: &Tx, arn: &str) -> Result<Lookup<Trail>> {
    if !arn.starts_with("arn:") {
        return Err(errors::invalid_arn(arn));
    }
    Ok(match trails::named(call, tx, arn)? {
        Lookup::Missing { arn, .. } => {
            let error = errors::no_resource(&arn);
            Lookup::missing(arn, error)
        }
        found @ Lookup::Found(_) => found,
    })
}

/// Sets tags.
pub struct AddTags;

impl Operation for AddTags {
    shape!(ADD_TAGS: AddTagsRequest -> AddTagsResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        by_arn(call, tx, &input.resource_id)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Trail>) -> Access {
        tagging::requested(Access::on("cloudtrail:AddTags", target), &input.tags_list)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, mut trail: Trail, input: &Self::Input) -> Result<Self::Output> {
        organization::require_changeable(call, tx, &trail)?;
        tagging::add(&mut trail, &input.tags_list)?;
        trails::put(tx, &trail)?;
        Ok(api::AddTagsResponse {})
    }
}

/// Removes tags.
pub struct RemoveTags;

impl Operation for RemoveTags {
    shape!(REMOVE_TAGS: RemoveTagsRequest -> RemoveTagsResponse on Trail);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Trail>> {
        by_arn(call, tx, &input.resource_id)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Trail>) -> Access {
        let keys = input.tags_list.iter().map(|tag| tag.key.as_str());
        Access::on("cloudtrail:RemoveTags", target).keys("aws:TagKeys", keys)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, mut trail: Trail, input: &Self::Input) -> Result<Self::Output> {
        organization::require_changeable(call, tx, &trail)?;
        tagging::remove(&mut trail, &input.tags_list);
        trails::put(tx, &trail)?;
        Ok(api::RemoveTagsResponse {})
    }
}

/// The tags of up to 20 trails.
pub struct ListTags;

impl Operation for ListTags {
    shape!(LIST_TAGS: ListTagsRequest -> ListTagsResponse on Vec<Trail>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Vec<Trail>>> {
        let mut found = Vec::with_capacity(input.resource_id_list.len());
        for arn in &input.resource_id_list {
            match by_arn(call, tx, arn)? {
                Lookup::Found(trail) => found.push(trail),
                Lookup::Missing { arn, owner, error } => return Ok(Lookup::Missing { arn, owner, error }),
            }
        }
        Ok(Lookup::Found(found))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Vec<Trail>>) -> Access {
        const ACTION: &str = "cloudtrail:ListTags";
        match target {
            Lookup::Missing { arn, .. } => Access::to(ACTION, arn.clone()),
            Lookup::Found(trails) => {
                let each = trails.iter().map(|trail| Access::on_found(ACTION, trail));
                each.reduce(Access::and).unwrap_or_else(|| Access::any(ACTION))
            }
        }
    }

    fn run(_: &Call<'_>, _: &mut Tx, trails: Vec<Trail>, input: &Self::Input) -> Result<Self::Output> {
        if input.next_token.is_some() {
            return Err(errors::token());
        }
        let list = trails.iter().map(|trail| api::ResourceTag {
            resource_id: Some(trail.arn()),
            tags_list: Some(tagging::view(trail)),
        });
        Ok(api::ListTagsResponse { resource_tag_list: Some(list.collect()), next_token: None })
    }
}
