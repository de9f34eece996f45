//! Pages of lists.

use crate::errors;
use crate::function::Function;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kage_core::{Page, Result, page};

// AWS: Lambda API reference, ListFunctions: "Lambda returns up to 50 functions per call", also when more are asked for.
const ITEMS_MAX: usize = 50;

/// The order of versions: by name, `$LATEST` first, then by number.
pub fn version_key(function: &Function) -> String {
    format!("{}\u{0}{:020}", function.name, function.version.parse::<u64>().unwrap_or(0))
}

/// Cuts one page; the marker is opaque to clients.
///
/// # Errors
/// `InvalidParameterValueException` for a marker that is none of ours.
pub fn cut<T>(
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    marker: Option<&str>,
    limit: Option<i32>,
) -> Result<Page<T>> {
    let wrong = |_| errors::invalid("The marker is not valid.");
    let after = match marker.filter(|marker| !marker.is_empty()) {
        Some(marker) => {
            let bytes = URL_SAFE_NO_PAD.decode(marker).map_err(|_| wrong(()))?;
            Some(String::from_utf8(bytes).map_err(|_| wrong(()))?)
        }
        None => None,
    };
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(ITEMS_MAX).min(ITEMS_MAX);
    let cut = page(items, key, after.as_deref(), limit);
    Ok(Page { items: cut.items, next: cut.next.map(|next| URL_SAFE_NO_PAD.encode(next)) })
}
