//! Pages: `Marker`, `MaxItems`, `IsTruncated`.

use crate::errors;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kage_core::{Call, Result};

/// How many items a page has when the caller does not say. AWS: IAM API reference, `MaxItems` of every list.
const DEFAULT_ITEMS: usize = 100;

/// A page in the words of IAM.
pub struct Cut<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Whether more follow.
    pub is_truncated: Option<bool>,
    /// Where the next page begins.
    pub marker: Option<String>,
}

/// One page of items that are in the order of `key`.
///
/// # Errors
/// `ValidationError` for a marker that this operation did not give out.
pub fn by_name<T>(
    call: &Call<'_>,
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Result<Cut<T>> {
    let after = marker.map(|marker| open(call, marker)).transpose()?;
    let limit = max_items.and_then(|max| usize::try_from(max).ok()).unwrap_or(DEFAULT_ITEMS).max(1);
    let page = kage_core::page(items, key, after.as_deref(), limit);
    Ok(Cut {
        items: page.items,
        is_truncated: Some(page.next.is_some()),
        marker: page.next.map(|next| seal(call, &next)),
    })
}

/// One page of items in an order of their own; the marker counts them.
///
/// # Errors
/// `ValidationError` for a marker that this operation did not give out.
pub fn by_place<T>(
    call: &Call<'_>,
    items: impl IntoIterator<Item = T>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Result<Cut<T>> {
    let numbered = items.into_iter().enumerate();
    let cut = by_name(call, numbered, |(place, _)| format!("{place:08}"), marker, max_items)?;
    Ok(Cut {
        items: cut.items.into_iter().map(|(_, item)| item).collect(),
        is_truncated: cut.is_truncated,
        marker: cut.marker,
    })
}

fn seal(call: &Call<'_>, key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}\n{key}", call.operation.name))
}

fn open(call: &Call<'_>, marker: &str) -> Result<String> {
    let text = URL_SAFE_NO_PAD.decode(marker).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref()
        .and_then(|text| text.split_once('\n'))
        .filter(|(operation, _)| *operation == call.operation.name)
        .map(|(_, key)| key.to_owned())
        .ok_or_else(|| errors::validation("Invalid Marker."))
}
