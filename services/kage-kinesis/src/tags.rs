//! Rules of tags.

use crate::errors;
use kage_core::Result;
use std::collections::BTreeMap;

/// AWS: API reference, AddTagsToStream: "You can assign up to 50 tags to a data stream".
const MAX: usize = 50;

/// Refuses texts with characters that tags may not have.
///
/// # Errors
/// `InvalidArgumentException`.
fn require_characters<'t>(texts: impl IntoIterator<Item = &'t String>) -> Result<()> {
    let fits =
        |text: &str| text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c));
    if texts.into_iter().all(|text| fits(text)) {
        return Ok(());
    }
    Err(errors::argument(
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @ :.",
    ))
}

/// Adds tags to those that are there.
///
/// # Errors
/// `InvalidArgumentException` for characters, the prefix `aws:`, or more than 50 tags.
pub fn add(
    account: &str,
    name: &str,
    tags: &mut BTreeMap<String, String>,
    more: &BTreeMap<String, String>,
) -> Result<()> {
    require_characters(more.iter().flat_map(|(key, value)| [key, value]))?;
    if more.keys().any(|key| key.to_lowercase().starts_with("aws:")) {
        // AWS: developer guide, "Tagging your streams": the prefix aws: is reserved. The text is ours.
        return Err(errors::argument("Tag keys must not start with aws:."));
    }
    tags.extend(more.clone());
    if tags.len() > MAX {
        return Err(errors::argument(format!(
            "Failed to add tags to stream {name} under account {account} because a given stream cannot have more than {MAX} tags associated with it."
        )));
    }
    Ok(())
}
