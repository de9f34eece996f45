//! Tags of keys.

use crate::errors;
use kage_api_kms::types::Tag;
use kage_core::{Access, Result};
use std::collections::BTreeMap;

/// AWS: KMS developer guide, "Tags in AWS KMS": tags of one key.
const MAX: usize = 50;

/// Adds tags to those that are there.
///
/// # Errors
/// `TagException` for reserved or repeated keys and for too many.
pub fn add(to: &mut BTreeMap<String, String>, tags: &[Tag]) -> Result<()> {
    let mut seen = BTreeMap::new();
    for tag in tags {
        // AWS: the same page: tag keys that begin with `aws:` are reserved.
        if tag.tag_key.to_lowercase().starts_with("aws:") {
            return Err(errors::tag("aws: prefixed tag key names are not allowed for external use."));
        }
        if seen.insert(tag.tag_key.clone(), tag.tag_value.clone()).is_some() {
            return Err(errors::tag("Duplicate tag keys"));
        }
    }
    to.extend(seen);
    if to.len() > MAX {
        return Err(errors::tag("Too many tags"));
    }
    Ok(())
}

/// The same access with the tags of the request.
pub fn requested(access: Access, tags: &[Tag]) -> Access {
    access.request_tags(tags.iter().map(|tag| (tag.tag_key.as_str(), tag.tag_value.as_str())))
}
