//! Transactions, readers, named snapshots, forks.

use crate::driver::look_at_all;
use kage_store::disk::MemoryDisk;
use kage_store::{Durability, Options, Reads, Store, StoreError};
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;

fn put(store: &Store, key: &str, value: &str) {
    let mut txn = store.begin();
    txn.put("space", key.as_bytes(), value.as_bytes());
    txn.commit().unwrap().wait().unwrap();
}

fn get(reads: &dyn Reads, key: &str) -> Option<String> {
    reads.get("space", key.as_bytes()).map(|value| String::from_utf8(value.to_vec()).unwrap())
}

#[test]
fn a_dropped_transaction_leaves_no_trace() {
    let disk = MemoryDisk::new();
    let store = Store::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    put(&store, "kept", "1");
    store.flush().unwrap();
    let (before, names) = (look_at_all(&store), disk.names());
    let journal = disk.bytes("journal-0000000001");
    let mut txn = store.begin();
    txn.put("space", b"kept", b"2");
    txn.put("other", b"new", b"2");
    txn.append("events", b"event");
    assert!(txn.delete("space", b"kept"));
    drop(txn);
    assert_eq!(look_at_all(&store), before);
    assert_eq!(disk.names(), names);
    assert_eq!(disk.bytes("journal-0000000001"), journal);
    assert_eq!(store.read().number(), 1);
}

#[test]
fn what_is_undone_is_as_if_it_had_never_been_written() {
    let disk = MemoryDisk::new();
    let store = Store::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    put(&store, "kept", "1");
    let mut txn = store.begin();
    txn.put("space", b"before", b"1");
    txn.append("events", b"zero");
    let moment = txn.savepoint();
    txn.put("space", b"kept", b"2");
    txn.put("other", b"new", b"2");
    txn.append("events", b"undone");
    txn.append("more", b"undone");
    assert!(txn.delete("space", b"before"));
    txn.undo(moment);
    assert_eq!(get(&txn, "kept").as_deref(), Some("1"));
    assert_eq!(txn.append("events", b"one"), 1);
    assert_eq!(txn.streams(), [Arc::from("events")]);
    txn.commit().unwrap().wait().unwrap();
    let present = look_at_all(&store);
    drop(store);
    // The journal tells the same story as the memory.
    let store = Store::open_on(Arc::new(disk), Options::default()).unwrap();
    assert_eq!(look_at_all(&store), present);
    assert_eq!(get(&store.read(), "before").as_deref(), Some("1"));
    let entries = store.read().stream_read("events", 0, 9).unwrap();
    assert_eq!(entries, [(0, Arc::from(*b"zero")), (1, Arc::from(*b"one"))]);
}

#[test]
fn undoing_everything_leaves_nothing_to_commit() {
    let store = Store::ephemeral();
    let mut txn = store.begin();
    let moment = txn.savepoint();
    txn.put("space", b"a", b"1");
    txn.undo(moment);
    txn.commit().unwrap().wait().unwrap();
    assert_eq!(store.read().number(), 0);
}

