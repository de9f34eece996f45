//! The whole state in memory, as values that share what they have in common.
//!
//! Copying a [`World`] copies a few pointers; changing a copy copies the path to what changed.

use crate::bodies::BodyId;
use crate::op::{Location, Op};
use imbl::ordmap::DiffItem;
use imbl::{OrdMap, Vector};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) type SpaceRows = OrdMap<Arc<[u8]>, Arc<[u8]>>;

/// One state of everything: rows, streams, adopted bodies. Empty spaces and streams are not kept, so that
/// equal states are equal values.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct World {
    pub spaces: OrdMap<Arc<str>, SpaceRows>,
    pub streams: OrdMap<Arc<str>, Vector<Location>>,
    /// Adopted bodies with their lengths.
    pub bodies: OrdMap<BodyId, u64>,
}

impl World {
    pub fn get(&self, space: &str, key: &[u8]) -> Option<&Arc<[u8]>> {
        self.spaces.get(space)?.get(key)
    }

    pub fn put(&mut self, space: &str, key: &[u8], value: &[u8]) {
        match self.spaces.get_mut(space) {
            Some(rows) => drop(rows.insert(key.into(), value.into())),
            None => drop(self.spaces.insert(space.into(), OrdMap::unit(key.into(), value.into()))),
        }
    }

    /// True if there was such a row.
    pub fn delete(&mut self, space: &str, key: &[u8]) -> bool {
        let Some(rows) = self.spaces.get_mut(space) else { return false };
        let there = rows.remove(key).is_some();
        if rows.is_empty() {
            self.spaces.remove(space);
        }
        there
    }

    pub fn stream_len(&self, stream: &str) -> u64 {
        self.streams.get(stream).map_or(0, |entries| entries.len() as u64)
    }

    /// Where an entry stands, if the stream has it.
    pub fn location(&self, stream: &str, sequence: u64) -> Option<Location> {
        self.streams.get(stream)?.get(usize::try_from(sequence).ok()?).copied()
    }

    pub fn push(&mut self, stream: &str, location: Location) {
        match self.streams.get_mut(stream) {
            Some(entries) => entries.push_back(location),
            None => drop(self.streams.insert(stream.into(), Vector::unit(location))),
        }
    }

    fn shorten(&mut self, stream: &str, length: u64) {
        let Some(entries) = self.streams.get_mut(stream) else { return };
        entries.truncate(usize::try_from(length).unwrap_or(usize::MAX).min(entries.len()));
        if entries.is_empty() {
            self.streams.remove(stream);
        }
    }

