//! Tags: the header form and the rules.
//!
//! AWS: S3 user guide, "Categorizing your storage using tags".

use crate::{errors, names};
use kage_api_s3::types;
use kage_core::Result;

/// Tags of an object at most.
pub const OBJECT_MAX: usize = 10;
/// Tags of a bucket at most.
pub const BUCKET_MAX: usize = 50;

/// Reads the `x-amz-tagging` header: `key=value&key=value`, percent-encoded.
///
/// # Errors
/// `InvalidArgument`, `InvalidTag`, `BadRequest`.
pub fn from_header(text: Option<&str>) -> Result<Vec<(String, String)>> {
    let text = text.unwrap_or_default();
    let refuse = || {
        let why = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
        errors::invalid_argument(why, "x-amz-tagging", text)
    };
    let mut tags = Vec::new();
    for piece in text.split('&').filter(|piece| !piece.is_empty()) {
        let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
        let decode = |text: &str| names::decode(&text.replace('+', " ")).ok_or_else(refuse);
        tags.push((decode(key)?, decode(value)?));
    }
    for (place, (key, _)) in tags.iter().enumerate() {
        if tags.iter().take(place).any(|(other, _)| other == key) {
            return Err(refuse());
        }
    }
    require(&tags, OBJECT_MAX)?;
    Ok(tags)
}

/// Reads a tag set.
///
/// # Errors
/// `InvalidTag`, `BadRequest`.
pub fn from_set(set: &[types::Tag], max: usize) -> Result<Vec<(String, String)>> {
    let tags: Vec<(String, String)> = set.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
    for (place, (key, _)) in tags.iter().enumerate() {
        if tags.iter().take(place).any(|(other, _)| other == key) {
            return Err(errors::invalid_tag("Cannot provide multiple Tags with the same key")
                .with("TagKey", key.clone()));
        }
    }
    require(&tags, max)?;
    Ok(tags)
}

fn require(tags: &[(String, String)], max: usize) -> Result<()> {
    if tags.len() > max {
        let text = if max == OBJECT_MAX {
            "Object tags cannot be greater than 10".to_owned()
        } else {
            format!("Bucket tag count cannot be greater than {max}")
        };
        return Err(kage_core::Error::new("BadRequest", 400, text));
    }
    let allowed =
        |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "+-=._:/@".contains(c));
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > 128 || !allowed(key) {
            return Err(
                errors::invalid_tag("The TagKey you have provided is invalid").with("TagKey", key.clone())
            );
        }
        if key.starts_with("aws:") {
            return Err(errors::invalid_tag("System tags cannot be added/updated by requester"));
        }
        if value.chars().count() > 256 || !allowed(value) {
            return Err(errors::invalid_tag("The TagValue you have provided is invalid")
                .with("TagValue", value.clone()));
        }
    }
    Ok(())
}

/// The tags as answers show them.
pub fn shown(tags: &[(String, String)]) -> Vec<types::Tag> {
    tags.iter().map(|(key, value)| types::Tag { key: key.clone(), value: value.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header() {
        let tags = from_header(Some("a=1&b%20c=x%2By&d")).unwrap();
        let expected = [("a", "1"), ("b c", "x+y"), ("d", "")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(tags, expected);
        assert_eq!(from_header(Some("a=1&a=2")).unwrap_err().code, "InvalidArgument");
        assert_eq!(from_header(Some("aws:x=1")).unwrap_err().code, "InvalidTag");
        let many = (0..11).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join("&");
        assert_eq!(from_header(Some(&many)).unwrap_err().code, "BadRequest");
    }
}
