//! Opening a directory: newest valid checkpoint, then the journal, then tidying up.

use crate::bodies::{BodyId, body_name};
use crate::checkpoint::{Files, Loaded, checkpoint_name, load};
use crate::disk::{Disk, DiskFile};
use crate::error::{During, StoreError};
use crate::format;
use crate::frame::FILE_HEADER;
use crate::journal::{Journal, create_segment};
use crate::replay::{Replayed, replay};
use crate::segments::segment_name;
use crate::world::State;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A store as its directory had it.
pub(crate) struct Recovered {
    pub state: State,
    pub journal: Journal,
    /// The commit of the last checkpoint, and its length in bytes.
    pub checkpoint: Option<(u64, u64)>,
    /// The number of the next body.
    pub next_body: u64,
}

/// Makes or recovers the store on `disk`. All that it finds is durable when it returns.
pub(crate) fn recover(disk: &dyn Disk) -> Result<Recovered, StoreError> {
    disk.create_directory("bodies").during("create", "bodies")?;
    if !format::upgrade(disk, format::MIGRATIONS)? {
        create(disk)?;
    }
    let files = Files::list(disk)?;
    let from = newest_checkpoint(disk, &files)?;
    let segments = consecutive(&files, from.segment)?;
    let mut replayed = replay(disk, &from, &segments, u64::MAX)?;
    // Again after each cut: what is cut may have released a body that did not reach the medium either.
    while let Some(cut) = first_without_body(disk, &replayed)? {
        replayed = replay(disk, &from, &segments, cut.saturating_sub(1))?;
    }
    let file = settle(disk, &replayed)?;
    let next_body = tidy(disk, &files, &from, &replayed.state)?;
    let Replayed { state, segment, length, bytes, .. } = replayed;
    let checkpoint = (from.size > 0).then_some((from.state.number, from.size));
    let journal = Journal { segment, file, length, since_checkpoint: bytes };
    Ok(Recovered { state, journal, checkpoint, next_body })
}

/// A new store: one empty segment, and then the version, which makes it a store.
fn create(disk: &dyn Disk) -> Result<(), StoreError> {
    let files = Files::list(disk)?;
    let mut used = !files.checkpoints.is_empty();
    for &segment in &files.segments {
        let name = segment_name(segment);
        let length = disk.open(&name).and_then(|file| file.length()).during("measure", &name)?;
        used |= length > FILE_HEADER as u64;
    }
    if used {
        let reason = "the file is missing though there is a journal".to_owned();
        return Err(StoreError::Corrupt { file: "format".to_owned(), offset: 0, reason });
    }
    create_segment(disk, 1, 1)?;
    format::write(disk, format::VERSION)
}

/// The newest checkpoint that is whole, or the beginning of all things. A damaged one is passed over only if
/// an older one is still there, which needs more of the journal.
fn newest_checkpoint(disk: &dyn Disk, files: &Files) -> Result<Loaded, StoreError> {
    let mut damage = None;
    for &segment in files.checkpoints.iter().rev() {
        match load(disk, segment) {
            Err(error @ StoreError::Corrupt { .. }) => drop(damage.get_or_insert(error)),
            other => return other,
        }
    }
    match damage {
        Some(error) => Err(error),
        None => Ok(Loaded { state: State::default(), segment: 1, segments: BTreeSet::new(), size: 0 }),
    }
}

/// The segments from `first` on. None may be missing.
fn consecutive(files: &Files, first: u32) -> Result<Vec<u32>, StoreError> {
    let mut expected = first;
    for &segment in files.segments.range(first..) {
        if segment != expected {
            break;
        }
        expected = expected.saturating_add(1);
    }
    let last = files.segments.last().copied().unwrap_or(0);
    if expected <= last || expected == first {
        let reason = "the segment is missing".to_owned();
        return Err(StoreError::Corrupt { file: segment_name(expected), offset: 0, reason });
    }
    Ok((first..expected).collect())
}

/// After a power cut the journal may hold commits of the last moments whose bodies did not reach the medium
/// (only under process: under power a body is synced first). Such a commit was never durable; it and all
/// after it are cut. Returns the first of them.
fn first_without_body(disk: &dyn Disk, replayed: &Replayed) -> Result<Option<u64>, StoreError> {
    let mut first = None;
    for (&body, &(number, length)) in &replayed.adopted {
        // A body that is not held any more may be gone for good reason.
        if number <= replayed.known || !replayed.state.holds_body(body) {
            continue;
        }
        let name = body_name(body);
        let whole = match disk.open(&name) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            file => file.and_then(|file| file.length()).during("open", &name)? >= length,
        };
        if !whole {
            first = Some(first.map_or(number, |first: u64| first.min(number)));
        }
    }
    Ok(first)
}

/// Cuts what is torn and makes the rest durable. Returns the growing segment.
fn settle(disk: &dyn Disk, replayed: &Replayed) -> Result<Arc<dyn DiskFile>, StoreError> {
    for (&body, &(number, _)) in &replayed.adopted {
        if number > replayed.known && replayed.state.holds_body(body) {
            let name = body_name(body);
            disk.open(&name).and_then(|file| file.sync()).during("sync", &name)?;
        }
    }
    if let Some((segment, length)) = replayed.torn {
        cut(disk, segment, length)?;
    }
    cut(disk, replayed.segment, replayed.length)
}

fn cut(disk: &dyn Disk, segment: u32, length: u64) -> Result<Arc<dyn DiskFile>, StoreError> {
    let name = segment_name(segment);
    let file = disk.open(&name).during("open", &name)?;
    if file.length().during("measure", &name)? > length {
        file.truncate(length).during("cut", &name)?;
    }
    file.sync().during("sync", &name)?;
    Ok(file)
}

/// Removes files that nothing needs. Returns the number of the next body.
fn tidy(disk: &dyn Disk, files: &Files, from: &Loaded, state: &State) -> Result<u64, StoreError> {
    let checkpoints = files.checkpoints.range(..from.segment).map(|&segment| checkpoint_name(segment));
    let segments = files.segments.range(..from.segment).filter(|segment| !from.segments.contains(segment));
    let segments = segments.map(|&segment| segment_name(segment));
    let mut greatest = 0;
    let mut orphans = Vec::new();
    for name in disk.list("bodies").during("list", "bodies")? {
        if let Ok(body) = name.parse::<BodyId>() {
            greatest = greatest.max(body.0);
            if !state.holds_body(body) {
                orphans.push(body_name(body));
            }
        }
    }
    // The checkpoint that was read may have its name only since the last process; what it replaces must not
    // go before that name is durable.
    disk.sync_directory("").during("sync", "the directory")?;
    for name in files.temporary.iter().cloned().chain(checkpoints).chain(segments).chain(orphans) {
        disk.remove(&name).during("remove", &name)?;
    }
    // Numbers of bodies that are gone are given again; a power cut must not bring back the old files.
    disk.sync_directory("bodies").during("sync", "bodies")?;
    let held = state.named.values().map(|named| &named.world).chain([&state.world]);
    let held = held.filter_map(|world| world.bodies.get_max()).map(|&(body, _)| body.0);
    Ok(held.fold(greatest, u64::max).saturating_add(1))
}
