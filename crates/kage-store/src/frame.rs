//! Frames: the unit that is either whole or not there.
//!
//! Journal segments and checkpoints are a file header and then frames, all numbers little-endian.
//!
//! | file header | bytes | meaning |
//! | --- | --- | --- |
//! | magic | 8 | `KAGEJRNL` or `KAGECKPT` |
//! | version | 4 | format version of this file, see `format.rs` |
//! | segment | 4 | journal: its own number; checkpoint: the segment from which the journal goes on |
//! | number | 8 | journal: number of its first commit; checkpoint: number of the last commit it holds |
//! | crc | 4 | CRC-32C of the 24 bytes before |
//!
//! | frame | bytes | meaning |
//! | --- | --- | --- |
//! | magic | 4 | `KGFR`, to find frames behind a damaged one |
//! | length | 4 | of the payload |
//! | crc | 4 | CRC-32C of the payload |
//! | number | 8 | payload: commit number, each one more than the last; in a checkpoint the frame's, from 0 |
//! | synced | 8 | payload: all commits up to this number were durable when the frame was written |
//! | operations | | payload: see `op.rs` |
//!
//! One transaction is one frame, so it is there as a whole or not at all. `synced` tells a torn tail from
//! damage: a bad frame is cut off with all that follows unless a later frame vouches for it.

use crate::disk::DiskFile;
use crate::error::{During, StoreError};
use std::sync::Arc;

const MAGIC: [u8; 4] = *b"KGFR";
/// Bytes before the payload.
pub(crate) const FRAME_HEADER: usize = 12;
/// Bytes of the payload before the operations.
pub(crate) const PAYLOAD_HEADER: usize = 16;
/// Bytes of the header of a journal segment or checkpoint.
pub(crate) const FILE_HEADER: usize = 28;
/// The largest payload.
pub(crate) const MAX_PAYLOAD: usize = 256 << 20;
/// How much is read at once.
const CHUNK: u64 = 1 << 20;

/// CRC-32C (Castagnoli), as iSCSI has it.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    // The upper half of the result is zero for a 32-bit checksum.
    (crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, bytes) & 0xffff_ffff) as u32
}

/// Four bytes at `at` as a number, if they are there.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// Eight bytes at `at` as a number, if they are there.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

/// A buffer with room for the headers, to which operations are appended.
pub(crate) fn open_frame() -> Vec<u8> {
    vec![0; FRAME_HEADER + PAYLOAD_HEADER]
}

/// Fills in the headers of a frame begun by [`open_frame`].
pub(crate) fn close_frame(frame: &mut [u8], number: u64, synced: u64) -> Result<(), StoreError> {
    let too_large = StoreError::TooLarge { bytes: frame.len() as u64, limit: MAX_PAYLOAD as u64 };
    let Some((header, payload)) = frame.split_at_mut_checked(FRAME_HEADER) else { return Err(too_large) };
    let Ok(length) = u32::try_from(payload.len()) else { return Err(too_large) };
    if payload.len() > MAX_PAYLOAD {
        return Err(too_large);
    }
    if let Some(first) = payload.get_mut(..PAYLOAD_HEADER) {
        first.copy_from_slice(&[number.to_le_bytes(), synced.to_le_bytes()].concat());
    }
    let crc = crc32c(payload);
    header.copy_from_slice(&[MAGIC, length.to_le_bytes(), crc.to_le_bytes()].concat());
    Ok(())
}

/// A whole frame as it was found.
pub(crate) struct Frame<'a> {
    /// Where the frame begins in the file.
    pub offset: u64,
    /// Where its operations begin in the file.
    pub operations_offset: u64,
    pub number: u64,
    pub synced: u64,
    pub operations: &'a [u8],
}

/// What stands at the reader's place.
pub(crate) enum Found<'a> {
    Frame(Frame<'a>),
    /// Not a whole frame: torn or damaged.
    Bad {
        offset: u64,
        reason: String,
    },
    End,
}

/// Reads the frames of a file in order, in chunks.
pub(crate) struct FrameReader {
    file: Arc<dyn DiskFile>,
    name: String,
    /// Length of the file when reading began.
    length: u64,
    /// The next frame begins here.
    offset: u64,
    buffer: Vec<u8>,
    buffer_offset: u64,
}

impl FrameReader {
    /// Reads `file` from behind its header.
    pub fn new(file: Arc<dyn DiskFile>, name: &str) -> Result<Self, StoreError> {
        let length = file.length().during("measure", name)?;
        let name = name.to_owned();
        Ok(FrameReader {
            file,
            name,
            length,
            offset: FILE_HEADER as u64,
            buffer: Vec::new(),
            buffer_offset: 0,
        })
    }

