//! Rules of tags.

use crate::errors;
use kage_core::Result;
use std::collections::BTreeMap;

/// AWS: model, TagResource: "You can have as many as 50 tags associated with a CloudWatch Logs resource."
const MOST: usize = 50;

/// Requires that these tags can stand on a resource.
///
/// # Errors
/// `TooManyTagsException`, `InvalidParameterException` for the reserved prefix.
pub fn require(tags: &BTreeMap<String, String>) -> Result<()> {
    if tags.len() > MOST {
        return Err(errors::too_many_tags());
    }
    // AWS: API reference, TagResource: keys cannot begin with `aws:`.
    match tags.keys().find(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        Some(_) => Err(errors::invalid("aws: prefixed tag key names are not allowed for external use.")),
        None => Ok(()),
    }
}
