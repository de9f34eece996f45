//! The table of objects. Rows of one key stand newest first.

use crate::bucket::{Bucket, Versioning};
use crate::object::{NULL, Version};
use crate::{ageing, bodies};
use kage_core::{Call, Result, Tx};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};

const VERSIONS: Table<Version> = Table::new("s3.versions");
/// Behind every row of a key: no row part begins with so many 0xFF.
const BEHIND: [u8; 24] = [0xff; 24];

fn place(bucket: &str, version: &Version) -> Key {
    row(&[bucket, &version.key]).with_number(u64::MAX.saturating_sub(version.sequence))
}

/// The newest version of a key, which may be a delete marker.
///
/// # Errors
/// Those of the store.
pub fn newest(reads: &dyn Reads, bucket: &str, key: &str) -> Result<Option<Version>> {
    let first = VERSIONS.scan_prefix(reads, &row(&[bucket, key])).next();
    Ok(first.transpose()?.map(|(_, version)| version))
}

/// All versions of a key, newest first.
///
/// # Errors
/// Those of the store.
pub fn all(reads: &dyn Reads, bucket: &str, key: &str) -> Result<Vec<Version>> {
    kage_core::scan(&VERSIONS, reads, &row(&[bucket, key]))
}

/// The version with this id.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, bucket: &str, key: &str, id: &str) -> Result<Option<Version>> {
    Ok(all(reads, bucket, key)?.into_iter().find(|version| version.id == id))
}

/// Whether the bucket holds any version or marker.
pub fn any(reads: &dyn Reads, bucket: &str) -> bool {
    VERSIONS.scan_prefix(reads, &row(&[bucket])).next().is_some()
}

/// The first row behind `after`, with its place: the raw material of lists.
///
/// # Errors
/// Those of the store.
pub fn next(reads: &dyn Reads, bucket: &str, after: &Key) -> Result<Option<(Key, Version)>> {
    let prefix = row(&[bucket]);
    let mut rows = VERSIONS.scan_after(reads, &prefix, after);
    Ok(rows.next().transpose()?)
}

/// Before all keys that begin with `prefix`.
pub fn before(bucket: &str, prefix: &str) -> Key {
    if prefix.is_empty() { row(&[bucket]) } else { row(&[bucket, prefix]) }
}

/// Behind all versions of `key`.
pub fn behind_key(bucket: &str, key: &str) -> Key {
    row(&[bucket, key]).with(BEHIND)
}

/// Behind all keys that begin with `prefix`. No text holds the byte 0xFF.
pub fn behind_prefix(bucket: &str, prefix: &str) -> Key {
    row(&[bucket]).with([prefix.as_bytes(), &BEHIND].concat())
}

/// At this version.
pub fn at(bucket: &str, version: &Version) -> Key {
    place(bucket, version)
}

/// Writes over a version that is there.
///
/// # Errors
/// Those of the store.
pub fn update(tx: &mut Tx, bucket: &str, version: &Version) -> Result<()> {
    Ok(VERSIONS.put(tx.writer(), &place(bucket, version), version)?)
}

/// Adds a version (or delete marker) as the newest, as the bucket's versioning says, and gives it its id.
/// AWS: S3 user guide, "How S3 Versioning works".
///
/// # Errors
/// Those of the store.
pub fn insert(call: &Call<'_>, tx: &mut Tx, bucket: &Bucket, mut version: Version) -> Result<Version> {
    let existing = all(tx.reads(), &bucket.name, &version.key)?;
    version.sequence = existing.first().map_or(1, |newest| newest.sequence.saturating_add(1));
    if bucket.versioning == Versioning::Enabled {
        version.id = call.ids().token(32).replace(['+', '/'], "_");
    } else {
        version.id = NULL.to_owned();
        for old in existing.iter().filter(|old| old.id == NULL) {
            remove(tx, &bucket.name, old)?;
        }
    }
    update(tx, &bucket.name, &version)?;
    ageing::touch(call, tx, bucket)?;
    Ok(version)
}

/// Removes a version for good.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, bucket: &str, version: &Version) -> Result<()> {
    VERSIONS.delete(tx.writer(), &place(bucket, version));
    bodies::give_up(tx, &version.pieces)
}
