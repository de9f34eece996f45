//! Pages: `NextToken` says after which item the next page begins, and for which operation it was given out.

use crate::errors;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kage_core::{Call, Page, Result};

/// Writes a token for the operation of the call.
pub fn seal(call: &Call<'_>, text: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}\n{text}", call.operation.name))
}

/// Reads a token of the operation of the call.
///
/// # Errors
/// `InvalidNextToken` for one that it did not give out.
pub fn open(call: &Call<'_>, token: &str) -> Result<String> {
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref()
        .and_then(|text| text.split_once('\n'))
        .filter(|(operation, _)| *operation == call.operation.name)
        .map(|(_, text)| text.to_owned())
        .ok_or_else(errors::invalid_token)
}

/// One page of items that are in the order of `key`; its `next` is a token.
///
/// # Errors
/// `InvalidNextToken`.
pub fn cut<T>(
    call: &Call<'_>,
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    limit: usize,
) -> Result<Page<T>> {
    let after = token.map(|token| open(call, token)).transpose()?;
    let page = kage_core::page(items, key, after.as_deref(), limit);
    Ok(Page { items: page.items, next: page.next.map(|next| seal(call, &next)) })
}
