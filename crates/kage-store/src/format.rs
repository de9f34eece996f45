//! The version of what is on the disk, and how an old one becomes a new one.
//!
//! The file `format` holds the version of the whole directory (`KAGESTOR`, version, CRC-32C). Each journal
//! segment and checkpoint carries the version it was written with, because a migration may leave segments
//! with streams as they are.

use crate::disk::{Disk, DiskFile};
use crate::error::{During, StoreError};
use crate::frame::{FILE_HEADER, crc32c, u32_at, u64_at};

/// Brings a directory from version n to n + 1. It may run again after a crash, so it must not mind its own
/// traces; the new version is written down only when it has returned.
pub(crate) type Migration = fn(&dyn Disk) -> Result<(), StoreError>;

/// The steps from version 1 on: the first leads from 1 to 2.
pub(crate) const MIGRATIONS: &[Migration] = &[];

/// The version that this program writes.
pub(crate) const VERSION: u32 = 1 + MIGRATIONS.len() as u32;

const FILE: &str = "format";
const MAGIC: &[u8; 8] = b"KAGESTOR";

/// What a file with a header is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Journal,
    Checkpoint,
}

/// The header of a journal segment or checkpoint; see the table in `frame.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileHeader {
    pub kind: Kind,
    pub segment: u32,
    pub number: u64,
}

impl FileHeader {
    pub fn encode(self) -> Vec<u8> {
        let magic = match self.kind {
            Kind::Journal => b"KAGEJRNL",
            Kind::Checkpoint => b"KAGECKPT",
        };
        let mut bytes = magic.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.segment.to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// Reads the header of an open file. `Corrupt` if it is no whole header of this kind.
    pub fn read(file: &dyn DiskFile, name: &str, kind: Kind) -> Result<FileHeader, StoreError> {
        let corrupt = |reason: &str| StoreError::Corrupt {
            file: name.to_owned(),
            offset: 0,
            reason: reason.to_owned(),
        };
        if file.length().during("measure", name)? < FILE_HEADER as u64 {
            return Err(corrupt("the file's header is cut off"));
        }
        let mut bytes = vec![0; FILE_HEADER];
        file.read_at(&mut bytes, 0).during("read", name)?;
        let header = (|| {
            let (front, crc) = bytes.split_at_checked(FILE_HEADER - 4)?;
            let whole = crc32c(front) == u32_at(crc, 0)?;
            let magic = match front.get(..8)? {
                b"KAGEJRNL" => Kind::Journal,
                b"KAGECKPT" => Kind::Checkpoint,
                _ => return None,
            };
            (whole && magic == kind).then_some(())?;
            Some((u32_at(front, 8)?, u32_at(front, 12)?, u64_at(front, 16)?))
        })();
        let Some((version, segment, number)) = header else {
            return Err(corrupt("the file's header is wrong"));
        };
        if version > VERSION {
            return Err(StoreError::Newer { file: name.to_owned(), found: version, supported: VERSION });
        }
        Ok(FileHeader { kind, segment, number })
    }
}

/// Writes the directory's version down, durably and in one step.
pub(crate) fn write(disk: &dyn Disk, version: u32) -> Result<(), StoreError> {
    let temporary = "format.tmp";
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&version.to_le_bytes());
    bytes.extend_from_slice(&crc32c(&bytes).to_le_bytes());
    let file = disk.create(temporary).during("create", temporary)?;
    file.append(&bytes).during("write", temporary)?;
    file.sync().during("sync", temporary)?;
    disk.rename(temporary, FILE).during("rename", temporary)?;
    disk.sync_directory("").during("sync", "the directory")
}

/// The directory's version; `None` for a directory without one.
fn read(disk: &dyn Disk) -> Result<Option<u32>, StoreError> {
    if !disk.list("").during("list", "the directory")?.iter().any(|name| name == FILE) {
        return Ok(None);
    }
    let file = disk.open(FILE).during("open", FILE)?;
    let mut bytes = [0; 16];
    let length = file.length().during("measure", FILE)?;
    if length == bytes.len() as u64 {
        file.read_at(&mut bytes, 0).during("read", FILE)?;
    }
    let version = u32_at(&bytes, 8).filter(|_| bytes.starts_with(MAGIC));
    let whole = u32_at(&bytes, 12) == bytes.get(..12).map(crc32c);
    match version {
        Some(version) if whole => Ok(Some(version)),
        _ => {
            let reason = "this is not the format file of a Kagemusha store".to_owned();
            Err(StoreError::Corrupt { file: FILE.to_owned(), offset: 0, reason })
        }
    }
}

/// Brings the directory to the newest version. False: it has no version, so it is new or not a store.
pub(crate) fn upgrade(disk: &dyn Disk, migrations: &[Migration]) -> Result<bool, StoreError> {
    let Some(found) = read(disk)? else { return Ok(false) };
    let supported = u32::try_from(migrations.len()).unwrap_or(u32::MAX).saturating_add(1);
    if found > supported {
        return Err(StoreError::Newer { file: FILE.to_owned(), found, supported });
    }
    let mut version = found;
    for step in migrations.iter().skip(found.saturating_sub(1) as usize) {
        step(disk)?;
        version = version.saturating_add(1);
        write(disk, version)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{FaultyDisk, MemoryDisk};
    use std::sync::Arc;

    fn touch(disk: &dyn Disk, name: &str) -> Result<(), StoreError> {
        disk.create(name).map(drop).during("create", name)
    }

    #[test]
    fn migrations_run_once_each_and_in_order() {
        let disk = MemoryDisk::new();
        let steps: &[Migration] = &[
            |disk| touch(disk, "second"),
            |disk| {
                disk.open("second").during("open", "second")?;
                touch(disk, "third")
            },
        ];
        assert!(!upgrade(&disk, steps).unwrap(), "a new directory has no version");
        write(&disk, 1).unwrap();
        assert!(upgrade(&disk, steps).unwrap());
        assert_eq!(read(&disk).unwrap(), Some(3));
        disk.remove("second").unwrap();
        assert!(upgrade(&disk, steps).unwrap(), "nothing is left to do, so the missing file is not missed");
    }

    #[test]
    fn a_failed_migration_is_tried_again() {
        let disk = FaultyDisk::new(Arc::new(MemoryDisk::new()));
        write(&disk, 1).unwrap();
        let next = disk.operations() + 1;
        for n in next..next + 12 {
            disk.fail(n..n + 1);
            let _ = upgrade(&disk, &[|disk| touch(disk, "second")]);
        }
        disk.heal();
        assert!(upgrade(&disk, &[|disk| touch(disk, "second")]).unwrap());
        assert_eq!(read(&disk).unwrap(), Some(2));
        assert!(disk.open("second").is_ok());
    }

    #[test]
    fn a_newer_version_is_refused_by_name() {
        let disk = MemoryDisk::new();
        write(&disk, VERSION + 1).unwrap();
        let error = upgrade(&disk, MIGRATIONS).unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 2, supported: 1, .. }), "{error}");
    }
}
