//! Pages: `Marker`, `Limit`, `Truncated`, `NextMarker`.

use crate::errors;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kage_core::{Call, Result};

/// A page in the words of KMS.
pub struct Cut<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Whether more follow.
    pub truncated: Option<bool>,
    /// Where the next page begins.
    pub next_marker: Option<String>,
}

/// What a call says about pages.
pub struct Asked<'a> {
    /// `Marker`.
    pub marker: Option<&'a str>,
    /// `Limit`.
    pub limit: Option<i32>,
    /// How many items a page has when the caller does not say.
    pub default: usize,
}

/// One page of items that are in the order of `key`.
///
/// # Errors
/// `InvalidMarkerException` for a marker that this operation did not give out.
pub fn cut<T>(
    call: &Call<'_>,
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    asked: &Asked<'_>,
) -> Result<Cut<T>> {
    let after = asked.marker.map(|marker| open(call, marker)).transpose()?;
    let limit = asked.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(asked.default).max(1);
    let page = kage_core::page(items, key, after.as_deref(), limit);
    Ok(Cut {
        items: page.items,
        truncated: Some(page.next.is_some()),
        next_marker: page.next.map(|next| URL_SAFE_NO_PAD.encode(format!("{}\n{next}", call.operation.name))),
    })
}

fn open(call: &Call<'_>, marker: &str) -> Result<String> {
    let text = URL_SAFE_NO_PAD.decode(marker).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref()
        .and_then(|text| text.split_once('\n'))
        .filter(|(operation, _)| *operation == call.operation.name)
        .map(|(_, key)| key.to_owned())
        .ok_or_else(errors::invalid_marker)
}
