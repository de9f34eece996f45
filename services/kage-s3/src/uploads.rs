//! Multipart uploads and their parts.

use crate::acl::Grant;
use crate::bodies::{self, Piece};
use crate::checksums::{Algorithm, Checksum};
use crate::encryption::Protection;
use crate::errors;
use crate::object::About;
use kage_core::{Millis, Result, Tx, UploadDigests, scan};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const UPLOADS: Table<Multipart> = Table::new("s3.uploads");
const PARTS: Table<Part> = Table::new("s3.parts");

/// An upload in parts that is under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Multipart {
    /// The bucket.
    pub bucket: String,
    /// The key of the object to be.
    pub key: String,
    /// Its id.
    pub id: String,
    /// When it began.
    pub initiated: Millis,
    /// ARN of who began it.
    pub initiator: String,
    /// The account that will own the object.
    pub owner: String,
    /// The ACL of the object.
    pub grants: Vec<Grant>,
    /// Headers and metadata of the object.
    pub about: About,
    /// Tags of the object.
    pub tags: Vec<(String, String)>,
    /// Encryption of the object.
    pub protection: Protection,
    /// The checksum that was asked for.
    pub algorithm: Option<Algorithm>,
    /// Whether the object's checksum is of its bytes, not of the parts' checksums.
    pub is_full: bool,
}

/// One part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// Its number, 1 to 10,000.
    pub number: i32,
    /// When it was uploaded.
    pub modified: Millis,
    /// Its length in bytes.
    pub size: u64,
    /// Its entity tag without quotes.
    pub etag: String,
    /// Its content.
    pub pieces: Vec<Piece>,
    /// What was computed of it; nothing for a range that was copied.
    pub digests: Option<UploadDigests>,
    /// Its checksum.
    pub checksum: Option<Checksum>,
}

impl Multipart {
    /// `FULL_OBJECT` or `COMPOSITE`, when a checksum was asked for.
    pub fn checksum_type(&self) -> Option<String> {
        let kind = if self.is_full { "FULL_OBJECT" } else { "COMPOSITE" };
        self.algorithm.map(|_| kind.to_owned())
    }
}

/// The upload.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, bucket: &str, key: &str, id: &str) -> Result<Option<Multipart>> {
    Ok(UPLOADS.get(reads, &row(&[bucket, key, id]))?)
}

/// The upload, or the error.
///
/// # Errors
/// `NoSuchUpload`.
pub fn require(reads: &dyn Reads, bucket: &str, key: &str, id: &str) -> Result<Multipart> {
    find(reads, bucket, key, id)?.ok_or_else(|| errors::no_such_upload(id))
}

/// All uploads of a bucket, by key and id.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, bucket: &str) -> Result<Vec<Multipart>> {
    scan(&UPLOADS, reads, &row(&[bucket]))
}

/// Writes an upload.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, upload: &Multipart) -> Result<()> {
    Ok(UPLOADS.put(tx.writer(), &row(&[&upload.bucket, &upload.key, &upload.id]), upload)?)
}

/// The parts of an upload by number.
///
/// # Errors
/// Those of the store.
pub fn parts(reads: &dyn Reads, upload: &Multipart) -> Result<Vec<Part>> {
    scan(&PARTS, reads, &row(&[&upload.bucket, &upload.id]))
}

/// Writes a part in place of an older one of that number.
///
/// # Errors
/// Those of the store.
pub fn put_part(tx: &mut Tx, upload: &Multipart, part: &Part) -> Result<()> {
    let number = u64::try_from(part.number).unwrap_or_default();
    let key = row(&[&upload.bucket, &upload.id]).with_number(number);
    if let Some(old) = PARTS.get(tx.reads(), &key)? {
        bodies::give_up(tx, &old.pieces)?;
    }
    Ok(PARTS.put(tx.writer(), &key, part)?)
}

/// Removes an upload and gives up the parts that are not `kept`.
///
/// # Errors
/// Those of the store.
pub fn close(tx: &mut Tx, upload: &Multipart, kept: &[i32]) -> Result<()> {
    for part in parts(tx.reads(), upload)? {
        let number = u64::try_from(part.number).unwrap_or_default();
        PARTS.delete(tx.writer(), &row(&[&upload.bucket, &upload.id]).with_number(number));
        if !kept.contains(&part.number) {
            bodies::give_up(tx, &part.pieces)?;
        }
    }
    UPLOADS.delete(tx.writer(), &row(&[&upload.bucket, &upload.key, &upload.id]));
    Ok(())
}

/// Removes an upload with all its parts.
///
/// # Errors
/// Those of the store.
pub fn discard(tx: &mut Tx, upload: &Multipart) -> Result<()> {
    close(tx, upload, &[])
}
