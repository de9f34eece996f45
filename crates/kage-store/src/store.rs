//! The store: opening it, reading, writing, and whole-world snapshots.

use crate::bodies::Bodies;
use crate::core::Core;
use crate::disk::{Disk, MemoryDisk, RealDisk};
use crate::error::{During, StoreError};
use crate::flush::{Flush, Ticket};
use crate::format::{FileHeader, Kind};
use crate::frame::open_frame;
use crate::journal::Journal;
use crate::lock;
use crate::op::Op;
use crate::reads::Snapshot;
use crate::recovery::recover;
use crate::segments::{Segments, segment_name};
use crate::transaction::Transaction;
use crate::world::{Named, State};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// What a commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// The end of the process, `kill -9` included, at once; a power cut after [`Options::flush_interval`].
    #[default]
    Process,
    /// A power cut, once the commit's [`Ticket`] says so.
    Power,
}

/// How a store works. `Options::default()` suits a server.
#[derive(Clone, Debug)]
pub struct Options {
    /// What commits survive.
    pub durability: Durability,
    /// Under [`Durability::Process`], a commit is synced at most this long (and the sync itself) after it was
    /// made. Default 25 ms.
    pub flush_interval: Duration,
    /// A journal segment ends at about this many bytes. Default 64 MiB, at most 2 GiB.
    pub segment_bytes: u64,
    /// A checkpoint is made when the journal has grown by this many bytes, or by the length of the last
    /// checkpoint if that is more (so that checkpoints at most double what is written). Default 64 MiB.
    pub checkpoint_bytes: u64,
    /// Whether two threads sync and checkpoint in the background. Without them everything happens when it is
    /// called, in an order that can be repeated: waiting for a [`Ticket`] syncs, [`Store::flush`] and
    /// [`Store::checkpoint`] must be called. For simulations. Default true.
    pub background: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            durability: Durability::Process,
            flush_interval: Duration::from_millis(25),
            segment_bytes: 64 << 20,
            checkpoint_bytes: 64 << 20,
            background: true,
        }
    }
}

/// A segment may not be longer: offsets are 32 bits, and a frame of 256 MiB must still fit behind.
const MAX_SEGMENT_BYTES: u64 = 2 << 30;

/// Owns the background threads; the last handle to go ends them.
pub(crate) struct Owner {
    pub core: Arc<Core>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.core.flush.stop();
        self.core.checkpoints.stop();
        for thread in lock(&self.threads).drain(..) {
            let _ = thread.join();
        }
        // What cannot be synced has been handed to the operating system nevertheless.
        let _ = self.core.flush();
    }
}

/// How the store is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Number of the last commit.
    pub number: u64,
    /// Number of the last commit that is on the medium.
    pub durable: u64,
    /// Why the store is read-only, if it is.
    pub read_only: Option<String>,
    /// Why the last checkpoint could not be written, if so. Nothing is lost, but the journal grows.
    pub checkpoint_error: Option<String>,
}

/// A named snapshot of the whole world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Its name.
    pub name: String,
    /// The commit that saved it.
    pub number: u64,
}

/// The state of the double. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store {
    owner: Arc<Owner>,
}

impl Store {
    /// Opens the store in `directory`, or makes one there. `Locked` if it is open already, `Newer` if a newer
    /// program wrote it, `Corrupt` if what was durable is damaged.
    pub fn open(directory: &Path, options: Options) -> Result<Store, StoreError> {
        let disk = RealDisk::new(directory).during("create", &directory.display().to_string())?;
        Self::open_on(Arc::new(disk), options)
    }

    /// Opens or makes a store on any disk, bodies included. For tests with [`crate::disk::FaultyDisk`].
    pub fn open_on(disk: Arc<dyn Disk>, options: Options) -> Result<Store, StoreError> {
        let lock = disk.lock().during("lock", "the directory")?;
        let Some(lock) = lock else { return Err(StoreError::Locked { directory: disk.label() }) };
        let options = Options { segment_bytes: options.segment_bytes.min(MAX_SEGMENT_BYTES), ..options };
        let found = recover(&*disk)?;
        let (number, file) = (found.state.number, found.journal.file.clone());
        let flush =
            Flush::new(disk.clone(), Some(options.durability), options.background, number, file.clone());
        let segments = Segments::new(disk.clone());
        segments.insert(found.journal.segment, file);
        let bodies = Bodies::on(disk.clone(), options.durability == Durability::Power, found.next_body);
        let core =
            Core::new(disk, options, false, flush, segments, bodies, found.journal, found.state, Some(lock));
        if let Some((number, size)) = found.checkpoint {
            *crate::lock(&core.checkpoints.last) = Some(number);
            core.checkpoints.size.store(size, Ordering::Relaxed);
        }
        Self::start(Arc::new(core))
    }

    /// A store of which nothing outlives the process. Only bodies are on the disk, in a private temporary
    /// directory that is removed with the store (a killed process leaves it behind).
    pub fn ephemeral() -> Store {
        let memory = MemoryDisk::new();
        let options = Options { segment_bytes: 4 << 20, background: false, ..Options::default() };
        let header = FileHeader { kind: Kind::Journal, segment: 1, number: 1 };
        let file = memory.make(&segment_name(1), header.encode());
        let disk: Arc<dyn Disk> = Arc::new(memory);
        let flush = Flush::new(disk.clone(), None, false, 0, file.clone());
        let segments = Segments::new(disk.clone());
        segments.insert(1, file.clone());
        let length = crate::frame::FILE_HEADER as u64;
        let journal = Journal { segment: 1, file, length, since_checkpoint: 0 };
        let state = State::default();
        let core = Core::new(disk, options, true, flush, segments, Bodies::temporary(), journal, state, None);
        Store { owner: Arc::new(Owner { core: Arc::new(core), threads: Mutex::default() }) }
    }

