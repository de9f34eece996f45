//! Reading stream entries from journal segments.

use crate::disk::{Disk, DiskFile};
use crate::error::{During, StoreError};
use crate::frame::{crc32c, u32_at};
use crate::lock;
use crate::op::Location;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// So many segments stay open for reading.
const OPEN_FILES: usize = 128;

/// The name of a segment's file.
pub(crate) fn segment_name(segment: u32) -> String {
    format!("journal-{segment:010}")
}

/// Open segments.
pub(crate) struct Segments {
    disk: Arc<dyn Disk>,
    files: Mutex<HashMap<u32, Arc<dyn DiskFile>>>,
}

impl Segments {
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        Segments { disk, files: Mutex::default() }
    }

    /// Makes a file known that is open already.
    pub fn insert(&self, segment: u32, file: Arc<dyn DiskFile>) {
        let mut files = lock(&self.files);
        if files.len() >= OPEN_FILES {
            files.clear();
        }
        files.insert(segment, file);
    }

    /// Closes a segment and removes its file.
    pub fn remove(&self, segment: u32) {
        lock(&self.files).remove(&segment);
        // A file that cannot be removed now is removed when the store is opened again.
        let _ = self.disk.remove(&segment_name(segment));
    }

    fn file(&self, segment: u32) -> Result<Arc<dyn DiskFile>, StoreError> {
        if let Some(file) = lock(&self.files).get(&segment) {
            return Ok(file.clone());
        }
        let name = segment_name(segment);
        let file = self.disk.open(&name).during("open", &name)?;
        self.insert(segment, file.clone());
        Ok(file)
    }

    /// Reads an entry and checks it against its checksum.
    pub fn read(&self, location: Location) -> Result<Arc<[u8]>, StoreError> {
        let name = || segment_name(location.segment);
        let mut bytes = vec![0; (location.length as usize).saturating_add(4)];
        let file = self.file(location.segment)?;
        file.read_at(&mut bytes, u64::from(location.offset)).during("read", &name())?;
        match (u32_at(&bytes, 0), bytes.get(4..)) {
            (Some(crc), Some(entry)) if crc == crc32c(entry) => Ok(entry.into()),
            _ => {
                let reason = "a stream's entry has a wrong checksum".to_owned();
                Err(StoreError::Corrupt { file: name(), offset: u64::from(location.offset), reason })
            }
        }
    }
}
