//! Replaying the journal behind a checkpoint.

use crate::bodies::BodyId;
use crate::checkpoint::Loaded;
use crate::disk::{Disk, DiskFile};
use crate::error::{During, StoreError};
use crate::format::{FileHeader, Kind};
use crate::frame::{FILE_HEADER, Found, Frame, FrameReader};
use crate::op::{Decoder, Op};
use crate::segments::segment_name;
use crate::transaction::locate;
use crate::world::State;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the journal led.
pub(crate) struct Replayed {
    pub state: State,
    /// Commits up to this number are known to have been durable.
    pub known: u64,
    /// Bodies adopted on the way: by which commit, and their lengths.
    pub adopted: BTreeMap<BodyId, (u64, u64)>,
    /// The segment in which the journal goes on.
    pub segment: u32,
    /// Its length in whole frames; what is behind must be cut.
    pub length: u64,
    /// A torn end of the segment before the last: to be cut to this length.
    pub torn: Option<(u32, u64)>,
    /// Bytes replayed.
    pub bytes: u64,
}

/// How the journal ends. A new segment is begun only when all before it is durable, so only the last one may
/// be torn. If beginning a new one failed halfway, an empty one may stand behind the last.
enum Tail {
    /// The last segment has frames, or is the only one.
    Plain,
    /// Behind the last segment stands one whose header is not whole.
    Headless,
    /// Behind the last segment stands one with a header only; it begins with this commit.
    Empty(u64),
}

fn corrupt(segment: u32, offset: u64, reason: impl Into<String>) -> StoreError {
    StoreError::Corrupt { file: segment_name(segment), offset, reason: reason.into() }
}

fn open(disk: &dyn Disk, segment: u32) -> Result<Arc<dyn DiskFile>, StoreError> {
    let name = segment_name(segment);
    disk.open(&name).during("open", &name)
}

fn header(file: &dyn DiskFile, segment: u32) -> Result<FileHeader, StoreError> {
    let header = FileHeader::read(file, &segment_name(segment), Kind::Journal)?;
    if header.segment != segment {
        return Err(corrupt(segment, 0, "the file's name does not fit its header"));
    }
    Ok(header)
}

fn tail(disk: &dyn Disk, segments: &[u32]) -> Result<Tail, StoreError> {
    let [_, .., last] = *segments else { return Ok(Tail::Plain) };
    let file = open(disk, last)?;
    if file.length().during("measure", &segment_name(last))? > FILE_HEADER as u64 {
        return Ok(Tail::Plain);
    }
    match header(&*file, last) {
        Ok(header) => Ok(Tail::Empty(header.number)),
        Err(StoreError::Corrupt { .. }) => Ok(Tail::Headless),
        Err(error) => Err(error),
    }
}

/// Replays `segments` (each one more than the last) on top of a checkpoint, up to the commit `limit`.
pub(crate) fn replay(
    disk: &dyn Disk,
    from: &Loaded,
    segments: &[u32],
    limit: u64,
) -> Result<Replayed, StoreError> {
    let mut replay = Replayed {
        state: from.state.clone(),
        known: from.state.number,
        adopted: BTreeMap::new(),
        segment: from.segment,
        length: FILE_HEADER as u64,
        torn: None,
        bytes: 0,
    };
    let tail = tail(disk, segments)?;
    let full = match tail {
        Tail::Plain => segments,
        Tail::Headless | Tail::Empty(_) => segments.split_last().map_or(segments, |(_, full)| full),
    };
    let (last, before) =
        full.split_last().ok_or_else(|| corrupt(from.segment, 0, "the segment is missing"))?;
    for &segment in before {
        replay.segment(disk, segment, u64::MAX, false)?;
    }
    replay.segment(disk, *last, limit, true)?;
    // An empty segment that is passed over stays: it is replaced when the next one is begun.
    if let (Tail::Empty(begins), Some(&empty)) = (tail, segments.last()) {
        let next = replay.state.number.saturating_add(1);
        if next < begins {
            return Err(corrupt(
                *last,
                replay.length,
                format!("commits {next} to {} are missing", begins - 1),
            ));
        }
        if next == begins {
            replay.torn = Some((*last, replay.length));
            (replay.segment, replay.length) = (empty, FILE_HEADER as u64);
        }
        replay.known = replay.known.max(begins.saturating_sub(1));
    }
    Ok(replay)
}

impl Replayed {
    /// Replays one segment. Only the last may be torn.
    fn segment(&mut self, disk: &dyn Disk, segment: u32, limit: u64, last: bool) -> Result<(), StoreError> {
        let file = open(disk, segment)?;
        let header = header(&*file, segment)?;
        if header.number != self.state.number.saturating_add(1) {
            let reason = format!("it begins with commit {}, not {}", header.number, self.state.number + 1);
            return Err(corrupt(segment, 0, reason));
        }
        self.known = self.known.max(self.state.number);
        let mut reader = FrameReader::new(file, &segment_name(segment))?;
        (self.segment, self.length) = (segment, FILE_HEADER as u64);
        loop {
            let next = self.state.number.saturating_add(1);
            match reader.next()? {
                Found::End => return Ok(()),
                Found::Frame(_) if next > limit => return Ok(()),
                Found::Frame(frame) => self.frame(segment, &frame)?,
                Found::Bad { offset, reason } => {
                    if !last {
                        return Err(corrupt(segment, offset, reason));
                    }
                    // Torn, unless a whole frame behind it says that this one had been durable.
                    return match reader.vouched_behind(offset, next)? {
                        true => Err(corrupt(segment, offset, reason)),
                        false => Ok(()),
                    };
                }
            }
        }
    }

    fn frame(&mut self, segment: u32, frame: &Frame<'_>) -> Result<(), StoreError> {
        let next = self.state.number.saturating_add(1);
        if frame.number != next {
            let reason = format!("commit {} stands where {next} belongs", frame.number);
            return Err(corrupt(segment, frame.offset, reason));
        }
        let mut decoder = Decoder::new(frame.operations);
        loop {
            let op = match decoder.next() {
                Ok(None) => break,
                Ok(Some(op)) => op,
                Err(_) => return Err(corrupt(segment, frame.offset, "an operation cannot be read")),
            };
            if let Op::Adopt { body, length } = op {
                self.adopted.insert(body, (frame.number, length));
            }
            let locate = |offset, length| locate(segment, frame.operations_offset, offset, length);
            self.state.apply(op, locate).map_err(|reason| corrupt(segment, frame.offset, reason))?;
        }
        self.state.number = next;
        self.known = self.known.max(frame.synced);
        let end = frame.operations_offset.saturating_add(frame.operations.len() as u64);
        self.bytes = self.bytes.saturating_add(end.saturating_sub(frame.offset));
        self.length = end;
        Ok(())
    }
}
