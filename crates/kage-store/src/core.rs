//! What store, transactions and snapshots share: the present state, who still looks at older ones, and what
//! may be removed once nobody does.

use crate::bodies::{Bodies, BodyId};
use crate::disk::{DirectoryLock, Disk, DiskFile};
use crate::error::StoreError;
use crate::flush::{Flush, Ticket};
use crate::journal::Journal;
use crate::reads::Entry;
use crate::segments::Segments;
use crate::store::Options;
use crate::world::{State, World};
use crate::{lock, wait};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex};

/// A file that the present does not need any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Garbage {
    Body(BodyId),
    Segment(u32),
}

/// The present, and the past that is still looked at.
struct Live {
    state: Arc<State>,
    /// Number of a state -> how many snapshots look at it.
    pins: BTreeMap<u64, usize>,
    /// What the commit of this number made useless.
    garbage: BTreeSet<(u64, Garbage)>,
}

pub(crate) struct Core {
    pub disk: Arc<dyn Disk>,
    pub options: Options,
    /// Nothing outlives the process.
    pub ephemeral: bool,
    pub flush: Arc<Flush>,
    pub segments: Segments,
    pub bodies: Bodies,
    /// Touched by the holder of the turn only, so the lock is always free.
    pub journal: Mutex<Journal>,
    pub checkpoints: Checkpoints,
    turn: Turn,
    live: Mutex<Live>,
    /// Last, so that the directory is given free when all files are closed.
    _lock: Option<DirectoryLock>,
}

/// State of checkpointing.
#[derive(Default)]
pub(crate) struct Checkpoints {
    /// Held while a checkpoint or fork is written. The number is that of the last checkpoint's commit.
    pub last: Mutex<Option<u64>>,
    /// Length of the last checkpoint in bytes.
    pub size: std::sync::atomic::AtomicU64,
    /// Why the last one failed, if it did.
    pub error: Mutex<Option<String>>,
    wanted: Mutex<Wanted>,
    signal: Condvar,
}

#[derive(Default)]
struct Wanted {
    checkpoint: bool,
    stop: bool,
}

impl Checkpoints {
    /// Asks the background thread for a checkpoint.
    pub fn want(&self) {
        lock(&self.wanted).checkpoint = true;
        self.signal.notify_one();
    }

    /// Ends the background thread.
    pub fn stop(&self) {
        lock(&self.wanted).stop = true;
        self.signal.notify_one();
    }

    /// Blocks until a checkpoint is wanted; false when the store closes.
    pub fn next(&self) -> bool {
        let mut wanted = lock(&self.wanted);
        while !wanted.stop && !wanted.checkpoint {
            wanted = wait(&self.signal, wanted);
        }
        wanted.checkpoint = false;
        !wanted.stop
    }
}

/// Whose turn it is to write. Not a mutex guard, so that a transaction may move between threads.
#[derive(Default)]
struct Turn {
    taken: Mutex<bool>,
    free: Condvar,
}

/// Held by the one writer.
pub(crate) struct Writer {
    pub core: Arc<Core>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        *lock(&self.core.turn.taken) = false;
        self.core.turn.free.notify_one();
    }
}

impl Core {
    #[expect(clippy::too_many_arguments, reason = "called once, by open; a struct would repeat the fields")]
    pub fn new(
        disk: Arc<dyn Disk>,
        options: Options,
        ephemeral: bool,
        flush: Flush,
        segments: Segments,
        bodies: Bodies,
        journal: Journal,
        state: State,
        lock: Option<DirectoryLock>,
    ) -> Self {
        let live = Live { state: Arc::new(state), pins: BTreeMap::new(), garbage: BTreeSet::new() };
        Core {
            disk,
            options,
            ephemeral,
            flush: Arc::new(flush),
            segments,
            bodies,
            journal: Mutex::new(journal),
            checkpoints: Checkpoints::default(),
            turn: Turn::default(),
            live: Mutex::new(live),
            _lock: lock,
        }
    }

    /// Waits for the turn to write.
    pub fn writer(self: &Arc<Self>) -> Writer {
        let mut taken = lock(&self.turn.taken);
        while *taken {
            taken = wait(&self.turn.free, taken);
        }
        *taken = true;
        Writer { core: self.clone() }
    }

