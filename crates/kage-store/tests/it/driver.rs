//! A store beside a naive model of it: both take the same steps and must show the same.

use crate::random::Random;
use kage_store::{BodyId, Reads, Snapshot, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write as _};
use std::ops::Bound;
use std::sync::Arc;

/// One state of everything, the obvious way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    pub rows: BTreeMap<(String, Vec<u8>), Vec<u8>>,
    pub streams: BTreeMap<String, Vec<Vec<u8>>>,
    pub bodies: BTreeMap<BodyId, Vec<u8>>,
}

/// The present and the named snapshots.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    pub now: World,
    pub named: BTreeMap<String, Arc<World>>,
}

/// All that can be seen through a reader. Ids of bodies are the keys of the space `bodies`.
pub fn look(store: &Store, reads: &dyn Reads) -> World {
    let mut world = World::default();
    for space in reads.spaces() {
        for (key, value) in reads.range(&space, Bound::Unbounded, Bound::Unbounded) {
            world.rows.insert((space.to_string(), key.to_vec()), value.to_vec());
            if &*space == "bodies" {
                let id: BodyId = String::from_utf8(key.to_vec()).unwrap().parse().unwrap();
                let mut content = Vec::new();
                store.bodies().open(&id).unwrap().read_to_end(&mut content).unwrap();
                world.bodies.insert(id, content);
            }
        }
    }
    for stream in reads.streams() {
        let entries = reads.stream_read(&stream, 0, usize::MAX).unwrap();
        assert_eq!(entries.len() as u64, reads.stream_len(&stream));
        assert!(
            entries.iter().map(|(sequence, _)| *sequence).eq(0..reads.stream_len(&stream)),
            "dense from 0"
        );
        world.streams.insert(stream.to_string(), entries.iter().map(|(_, entry)| entry.to_vec()).collect());
    }
    world
}

/// Says what differs, not all there is.
fn assert_same(found: &Model, expected: &Model, what: &str) {
    let parts = [
        ("rows", found.now.rows == expected.now.rows),
        ("streams", found.now.streams == expected.now.streams),
        ("bodies", found.now.bodies == expected.now.bodies),
        ("snapshots", found.named == expected.named),
    ];
    let wrong: Vec<&str> = parts.iter().filter(|(_, same)| !same).map(|(part, _)| *part).collect();
    assert!(wrong.is_empty(), "{what}: {wrong:?} are not as expected");
}

/// All that can be seen of a store.
pub fn look_at_all(store: &Store) -> Model {
    let named = |name: String| (name.clone(), Arc::new(look(store, &store.read_snapshot(&name).unwrap())));
    Model {
        now: look(store, &store.read()),
        named: store.snapshots().into_iter().map(|info| named(info.name)).collect(),
    }
}

pub struct Driver {
    pub store: Store,
    pub model: Model,
    /// The state after each commit that may still be the last one after a crash.
    pub history: BTreeMap<u64, Model>,
    /// The last commit that was promised to survive a power cut.
    pub promised: u64,
    pins: Vec<(Snapshot, World)>,
}

impl Driver {
    pub fn new(store: Store) -> Self {
        let model = look_at_all(&store);
        Self::with(store, model)
    }

    /// For a store that is known to show this.
    pub fn with(store: Store, model: Model) -> Self {
        let number = store.read().number();
        let history = BTreeMap::from([(number, model.clone())]);
        Driver { store, model, history, promised: number, pins: Vec::new() }
    }

    /// Takes one random step. Errors of the store are returned; the model follows what the store did.
    pub fn step(&mut self, random: &mut Random) -> Result<(), StoreError> {
        let before = self.store.read().number();
        let (next, result) = match random.below(20) {
            0 => self.save(random),
            1 => self.restore(random),
            2 => self.forget(random),
            3 => (None, self.store.checkpoint()),
            4 => (None, self.store.flush()),
            5 => (None, self.pin(random)),
            _ => self.transaction(random),
        };
        let after = self.store.read().number();
        match next {
            Some(next) if after == before + 1 => {
                self.model = next.clone();
                self.history.insert(after, next);
            }
            Some(next) => {
                assert_eq!(after, before, "a failed step leaves no trace");
                let error = result.as_ref().expect_err("a step without trace has failed");
                // A commit that could neither be written nor be undone may turn up after a restart.
                if matches!(error, StoreError::ReadOnly { .. }) {
                    self.history.entry(before + 1).or_insert(next);
                }
            }
            None => assert_eq!(after, before),
        }
        let status = self.store.status();
        assert_eq!(status.number, after);
        self.promised = self.promised.max(status.durable);
        result
    }

    fn name(random: &mut Random) -> String {
        format!("snapshot {}", random.below(3))
    }

    fn save(&self, random: &mut Random) -> (Option<Model>, Result<(), StoreError>) {
        let (name, mut next) = (Self::name(random), self.model.clone());
        next.named.insert(name.clone(), Arc::new(next.now.clone()));
        (Some(next), self.store.save(&name))
    }

