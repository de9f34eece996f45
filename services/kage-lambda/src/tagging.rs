//! Tags: how many, and which.

use crate::errors;
use kage_core::Result;
use std::collections::BTreeMap;

// AWS: Lambda developer guide, "Using tags on Lambda functions": 50 tags, keys of 128 and values of 256 characters.
const TAGS_MAX: usize = 50;

/// Adds tags.
///
/// # Errors
/// `InvalidParameterValueException`.
pub fn add(tags: &mut BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Result<()> {
    for (key, value) in new {
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(errors::invalid(format!("Tag keys with the prefix aws: are reserved: {key}")));
        }
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(errors::invalid(format!(
                "The tag {key} has a key or value that is too long or empty."
            )));
        }
        tags.insert(key.clone(), value.clone());
    }
    match tags.len() > TAGS_MAX {
        true => Err(errors::invalid("Number of tags exceeds resource tag limit.")),
        false => Ok(()),
    }
}
