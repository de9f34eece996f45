//! Tags of trails. AWS: CloudTrail API reference, AddTags, Tag.

use crate::errors;
use crate::trail::Trail;
use kage_api_cloudtrail::types::Tag;
use kage_core::{Access, Resource, Result};

/// The same with the condition keys of tags in the request.
pub fn requested(access: Access, tags: &[Tag]) -> Access {
    access.request_tags(tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_deref().unwrap_or_default())))
}

/// Sets tags; one of the same key is replaced.
///
/// # Errors
/// `TagsLimitExceededException`, `InvalidTagParameterException`.
pub fn add(trail: &mut Trail, tags: &[Tag]) -> Result<()> {
    for (place, tag) in tags.iter().enumerate() {
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            return Err(errors::tag("Tag keys that begin with aws: are reserved."));
        }
        if tags.iter().take(place).any(|other| other.key == tag.key) {
            return Err(errors::tag("A tag key is given more than once."));
        }
        let value = tag.value.clone().unwrap_or_default();
        match trail.tags.iter_mut().find(|(key, _)| *key == tag.key) {
            Some(found) => found.1 = value,
            None => trail.tags.push((tag.key.clone(), value)),
        }
    }
    if trail.tags.len() > 50 { Err(errors::too_many_tags(&trail.arn())) } else { Ok(()) }
}

/// Removes the tags of these keys.
pub fn remove(trail: &mut Trail, tags: &[Tag]) {
    trail.tags.retain(|(key, _)| !tags.iter().any(|tag| tag.key == *key));
}

/// The tags as the API shows them.
#[must_use]
pub fn view(trail: &Trail) -> Vec<Tag> {
    trail.tags.iter().map(|(key, value)| Tag { key: key.clone(), value: Some(value.clone()) }).collect()
}
