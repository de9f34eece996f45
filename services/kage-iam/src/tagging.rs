//! Rules of tags.

use crate::errors;
use kage_api_iam::types::Tag;
use kage_core::{Access, Result};
use kage_identity::Tags;

/// AWS: IAM user guide, "IAM and AWS STS quotas": tags of one resource.
const TAGS_MAX: usize = 50;

/// Sets tags on top of others.
///
/// # Errors
/// `InvalidInput` for a key that stands twice or belongs to AWS, `LimitExceeded` for more than fifty.
pub fn set(tags: &mut Tags, new: &[Tag]) -> Result<()> {
    for (place, tag) in new.iter().enumerate() {
        if tag.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            // AWS: IAM user guide, "Tags for IAM resources": keys and values cannot begin with `aws:`.
            return Err(errors::invalid_input(
                "System tag keys cannot be used: tag keys must not start with aws:",
            ));
        }
        if new.iter().skip(place.saturating_add(1)).any(|other| other.key.eq_ignore_ascii_case(&tag.key)) {
            return Err(errors::invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        tags.set(&tag.key, &tag.value);
    }
    if tags.len() > TAGS_MAX {
        return Err(errors::limit("The number of tags has reached the maximum limit."));
    }
    Ok(())
}

/// The tags of something new.
///
/// # Errors
/// Those of [`set`].
pub fn of_new(tags: Option<&Vec<Tag>>) -> Result<Tags> {
    let mut out = Tags::default();
    set(&mut out, tags.map_or(&[], Vec::as_slice))?;
    Ok(out)
}

/// Adds what tags in a request mean for the permission asked last: `aws:RequestTag/…` and `aws:TagKeys`.
#[must_use]
pub fn requested(access: Access, tags: &[Tag]) -> Access {
    access.request_tags(tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
}

/// Adds what tags of something new mean: the keys on the creation, and the permission to tag besides.
///
/// AWS: IAM user guide, "Tagging IAM users" and "Tagging IAM roles": tags on create also need `iam:TagUser`, ….
#[must_use]
pub fn on_create(access: Access, action: &str, arn: &str, tags: Option<&Vec<Tag>>) -> Access {
    match tags {
        Some(tags) if !tags.is_empty() => {
            requested(access, tags).and(requested(Access::to(action, arn), tags))
        }
        _ => access,
    }
}

/// Tags as answers show them; absent when there are none.
#[must_use]
pub fn view(tags: &Tags) -> Option<Vec<Tag>> {
    (!tags.is_empty()).then(|| list(tags))
}

/// Tags as a list.
#[must_use]
pub fn list(tags: &Tags) -> Vec<Tag> {
    tags.0.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}
