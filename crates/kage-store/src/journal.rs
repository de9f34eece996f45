//! The writing end of the journal: the segment that grows.

use crate::disk::{Disk, DiskFile};
use crate::error::{During, StoreError};
use crate::flush::Flush;
use crate::format::{FileHeader, Kind};
use crate::frame::{FILE_HEADER, close_frame};
use crate::segments::{Segments, segment_name};
use std::sync::Arc;

/// The growing segment. Only the holder of the writer's turn touches it.
pub(crate) struct Journal {
    pub segment: u32,
    pub file: Arc<dyn DiskFile>,
    /// Length of the file up to which it is made of whole frames.
    pub length: u64,
    /// Bytes of whole frames since the last checkpoint.
    pub since_checkpoint: u64,
}

/// Makes a new segment, durably. `number` is that of its first commit.
pub(crate) fn create_segment(
    disk: &dyn Disk,
    segment: u32,
    number: u64,
) -> Result<Arc<dyn DiskFile>, StoreError> {
    let name = segment_name(segment);
    let file = disk.create(&name).during("create", &name)?;
    let header = FileHeader { kind: Kind::Journal, segment, number }.encode();
    let written = (|| {
        file.append(&header).during("write", &name)?;
        file.sync().during("sync", &name)?;
        disk.sync_directory("").during("sync", "the directory")
    })();
    if written.is_err() {
        // Recovery copes with a half-made last segment; this only tidies up.
        let _ = disk.remove(&name);
    }
    written.map(|()| file)
}

impl Journal {
    /// Writes a frame and returns where it begins. After an error the journal is as before, or (if that
    /// cannot be had) the store is read-only.
    pub fn append(&mut self, frame: &mut [u8], number: u64, flush: &Flush) -> Result<u64, StoreError> {
        close_frame(frame, number, flush.synced())?;
        let name = segment_name(self.segment);
        if let Err(error) = self.file.append(frame) {
            // The cut must be durable before the place is written again: a power cut must not bring the
            // failed frame back.
            if let Err(second) = self.file.truncate(self.length).and_then(|()| self.file.sync()) {
                return Err(
                    flush.fail(format!("cannot append to {name}: {error}; nor cut it back: {second}"))
                );
            }
            return Err(error).during("append to", &name);
        }
        let offset = self.length;
        self.length = self.length.saturating_add(frame.len() as u64);
        self.since_checkpoint = self.since_checkpoint.saturating_add(frame.len() as u64);
        Ok(offset)
    }

    /// Begins a new segment unless this one is still empty. Everything before is durable then. `number` is
    /// that of the next commit.
    pub fn rotate(
        &mut self,
        disk: &dyn Disk,
        number: u64,
        flush: &Flush,
        segments: &Segments,
    ) -> Result<(), StoreError> {
        flush.run()?;
        if self.length <= FILE_HEADER as u64 {
            return Ok(());
        }
        let segment = self.segment.saturating_add(1);
        let file = create_segment(disk, segment, number)?;
        flush.switch(file.clone());
        segments.insert(segment, file.clone());
        *self =
            Journal { segment, file, length: FILE_HEADER as u64, since_checkpoint: self.since_checkpoint };
        Ok(())
    }
}
