//! Random steps against the naive model, with reopening.

use crate::driver::Driver;
use crate::random::Random;
use kage_store::disk::{Disk, MemoryDisk};
use kage_store::{Durability, Options, Store};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Small files, so that a few steps fill many.
pub fn small(durability: Durability) -> Options {
    Options {
        durability,
        segment_bytes: 600,
        checkpoint_bytes: 1500,
        background: false,
        ..Options::default()
    }
}

fn bodies_on(disk: &MemoryDisk) -> BTreeSet<String> {
    disk.names().into_iter().filter(|name| name.starts_with("bodies/")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_store_is_its_model(steps in prop::collection::vec(any::<u64>(), 0..80)) {
        let disk = MemoryDisk::new();
        let open = || Store::open_on(Arc::new(disk.clone()), small(Durability::Process)).unwrap();
        let mut driver = Driver::new(open());
        for step in steps {
            let mut random = Random(step);
            if random.once_in(12) {
                let number = driver.store.read().number();
                let (history, _) = driver.close();
                driver = Driver::reopened(open(), &history, number);
                prop_assert_eq!(bodies_on(&disk), driver.needed_bodies(), "no orphans");
            }
            driver.step(&mut random).unwrap();
            driver.check();
        }
    }

    #[test]
    fn an_ephemeral_store_is_its_model(steps in prop::collection::vec(any::<u64>(), 0..60)) {
        let mut driver = Driver::new(Store::ephemeral());
        for step in steps {
            driver.step(&mut Random(step)).unwrap();
            driver.check();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_store_on_real_files_with_threads_is_its_model(steps in prop::collection::vec(any::<u64>(), 0..80), power: bool) {
        let directory = tempfile::tempdir().unwrap();
        let durability = if power { Durability::Power } else { Durability::Process };
        let options = Options { background: true, ..small(durability) };
        let open = || Store::open(directory.path(), options.clone()).unwrap();
        let mut driver = Driver::new(open());
        for step in steps {
            let mut random = Random(step);
            if random.once_in(20) {
                let number = driver.store.read().number();
                let (history, _) = driver.close();
                driver = Driver::reopened(open(), &history, number);
            }
            driver.step(&mut random).unwrap();
            driver.check();
        }
        let fork = tempfile::tempdir().unwrap();
        driver.store.fork(fork.path()).unwrap();
        let number = driver.store.read().number();
        Driver::reopened(Store::open(fork.path(), options).unwrap(), &driver.history, number);
    }
}

#[test]
fn old_journal_goes_and_old_entries_stay() {
    let disk = MemoryDisk::new();
    let open = || Store::open_on(Arc::new(disk.clone()), small(Durability::Process)).unwrap();
    let store = open();
    let commit = |entry: Option<u32>, row: u32| {
        let mut txn = store.begin();
        txn.put("rows", b"one", &row.to_le_bytes().repeat(100));
        if let Some(entry) = entry {
            txn.append("events", &entry.to_le_bytes());
        }
        txn.commit().unwrap().wait().unwrap();
    };
    commit(Some(0), 0);
    store.save("first").unwrap();
    (1..20).for_each(|row| commit(None, row));
    commit(Some(1), 20);
    (21..40).for_each(|row| commit(None, row));
    let journals = || disk.list("").unwrap().iter().filter(|name| name.starts_with("journal-")).count();
    assert!(journals() > 10);
    store.checkpoint().unwrap();
    assert_eq!(journals(), 3, "those with an entry, and the growing one");
    store.restore("first").unwrap();
    store.checkpoint().unwrap();
    assert_eq!(journals(), 2, "the second entry has been undone");
    drop(store);
    let store = open();
    let entries = kage_store::Reads::stream_read(&store.read(), "events", 0, 10).unwrap();
    assert_eq!(entries, [(0, Arc::from(0u32.to_le_bytes()))]);
}