#[test]
fn a_transaction_sees_its_own_writes_and_nobody_else_does() {
    let store = Store::ephemeral();
    put(&store, "a", "old");
    let mut txn = store.begin();
    assert_eq!(txn.append("events", b"zero"), 0);
    txn.put("space", b"a", b"new");
    txn.put("space", b"b", b"new");
    assert_eq!(txn.append("events", b"one"), 1);
    assert_eq!(get(&txn, "a").as_deref(), Some("new"));
    assert_eq!(txn.stream_len("events"), 2);
    assert_eq!(txn.stream_read("events", 1, 9).unwrap(), [(1, Arc::from(*b"one"))]);
    assert_eq!(txn.stream_read_rev("events", u64::MAX, 1).unwrap(), [(1, Arc::from(*b"one"))]);
    assert_eq!(txn.streams(), [Arc::from("events")]);
    let reader = store.read();
    assert_eq!(get(&reader, "a").as_deref(), Some("old"));
    assert_eq!(reader.stream_len("events"), 0);
    txn.commit().unwrap().wait().unwrap();
    assert_eq!(get(&reader, "a").as_deref(), Some("old"), "a snapshot never changes");
    assert_eq!(get(&reader, "b"), None);
    assert_eq!(reader.stream_len("events"), 0);
    let reader = store.read();
    assert_eq!(get(&reader, "b").as_deref(), Some("new"));
    let mut txn = store.begin();
    assert_eq!(txn.append("events", b"two"), 2);
    let all = txn.stream_read("events", 0, usize::MAX).unwrap();
    assert_eq!(all.iter().map(|(_, entry)| &entry[..]).collect::<Vec<_>>(), [&b"zero"[..], b"one", b"two"]);
    let back = txn.stream_read_rev("events", 2, 5).unwrap();
    assert_eq!(back.iter().map(|(sequence, _)| *sequence).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn ranges_have_bounds_order_and_ends() {
    let store = Store::ephemeral();
    ["a", "b", "c", "d"].iter().for_each(|key| put(&store, key, "x"));
    let reader = store.read();
    let keys =
        |from, to| -> String { reader.range("space", from, to).map(|(key, _)| key[0] as char).collect() };
    assert_eq!(keys(Unbounded, Unbounded), "abcd");
    assert_eq!(keys(Included(b"b"), Excluded(b"d")), "bc");
    assert_eq!(keys(Excluded(b"b"), Included(b"d")), "cd");
    assert_eq!(keys(Included(b"c"), Included(b"c")), "c");
    assert_eq!(keys(Included(b"c"), Excluded(b"c")), "");
    assert_eq!(keys(Excluded(b"c"), Excluded(b"c")), "");
    assert_eq!(keys(Included(b"d"), Included(b"a")), "");
    let back: String =
        reader.range("space", Unbounded, Unbounded).rev().take(2).map(|(key, _)| key[0] as char).collect();
    assert_eq!(back, "dc");
    assert_eq!(reader.range("nothing", Unbounded, Unbounded).count(), 0);
    assert_eq!(reader.prefix("space", b"b").count(), 1);
    assert_eq!(reader.prefix("space", b"").count(), 4);
    let mut txn = store.begin();
    txn.put("bytes", &[0xff, 0xff], b"");
    txn.put("bytes", &[0xff], b"");
    txn.put("bytes", &[0xfe], b"");
    assert_eq!(txn.prefix("bytes", &[0xff]).count(), 2);
}

#[test]
fn writers_take_turns() {
    let store = Store::ephemeral();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..250 {
                    let mut txn = store.begin();
                    let count: u64 = get(&txn, "count").map_or(0, |text| text.parse().unwrap());
                    assert_eq!(txn.append("events", b""), count);
                    txn.put("space", b"count", (count + 1).to_string().as_bytes());
                    txn.commit().unwrap().wait().unwrap();
                }
            });
        }
        scope.spawn(|| {
            // Row and stream change in one step for every reader.
            loop {
                let reader = store.read();
                let count: u64 = get(&reader, "count").map_or(0, |text| text.parse().unwrap());
                assert_eq!(reader.stream_len("events"), count);
                if count == 1000 {
                    break;
                }
            }
        });
    });
    assert_eq!(get(&store.read(), "count").as_deref(), Some("1000"));
}

#[test]
fn a_transaction_may_move_to_another_thread() {
    let store = Store::ephemeral();
    let mut txn = store.begin();
    txn.put("space", b"a", b"here");
    std::thread::scope(|scope| scope.spawn(move || txn.commit().unwrap().wait().unwrap()).join().unwrap());
    assert_eq!(get(&store.read(), "a").as_deref(), Some("here"));
}

#[test]
fn a_panic_in_a_transaction_undoes_it() {
    let store = Store::ephemeral();
    let clone = store.clone();
    let panicked = std::thread::spawn(move || {
        let mut txn = clone.begin();
        txn.put("space", b"a", b"1");
        panic!("as a handler might");
    });
    assert!(panicked.join().is_err());
    assert_eq!(get(&store.read(), "a"), None);
    put(&store, "b", "2");
}

#[test]
fn an_empty_commit_writes_nothing_and_waits_for_what_it_read() {
    let disk = MemoryDisk::new();
    let options = Options { durability: Durability::Power, background: false, ..Options::default() };
    let store = Store::open_on(Arc::new(disk.clone()), options).unwrap();
    let mut txn = store.begin();
    txn.put("space", b"a", b"1");
    let _unwaited = txn.commit().unwrap();
    assert_eq!(store.status().durable, 0);
    let ticket = store.begin().commit().unwrap();
    assert_eq!(ticket.number(), 1);
    ticket.wait().unwrap();
    assert_eq!(store.status().durable, 1);
}

#[test]
fn a_ticket_can_be_awaited() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { durability: Durability::Power, ..Options::default() };
    let store = Store::open(directory.path(), options).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for round in 0..20u8 {
                    let mut txn = store.begin();
                    txn.put("space", &[thread, round], b"1");
                    let ticket = txn.commit().unwrap();
                    block_on(ticket.durable()).unwrap();
                    assert!(store.status().durable >= ticket.number());
                }
            });
        }
    });
}

/// The smallest executor: parks the thread until it is woken.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
            std::task::Poll::Ready(output) => return output,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn process_mode_syncs_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), Options::default()).unwrap();
    put(&store, "a", "1");
    // Ends only when the flusher has been there.
    while store.status().durable < 1 {
        std::thread::yield_now();
    }
}

