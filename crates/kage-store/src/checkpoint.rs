//! Checkpoints: the state written down, so that the journal before it need not be replayed.
//!
//! A checkpoint is named after the segment from which the journal goes on. It is written beside the older
//! one, synced, renamed, and only then is the older one removed, and with it the segments in which no stream
//! of the present or of a named snapshot has an entry.

use crate::core::{Core, Garbage};
use crate::disk::Disk;
use crate::error::{During, StoreError};
use crate::format::{FileHeader, Kind};
use crate::frame::{FILE_HEADER, Found, FrameReader, close_frame, open_frame};
use crate::lock;
use crate::op::{Decoder, Op};
use crate::world::State;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Frames of a checkpoint are about this long.
const FRAME_BYTES: usize = 1 << 20;

/// The name of a checkpoint's file.
pub(crate) fn checkpoint_name(segment: u32) -> String {
    format!("checkpoint-{segment:010}")
}

/// The segments in which a state has entries.
pub(crate) fn segments_of(state: &State) -> BTreeSet<u32> {
    let mut segments = BTreeSet::new();
    let collected: Result<(), std::convert::Infallible> = state.operations(&mut |op| {
        note_segments(&op, &mut segments);
        Ok(())
    });
    match collected {
        Ok(()) => segments,
    }
}

fn note_segments(op: &Op<'_>, segments: &mut BTreeSet<u32>) {
    if let Op::Place { locations, .. } = op {
        segments.extend(locations.iter().map(|location| location.segment));
    }
}

/// Writes `state` to `disk`, durably. `segment` is where the journal goes on. Returns the segments that the
/// state needs, and the file's length.
pub(crate) fn write(
    disk: &dyn Disk,
    segment: u32,
    state: &State,
) -> Result<(BTreeSet<u32>, u64), StoreError> {
    let name = checkpoint_name(segment);
    let temporary = format!("{name}.tmp");
    let written = write_file(disk, &temporary, segment, state);
    let renamed = written.and_then(|written| {
        disk.rename(&temporary, &name).during("rename", &temporary)?;
        disk.sync_directory("").during("sync", "the directory")?;
        Ok(written)
    });
    if renamed.is_err() {
        // What cannot be removed now is removed when the store is opened again.
        let _ = disk.remove(&temporary);
    }
    renamed
}

fn write_file(
    disk: &dyn Disk,
    name: &str,
    segment: u32,
    state: &State,
) -> Result<(BTreeSet<u32>, u64), StoreError> {
    let file = disk.create(name).during("create", name)?;
    let header = FileHeader { kind: Kind::Checkpoint, segment, number: state.number };
    file.append(&header.encode()).during("write", name)?;
    let (mut segments, mut size, mut index) = (BTreeSet::new(), FILE_HEADER as u64, 0u64);
    let mut frame = open_frame();
    state.operations(&mut |op| {
        note_segments(&op, &mut segments);
        op.encode(&mut frame);
        if frame.len() >= FRAME_BYTES || op == Op::End {
            close_frame(&mut frame, index, 0)?;
            file.append(&frame).during("write", name)?;
            size = size.saturating_add(frame.len() as u64);
            index = index.saturating_add(1);
            frame = open_frame();
        }
        Ok(())
    })?;
    file.sync().during("sync", name)?;
    Ok((segments, size))
}

/// A checkpoint that was read.
pub(crate) struct Loaded {
    pub state: State,
    /// The segment from which the journal goes on.
    pub segment: u32,
    /// Segments before it that have entries of streams.
    pub segments: BTreeSet<u32>,
    /// Length of the file in bytes.
    pub size: u64,
}

