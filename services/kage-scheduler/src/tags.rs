//! Tags of groups.

use crate::errors;
use kage_api_scheduler::types::Tag;
use kage_core::{Access, Result};
use std::collections::BTreeMap;

/// AWS: "Tagging best practices": at most 50 tags a resource.
const MAX: usize = 50;

/// Adds tags.
///
/// # Errors
/// `ValidationException` for reserved and doubled keys and for too many.
pub fn add(to: &mut BTreeMap<String, String>, tags: &[Tag]) -> Result<()> {
    let mut seen = BTreeMap::new();
    for tag in tags {
        if tag.key.to_lowercase().starts_with("aws:") {
            return Err(errors::validation("Tag keys must not begin with 'aws:'."));
        }
        if seen.insert(tag.key.clone(), tag.value.clone()).is_some() {
            return Err(errors::validation("Duplicate tag keys."));
        }
    }
    to.extend(seen);
    if to.len() > MAX { Err(errors::validation("Too many tags.")) } else { Ok(()) }
}

/// The same access with the tags of the request.
pub fn requested(access: Access, tags: &[Tag]) -> Access {
    access.request_tags(tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
}