    /// The present.
    pub fn present(&self) -> Arc<State> {
        lock(&self.live).state.clone()
    }

    /// The present, protected from removal of what it needs until [`Core::unpin`].
    pub fn pin(&self) -> Arc<State> {
        let mut live = lock(&self.live);
        let state = live.state.clone();
        let count = live.pins.entry(state.number).or_default();
        *count = count.saturating_add(1);
        state
    }

    /// One more look at the pinned state of this number.
    pub fn pin_again(&self, number: u64) {
        let mut live = lock(&self.live);
        let count = live.pins.entry(number).or_default();
        *count = count.saturating_add(1);
    }

    /// Ends a look at the state of this number.
    pub fn unpin(&self, number: u64) {
        let mut live = lock(&self.live);
        if let Some(count) = live.pins.get_mut(&number) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                live.pins.remove(&number);
            }
        }
        let sweep = !live.garbage.is_empty();
        drop(live);
        if sweep {
            self.sweep();
        }
    }

    /// Reads entries of a stream, in the order of `sequences`. Those that the world has not are left out.
    pub fn entries(
        &self,
        world: &World,
        stream: &str,
        sequences: impl Iterator<Item = u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        let located = sequences.filter_map(|sequence| Some((sequence, world.location(stream, sequence)?)));
        located.map(|(sequence, location)| Ok((sequence, self.segments.read(location)?))).collect()
    }

    /// Makes all commits so far durable, whatever the durability, and removes what is not needed any more.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.flush.run()?;
        self.sweep();
        Ok(())
    }

    /// Writes a commit's frame and returns segment and offset of the frame. `None`: the frame was not needed.
    pub fn write(&self, frame: &mut [u8], number: u64) -> Result<(u32, u64), StoreError> {
        self.flush.check()?;
        let mut journal = lock(&self.journal);
        let end = journal.length.saturating_add(frame.len() as u64);
        if end > self.options.segment_bytes {
            let rotated = journal.rotate(&*self.disk, number, &self.flush, &self.segments);
            self.flush.check()?;
            // A segment that cannot be ended may grow on, as far as offsets reach.
            if end > u64::from(u32::MAX) {
                rotated?;
            }
        }
        let offset = journal.append(frame, number, &self.flush)?;
        let limit = self
            .options
            .checkpoint_bytes
            .max(self.checkpoints.size.load(std::sync::atomic::Ordering::Relaxed));
        if journal.since_checkpoint > limit && !self.ephemeral && self.flush.background {
            self.checkpoints.want();
        }
        Ok((journal.segment, offset))
    }

    /// Makes a written commit the present. The caller holds the turn.
    pub fn publish(&self, before: &State, next: State, bodies: Vec<Arc<dyn DiskFile>>) -> Ticket {
        let number = next.number;
        let dropped = before.bodies_dropped_by(&next);
        let next = Arc::new(next);
        let mut live = lock(&self.live);
        live.garbage.extend(dropped.into_iter().map(|body| (number, Garbage::Body(body))));
        let old = std::mem::replace(&mut live.state, next);
        // Under the lock, so that whoever sees the commit also finds it written.
        self.flush.committed(number, bodies);
        let sweep = self.ephemeral && !live.garbage.is_empty();
        drop(live);
        drop(old);
        if sweep {
            self.sweep();
        }
        Ticket::new(number, self.flush.clone())
    }

    /// Marks files as useless since the commit `number`.
    pub fn discard(&self, number: u64, garbage: impl IntoIterator<Item = Garbage>) {
        lock(&self.live).garbage.extend(garbage.into_iter().map(|file| (number, file)));
        self.sweep();
    }

    /// Removes files that neither the present nor a snapshot needs, as far as the commits that dropped them
    /// are durable: a power cut must not bring back a state without its files.
    fn sweep(&self) {
        let synced = self.flush.synced();
        let mut useless = Vec::new();
        {
            let mut live = lock(&self.live);
            let oldest = live.pins.keys().next().copied().unwrap_or(u64::MAX);
            while let Some(&(number, file)) = live.garbage.first()
                && number <= synced
                && number <= oldest
            {
                live.garbage.pop_first();
                useless.push(file);
            }
        }
        for file in useless {
            match file {
                Garbage::Body(body) => self.bodies.remove(body),
                Garbage::Segment(segment) => self.segments.remove(segment),
            }
        }
    }
}
