//! Names of buckets and objects.

use crate::errors;
use kage_core::{Error, Result};

/// AWS: S3 user guide, "Naming Amazon S3 objects": 1,024 bytes of UTF-8.
const KEY_MAX: usize = 1024;

/// The ARN of a bucket.
pub fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

/// The ARN of an object.
pub fn object_arn(bucket: &str, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{key}")
}

/// Whether a bucket may have this name.
/// AWS: S3 user guide, "General purpose bucket naming rules".
pub fn is_bucket_name(name: &str) -> bool {
    let end = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = name.as_bytes();
    let is_address = name.split('.').count() == 4 && name.split('.').all(|part| part.parse::<u8>().is_ok());
    const PREFIXES: [&str; 4] = ["xn--", "sthree-", "amzn-s3-demo-", "amzn_s3_demo_"];
    const SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
    // The documentation reserves amzn-s3-demo- for examples; buckets of examples must work here.
    let reserved = PREFIXES.iter().take(2).any(|prefix| name.starts_with(prefix));
    (3..=63).contains(&name.len())
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
        && end(bytes.first())
        && end(bytes.last())
        && !name.contains("..")
        && !is_address
        && !reserved
        && !SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Refuses a name that no bucket may have.
///
/// # Errors
/// `InvalidBucketName`.
pub fn require_bucket_name(name: &str) -> Result<()> {
    if is_bucket_name(name) {
        return Ok(());
    }
    Err(Error::new("InvalidBucketName", 400, "The specified bucket is not valid.").with("BucketName", name))
}

/// Refuses a key that is too long.
///
/// # Errors
/// `KeyTooLongError`.
pub fn require_key(key: &str) -> Result<()> {
    if key.len() <= KEY_MAX {
        return Ok(());
    }
    Err(Error::new("KeyTooLongError", 400, "Your key is too long")
        .with("Size", key.len().to_string())
        .with("MaxSizeAllowed", KEY_MAX.to_string()))
}

/// A copy source: `bucket/key`, maybe with a slash before and `?versionId=…` behind, percent-encoded.
pub struct Source {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The version, when one is named.
    pub version: Option<String>,
}

/// Reads a copy source.
///
/// # Errors
/// `InvalidArgument`; `NotImplemented` for access points.
pub fn source(text: &str) -> Result<Source> {
    let refuse = |why: &str| errors::invalid_argument(why, "x-amz-copy-source", text);
    let (path, query) = match text.rsplit_once("?versionId=") {
        Some((path, version)) => (path, Some(version)),
        None => (text, None),
    };
    let path = decode(path).ok_or_else(|| refuse("Invalid copy source encoding"))?;
    let path = path.strip_prefix('/').unwrap_or(&path);
    if path.starts_with("arn:") {
        return Err(errors::not_implemented("x-amz-copy-source with an access point"));
    }
    let (bucket, key) = path.split_once('/').ok_or_else(|| refuse("Invalid copy source object key"))?;
    if bucket.is_empty() {
        return Err(refuse("Invalid copy source bucket name"));
    }
    if key.is_empty() {
        return Err(refuse("Invalid copy source object key"));
    }
    let version =
        query.map(|version| decode(version).ok_or_else(|| refuse("Version id cannot be the empty string")));
    Ok(Source { bucket: bucket.to_owned(), key: key.to_owned(), version: version.transpose()? })
}

/// Undoes percent-encoding; `None` when it is broken. A plus sign is itself.
pub fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |b: Option<u8>| char::from(b?).to_digit(16);
            let value = digit(bytes.next())?.checked_mul(16)?.checked_add(digit(bytes.next())?)?;
            out.push(u8::try_from(value).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

/// Percent-encodes a key as lists with `encoding-type=url` do: `/` stays, a space becomes `+`.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' | b'/' => {
                out.push(char::from(byte))
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names() {
        for good in ["abc", "my-bucket.logs", "123", "amzn-s3-demo-bucket1"] {
            assert!(is_bucket_name(good), "{good}");
        }
        for bad in [
            "ab",
            "Abc",
            "a_b_c",
            "-abc",
            "abc-",
            "a..b",
            "192.168.5.4",
            "xn--abc",
            "abc-s3alias",
            &"a".repeat(64),
        ] {
            assert!(!is_bucket_name(bad), "{bad}");
        }
    }

    #[test]
    fn sources() {
        let found = source("/b/a%20b/c?versionId=v%2F1").unwrap();
        assert_eq!(
            (found.bucket.as_str(), found.key.as_str(), found.version.as_deref()),
            ("b", "a b/c", Some("v/1"))
        );
        assert!(source("b").is_err());
        assert!(source("b/").is_err());
        assert!(source("b/%zz").is_err());
        assert_eq!(encode("a b/ü"), "a+b/%C3%BC");
    }
}
