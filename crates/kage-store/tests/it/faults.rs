//! The n-th operation of the disk fails, for every n.

use crate::driver::Driver;
use crate::model::small;
use crate::random::Random;
use kage_store::disk::{Disk, FaultyDisk, MemoryDisk};
use kage_store::{Durability, Reads, Store, StoreError};
use std::sync::Arc;

const STEPS: u64 = 40;

/// Opens the store and takes the steps of `seed`, whatever fails. Returns how many disk operations that took.
fn run(memory: &MemoryDisk, durability: Durability, seed: u64, fail: std::ops::Range<u64>) -> u64 {
    let faulty = FaultyDisk::new(Arc::new(memory.clone()));
    faulty.fail(fail.clone());
    let Ok(store) = Store::open_on(Arc::new(faulty.clone()), small(durability)) else {
        // Opening again, on a disk that works again, must do. Nothing was committed yet.
        let store = Store::open_on(Arc::new(memory.clone()), small(durability)).unwrap();
        assert_eq!(store.read().number(), 0);
        return faulty.operations();
    };
    let mut driver = Driver::with(store, Default::default());
    for step in 0..STEPS {
        match driver.step(&mut Random(seed * 1000 + step)) {
            Ok(()) => {}
            Err(StoreError::Io { .. }) => {}
            Err(StoreError::ReadOnly { .. }) => assert!(driver.store.status().read_only.is_some()),
            Err(error) => panic!("operation {fail:?}: {error}"),
        }
    }
    let operations = faulty.operations();
    faulty.heal();
    driver.check();
    let number = driver.store.read().number();
    let (history, promised) = driver.close();
    // After a power cut, and after a mere end of the process.
    let mut random = Random(seed);
    let cut = memory.crash(&mut |bound| random.below(bound));
    Driver::reopened(Store::open_on(Arc::new(cut), small(durability)).unwrap(), &history, promised).check();
    let store = Store::open_on(Arc::new(memory.clone()), small(durability)).unwrap();
    Driver::reopened(store, &history, number).check();
    operations
}

fn fail_each(durability: Durability, seed: u64) {
    let operations = run(&MemoryDisk::new(), durability, seed, 0..0);
    for n in 1..=operations {
        run(&MemoryDisk::new(), durability, seed, n..n + 1);
        run(&MemoryDisk::new(), durability, seed, n..n + 3);
    }
}

#[test]
fn any_one_failing_operation_is_survived_in_power_mode() {
    (1..5).for_each(|seed| fail_each(Durability::Power, seed));
}

#[test]
fn any_one_failing_operation_is_survived_in_process_mode() {
    (5..9).for_each(|seed| fail_each(Durability::Process, seed));
}

fn put(store: &Store, key: &[u8]) -> Result<(), StoreError> {
    let mut txn = store.begin();
    txn.put("space", key, &[7; 100]);
    txn.commit()?.wait()
}

#[test]
fn a_full_disk_fails_commits_until_there_is_room() {
    let memory = MemoryDisk::new();
    let faulty = FaultyDisk::new(Arc::new(memory.clone()));
    let store = Store::open_on(Arc::new(faulty.clone()), small(Durability::Power)).unwrap();
    put(&store, b"before").unwrap();
    // Only appends fail when a disk is full; the frame is cut off and the cut is synced.
    for _ in 0..20 {
        let next = faulty.operations() + 1;
        faulty.fail(next..next + 1);
        let error = put(&store, b"refused").unwrap_err();
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
        assert!(store.read().get("space", b"refused").is_none());
    }
    faulty.heal();
    put(&store, b"after").unwrap();
    drop(store);
    let store = Store::open_on(Arc::new(memory), small(Durability::Power)).unwrap();
    let found = ["before", "refused", "after"].map(|key| store.read().get("space", key.as_bytes()).is_some());
    assert_eq!(found, [true, false, true]);
}

#[test]
fn a_failed_sync_makes_the_store_read_only() {
    let memory = MemoryDisk::new();
    let faulty = FaultyDisk::new(Arc::new(memory.clone()));
    let store = Store::open_on(Arc::new(faulty.clone()), small(Durability::Power)).unwrap();
    put(&store, b"before").unwrap();
    let append = faulty.operations() + 1;
    faulty.fail(append + 1..append + 2);
    assert!(matches!(put(&store, b"unsure"), Err(StoreError::ReadOnly { .. })));
    let error = put(&store, b"after").unwrap_err();
    assert!(error.to_string().starts_with("the store is read-only until it is opened again"), "{error}");
    assert!(store.status().read_only.is_some());
    assert!(store.read().get("space", b"before").is_some(), "reading goes on");
    drop(store);
    let store = Store::open_on(Arc::new(memory), small(Durability::Power)).unwrap();
    put(&store, b"after").unwrap();
    assert!(store.read().get("space", b"before").is_some());
}

#[test]
fn a_checkpoint_that_fails_loses_nothing_and_is_reported() {
    let memory = MemoryDisk::new();
    let faulty = FaultyDisk::new(Arc::new(memory.clone()));
    let store = Store::open_on(Arc::new(faulty.clone()), small(Durability::Power)).unwrap();
    put(&store, b"key").unwrap();
    let first = faulty.operations();
    store.checkpoint().unwrap();
    let length = faulty.operations() - first;
    assert!(length > 5);
    for n in 1..=length {
        put(&store, &n.to_le_bytes()).unwrap();
        let now = faulty.operations();
        faulty.fail(now + n..now + n + 1);
        let failed = store.checkpoint().is_err();
        assert_eq!(store.status().checkpoint_error.is_some(), failed);
        faulty.heal();
        if store.status().read_only.is_some() {
            continue;
        }
        let found = Store::open_on(Arc::new(memory.crash(&mut |_| 0)), small(Durability::Power)).unwrap();
        assert_eq!(found.read().number(), store.read().number());
        assert!(!memory.list("").unwrap().iter().any(|name| name.ends_with(".tmp")) || failed);
    }
}
