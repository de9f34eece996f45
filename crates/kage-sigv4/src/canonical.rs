//! The canonical request and the string to sign.
//!
//! AWS: IAM User Guide, "Create a signed AWS API request", steps 1 to 3.

use crate::claim::{Claim, Kind};
use crate::encode;
use crate::key::sha256_hex;
use crate::options::PathRule;
use crate::request::{RequestParts, query_pairs};

/// What decides the canonical form beside the request itself.
pub(crate) struct CanonicalRules<'a> {
    pub(crate) kind: Kind,
    /// Lower case, sorted.
    pub(crate) signed_headers: &'a [String],
    pub(crate) payload: &'a str,
    pub(crate) path: PathRule,
    /// Leave `X-Amz-Security-Token` out of the query (it was added after signing).
    pub(crate) without_token: bool,
}

/// Builds the canonical request.
pub(crate) fn canonical_request(parts: &RequestParts<'_>, rules: &CanonicalRules<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    out.extend_from_slice(parts.method.as_bytes());
    out.push(b'\n');
    push_path(&mut out, parts.path, rules.path);
    out.push(b'\n');
    push_query(&mut out, parts.query, rules);
    out.push(b'\n');
    for name in rules.signed_headers {
        push_header(&mut out, parts, name);
    }
    out.push(b'\n');
    for (position, name) in rules.signed_headers.iter().enumerate() {
        if position > 0 {
            out.push(b';');
        }
        out.extend_from_slice(name.as_bytes());
    }
    out.push(b'\n');
    out.extend_from_slice(rules.payload.as_bytes());
    out
}

/// The string to sign of a claim over a canonical request.
pub(crate) fn string_to_sign(claim: &Claim, canonical_request: &[u8]) -> String {
    let hash = sha256_hex(canonical_request);
    format!("{}\n{}\n{}\n{hash}", claim.algorithm.as_str(), claim.timestamp, claim.scope())
}

fn push_path(out: &mut Vec<u8>, path: &str, rule: PathRule) {
    if path.is_empty() {
        out.push(b'/');
        return;
    }
    let put = |out: &mut Vec<u8>, bytes: &[u8]| {
        if rule.encode_again {
            encode::encode_into(out, bytes, true);
        } else {
            encode::normalise_into(out, bytes, true, false);
        }
    };
    if !rule.normalise {
        put(out, path.as_bytes());
        return;
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut ends_in_directory = false;
    for segment in path.split('/') {
        ends_in_directory = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            name => kept.push(name),
        }
    }
    out.push(b'/');
    for (position, segment) in kept.iter().enumerate() {
        if position > 0 {
            out.push(b'/');
        }
        put(out, segment.as_bytes());
    }
    if ends_in_directory && !kept.is_empty() {
        out.push(b'/');
    }
}

fn push_query(out: &mut Vec<u8>, query: &str, rules: &CanonicalRules<'_>) {
    if query.is_empty() {
        return;
    }
    let in_query = rules.kind == Kind::Query;
    let mut pool = Vec::with_capacity(query.len().saturating_add(64));
    let mut pairs: Vec<(usize, usize, usize)> = Vec::with_capacity(16);
    for (name, value) in query_pairs(query) {
        if in_query && name == "X-Amz-Signature" {
            continue;
        }
        if in_query && rules.without_token && name == "X-Amz-Security-Token" {
            continue;
        }
        let start = pool.len();
        encode::normalise_into(&mut pool, name.as_bytes(), false, true);
        let middle = pool.len();
        encode::normalise_into(&mut pool, value.as_bytes(), false, true);
        pairs.push((start, middle, pool.len()));
    }
    let name_and_value = |&(start, middle, end): &(usize, usize, usize)| {
        (pool.get(start..middle).unwrap_or_default(), pool.get(middle..end).unwrap_or_default())
    };
    pairs.sort_unstable_by(|left, right| name_and_value(left).cmp(&name_and_value(right)));
    for (position, pair) in pairs.iter().enumerate() {
        if position > 0 {
            out.push(b'&');
        }
        let (name, value) = name_and_value(pair);
        out.extend_from_slice(name);
        out.push(b'=');
        out.extend_from_slice(value);
    }
}

