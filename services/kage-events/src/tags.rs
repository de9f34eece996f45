//! Tags of buses and rules.

use crate::errors;
use kage_api_events::types::Tag;
use kage_core::{Access, Result};
use std::collections::BTreeMap;

/// AWS: "Tagging best practices": at most 50 tags a resource.
const MAX: usize = 50;

/// Adds tags.
///
/// # Errors
/// `ValidationException` for reserved and doubled keys, `LimitExceededException` for too many.
pub fn add(to: &mut BTreeMap<String, String>, tags: &[Tag]) -> Result<()> {
    let mut seen = BTreeMap::new();
    for tag in tags {
        if tag.key.to_lowercase().starts_with("aws:") {
            return Err(errors::parameter("Tags", "Tag keys must not begin with 'aws:'."));
        }
        if seen.insert(tag.key.clone(), tag.value.clone()).is_some() {
            return Err(errors::parameter("Tags", "Duplicate tag keys."));
        }
    }
    to.extend(seen);
    if to.len() > MAX { Err(errors::limit()) } else { Ok(()) }
}

/// The tags as the API shows them.
pub fn view(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

/// The same access with the tags of the request.
pub fn requested(access: Access, tags: Option<&Vec<Tag>>) -> Access {
    let tags = tags.map(Vec::as_slice).unwrap_or_default();
    access.request_tags(tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
}
