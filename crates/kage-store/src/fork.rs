//! A copy of the world in another directory.

use crate::bodies::body_name;
use crate::checkpoint;
use crate::core::Core;
use crate::disk::{Disk, RealDisk};
use crate::error::{During, StoreError};
use crate::format;
use crate::journal::create_segment;
use crate::lock;
use crate::reads::Snapshot;
use crate::segments::segment_name;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Pieces in which a file is copied.
const PIECE: usize = 1 << 20;

/// Gives `to` the file `name` of `from`: the same one under a second name if both are on one device, else a
/// copy.
fn share(from: &dyn Disk, to: &RealDisk, name: &str) -> Result<(), StoreError> {
    if let (Some(source), Some(target)) = (from.path(name), to.path(name))
        && fs::hard_link(source, target).is_ok()
    {
        return Ok(());
    }
    let source = from.open(name).during("open", name)?;
    let target = to.create(name).during("create", name)?;
    let length = source.length().during("measure", name)?;
    let mut offset = 0;
    while offset < length {
        let size = length.saturating_sub(offset).min(PIECE as u64);
        let mut piece = vec![0; size as usize];
        source.read_at(&mut piece, offset).during("read", name)?;
        target.append(&piece).during("write", name)?;
        offset = offset.saturating_add(size);
    }
    target.sync().during("sync", name)
}

impl Core {
    /// Writes a store into `directory` that holds what this one holds now, named snapshots included.
    pub fn fork(self: &Arc<Self>, directory: &Path) -> Result<(), StoreError> {
        let refuse = |reason: String| StoreError::Fork { directory: directory.to_owned(), reason };
        match fs::read_dir(directory).map(|mut entries| entries.next().is_some()) {
            Ok(false) => {}
            Ok(true) => return Err(refuse("it is not empty".to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(refuse(error.to_string())),
        }
        let io = |error: io::Error| refuse(error.to_string());
        let parent = match directory.parent() {
            Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
            Some(parent) => parent,
            None => return Err(refuse("it has no parent".to_owned())),
        };
        fs::create_dir_all(parent).map_err(io)?;
        // Built beside its place and then renamed: a half-made fork must not look like a store.
        let partial = tempfile::Builder::new().prefix(".kage-fork-").tempdir_in(parent).map_err(io)?;
        self.fork_into(partial.path())?;
        fs::rename(partial.path(), directory).map_err(io)?;
        drop(partial.keep());
        RealDisk::sync_parent(directory).map_err(io)
    }

    fn fork_into(self: &Arc<Self>, directory: &Path) -> Result<(), StoreError> {
        // No checkpoint may remove segments meanwhile.
        let _checkpoints = lock(&self.checkpoints.last);
        // Taken before the state below is known, so that nothing this state needs is removed meanwhile.
        let _pinned = Snapshot::take(self);
        let (state, segment) = self.rotate()?;
        let to = RealDisk::new(directory).during("create", "the fork")?;
        to.create_directory("bodies").during("create", "bodies")?;
        let (segments, _) = checkpoint::write(&to, segment, &state)?;
        for segment in segments {
            share(&*self.disk, &to, &segment_name(segment))?;
        }
        let worlds = state.named.values().map(|named| &named.world).chain([&state.world]);
        let bodies: BTreeSet<_> = worlds.flat_map(|world| world.bodies.keys().copied()).collect();
        if !bodies.is_empty() {
            let from = self.bodies.disk()?;
            for body in bodies {
                share(&*from, &to, &body_name(body))?;
            }
        }
        to.sync_directory("bodies").during("sync", "bodies")?;
        create_segment(&to, segment, state.number.saturating_add(1))?;
        format::write(&to, format::VERSION)
    }
}
