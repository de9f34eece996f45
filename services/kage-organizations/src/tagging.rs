//! Rules of tags. Unlike IAM's, keys differ by case.

use crate::errors;
use kage_api_organizations::types::Tag;
use kage_core::{Access, Result};
use kage_identity::Tags;

/// AWS: Organizations user guide, "Quotas": tags of one resource.
const TAGS_MAX: usize = 50;

/// Sets tags on top of others.
pub fn set(tags: &mut Tags, new: &[Tag]) -> Result<()> {
    for (place, tag) in new.iter().enumerate() {
        if tag.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(errors::invalid(
                "INVALID_SYSTEM_TAGS_PARAMETER",
                "You specified a tag key that is a system tag. You can't add, edit, or delete system tag keys.",
            ));
        }
        if new.iter().skip(place.saturating_add(1)).any(|other| other.key == tag.key) {
            return Err(errors::invalid(
                "DUPLICATE_TAG_KEY",
                "Tag keys must be unique among the tags attached to the same entity.",
            ));
        }
        match tags.0.iter_mut().find(|(key, _)| *key == tag.key) {
            Some(entry) => entry.1.clone_from(&tag.value),
            None => tags.0.push((tag.key.clone(), tag.value.clone())),
        }
    }
    if tags.len() > TAGS_MAX {
        return Err(errors::constraint(
            "MAX_TAG_LIMIT_EXCEEDED",
            "You have exceeded the number of tags allowed on this resource.",
        ));
    }
    Ok(())
}

/// The tags of something new.
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

/// Adds what tags of something new mean. AWS: Organizations API reference, CreateAccount, CreateOrganizationalUnit,
/// CreatePolicy: "If the request includes tags, then the requester must have the organizations:TagResource permission."
#[must_use]
pub fn on_create(access: Access, tags: Option<&Vec<Tag>>) -> Access {
    match tags {
        Some(tags) if !tags.is_empty() => {
            requested(access, tags).and(requested(Access::any("organizations:TagResource"), tags))
        }
        _ => access,
    }
}

/// Tags as a list.
#[must_use]
pub fn list(tags: &Tags) -> Vec<Tag> {
    tags.0.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}
