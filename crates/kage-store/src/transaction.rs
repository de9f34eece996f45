//! Writing: one transaction at a time.

use crate::bodies::{BodyId, Sealed};
use crate::core::{Core, Writer};
use crate::error::StoreError;
use crate::flush::Ticket;
use crate::frame::open_frame;
use crate::op::{Location, Op, encode_append};
use crate::reads::{Entry, Reads, Rows, backward, forward};
use crate::store::Owner;
use crate::world::{State, World};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// The one transaction that may write now. Its reads see its own writes; nobody else sees them before
/// [`Transaction::commit`]. Dropping it undoes everything.
///
/// It may move between threads, but others wait to write as long as it lives.
pub struct Transaction {
    base: Arc<State>,
    world: World,
    /// The commit's frame as it will be written.
    frame: Vec<u8>,
    /// False: no change yet, so there is nothing to write.
    changed: bool,
    /// Per stream, where in `frame` the checksums of new entries stand, and the entries' lengths.
    appended: BTreeMap<String, Vec<(usize, usize)>>,
    adopted: Vec<(BodyId, Sealed)>,
    writer: Writer,
    /// Keeps the background threads alive.
    _owner: Arc<Owner>,
}

/// A moment of a transaction to which [`Transaction::undo`] goes back.
pub struct Savepoint {
    world: World,
    frame: usize,
    changed: bool,
    appended: BTreeMap<String, usize>,
    adopted: usize,
}

impl Transaction {
    pub(crate) fn begin(owner: &Arc<Owner>) -> Self {
        let writer = owner.core.writer();
        let base = owner.core.present();
        Transaction {
            world: base.world.clone(),
            base,
            frame: open_frame(),
            changed: false,
            appended: BTreeMap::new(),
            adopted: Vec::new(),
            writer,
            _owner: owner.clone(),
        }
    }

    fn core(&self) -> &Core {
        &self.writer.core
    }

    /// Remembers this moment. Costs a few pointers.
    #[must_use]
    pub fn savepoint(&self) -> Savepoint {
        Savepoint {
            world: self.world.clone(),
            frame: self.frame.len(),
            changed: self.changed,
            appended: self.appended.iter().map(|(name, entries)| (name.clone(), entries.len())).collect(),
            adopted: self.adopted.len(),
        }
    }

    /// Undoes what was written since the savepoint, which must be of this transaction and not be older than another one
    /// that was gone back to. Bodies adopted since then are as if sealed and not adopted.
    pub fn undo(&mut self, to: Savepoint) {
        self.world = to.world;
        self.frame.truncate(to.frame);
        self.changed = to.changed;
        self.appended.retain(|name, entries| {
            entries.truncate(to.appended.get(name).copied().unwrap_or(0));
            !entries.is_empty()
        });
        self.adopted.truncate(to.adopted);
    }

    fn record(&mut self, op: &Op<'_>) {
        self.changed = true;
        // An ephemeral store is never replayed; only the entries of streams are read from its journal.
        if !self.writer.core.ephemeral {
            op.encode(&mut self.frame);
        }
    }

    /// Writes a row, in place of an older one of that key.
    pub fn put(&mut self, space: &str, key: &[u8], value: &[u8]) {
        self.record(&Op::Put { space, key, value });
        self.world.put(space, key, value);
    }

    /// Removes a row; true if there was one.
    pub fn delete(&mut self, space: &str, key: &[u8]) -> bool {
        let there = self.world.delete(space, key);
        if there {
            self.record(&Op::Delete { space, key });
        }
        there
    }

    /// Adds an entry to a stream and returns its sequence number. Numbers are dense and begin at 0.
    pub fn append(&mut self, stream: &str, entry: &[u8]) -> u64 {
        let sequence = self.stream_len(stream);
        self.changed = true;
        let offset = encode_append(&mut self.frame, stream, entry);
        match self.appended.get_mut(stream) {
            Some(entries) => entries.push((offset, entry.len())),
            None => drop(self.appended.insert(stream.to_owned(), vec![(offset, entry.len())])),
        }
        sequence
    }

    /// Keeps a sealed body from this commit on. `NoBody` if the id is not that of a sealed body of this
    /// process; adopting what is adopted already changes nothing.
    pub fn adopt(&mut self, body: &BodyId) -> Result<(), StoreError> {
        if self.world.bodies.contains_key(body) {
            return Ok(());
        }
        let sealed = self.core().bodies.sealed(*body);
        let released = || self.base.world.bodies.get(body).copied();
        let length = match (&sealed, released()) {
            (Some(sealed), _) => sealed.length,
            // Released earlier in this same transaction.
            (None, Some(length)) => length,
            (None, None) => return Err(StoreError::NoBody { id: body.to_string() }),
        };
        self.record(&Op::Adopt { body: *body, length });
        self.world.bodies.insert(*body, length);
        self.adopted.extend(sealed.map(|sealed| (*body, sealed)));
        Ok(())
    }

