//! Objects: their versions and delete markers.

use crate::acl::Grant;
use crate::bodies::Piece;
use crate::checksums::Checksum;
use crate::encryption::Protection;
use crate::errors;
use kage_core::{Millis, Result, UploadDigests};
use kage_schema::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The id of a version in a bucket without versioning.
pub const NULL: &str = "null";

/// One version of an object, or a delete marker.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Version {
    /// The key.
    pub key: String,
    /// The version's id; [`NULL`] without versioning.
    pub id: String,
    /// Grows with every version of the key; the greatest is the current one.
    pub sequence: u64,
    /// When it was written.
    pub modified: Millis,
    /// Whether it is a delete marker, which has no content.
    pub is_marker: bool,
    /// The account that owns it.
    pub owner: String,
    /// Length of its plaintext in bytes.
    pub size: u64,
    /// Its entity tag without quotes.
    pub etag: String,
    /// Its content in order.
    pub pieces: Vec<Piece>,
    /// Its parts, if it was uploaded in parts.
    pub parts: Vec<PartFact>,
    /// What was computed when it came in one piece.
    pub digests: Option<UploadDigests>,
    /// CRC-64/NVME of the whole, when it is known.
    pub crc64nvme: Option<u64>,
    /// Its checksum, when it is known.
    pub checksum: Option<Checksum>,
    /// Headers and user metadata.
    pub about: About,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// Its ACL.
    pub grants: Vec<Grant>,
    /// How it is encrypted.
    pub protection: Protection,
    /// Its bytes out of the archive, once they were asked for.
    #[serde(default)]
    pub restored: Option<Restored>,
}

/// Bytes of an archived object that are readable for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// From when on.
    pub ready: Millis,
    /// Until when.
    pub expires: Millis,
}

/// What is remembered of a part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartFact {
    /// Its number as the client gave it.
    pub number: i32,
    /// Its length in bytes.
    pub size: u64,
    /// Its checksum.
    pub checksum: Option<Checksum>,
}

/// What the writer said about an object besides its bytes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct About {
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Expires`.
    pub expires: Option<String>,
    /// `x-amz-website-redirect-location`.
    pub redirect: Option<String>,
    /// `x-amz-meta-…`.
    pub metadata: BTreeMap<String, String>,
    /// `STANDARD`, `GLACIER`, …
    pub storage_class: String,
}

impl About {
    /// Refuses what no object may have.
    ///
    /// # Errors
    /// `MetadataTooLarge`, `InvalidStorageClass`.
    pub fn require_valid(&self) -> Result<()> {
        // AWS: S3 user guide, "Working with object metadata": 2 KB of user-defined metadata, keys and values together.
        let size: usize =
            self.metadata.iter().map(|(key, value)| key.len().saturating_add(value.len())).sum();
        if size > 2048 {
            let text = "Your metadata headers exceed the maximum allowed metadata size";
            return Err(kage_core::Error::new("MetadataTooLarge", 400, text)
                .with("Size", size.to_string())
                .with("MaxSizeAllowed", "2048"));
        }
        const CLASSES: [&str; 8] = [
            "STANDARD",
            "REDUCED_REDUNDANCY",
            "STANDARD_IA",
            "ONEZONE_IA",
            "INTELLIGENT_TIERING",
            "GLACIER_IR",
            "GLACIER",
            "DEEP_ARCHIVE",
        ];
        if CLASSES.contains(&self.storage_class.as_str()) {
            return Ok(());
        }
        Err(errors::invalid_storage_class(&self.storage_class))
    }

    /// The class as answers show it: the usual one is not said.
    pub fn shown_class(&self) -> Option<String> {
        (self.storage_class != "STANDARD").then(|| self.storage_class.clone())
    }
}

impl Version {
    /// The entity tag as headers show it.
    pub fn quoted_etag(&self) -> String {
        format!("\"{}\"", self.etag)
    }

    /// Its time in whole seconds, as headers show it.
    pub fn modified_seconds(&self) -> i64 {
        self.modified.div_euclid(1000)
    }

    /// How far its restoration is, as `x-amz-restore` tells it. AWS: HeadObject, `x-amz-restore`.
    pub fn shown_restore(&self, now: Timestamp) -> Option<String> {
        let copy = self.restored.filter(|copy| now.milliseconds() < copy.expires)?;
        Some(if now.milliseconds() < copy.ready {
            "ongoing-request=\"true\"".to_owned()
        } else {
            format!("ongoing-request=\"false\", expiry-date=\"{}\"", Timestamp(copy.expires).rfc822())
        })
    }

    /// Refuses archived objects: their bytes must be restored first.
    ///
    /// # Errors
    /// `InvalidObjectState`.
    pub fn require_readable(&self, now: Timestamp) -> Result<()> {
        let now = now.milliseconds();
        match self.about.storage_class.as_str() {
            _ if self.restored.is_some_and(|copy| copy.ready <= now && now < copy.expires) => Ok(()),
            class @ ("GLACIER" | "DEEP_ARCHIVE") => Err(errors::invalid_object_state(class)),
            _ => Ok(()),
        }
    }
}
