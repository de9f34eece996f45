//! Pages: `MaxResults` and `NextToken`.

use crate::errors;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kage_core::{Page, Result};

/// AWS: SQS API reference, `ListQueues`: at most 1000, with or without `MaxResults`.
const PAGE_MAX: usize = 1000;

/// One page of names in order.
///
/// # Errors
/// `InvalidParameterValue` for a token that was not given out, or a number out of range.
pub fn cut(names: Vec<String>, token: Option<&str>, max: Option<i32>) -> Result<Page<String>> {
    let limit = match max {
        None => PAGE_MAX,
        Some(max) => {
            let limit = usize::try_from(max).ok().filter(|limit| (1..=PAGE_MAX).contains(limit));
            limit.ok_or_else(|| {
                errors::invalid_value(max, "MaxResults", "Must be between 1 and 1000, if provided.")
            })?
        }
    };
    let after = token.map(open).transpose()?;
    let mut page = kage_core::page(names, String::clone, after.as_deref(), limit);
    page.next = page.next.filter(|_| max.is_some()).map(|next| URL_SAFE_NO_PAD.encode(next));
    Ok(page)
}

fn open(token: &str) -> Result<String> {
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| errors::invalid_value(token, "NextToken", "Invalid or expired next token."))
}