    /// The next frame. After `Bad` the reader stays where it is.
    pub fn next(&mut self) -> Result<Found<'_>, StoreError> {
        let offset = self.offset;
        if offset >= self.length {
            return Ok(Found::End);
        }
        let bad = |reason: &str| Ok(Found::Bad { offset, reason: reason.to_owned() });
        let Some(header) = self.bytes(offset, FRAME_HEADER)? else {
            return bad("the frame's header is cut off");
        };
        let (Some(length), Some(crc)) = (u32_at(header, 4), u32_at(header, 8)) else {
            return bad("the frame's header is cut off");
        };
        if !header.starts_with(&MAGIC) {
            return bad("no frame begins here");
        }
        let length = length as usize;
        if !(PAYLOAD_HEADER..=MAX_PAYLOAD).contains(&length) {
            return bad("the frame's length is impossible");
        }
        let payload_offset = offset.saturating_add(FRAME_HEADER as u64);
        let next = payload_offset.saturating_add(length as u64);
        self.offset = next;
        let Some(payload) = self.bytes(payload_offset, length)? else {
            self.offset = offset;
            return bad("the frame is cut off");
        };
        if crc32c(payload) != crc {
            self.offset = offset;
            return bad("the frame's checksum is wrong");
        }
        // Read again: the borrow of a conditional return does not end early enough for the compiler.
        let Some(payload) = self.bytes(payload_offset, length)? else { return bad("the frame is cut off") };
        let (Some(number), Some(synced)) = (u64_at(payload, 0), u64_at(payload, 8)) else {
            return bad("the frame is cut off");
        };
        let operations = payload.get(PAYLOAD_HEADER..).unwrap_or_default();
        let operations_offset = payload_offset.saturating_add(PAYLOAD_HEADER as u64);
        Ok(Found::Frame(Frame { offset, operations_offset, number, synced, operations }))
    }

    /// Whether a whole frame anywhere behind `offset`, where `missing` belongs, says that `missing` was
    /// durable. Frames that cannot follow it (bytes of a value that look like a frame) say nothing.
    pub fn vouched_behind(&mut self, offset: u64, missing: u64) -> Result<bool, StoreError> {
        let mut vouched = false;
        // Each commit between takes a frame.
        let most = missing.saturating_add(self.length.saturating_sub(offset) / FRAME_HEADER as u64);
        let mut at = offset.saturating_add(1);
        while let Some(found) = self.find_magic(at)? {
            self.offset = found;
            let step = match self.next()? {
                Found::Frame(frame) => {
                    let (number, synced) = (frame.number, frame.synced);
                    vouched |= missing <= synced && synced < number && number <= most;
                    true
                }
                _ => false,
            };
            at = if step { self.offset } else { found.saturating_add(1) };
        }
        self.offset = offset;
        Ok(vouched)
    }

    fn find_magic(&mut self, from: u64) -> Result<Option<u64>, StoreError> {
        let mut at = from;
        while at.saturating_add(FRAME_HEADER as u64) <= self.length {
            let take = self.length.saturating_sub(at).min(CHUNK) as usize;
            let Some(bytes) = self.bytes(at, take)? else { return Ok(None) };
            if let Some(found) = bytes.windows(MAGIC.len()).position(|window| window == MAGIC) {
                return Ok(Some(at.saturating_add(found as u64)));
            }
            // Windows overlap by three bytes, so that a magic across the edge is found.
            at = at.saturating_add((take - (MAGIC.len() - 1)) as u64);
        }
        Ok(None)
    }

    /// The bytes at `offset`, or `None` if the file ends before.
    fn bytes(&mut self, offset: u64, length: usize) -> Result<Option<&[u8]>, StoreError> {
        let end = offset.saturating_add(length as u64);
        if end > self.length {
            return Ok(None);
        }
        let buffered = self.buffer_offset.saturating_add(self.buffer.len() as u64);
        if offset < self.buffer_offset || end > buffered {
            let take = (length as u64).max(CHUNK).min(self.length.saturating_sub(offset)) as usize;
            self.buffer.resize(take, 0);
            self.buffer_offset = offset;
            if let Err(error) = self.file.read_at(&mut self.buffer, offset) {
                self.buffer.clear();
                return Err(error).during("read", &self.name);
            }
        }
        let from = offset.saturating_sub(self.buffer_offset) as usize;
        Ok(self.buffer.get(from..from.saturating_add(length)))
    }
}
