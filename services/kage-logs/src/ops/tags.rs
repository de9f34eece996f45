//! Tags, by the two APIs that there are for them.

use crate::destinations::{self, Destination};
use crate::group::{self, Group};
use crate::{errors, groups, named, tagging};
use kage_api_logs::types::{
    ListTagsForResourceResponse, ListTagsLogGroupResponse, TagLogGroupResponse, TagResourceResponse,
    UntagLogGroupResponse, UntagResourceResponse,
};
use kage_core::{Access, Arn, Call, Lookup, Operation, Resource, Result, Tx};
use std::collections::BTreeMap;

/// What has tags.
pub enum Tagged {
    /// A log group.
    Group(Group),
    /// A destination.
    Destination(Destination),
}

impl Resource for Tagged {
    fn arn(&self) -> String {
        match self {
            // AWS: model, LogGroup$logGroupArn: the tagging actions are judged by the ARN without `:*`.
            Tagged::Group(group) => group.arn(),
            Tagged::Destination(destination) => destination.arn(),
        }
    }
    fn owner(&self) -> Option<String> {
        match self {
            Tagged::Group(group) => group.owner(),
            Tagged::Destination(destination) => Some(destination.account.clone()),
        }
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.all().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

impl Tagged {
    fn all(&self) -> &BTreeMap<String, String> {
        match self {
            Tagged::Group(group) => &group.tags,
            Tagged::Destination(destination) => &destination.tags,
        }
    }

    fn change(mut self, tx: &mut Tx, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<()> {
        let tags = match &mut self {
            Tagged::Group(group) => &mut group.tags,
            Tagged::Destination(destination) => &mut destination.tags,
        };
        change(tags);
        tagging::require(tags)?;
        match self {
            Tagged::Group(group) => groups::put(tx, &group),
            Tagged::Destination(destination) => destinations::put(tx, &destination),
        }
    }
}

fn by_arn(call: &Call<'_>, tx: &Tx, text: &str) -> Result<Lookup<Tagged>> {
    let arn = Arn::parse(text).filter(|arn| arn.service == "logs" && arn.region == call.region);
    let arn = arn.ok_or_else(|| errors::invalid("Invalid resource ARN"))?;
    let missing = |error| Lookup::Missing { arn: text.to_owned(), owner: Some(arn.account.clone()), error };
    if let Some(name) = arn.of("destination") {
        return Ok(match destinations::find(tx.reads(), &arn.account, &arn.region, name)? {
            Some(found) => Lookup::Found(Tagged::Destination(found)),
            None => missing(errors::missing("resource")),
        });
    }
    let Some(name) = arn.of("log-group") else { return Err(errors::invalid("Invalid resource ARN")) };
    let name = name.strip_suffix(":*").unwrap_or(name);
    Ok(match groups::find(tx.reads(), &arn.account, &arn.region, name)? {
        Some(found) => Lookup::Found(Tagged::Group(found)),
        None => missing(errors::missing("resource")),
    })
}

fn by_name(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Tagged>> {
    Ok(match named::by_name(call, tx, name)? {
        Lookup::Found(group) => Lookup::Found(Tagged::Group(group)),
        Lookup::Missing { owner, error, .. } => {
            Lookup::Missing { arn: group::arn(&call.region, &call.account, name), owner, error }
        }
    })
}

fn pairs(tags: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|(key, value)| (key.as_str(), value.as_str()))
}

macro_rules! tagging_operation {
    ($(#[$doc:meta])* $name:ident = $action:literal, $model:ident: $input:ident -> $output:ident,
     by $find:ident($member:ident), tags $tags:ident, change $change:expr) => {
        $(#[$doc])*
        pub struct $name;

        impl Operation for $name {
            shape!($model: $input -> $output on Tagged);

            fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Tagged>> {
                $find(call, tx, &input.$member)
            }

            fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Tagged>) -> Access {
                let access = Access::on($action, target);
                Keys::add(&input.$tags, access)
            }

            fn run(_: &Call<'_>, tx: &mut Tx, target: Tagged, input: &Self::Input) -> Result<$output> {
                target.change(tx, |tags| $change(tags, &input.$tags))?;
                Ok($output {})
            }
        }
    };
}

/// What condition keys say of tags and of their names.
trait Keys {
    fn add(&self, access: Access) -> Access;
}

impl Keys for BTreeMap<String, String> {
    fn add(&self, access: Access) -> Access {
        access.request_tags(pairs(self))
    }
}

impl Keys for Vec<String> {
    fn add(&self, access: Access) -> Access {
        access.keys("aws:TagKeys", self.iter().cloned())
    }
}

fn put(tags: &mut BTreeMap<String, String>, new: &BTreeMap<String, String>) {
    tags.extend(new.iter().map(|(key, value)| (key.clone(), value.clone())));
}

fn remove(tags: &mut BTreeMap<String, String>, names: &[String]) {
    tags.retain(|key, _| !names.contains(key));
}

tagging_operation!(
    /// Sets tags.
    TagResource = "logs:TagResource", TAG_RESOURCE: TagResourceRequest -> TagResourceResponse,
    by by_arn(resource_arn), tags tags, change put);
tagging_operation!(
    /// Removes tags.
    UntagResource = "logs:UntagResource", UNTAG_RESOURCE: UntagResourceRequest -> UntagResourceResponse,
    by by_arn(resource_arn), tags tag_keys, change remove);
tagging_operation!(
    /// Sets tags of a log group.
    TagLogGroup = "logs:TagLogGroup", TAG_LOG_GROUP: TagLogGroupRequest -> TagLogGroupResponse,
    by by_name(log_group_name), tags tags, change put);
tagging_operation!(
    /// Removes tags of a log group.
    UntagLogGroup = "logs:UntagLogGroup", UNTAG_LOG_GROUP: UntagLogGroupRequest -> UntagLogGroupResponse,
    by by_name(log_group_name), tags tags, change remove);

/// Lists tags.
pub struct ListTagsForResource;

impl Operation for ListTagsForResource {
    shape!(LIST_TAGS_FOR_RESOURCE: ListTagsForResourceRequest -> ListTagsForResourceResponse on Tagged);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Tagged>> {
        by_arn(call, tx, &input.resource_arn)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Tagged>) -> Access {
        Access::on("logs:ListTagsForResource", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, target: Tagged, _: &Self::Input) -> Result<ListTagsForResourceResponse> {
        Ok(ListTagsForResourceResponse { tags: Some(target.all().clone()) })
    }
}

/// Lists tags of a log group.
pub struct ListTagsLogGroup;

impl Operation for ListTagsLogGroup {
    shape!(LIST_TAGS_LOG_GROUP: ListTagsLogGroupRequest -> ListTagsLogGroupResponse on Tagged);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Tagged>> {
        by_name(call, tx, &input.log_group_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Tagged>) -> Access {
        Access::on("logs:ListTagsLogGroup", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, target: Tagged, _: &Self::Input) -> Result<ListTagsLogGroupResponse> {
        Ok(ListTagsLogGroupResponse { tags: Some(target.all().clone()) })
    }
}
