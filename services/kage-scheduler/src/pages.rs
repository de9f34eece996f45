//! Pages: `NextToken`, `MaxResults`.

use crate::errors;
use kage_core::{Call, Page, Result};

/// AWS: EventBridge Scheduler API reference: a page has at most 100 items.
const DEFAULT: usize = 100;

/// One page of items that are in the order of `key`.
///
/// # Errors
/// `ValidationException` for a token that this operation did not give out.
pub fn cut<T>(
    call: &Call<'_>,
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    limit: Option<i32>,
) -> Result<Page<T>> {
    let after = token.map(|token| open(call, token)).transpose()?;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(DEFAULT).max(1);
    let page = kage_core::page(items, key, after.as_deref(), limit);
    let next = page.next.map(|next| hex::encode(format!("{}\n{next}", call.operation.name)));
    Ok(Page { items: page.items, next })
}

fn open(call: &Call<'_>, token: &str) -> Result<String> {
    let text = hex::decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref()
        .and_then(|text| text.split_once('\n'))
        .filter(|(operation, _)| *operation == call.operation.name)
        .map(|(_, key)| key.to_owned())
        .ok_or_else(|| errors::validation("The NextToken you provided is not valid."))
}
