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
        let Some(name) = directory.file_name() else { return Err(refuse("it has no name".to_owned())) };
        // Built beside its place and then renamed: a half-made fork must not look like a store.
        let partial = directory.with_file_name(format!("{}.partial", name.to_string_lossy()));
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(|error| refuse(error.to_string()))?;
        }
        let forked = self.fork_into(&partial).and_then(|()| {
            fs::rename(&partial, directory).map_err(|error| refuse(error.to_string()))?;
            RealDisk::sync_parent(directory).map_err(|error| refuse(error.to_string()))
        });
        if forked.is_err() {
            let _ = fs::remove_dir_all(&partial);
        }
        forked
    }

    fn fork_into(self: &Arc<Self>, directory: &Path) -> Result<(), StoreError> {
        // No checkpoint may remove segments meanwhile.
        let _checkpoints = lock(&self.checkpoints.last);
        let snapshot = {
            // Taken before the journal rotates, so that nothing it needs is removed; what commits in between
            // is not lost either, for the state below is that of the rotation.
            let pinned = Snapshot::take(self);
            let (state, segment) = self.rotate()?;
            (pinned, state, segment)
        };
        let (_pinned, state, segment) = snapshot;
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
