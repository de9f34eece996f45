//! Events of one or many streams in the order of time, or against it.

use crate::batch::{self, Place};
use crate::group::Group;
use crate::keys::DataKeys;
use crate::position::Position;
use crate::puts::{self, Put};
use kage_core::{Call, Millis, Result, Tx};
use kage_store::Reads;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Oldest first.
    Forward,
    /// Newest first.
    Backward,
}

/// One event on the way.
pub struct Event<'a> {
    /// Where it stands.
    pub position: Position,
    /// Its stream.
    pub stream: &'a str,
    /// Its time.
    pub timestamp: Millis,
    /// When it came.
    pub ingested: Millis,
    /// Its message.
    pub message: &'a [u8],
}

impl Event<'_> {
    /// Its message as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.message).into_owned()
    }
}

/// An event that is kept beyond its walk.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Where it stands.
    pub position: Position,
    /// Its time.
    pub timestamp: Millis,
    /// Its message.
    pub message: String,
}

/// All events of one put.
///
/// # Errors
/// Those of KMS and of the store.
pub fn events_of(call: &Call<'_>, tx: &mut Tx, group: &Group, put: Put) -> Result<Vec<Kept>> {
    let keys = DataKeys::open(call, tx, group, put.data_key)?;
    let open = Open::new(tx.reads(), group, put, &keys, Way::Backward)?;
    let keep = |(index, place): &(u32, Place)| Kept {
        position: open.position(*index, *place),
        timestamp: place.timestamp,
        message: String::from_utf8_lossy(batch::message(&open.bytes, *place)).into_owned(),
    };
    Ok(open.rest.iter().map(keep).collect())
}

/// What is walked: the streams, from (included) and to (excluded) which time, and from which place on.
pub struct Path<'a> {
    /// The group.
    pub group: &'a Group,
    /// The streams.
    pub streams: &'a [String],
    /// From this time on.
    pub from: Millis,
    /// Before this time.
    pub to: Millis,
    /// Which way.
    pub way: Way,
    /// Forward: from this place on. Backward: before this place.
    pub start: Option<Position>,
}

impl Path<'_> {
    fn puts(&self, reads: &dyn Reads, now: Millis) -> Result<(Millis, Millis, Vec<Put>)> {
        let mut from = self.from.max(self.group.expired_before(now)).max(0);
        let mut to = self.to;
        match (self.way, self.start) {
            (Way::Forward, Some(start)) => from = from.max(start.timestamp),
            (Way::Backward, Some(start)) => to = to.min(start.timestamp.saturating_add(1)),
            _ => {}
        }
        let mut found = Vec::new();
        for stream in self.streams {
            found.extend(puts::between(reads, self.group, stream, from, to)?);
        }
        match self.way {
            // Taken from the end.
            Way::Forward => found.sort_by_key(|put| std::cmp::Reverse((put.first, put.number))),
            Way::Backward => found.sort_by_key(|put| (put.last, put.number)),
        }
        Ok((from, to, found))
    }

    fn is_within(&self, position: Position) -> bool {
        match (self.way, self.start) {
            (_, None) => true,
            (Way::Forward, Some(start)) => position >= start,
            (Way::Backward, Some(start)) => position < start,
        }
    }

    /// The data keys that the events on the way are sealed under, opened.
    ///
    /// # Errors
    /// Those of KMS and of the store.
    pub fn keys(&self, call: &Call<'_>, tx: &mut Tx) -> Result<DataKeys> {
        if self.group.data_keys == 0 {
            return Ok(DataKeys::default());
        }
        let (_, _, puts) = self.puts(tx.reads(), call.now.milliseconds())?;
        DataKeys::open(call, tx, self.group, puts.iter().filter_map(|put| put.data_key))
    }

    /// Shows every event to `see` until it breaks, and gives what it broke with.
    ///
    /// # Errors
    /// Those of KMS and of the store.
    pub fn walk<B>(
        &self,
        call: &Call<'_>,
        tx: &mut Tx,
        see: impl FnMut(&Event<'_>) -> ControlFlow<B>,
    ) -> Result<Option<B>> {
        let keys = self.keys(call, tx)?;
        self.walk_with(tx.reads(), &keys, call.now.milliseconds(), see)
    }

    /// The same with keys that were opened before, outside a call.
    ///
    /// # Errors
    /// Those of the store.
    pub fn walk_with<B>(
        &self,
        reads: &dyn Reads,
        keys: &DataKeys,
        now: Millis,
        mut see: impl FnMut(&Event<'_>) -> ControlFlow<B>,
    ) -> Result<Option<B>> {
        let (from, to, mut waiting) = self.puts(reads, now)?;
        let mut open: Vec<Option<Open>> = Vec::new();
        let mut heads: BinaryHeap<Head> = BinaryHeap::new();
        loop {
            // A put joins as soon as one of its events could be the next.
            while let Some(put) = waiting.last() {
                let edge = Head::edge(self.way, put);
                if heads.peek().is_some_and(|head| head.rank > edge) {
                    break;
                }
                let Some(put) = waiting.pop() else { break };
                let slot = open.iter().position(Option::is_none).unwrap_or(open.len());
                let opened = Open::new(reads, self.group, put, keys, self.way)?;
                if let Some(head) = opened.head(self.way, slot) {
                    heads.push(head);
                    match open.get_mut(slot) {
                        Some(free) => *free = Some(opened),
                        None => open.push(Some(opened)),
                    }
                }
            }
            let Some(head) = heads.pop() else { return Ok(None) };
            let Some(Some(current)) = open.get_mut(head.slot) else { continue };
            let Some((position, place)) = current.take() else { continue };
            if place.timestamp >= from && place.timestamp < to && self.is_within(position) {
                let event = Event {
                    position,
                    stream: &current.put.stream,
                    timestamp: place.timestamp,
                    ingested: current.put.ingested,
                    message: batch::message(&current.bytes, place),
                };
                if let ControlFlow::Break(found) = see(&event) {
                    return Ok(Some(found));
                }
            }
            match current.head(self.way, head.slot) {
                Some(next) => heads.push(next),
                None => {
                    if let Some(slot) = open.get_mut(head.slot) {
                        *slot = None;
                    }
                }
            }
        }
    }
}

/// The bytes of a put: as they stand in the store, or opened.
enum Bytes {
    Stored(Arc<[u8]>),
    Opened(Vec<u8>),
}

impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Stored(bytes) => bytes,
            Bytes::Opened(bytes) => bytes,
        }
    }
}