// A signed header that is not there counts as empty: S3 prints `range:` in such a CanonicalRequest
// (aws-cli issue 4356).
fn push_header(out: &mut Vec<u8>, parts: &RequestParts<'_>, name: &str) {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    // The caller of `RequestParts` has put the pseudo header of HTTP/2 into `host`.
    let name = if name == ":authority" { "host" } else { name };
    let mut first = true;
    for (header, value) in parts.headers {
        if !header.eq_ignore_ascii_case(name) {
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        push_collapsed(out, value);
    }
    out.push(b'\n');
}

// Outer white space goes, inner runs of it become one space; folded lines too.
fn push_collapsed(out: &mut Vec<u8>, value: &[u8]) {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let mut words = value.split(is_space).filter(|word| !word.is_empty());
    if let Some(word) = words.next() {
        out.extend_from_slice(word);
    }
    for word in words {
        out.push(b' ');
        out.extend_from_slice(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str, normalise: bool, encode_again: bool) -> String {
        let mut out = Vec::new();
        push_path(&mut out, text, PathRule { normalise, encode_again });
        String::from_utf8(out).unwrap()
    }

    fn query(text: &str, kind: Kind) -> String {
        query_with(text, kind, false)
    }

    fn query_with(text: &str, kind: Kind, without_token: bool) -> String {
        let rules = CanonicalRules {
            kind,
            signed_headers: &[],
            payload: "",
            path: PathRule { normalise: true, encode_again: true },
            without_token,
        };
        let mut out = Vec::new();
        push_query(&mut out, text, &rules);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn paths() {
        assert_eq!(path("", true, true), "/");
        assert_eq!(path("/a/./b/../c//d/", true, true), "/a/c/d/");
        assert_eq!(path("/../..", true, true), "/");
        assert_eq!(path("/a%20b", true, true), "/a%2520b");
        assert_eq!(path("/a%20b//../+", false, false), "/a%20b//../%2B");
        assert_eq!(path("/a%2fb", false, false), "/a/b");
    }

    #[test]
    fn queries() {
        assert_eq!(query("b=2&a=1&&a=0&c", Kind::Header), "a=0&a=1&b=2&c=");
        assert_eq!(query("a=b=c&x=+", Kind::Header), "a=b%3Dc&x=%20");
        assert_eq!(query("X-Amz-Signature=1&z=%2f", Kind::Query), "z=%2F");
        assert_eq!(query("X-Amz-Signature=1", Kind::Header), "X-Amz-Signature=1");
        assert_eq!(query_with("X-Amz-Security-Token=1&a=1", Kind::Query, true), "a=1");
        assert_eq!(query_with("X-Amz-Security-Token=1", Kind::Header, true), "X-Amz-Security-Token=1");
        // Sorted by name first: a plain text sort of the pairs would put "a-=2" before "a=1".
        assert_eq!(query("a-=2&a=1", Kind::Header), "a=1&a-=2");
    }

    #[test]
    fn headers_collapse_and_join() {
        let headers: [(&str, &[u8]); 3] = [("X", b"  a \t b\r\n  c "), ("y", b"1"), ("x", b"")];
        let parts = RequestParts { method: "GET", path: "/", query: "", headers: &headers };
        let mut out = Vec::new();
        push_header(&mut out, &parts, "x");
        push_header(&mut out, &parts, "z");
        assert_eq!(out, b"x:a b c,\nz:\n");
        let headers: [(&str, &[u8]); 1] = [("Host", b"h")];
        let mut out = Vec::new();
        push_header(&mut out, &RequestParts { headers: &headers, ..parts }, ":authority");
        assert_eq!(out, b":authority:h\n");
    }
}