#[test]
fn restore_brings_back_the_exact_state() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Store::open(directory.path(), Options::default()).unwrap();
    let store = open();
    put(&store, "a", "1");
    let mut txn = store.begin();
    txn.append("events", b"first");
    txn.commit().unwrap().wait().unwrap();
    store.save("clean").unwrap();
    let clean = look_at_all(&store).now;
    put(&store, "a", "2");
    put(&store, "b", "2");
    let mut txn = store.begin();
    txn.append("events", b"second");
    txn.append("other", b"third");
    txn.commit().unwrap().wait().unwrap();
    drop(store);
    let store = open();
    assert_eq!(store.snapshots().len(), 1);
    assert_eq!((store.snapshots()[0].name.as_str(), store.snapshots()[0].number), ("clean", 3));
    store.checkpoint().unwrap();
    store.restore("clean").unwrap();
    assert_eq!(look_at_all(&store).now, clean);
    let mut txn = store.begin();
    assert_eq!(txn.append("events", b"another second"), 1, "the stream goes on where it was");
    txn.commit().unwrap().wait().unwrap();
    drop(store);
    let store = open();
    let events = store.read().stream_read("events", 0, 9).unwrap();
    assert_eq!(events, [(0, Arc::from(*b"first")), (1, Arc::from(*b"another second"))]);
    store.restore("clean").unwrap();
    assert_eq!(look_at_all(&store).now, clean);
    store.remove_snapshot("clean").unwrap();
    assert!(matches!(store.restore("clean"), Err(StoreError::NoSnapshot { .. })));
    assert!(matches!(store.save(""), Err(StoreError::BadName { .. })));
}

#[test]
fn a_fork_is_equal_and_independent() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("one"), Options::default()).unwrap();
    let mut txn = store.begin();
    txn.put("space", b"a", b"1");
    txn.append("events", b"event");
    txn.commit().unwrap().wait().unwrap();
    store.save("named").unwrap();
    put(&store, "b", "2");
    let two = directory.path().join("two");
    store.fork(&two).unwrap();
    let fork = Store::open(&two, Options::default()).unwrap();
    assert_eq!(look_at_all(&fork), look_at_all(&store));
    assert_eq!(fork.read().number(), store.read().number());
    put(&fork, "only", "fork");
    put(&store, "only", "origin");
    assert_eq!(get(&fork.read(), "only").as_deref(), Some("fork"));
    assert_eq!(get(&store.read(), "only").as_deref(), Some("origin"));
    assert!(matches!(store.fork(&two), Err(StoreError::Fork { .. })), "it is not empty");
    // A world in memory can be forked to files, too.
    let memory = Store::ephemeral();
    let mut txn = memory.begin();
    txn.put("space", b"a", b"1");
    txn.append("events", b"event");
    txn.commit().unwrap().wait().unwrap();
    memory.save("named").unwrap();
    let three = directory.path().join("three");
    memory.fork(&three).unwrap();
    assert_eq!(look_at_all(&Store::open(&three, Options::default()).unwrap()), look_at_all(&memory));
}

#[test]
fn one_directory_has_one_store() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), Options::default()).unwrap();
    assert!(matches!(Store::open(directory.path(), Options::default()), Err(StoreError::Locked { .. })));
    drop(store);
    Store::open(directory.path(), Options::default()).unwrap();
}

#[test]
fn an_oversized_transaction_is_refused_whole() {
    let store = Store::open_on(Arc::new(MemoryDisk::new()), Options::default()).unwrap();
    let mut txn = store.begin();
    let value = vec![0; 90 << 20];
    (0..3u8).for_each(|key| txn.put("space", &[key], &value));
    assert!(matches!(txn.commit(), Err(StoreError::TooLarge { .. })));
    assert_eq!(store.read().spaces().len(), 0);
    put(&store, "small", "1");
}

#[test]
fn checkpoints_come_by_themselves() {
    let disk = MemoryDisk::new();
    let options = Options { checkpoint_bytes: 10_000, segment_bytes: 4_000, ..Options::default() };
    let store = Store::open_on(Arc::new(disk.clone()), options).unwrap();
    let mut written = 0u32;
    // Ends only when the checkpointer has been there.
    while !disk.names().iter().any(|name| name.starts_with("checkpoint-") && !name.ends_with(".tmp")) {
        put(&store, "key", &"x".repeat(100));
        written += 1;
    }
    assert!(written > 50, "not before the journal has grown");
    let before = look_at_all(&store);
    drop(store);
    assert_eq!(look_at_all(&Store::open_on(Arc::new(disk), Options::default()).unwrap()), before);
}
