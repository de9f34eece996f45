//! Pages: `NextToken`, `MaxResults`.

use crate::errors;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kage_core::{Call, Page, Result};

/// How many items a page has when the caller does not say, and at most. AWS: Organizations API reference, `MaxResults`.
const DEFAULT_ITEMS: usize = 20;

/// One page of items that are in the order of `key`.
///
/// # Errors
/// `InvalidInputException` for a token that this operation did not give out.
pub fn cut<T>(
    call: &Call<'_>,
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    max_results: Option<i32>,
) -> Result<Page<T>> {
    let after = token.map(|token| open(call, token)).transpose()?;
    let limit = max_results.and_then(|max| usize::try_from(max).ok()).unwrap_or(DEFAULT_ITEMS).max(1);
    let page = kage_core::page(items, key, after.as_deref(), limit);
    Ok(Page { items: page.items, next: page.next.map(|next| seal(call, &next)) })
}

fn seal(call: &Call<'_>, key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}\n{key}", call.operation.name))
}

fn open(call: &Call<'_>, token: &str) -> Result<String> {
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref()
        .and_then(|text| text.split_once('\n'))
        .filter(|(operation, _)| *operation == call.operation.name)
        .map(|(_, key)| key.to_owned())
        .ok_or_else(|| errors::invalid("INVALID_NEXT_TOKEN", "You specified an invalid next token."))
}