/// Reads a checkpoint. `Corrupt` if any part of it is damaged.
pub(crate) fn load(disk: &dyn Disk, segment: u32) -> Result<Loaded, StoreError> {
    let name = checkpoint_name(segment);
    let corrupt = |offset: u64, reason: &str| StoreError::Corrupt {
        file: checkpoint_name(segment),
        offset,
        reason: reason.to_owned(),
    };
    let file = disk.open(&name).during("open", &name)?;
    let header = FileHeader::read(&*file, &name, Kind::Checkpoint)?;
    if header.segment != segment {
        return Err(corrupt(0, "the file's name does not fit its header"));
    }
    let size = file.length().during("measure", &name)?;
    let mut reader = FrameReader::new(file, &name)?;
    let (mut state, mut segments, mut index, mut ended) = (State::default(), BTreeSet::new(), 0u64, false);
    loop {
        match reader.next()? {
            Found::End if ended => break,
            Found::End => return Err(corrupt(size, "the end is missing")),
            Found::Bad { offset, reason } => return Err(corrupt(offset, &reason)),
            Found::Frame(frame) if ended || frame.number != index => {
                return Err(corrupt(frame.offset, "the frame is out of order"));
            }
            Found::Frame(frame) => {
                let mut decoder = Decoder::new(frame.operations);
                loop {
                    match decoder.next() {
                        Ok(None) => break,
                        Err(_) => return Err(corrupt(frame.offset, "an operation cannot be read")),
                        Ok(Some(op)) => {
                            note_segments(&op, &mut segments);
                            ended |= op == Op::End;
                            // A checkpoint has no appends, so nothing needs to be located.
                            state.apply(op, |_, _| None).map_err(|reason| corrupt(frame.offset, reason))?;
                        }
                    }
                }
                index = index.saturating_add(1);
            }
        }
    }
    state.number = header.number;
    Ok(Loaded { state, segment, segments, size })
}

impl Core {
    /// Writes a checkpoint of the present and removes what it makes useless. Writers wait only while the
    /// journal moves to a new segment. In an ephemeral store only the useless segments go.
    pub fn checkpoint(self: &Arc<Self>) -> Result<(), StoreError> {
        let result = self.try_checkpoint();
        *lock(&self.checkpoints.error) = result.as_ref().err().map(ToString::to_string);
        result
    }

    fn try_checkpoint(self: &Arc<Self>) -> Result<(), StoreError> {
        let mut last = lock(&self.checkpoints.last);
        // Most of the syncing is done before writers have to wait.
        self.flush()?;
        let (state, segment) = self.rotate()?;
        if *last == Some(state.number) {
            return Ok(());
        }
        let segments = if self.ephemeral {
            segments_of(&state)
        } else {
            let (segments, size) = write(&*self.disk, segment, &state)?;
            self.checkpoints.size.store(size, Ordering::Relaxed);
            self.remove_checkpoints_but(segment)?;
            segments
        };
        *last = Some(state.number);
        let files = Files::list(&*self.disk)?;
        let useless = files.segments.range(..segment).filter(|number| !segments.contains(number));
        self.discard(state.number, useless.map(|&number| Garbage::Segment(number)));
        Ok(())
    }

    /// Lets the journal go on in a new segment; gives the state that the older ones lead to, and the new one.
    pub fn rotate(self: &Arc<Self>) -> Result<(Arc<State>, u32), StoreError> {
        let writer = self.writer();
        let state = writer.core.present();
        let mut journal = lock(&self.journal);
        journal.rotate(&*self.disk, state.number.saturating_add(1), &self.flush, &self.segments)?;
        journal.since_checkpoint = 0;
        Ok((state, journal.segment))
    }

    fn remove_checkpoints_but(&self, segment: u32) -> Result<(), StoreError> {
        let files = Files::list(&*self.disk)?;
        for &other in files.checkpoints.iter().filter(|&&other| other != segment) {
            let name = checkpoint_name(other);
            self.disk.remove(&name).during("remove", &name)?;
        }
        // Not synced: if a power cut brings one back, the newer one is read all the same.
        Ok(())
    }
}

/// The files of a store's directory.
#[derive(Default)]
pub(crate) struct Files {
    pub checkpoints: BTreeSet<u32>,
    pub segments: BTreeSet<u32>,
    /// Half-written files.
    pub temporary: Vec<String>,
}

impl Files {
    pub fn list(disk: &dyn Disk) -> Result<Files, StoreError> {
        let mut files = Files::default();
        for name in disk.list("").during("list", "the directory")? {
            let number = |prefix: &str| name.strip_prefix(prefix)?.parse::<u32>().ok();
            if name.ends_with(".tmp") {
                files.temporary.push(name);
            } else if let Some(segment) = number("checkpoint-") {
                files.checkpoints.insert(segment);
            } else if let Some(segment) = number("journal-") {
                files.segments.insert(segment);
            }
        }
        Ok(files)
    }
}
