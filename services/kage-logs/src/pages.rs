//! Pages of lists. A token names its operation and the last key of the page, so that no other operation takes it.

use crate::errors;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use kage_core::{Call, Page, Result};

/// What was asked for.
pub struct Asked<'a> {
    /// The token.
    pub token: Option<&'a str>,
    /// The limit.
    pub limit: Option<i32>,
    /// The limit where none is asked for.
    pub default: usize,
    /// Whether keys go down.
    pub descending: bool,
}

impl<'a> Asked<'a> {
    /// Up to fifty items a page, which is what most lists of this service give.
    pub fn fifty(token: Option<&'a String>, limit: Option<i32>) -> Asked<'a> {
        Asked { token: token.map(String::as_str), limit, default: 50, descending: false }
    }

    /// The same in the other direction.
    pub fn descending(self, descending: bool) -> Asked<'a> {
        Asked { descending, ..self }
    }
}

/// Cuts one page out of `items`, which may be in any order.
///
/// # Errors
/// `InvalidParameterException` for a token that this operation did not give out.
pub fn cut<T>(
    call: &Call<'_>,
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    asked: &Asked<'_>,
) -> Result<Page<T>> {
    let after = asked.token.map(|token| read(call, token)).transpose()?;
    let limit = asked.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(asked.default);
    let mut keyed: Vec<(String, T)> = items.into_iter().map(|item| (key(&item), item)).collect();
    keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
    if asked.descending {
        keyed.reverse();
    }
    let behind = |key: &String| match &after {
        None => true,
        Some(after) if asked.descending => key < after,
        Some(after) => key > after,
    };
    let mut rest = keyed.into_iter().filter(|(key, _)| behind(key)).peekable();
    let mut items = Vec::new();
    let mut last = None;
    while items.len() < limit {
        let Some((key, item)) = rest.next() else { break };
        items.push(item);
        last = Some(key);
    }
    let next = if rest.peek().is_some() { last.map(|key| token(call, &key)) } else { None };
    Ok(Page { items, next })
}

/// The token that leads on from `key`.
pub fn token(call: &Call<'_>, key: &str) -> String {
    BASE64.encode(format!("{}\n{key}", call.operation.name))
}

/// The key in a token.
///
/// # Errors
/// `InvalidParameterException` for a token that this operation did not give out.
pub fn read(call: &Call<'_>, token: &str) -> Result<String> {
    let text = BASE64.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let key = text.as_deref().and_then(|text| text.split_once('\n'));
    match key {
        Some((operation, key)) if operation == call.operation.name => Ok(key.to_owned()),
        _ => Err(errors::invalid_token()),
    }
}