    /// The operations that lead from `self` to `to`, each given to `out`.
    pub fn difference<E>(&self, to: &World, out: &mut impl FnMut(Op<'_>) -> Result<(), E>) -> Result<(), E> {
        self.row_difference(to, out)?;
        self.stream_difference(to, out)?;
        for item in self.bodies.diff(&to.bodies) {
            out(match item {
                DiffItem::Add(&body, &length) | DiffItem::Update { new: (&body, &length), .. } => {
                    Op::Adopt { body, length }
                }
                DiffItem::Remove(&body, _) => Op::Release { body },
            })?;
        }
        Ok(())
    }

    fn row_difference<E>(&self, to: &World, out: &mut impl FnMut(Op<'_>) -> Result<(), E>) -> Result<(), E> {
        let (before, after) = (&self.spaces, &to.spaces);
        let names: BTreeSet<&Arc<str>> = before.keys().chain(after.keys()).collect();
        let none = SpaceRows::new();
        for space in names {
            let (old, new) = (before.get(space).unwrap_or(&none), after.get(space).unwrap_or(&none));
            for item in old.diff(new) {
                out(match item {
                    DiffItem::Add(key, value) | DiffItem::Update { new: (key, value), .. } => {
                        Op::Put { space, key, value }
                    }
                    DiffItem::Remove(key, _) => Op::Delete { space, key },
                })?;
            }
        }
        Ok(())
    }

    fn stream_difference<E>(
        &self,
        to: &World,
        out: &mut impl FnMut(Op<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (before, after) = (&self.streams, &to.streams);
        let names: BTreeSet<&Arc<str>> = before.keys().chain(after.keys()).collect();
        let none = Vector::new();
        for stream in names {
            let (old, new) = (before.get(stream).unwrap_or(&none), after.get(stream).unwrap_or(&none));
            if old.ptr_eq(new) {
                continue;
            }
            let common = common_prefix(old, new);
            if common < old.len() {
                out(Op::Shorten { stream, length: common as u64 })?;
            }
            let mut rest = new.iter().skip(common).copied().peekable();
            while rest.peek().is_some() {
                let locations = rest.by_ref().take(4096).collect();
                out(Op::Place { stream, locations })?;
            }
        }
        Ok(())
    }
}

/// How many entries two histories of a stream share. A location is written once and by one transaction, so
/// two histories that agree on one entry agree on all before it: a binary search finds where they part.
fn common_prefix(a: &Vector<Location>, b: &Vector<Location>) -> usize {
    let (mut same, mut different) = (0, a.len().min(b.len()));
    while same < different {
        let middle = same + (different - same) / 2;
        if a.get(middle) == b.get(middle) { same = middle + 1 } else { different = middle }
    }
    same
}

/// A named snapshot.
#[derive(Clone, PartialEq)]
pub(crate) struct Named {
    /// The commit that saved it.
    pub number: u64,
    pub world: World,
}

/// The present and the named snapshots.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct State {
    /// Number of the last commit; 0 before the first.
    pub number: u64,
    pub world: World,
    pub named: OrdMap<Arc<str>, Named>,
}

impl State {
    /// Applies one operation of journal or checkpoint. `locate` says where an appended entry stands.
    /// `Err` says why the operation makes no sense here.
    pub fn apply(
        &mut self,
        op: Op<'_>,
        locate: impl Fn(usize, usize) -> Option<Location>,
    ) -> Result<(), &'static str> {
        let world = &mut self.world;
        match op {
            Op::Put { space, key, value } => world.put(space, key, value),
            Op::Delete { space, key } => drop(world.delete(space, key)),
            Op::Append { stream, offset, length } => {
                world.push(stream, locate(offset, length).ok_or("an entry is out of the segment's reach")?);
            }
            Op::Adopt { body, length } => drop(world.bodies.insert(body, length)),
            Op::Release { body } => drop(world.bodies.remove(&body)),
            Op::Save { name, number } => {
                self.named.insert(name.into(), Named { number, world: self.world.clone() });
            }
            Op::Restore { name } => {
                self.world =
                    self.named.get(name).ok_or("it restores a snapshot that is not there")?.world.clone();
            }
            Op::Forget { name } => {
                self.named.remove(name).ok_or("it removes a snapshot that is not there")?;
            }
            Op::Shorten { stream, length } => world.shorten(stream, length),
            Op::Place { stream, locations } => {
                locations.into_iter().for_each(|location| world.push(stream, location));
            }
            Op::End => {}
        }
        Ok(())
    }

    /// Whether the present or a named snapshot needs the body.
    pub fn holds_body(&self, body: BodyId) -> bool {
        self.world.bodies.contains_key(&body)
            || self.named.values().any(|it| it.world.bodies.contains_key(&body))
    }

    /// The bodies that `self` holds and `next` does not.
    pub fn bodies_dropped_by(&self, next: &State) -> Vec<BodyId> {
        let mut gone = Vec::new();
        if !self.world.bodies.ptr_eq(&next.world.bodies) {
            gone.push(&self.world);
        }
        if !self.named.ptr_eq(&next.named) {
            gone.extend(self.named.values().map(|named| &named.world));
        }
        let mut dropped = BTreeSet::new();
        for world in gone {
            for item in world.bodies.diff(&next.world.bodies) {
                if let DiffItem::Remove(&body, _) = item {
                    dropped.insert(body);
                }
            }
        }
        dropped.into_iter().filter(|&body| !next.holds_body(body)).collect()
    }

    /// Operations that lead from nothing over the named snapshots, oldest first, to the present.
    pub fn operations<E>(&self, out: &mut impl FnMut(Op<'_>) -> Result<(), E>) -> Result<(), E> {
        let mut named: Vec<_> = self.named.iter().collect();
        named.sort_by_key(|(_, it)| it.number);
        let nothing = World::default();
        let mut before = &nothing;
        for (name, snapshot) in named {
            before.difference(&snapshot.world, out)?;
            out(Op::Save { name, number: snapshot.number })?;
            before = &snapshot.world;
        }
        before.difference(&self.world, out)?;
        out(Op::End)
    }
}
