//! Tags.

use crate::errors;
use kage_api_cloudwatch::types::Tag;
use kage_core::{Access, Result};
use std::collections::BTreeMap;

/// AWS: TagResource: tags of one resource.
const MAX: usize = 50;

/// Adds tags to those that are there.
///
/// # Errors
/// `InvalidParameterValue` for reserved or repeated keys and for too many.
pub fn add(to: &mut BTreeMap<String, String>, tags: &[Tag]) -> Result<()> {
    let mut seen = BTreeMap::new();
    for tag in tags {
        if tag.key.to_lowercase().starts_with("aws:") {
            return Err(errors::value("aws: prefixed tag key names are not allowed for external use."));
        }
        if seen.insert(tag.key.clone(), tag.value.clone()).is_some() {
            return Err(errors::value(format!("The tag key {} is given twice.", tag.key)));
        }
    }
    to.extend(seen);
    if to.len() > MAX {
        return Err(errors::value("The number of tags exceeds the limit of 50."));
    }
    Ok(())
}

/// The same access with the tags of the request.
pub fn requested(access: Access, tags: Option<&[Tag]>) -> Access {
    let tags = tags.unwrap_or_default();
    access.request_tags(tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
}

/// What it takes to make a resource with tags: its own action, and the one for tags.
// AWS: PutMetricAlarm, `Tags`: cloudwatch:TagResource is needed too.
pub fn with_tags(access: Access, arn: &str, tags: Option<&[Tag]>) -> Access {
    let access = requested(access, tags);
    if tags.unwrap_or_default().is_empty() {
        return access;
    }
    access.and(requested(Access::to("cloudwatch:TagResource", arn), tags))
}
