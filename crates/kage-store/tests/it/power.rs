//! Power cuts: the disk keeps what was synced, and of the rest what it likes.

use crate::driver::{Driver, Model};
use crate::model::small;
use crate::random::Random;
use kage_store::disk::{FaultyDisk, MemoryDisk};
use kage_store::{Durability, Store};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What may be found after a cut, and what must be.
type Expected = (BTreeMap<u64, Model>, u64);

/// Opens a disk that may stop to work at any operation and takes some steps. The process ends without a
/// chance to tidy up. Returns what may be found then, and the last commit that the process had made.
fn run(
    disk: &MemoryDisk,
    durability: Durability,
    expected: Expected,
    random: &mut Random,
    inside: &mut u64,
) -> (Expected, u64) {
    let faulty = FaultyDisk::new(Arc::new(disk.clone()));
    let dies = random.once_in(2);
    if dies {
        faulty.fail(random.below(300) + 1..u64::MAX);
    }
    let Ok(store) = Store::open_on(Arc::new(faulty.clone()), small(durability)) else {
        *inside += 1;
        let number = expected.1;
        return (expected, number); // The cut came while the last one was being recovered from.
    };
    let number = store.read().number();
    // The state at hand is known from the last check; a dead disk could not be read.
    let model = expected.0.get(&number).cloned();
    let mut driver = Driver::with(store, model.expect("recovery led to a known state"));
    // Recovery makes what it found durable.
    assert!(driver.promised >= expected.1);
    for _ in 0..random.below(60) {
        if driver.step(random).is_err() {
            assert!(dies);
            *inside += 1;
            break;
        }
    }
    let number = driver.store.read().number();
    faulty.fail(0..u64::MAX);
    (driver.close(), number)
}

/// Rounds of steps, each ended by a power cut, or now and then only by the end of the process, between two
/// steps or in the middle of one. Returns how many came in the middle.
fn cut_power(durability: Durability, seed: u64, rounds: u64) -> u64 {
    let mut random = Random(seed);
    let mut disk = MemoryDisk::new();
    let mut expected = (BTreeMap::from([(0, Model::default())]), 0);
    let mut inside = 0;
    for _ in 0..rounds {
        let number;
        (expected, number) = run(&disk, durability, expected, &mut random, &mut inside);
        if random.once_in(4) {
            expected.1 = number; // What was handed to the system survives a mere end of the process.
        } else {
            disk = disk.crash(&mut |bound| random.below(bound));
        }
        let store = Store::open_on(Arc::new(disk.clone()), small(durability)).unwrap();
        expected = Driver::reopened(store, &expected.0, expected.1).close();
    }
    inside
}

/// Many short histories rather than a long one: states stay small, and beginnings are cut, too.
fn cut_often(durability: Durability, first_seed: u64) {
    let inside: u64 = (first_seed..first_seed + 100).map(|seed| cut_power(durability, seed, 20)).sum();
    assert!(inside > 300, "only {inside} of 2000 cuts came in the middle of a step");
}

#[test]
fn what_a_ticket_promised_survives_the_plug() {
    cut_often(Durability::Power, 0);
}

#[test]
fn without_the_promise_a_whole_prefix_survives() {
    cut_often(Durability::Process, 1000);
}

#[test]
fn waiting_is_what_makes_it_durable() {
    // The disk of these tests does lose things: else they would prove nothing.
    let disk = MemoryDisk::new();
    let store = Store::open_on(Arc::new(disk.clone()), small(Durability::Power)).unwrap();
    let commit = || {
        let mut txn = store.begin();
        txn.put("space", b"key", b"value");
        txn.commit().unwrap()
    };
    let after_cut = || {
        let disk = disk.crash(&mut |_| 0);
        Store::open_on(Arc::new(disk), small(Durability::Power)).unwrap().read().number()
    };
    let ticket = commit();
    assert_eq!(after_cut(), 0);
    ticket.wait().unwrap();
    assert_eq!(after_cut(), 1);
}