    fn restore(&self, random: &mut Random) -> (Option<Model>, Result<(), StoreError>) {
        let (name, mut next) = (Self::name(random), self.model.clone());
        let Some(world) = next.named.get(&name) else {
            assert!(matches!(self.store.restore(&name), Err(StoreError::NoSnapshot { .. })));
            return (None, Ok(()));
        };
        next.now = World::clone(world);
        (Some(next), self.store.restore(&name))
    }

    fn forget(&self, random: &mut Random) -> (Option<Model>, Result<(), StoreError>) {
        let (name, mut next) = (Self::name(random), self.model.clone());
        if next.named.remove(&name).is_none() {
            assert!(matches!(self.store.remove_snapshot(&name), Err(StoreError::NoSnapshot { .. })));
            return (None, Ok(()));
        }
        (Some(next), self.store.remove_snapshot(&name))
    }

    fn pin(&mut self, random: &mut Random) -> Result<(), StoreError> {
        if self.pins.len() > 2 {
            self.pins.remove(random.below(3) as usize);
        }
        self.pins.push((self.store.read(), self.model.now.clone()));
        Ok(())
    }

    fn body(&self, content: &[u8]) -> Result<BodyId, StoreError> {
        let io = |source| StoreError::Io { action: "write", file: "body".to_owned(), source };
        let mut staged = self.store.bodies().stage()?;
        content.chunks(100).try_for_each(|piece| staged.write_all(piece)).map_err(io)?;
        staged.seal()
    }

    fn transaction(&self, random: &mut Random) -> (Option<Model>, Result<(), StoreError>) {
        let (mut next, mut changed) = (self.model.clone(), false);
        let world = &mut next.now;
        let mut txn = self.store.begin();
        for _ in 0..random.below(6) {
            let space = format!("space {}", random.below(3));
            let key = vec![random.below(12) as u8];
            match random.below(10) {
                0..4 => {
                    let value = random.bytes(40);
                    txn.put(&space, &key, &value);
                    world.rows.insert((space, key), value);
                    changed = true;
                }
                4..6 => {
                    let there = world.rows.remove(&(space.clone(), key.clone())).is_some();
                    assert_eq!(txn.delete(&space, &key), there);
                    changed |= there;
                }
                6..8 => {
                    let (stream, entry) = (format!("stream {}", random.below(2)), random.bytes(120));
                    let entries = world.streams.entry(stream.clone()).or_default();
                    assert_eq!(txn.append(&stream, &entry), entries.len() as u64);
                    entries.push(entry);
                    changed = true;
                }
                8 => {
                    let content = random.bytes(300);
                    let id = match self.body(&content) {
                        Ok(id) => id,
                        Err(error) => return (None, Err(error)),
                    };
                    if random.once_in(4) {
                        continue; // Sealed and never adopted.
                    }
                    txn.adopt(&id).unwrap();
                    txn.put("bodies", id.to_string().as_bytes(), b"");
                    world.rows.insert(("bodies".to_owned(), id.to_string().into_bytes()), Vec::new());
                    world.bodies.insert(id, content);
                    changed = true;
                }
                _ => {
                    let Some(id) = world.bodies.keys().nth(random.below(3) as usize).copied() else {
                        continue;
                    };
                    assert!(txn.release(&id));
                    assert!(txn.delete("bodies", id.to_string().as_bytes()));
                    world.rows.remove(&("bodies".to_owned(), id.to_string().into_bytes()));
                    world.bodies.remove(&id);
                    changed = true;
                }
            }
        }
        world.streams.retain(|_, entries| !entries.is_empty());
        if random.once_in(8) {
            drop(txn);
            return (None, Ok(()));
        }
        let wait = random.once_in(2);
        let committed = txn.commit().and_then(|ticket| if wait { ticket.wait() } else { Ok(()) });
        (changed.then_some(next), committed)
    }

    /// The store shows what the model shows, and old snapshots what they always showed.
    pub fn check(&self) {
        assert_same(&look_at_all(&self.store), &self.model, "the present");
        for (snapshot, world) in &self.pins {
            assert!(look(&self.store, snapshot) == *world, "a snapshot never changes");
        }
    }

    /// Lets go of the store and all snapshots. The history tells what may be found later.
    pub fn close(self) -> (BTreeMap<u64, Model>, u64) {
        (self.history, self.promised)
    }

    /// Checks a reopened store: it is in a state that the history has, none older than was promised. Returns
    /// a driver to go on with.
    pub fn reopened(store: Store, history: &BTreeMap<u64, Model>, promised: u64) -> Self {
        let number = store.read().number();
        assert!(number >= promised, "commit {promised} was promised, the store has {number} commits");
        let driver = Driver::new(store);
        let expected = history.get(&number).expect("commits come from the history");
        assert_same(&driver.model, expected, &format!("the state of commit {number}"));
        driver
    }

    /// The bodies that present and named snapshots need.
    pub fn needed_bodies(&self) -> BTreeSet<String> {
        let worlds = self.model.named.values().map(|world| &**world).chain([&self.model.now]);
        worlds.flat_map(|world| world.bodies.keys().map(|id| format!("bodies/{id}"))).collect()
    }
}
