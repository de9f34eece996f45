//! Conditional requests and ranges.
//!
//! AWS: S3 user guide, "Conditional requests"; RFC 9110, section 13.

use crate::errors;
use crate::object::Version;
use kage_core::{Error, Result};
use kage_schema::Timestamp;

/// The conditions of a read.
pub struct Conditions<'a> {
    /// `If-Match`.
    pub matches: Option<&'a str>,
    /// `If-None-Match`.
    pub none_match: Option<&'a str>,
    /// `If-Modified-Since`.
    pub modified_since: Option<Timestamp>,
    /// `If-Unmodified-Since`.
    pub unmodified_since: Option<Timestamp>,
}

fn lists(header: &str, etag: &str) -> bool {
    header
        .split(',')
        .map(str::trim)
        .any(|one| one == "*" || one.trim_start_matches("W/").trim_matches('"') == etag)
}

impl Conditions<'_> {
    /// Judges the conditions of a read.
    ///
    /// # Errors
    /// `PreconditionFailed`, `NotModified`.
    pub fn judge(&self, object: &Version) -> Result<()> {
        self.failed(object).map_or(Ok(()), |(name, unchanged)| {
            Err(if unchanged { errors::not_modified(object) } else { errors::precondition_failed(name) })
        })
    }

    /// Judges the conditions on a copy's source, where every failure is `PreconditionFailed`.
    ///
    /// # Errors
    /// `PreconditionFailed`.
    pub fn judge_source(&self, object: &Version) -> Result<()> {
        self.failed(object).map_or(Ok(()), |(name, _)| {
            Err(errors::precondition_failed(match name {
                "If-Match" => "x-amz-copy-source-If-Match",
                "If-None-Match" => "x-amz-copy-source-If-None-Match",
                "If-Modified-Since" => "x-amz-copy-source-If-Modified-Since",
                _ => "x-amz-copy-source-If-Unmodified-Since",
            }))
        })
    }

    /// The condition that fails, and whether it says that nothing changed.
    fn failed(&self, object: &Version) -> Option<(&'static str, bool)> {
        let modified = object.modified_seconds();
        // AWS: GetObject: If-Match true and If-Unmodified-Since false is 200; If-None-Match false and
        // If-Modified-Since true is 304. Entity tags outweigh dates.
        match self.matches {
            Some(header) if !lists(header, &object.etag) => return Some(("If-Match", false)),
            None if self.unmodified_since.is_some_and(|at| modified > at.seconds()) => {
                return Some(("If-Unmodified-Since", false));
            }
            _ => {}
        }
        match self.none_match {
            Some(header) if lists(header, &object.etag) => Some(("If-None-Match", true)),
            None if self.modified_since.is_some_and(|at| modified <= at.seconds()) => {
                Some(("If-Modified-Since", true))
            }
            _ => None,
        }
    }
}

/// Judges the conditions of a write against the newest version.
///
/// # Errors
/// `PreconditionFailed`, `NoSuchKey`, `NotImplemented`.
pub fn judge_write(
    matches: Option<&str>,
    none_match: Option<&str>,
    key: &str,
    newest: Option<&Version>,
) -> Result<()> {
    let object = newest.filter(|version| !version.is_marker);
    // AWS: S3 user guide, "How to prevent object overwrites with conditional writes".
    match none_match {
        Some("*") if object.is_some() => return Err(errors::precondition_failed("If-None-Match")),
        Some("*") | None => {}
        Some(_) => {
            return Err(Error::new(
                "NotImplemented",
                501,
                "A header you provided implies functionality that is not implemented",
            )
            .with("Header", "If-None-Match")
            .with(
                "additionalMessage",
                "We don't accept the provided value of If-None-Match header for this API",
            ));
        }
    }
    match (matches, object) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(errors::no_such_key(key)),
        (Some(header), Some(object)) if lists(header, &object.etag) => Ok(()),
        (Some(_), Some(_)) => Err(errors::precondition_failed("If-Match")),
    }
}

/// The bytes that a `Range` header names in a body of `size` bytes: first byte and length. `None` for headers that are
/// to be ignored (several ranges, other units, nonsense).
///
/// # Errors
/// `InvalidRange` when no byte of the range is there.
pub fn range(header: &str, size: u64) -> Result<Option<(u64, u64)>> {
    let Some(spec) = header.trim().strip_prefix("bytes=") else { return Ok(None) };
    let Some((first, last)) = spec.split_once('-') else { return Ok(None) };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let found = match (first.trim(), last.trim()) {
        ("", suffix) => match number(suffix) {
            Some(0) => return Err(errors::invalid_range(header, size)),
            Some(count) => (size.saturating_sub(count), size.min(count)),
            None => return Ok(None),
        },
        (first, "") => match number(first) {
            Some(first) => (first, size.saturating_sub(first)),
            None => return Ok(None),
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => {
                let end = last.saturating_add(1).min(size);
                (first, end.saturating_sub(first))
            }
            _ => return Ok(None),
        },
    };
    if found.0 >= size || found.1 == 0 {
        return Err(errors::invalid_range(header, size));
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let ok = |header: &str| range(header, 10).unwrap();
        assert_eq!(ok("bytes=0-3"), Some((0, 4)));
        assert_eq!(ok("bytes=4-"), Some((4, 6)));
        assert_eq!(ok("bytes=4-100"), Some((4, 6)));
        assert_eq!(ok("bytes=-3"), Some((7, 3)));
        assert_eq!(ok("bytes=-30"), Some((0, 10)));
        for ignored in ["bytes=3-1", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=5"] {
            assert_eq!(ok(ignored), None, "{ignored}");
        }
        for wrong in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            assert_eq!(range(wrong, 10).unwrap_err().code, "InvalidRange", "{wrong}");
        }
        assert!(range("bytes=0-", 0).is_err());
    }
}