    fn start(core: Arc<Core>) -> Result<Store, StoreError> {
        let owner = Owner { core: core.clone(), threads: Mutex::default() };
        if core.flush.background {
            let flushing = core.clone();
            let interval = core.options.flush_interval;
            let flush = move || {
                // A failure makes the store read-only, which every writer is told.
                flushing.flush.serve(interval, || drop(flushing.flush()));
            };
            let checkpoint = move || {
                while core.checkpoints.next() {
                    // A failure is in the store's status; the next try comes when the journal has grown.
                    let _ = core.checkpoint();
                }
            };
            let mut threads = lock(&owner.threads);
            let builder = |name: &str| Builder::new().name(name.to_owned());
            threads.push(builder("store-flush").spawn(flush).during("start", "the flusher")?);
            threads.push(builder("store-checkpoint").spawn(checkpoint).during("start", "the checkpointer")?);
        }
        Ok(Store { owner: Arc::new(owner) })
    }

    fn core(&self) -> &Arc<Core> {
        &self.owner.core
    }

    /// The present state, to read from. O(1); never waits for writers.
    pub fn read(&self) -> Snapshot {
        Snapshot::take(self.core())
    }

    /// Begins the one transaction that may write; blocks the thread while another one lives.
    pub fn begin(&self) -> Transaction {
        Transaction::begin(&self.owner)
    }

    /// The object bodies.
    pub fn bodies(&self) -> &Bodies {
        &self.core().bodies
    }

    /// Saves the whole present (rows, streams, bodies) under a name, in place of an older snapshot of that
    /// name. It takes no copy and survives restarts. `BadName` for an empty or overlong name.
    pub fn save(&self, name: &str) -> Result<(), StoreError> {
        if name.is_empty() || name.len() > 200 {
            return Err(StoreError::BadName { name: name.to_owned() });
        }
        self.command(
            |number| Op::Save { name, number },
            |state| {
                let named = Named { number: state.number, world: state.world.clone() };
                state.named.insert(name.into(), named);
                Ok(())
            },
        )
    }

    /// Makes the present what it was when the snapshot was saved. The snapshot stays, and so do all others.
    /// `NoSnapshot` if there is none of that name.
    pub fn restore(&self, name: &str) -> Result<(), StoreError> {
        let missing = || StoreError::NoSnapshot { name: name.to_owned() };
        self.command(
            |_| Op::Restore { name },
            |state| {
                state.world = state.named.get(name).ok_or_else(missing)?.world.clone();
                Ok(())
            },
        )
    }

    /// Removes a named snapshot. `NoSnapshot` if there is none of that name.
    pub fn remove_snapshot(&self, name: &str) -> Result<(), StoreError> {
        let missing = || StoreError::NoSnapshot { name: name.to_owned() };
        self.command(|_| Op::Forget { name }, |state| state.named.remove(name).map(drop).ok_or_else(missing))
    }

    /// The named snapshots, by name.
    pub fn snapshots(&self) -> Vec<SnapshotInfo> {
        let state = self.core().present();
        let info = |(name, named): (&Arc<str>, &Named)| SnapshotInfo {
            name: name.to_string(),
            number: named.number,
        };
        state.named.iter().map(info).collect()
    }

    /// Reads the state that a named snapshot holds, without restoring it.
    pub fn read_snapshot(&self, name: &str) -> Result<Snapshot, StoreError> {
        Snapshot::of_named(self.core(), name)
    }

    /// A commit that changes the state as a whole.
    fn command<'a>(
        &self,
        op: impl FnOnce(u64) -> Op<'a>,
        change: impl FnOnce(&mut State) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let writer = self.core().writer();
        let core = &writer.core;
        let before = core.present();
        let mut next = State::clone(&before);
        next.number = before.number.saturating_add(1);
        change(&mut next)?;
        if !core.ephemeral {
            let mut frame = open_frame();
            op(next.number).encode(&mut frame);
            core.write(&mut frame, next.number)?;
        }
        let ticket: Ticket = core.publish(&before, next, Vec::new());
        drop(writer);
        if self.core().ephemeral {
            // Nothing is written; entries that only an abandoned world had are dropped.
            self.core().checkpoint()?;
        }
        ticket.wait()
    }

    /// Copies the world with its named snapshots into `directory`, which must not exist or be empty, so that
    /// another process can open it. Files that never change are hard-linked if both are on one device.
    /// Writers wait only for a moment.
    pub fn fork(&self, directory: &Path) -> Result<(), StoreError> {
        self.core().fork(directory)
    }

    /// Writes a checkpoint now. The background thread does so by itself when the journal has grown.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        self.core().checkpoint()
    }

    /// Syncs all commits so far, whatever the durability.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.core().flush()
    }

    /// How the store is doing.
    pub fn status(&self) -> Status {
        let core = self.core();
        Status {
            number: core.present().number,
            durable: core.flush.synced(),
            read_only: core.flush.failure().map(|reason| reason.to_string()),
            checkpoint_error: lock(&core.checkpoints.error).clone(),
        }
    }
}
