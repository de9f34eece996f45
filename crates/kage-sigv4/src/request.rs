//! The request as it came over the wire, borrowed.

use std::borrow::Cow;

/// The parts of a request that a signature covers, exactly as received.
///
/// The caller puts the HTTP/2 `:authority` into a `host` header and leaves out header lines it made itself.
#[derive(Clone, Copy, Debug)]
pub struct RequestParts<'a> {
    /// The method in capitals.
    pub method: &'a str,
    /// The raw path: not decoded, not normalised. An empty path is read as `/`.
    pub path: &'a str,
    /// The raw query without the question mark; empty if there is none.
    pub query: &'a str,
    /// All header lines in the order received. Names in any case, duplicates as separate entries.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl<'a> RequestParts<'a> {
    /// All values of one header, in the order received. `name` must be in lower case.
    pub(crate) fn values(&self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        let headers = self.headers;
        headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| *v)
    }

    /// One header as trimmed text; several lines are joined by a comma, so a duplicate never hides.
    /// Bytes that are not UTF-8 are replaced, which makes every strict parser refuse them.
    pub(crate) fn header(&self, name: &'static str) -> Option<Cow<'a, str>> {
        let mut values = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| *v);
        let first = String::from_utf8_lossy(values.next()?);
        let Some(second) = values.next() else {
            return Some(trimmed(first));
        };
        let mut joined = first.trim().to_owned();
        for value in std::iter::once(second).chain(values) {
            joined.push(',');
            joined.push_str(String::from_utf8_lossy(value).trim());
        }
        Some(Cow::Owned(joined))
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// The pairs of a raw query, undecoded. A name without `=` has an empty value; empty pieces are skipped.
pub(crate) fn query_pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
}
