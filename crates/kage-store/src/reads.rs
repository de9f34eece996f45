//! Reading: what snapshots and transactions have in common.

use crate::core::Core;
use crate::error::StoreError;
use crate::world::{State, World};
use std::ops::Bound;
use std::sync::Arc;

/// A row: key and value. Cloning either is cheap.
pub type Row<'a> = (&'a Arc<[u8]>, &'a Arc<[u8]>);

/// Rows in the order of their keys; `rev()` and `take(n)` as with any iterator.
pub type Rows<'a> = Box<dyn DoubleEndedIterator<Item = Row<'a>> + Send + 'a>;

/// An entry of a stream: its sequence number and its bytes.
pub type Entry = (u64, Arc<[u8]>);

/// Read access to one state of everything. A [`Snapshot`] gives the state of when it was taken, a
/// [`crate::Transaction`] the present with its own writes.
///
/// Rows are in memory, so reading them cannot fail; entries of streams are on the disk, so reading them can.
pub trait Reads: Send + Sync {
    /// The value of a row.
    fn get(&self, space: &str, key: &[u8]) -> Option<Arc<[u8]>>;

    /// The rows with keys between two bounds, in order. Bounds that cross give nothing.
    fn range<'a>(&'a self, space: &str, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Rows<'a>;

    /// The number of entries of a stream, which is the sequence number of the next one.
    fn stream_len(&self, stream: &str) -> u64;

    /// Up to `limit` entries from sequence number `from` on, in order.
    fn stream_read(&self, stream: &str, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// Up to `limit` entries below sequence number `before`, newest first. `u64::MAX` begins at the end.
    fn stream_read_rev(&self, stream: &str, before: u64, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// Names of the spaces that have rows, in order.
    fn spaces(&self) -> Vec<Arc<str>>;

    /// Names of the streams that have entries, in order.
    fn streams(&self) -> Vec<Arc<str>>;

    /// The rows whose keys begin with `prefix`, in order.
    fn prefix<'a>(&'a self, space: &str, prefix: &[u8]) -> Rows<'a> {
        let end = after_prefix(prefix);
        let to = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        self.range(space, Bound::Included(prefix), to)
    }
}

/// The least key that is greater than all keys with this prefix, if there is one.
pub(crate) fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// Sequence numbers of a forward read.
pub(crate) fn forward(length: u64, from: u64, limit: usize) -> std::ops::Range<u64> {
    let from = from.min(length);
    from..from.saturating_add(limit as u64).min(length)
}

/// Sequence numbers of a backward read, to be taken in reverse.
pub(crate) fn backward(length: u64, before: u64, limit: usize) -> std::ops::Range<u64> {
    let before = before.min(length);
    before.saturating_sub(limit as u64)..before
}

impl World {
    pub(crate) fn range(&self, space: &str, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Rows<'_> {
        let Some(rows) = self.spaces.get(space) else { return Box::new(std::iter::empty()) };
        let crossed = match (from, to) {
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
            (Bound::Included(from), Bound::Included(to)) => from > to,
            (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => {
                from >= to
            }
        };
        if crossed {
            return Box::new(std::iter::empty());
        }
        Box::new(rows.range::<_, [u8]>((from, to)))
    }
}

/// One state of everything, as it was when [`crate::Store::read`] was called. It never changes, blocks nobody
/// and is cheap to clone. Bodies and stream entries it refers to stay on the disk as long as it lives.
pub struct Snapshot {
    core: Arc<Core>,
    state: Arc<State>,
    /// The state that was the present when this was taken; it protects `state`.
    pinned: u64,
}

impl Snapshot {
    pub(crate) fn take(core: &Arc<Core>) -> Self {
        let state = core.pin();
        Snapshot { core: core.clone(), pinned: state.number, state }
    }

    /// The world of a named snapshot, pinned at the present: what the name protects, the pin does too.
    pub(crate) fn of_named(core: &Arc<Core>, name: &str) -> Result<Self, StoreError> {
        let mut snapshot = Snapshot::take(core);
        let missing = || StoreError::NoSnapshot { name: name.to_owned() };
        let named = snapshot.state.named.get(name).ok_or_else(missing)?.clone();
        let state = State { number: named.number, world: named.world, named: snapshot.state.named.clone() };
        snapshot.state = Arc::new(state);
        Ok(snapshot)
    }

    /// The number of the last commit it contains; 0 before the first.
    pub fn number(&self) -> u64 {
        self.state.number
    }
}

impl Clone for Snapshot {
    fn clone(&self) -> Self {
        self.core.pin_again(self.pinned);
        Snapshot { core: self.core.clone(), state: self.state.clone(), pinned: self.pinned }
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        self.core.unpin(self.pinned);
    }
}

impl Reads for Snapshot {
    fn get(&self, space: &str, key: &[u8]) -> Option<Arc<[u8]>> {
        self.state.world.get(space, key).cloned()
    }

    fn range<'a>(&'a self, space: &str, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Rows<'a> {
        self.state.world.range(space, from, to)
    }

    fn stream_len(&self, stream: &str) -> u64 {
        self.state.world.stream_len(stream)
    }

    fn stream_read(&self, stream: &str, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let range = forward(self.stream_len(stream), from, limit);
        self.core.entries(&self.state.world, stream, range)
    }

    fn stream_read_rev(&self, stream: &str, before: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let range = backward(self.stream_len(stream), before, limit);
        self.core.entries(&self.state.world, stream, range.rev())
    }

    fn spaces(&self) -> Vec<Arc<str>> {
        self.state.world.spaces.keys().cloned().collect()
    }

    fn streams(&self) -> Vec<Arc<str>> {
        self.state.world.streams.keys().cloned().collect()
    }
}