    /// Gives a body up: its file is removed after the commit, once no snapshot needs it. True if it was
    /// adopted.
    pub fn release(&mut self, body: &BodyId) -> bool {
        let there = self.world.bodies.remove(body).is_some();
        if there {
            self.record(&Op::Release { body: *body });
        }
        there
    }

    /// Makes everything visible at once. When it returns, the commit has been handed to the operating system
    /// (it survives the end of the process); the ticket tells when it survives a power cut. A transaction
    /// without changes writes nothing; its ticket is that of the last commit, so that waiting for it means
    /// that all that was read is durable.
    ///
    /// After an error nothing of it is visible. `Io`: the disk refused (full?), later commits may work.
    /// `ReadOnly`: the store must be opened again. `TooLarge`: over 256 MiB.
    pub fn commit(mut self) -> Result<Ticket, StoreError> {
        let core = self.writer.core.clone();
        if !self.changed {
            return Ok(Ticket::new(self.base.number, core.flush.clone()));
        }
        let number = self.base.number.saturating_add(1);
        if !core.ephemeral || !self.appended.is_empty() {
            let (segment, frame_offset) = core.write(&mut self.frame, number)?;
            for (stream, entries) in &self.appended {
                for &(offset, length) in entries {
                    let location = locate(segment, frame_offset, offset, length).ok_or_else(|| {
                        StoreError::TooLarge { bytes: frame_offset, limit: u64::from(u32::MAX) }
                    })?;
                    self.world.push(stream, location);
                }
            }
        }
        let adopted = std::mem::take(&mut self.adopted);
        let (kept, given_up): (Vec<_>, Vec<_>) =
            adopted.into_iter().partition(|(id, _)| self.world.bodies.contains_key(id));
        core.bodies.adopted(kept.iter().map(|(id, _)| *id));
        let files = kept.into_iter().map(|(_, sealed)| sealed.file).collect();
        let next = State { number, world: std::mem::take(&mut self.world), named: self.base.named.clone() };
        let ticket = core.publish(&self.base, next, files);
        // Adopted and released in one transaction: no state ever had them.
        given_up.iter().for_each(|(id, _)| core.bodies.discard(id));
        Ok(ticket)
    }

    fn entries(&self, stream: &str, sequences: impl Iterator<Item = u64>) -> Result<Vec<Entry>, StoreError> {
        let before = self.world.stream_len(stream);
        let mut entries = Vec::new();
        for sequence in sequences {
            match sequence.checked_sub(before) {
                None => {
                    entries.extend(self.core().entries(&self.world, stream, std::iter::once(sequence))?)
                }
                Some(new) => entries.extend(self.new_entry(stream, new).map(|bytes| (sequence, bytes))),
            }
        }
        Ok(entries)
    }

    /// The n-th entry that this transaction has added to a stream; it stands in the frame.
    fn new_entry(&self, stream: &str, n: u64) -> Option<Arc<[u8]>> {
        let &(offset, length) = self.appended.get(stream)?.get(usize::try_from(n).ok()?)?;
        let start = offset.checked_add(4)?;
        Some(self.frame.get(start..start.checked_add(length)?)?.into())
    }
}

/// Where an entry stands whose checksum is at `offset` in (or behind) what begins at `start`. `None` beyond
/// 4 GiB.
pub(crate) fn locate(segment: u32, start: u64, offset: usize, length: usize) -> Option<Location> {
    let offset = u32::try_from(start.checked_add(offset as u64)?).ok()?;
    Some(Location { segment, offset, length: u32::try_from(length).ok()? })
}

impl Reads for Transaction {
    fn get(&self, space: &str, key: &[u8]) -> Option<Arc<[u8]>> {
        self.world.get(space, key).cloned()
    }

    fn range<'a>(&'a self, space: &str, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Rows<'a> {
        self.world.range(space, from, to)
    }

    fn stream_len(&self, stream: &str) -> u64 {
        let new = self.appended.get(stream).map_or(0, |entries| entries.len() as u64);
        self.world.stream_len(stream).saturating_add(new)
    }

    fn stream_read(&self, stream: &str, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.entries(stream, forward(self.stream_len(stream), from, limit))
    }

    fn stream_read_rev(&self, stream: &str, before: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.entries(stream, backward(self.stream_len(stream), before, limit).rev())
    }

    fn spaces(&self) -> Vec<Arc<str>> {
        self.world.spaces.keys().cloned().collect()
    }

    fn streams(&self) -> Vec<Arc<str>> {
        let new = self.appended.keys().map(|name| Arc::from(name.as_str()));
        let all: std::collections::BTreeSet<Arc<str>> =
            self.world.streams.keys().cloned().chain(new).collect();
        all.into_iter().collect()
    }
}