/// A put that is being walked through.
struct Open {
    put: Put,
    bytes: Bytes,
    /// What is left, the next one last.
    rest: Vec<(u32, Place)>,
}

impl Open {
    fn new(reads: &dyn Reads, group: &Group, put: Put, keys: &DataKeys, way: Way) -> Result<Open> {
        let stored = puts::stored(reads, group, &put)?;
        let bytes = match put.data_key {
            None => Bytes::Stored(stored),
            Some(number) => Bytes::Opened(keys.unseal(number, stored.get(1..).unwrap_or_default())?),
        };
        let places = batch::read(&bytes)?.places.into_iter();
        let mut rest: Vec<(u32, Place)> =
            places.enumerate().map(|(index, place)| (index as u32, place)).collect();
        if way == Way::Forward {
            rest.reverse();
        }
        Ok(Open { put, bytes, rest })
    }

    fn position(&self, index: u32, place: Place) -> Position {
        Position { timestamp: place.timestamp, put: self.put.number, index }
    }

    fn head(&self, way: Way, slot: usize) -> Option<Head> {
        let (index, place) = self.rest.last()?;
        Some(Head { rank: Rank::of(way, self.position(*index, *place)), slot })
    }

    fn take(&mut self) -> Option<(Position, Place)> {
        let (index, place) = self.rest.pop()?;
        Some((self.position(index, place), place))
    }
}

/// How soon an event comes: the greatest comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Forward(std::cmp::Reverse<Position>),
    Backward(Position),
}

impl Rank {
    fn of(way: Way, position: Position) -> Rank {
        match way {
            Way::Forward => Rank::Forward(std::cmp::Reverse(position)),
            Way::Backward => Rank::Backward(position),
        }
    }
}

/// The next event of an open put.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    rank: Rank,
    slot: usize,
}

impl Head {
    /// The soonest that an event of this put can come.
    fn edge(way: Way, put: &Put) -> Rank {
        let at = |timestamp, index| Position { timestamp, put: put.number, index };
        match way {
            Way::Forward => Rank::of(way, at(put.first, 0)),
            Way::Backward => Rank::of(way, at(put.last, u32::MAX)),
        }
    }
}
