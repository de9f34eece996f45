//! Prints what the store does in a second. `cargo bench -p kage-store`.
//!
//! A transaction is one call as the double records it: a row of 512 bytes, two index rows, one entry of 200.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use kage_store::{Durability, Options, Reads, Store, StoreError, Transaction};
use std::hint::black_box;
use std::ops::Bound;
use std::time::{Duration, Instant};

const ROWS: u64 = 100_000;
/// Commits are made for so long.
const TIME: Duration = Duration::from_secs(2);

fn call(txn: &mut Transaction, number: u64) {
    let id = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    txn.put("rows", &id, &[7; 512]);
    txn.put("by-time", &number.to_be_bytes(), &id);
    txn.put("by-name", &id, &number.to_be_bytes());
    txn.append("events", &[9; 200]);
}

fn rate(name: &str, count: u64, time: Duration) {
    println!("{name:<44} {:>12.0} /s", count as f64 / time.as_secs_f64());
}

fn commits(name: &str, store: &Store, threads: u64) -> Result<(), StoreError> {
    let start = Instant::now();
    let worker = |thread: u64| -> Result<u64, StoreError> {
        let mut count = 0;
        while start.elapsed() < TIME {
            let mut txn = store.begin();
            call(&mut txn, thread << 40 | count);
            txn.commit()?.wait()?;
            count += 1;
        }
        Ok(count)
    };
    let counts: Result<Vec<u64>, StoreError> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|thread| scope.spawn(move || worker(thread))).collect();
        handles.into_iter().filter_map(|handle| handle.join().ok()).collect()
    });
    rate(name, counts?.iter().sum(), start.elapsed());
    Ok(())
}

fn reads(store: &Store) -> Result<(), StoreError> {
    let reader = store.read();
    let start = Instant::now();
    for number in 0..ROWS {
        let id = (number * 7919 % ROWS).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        black_box(reader.get("rows", &id));
    }
    rate("get, random", ROWS, start.elapsed());
    let start = Instant::now();
    let count = reader.range("by-time", Bound::Unbounded, Bound::Unbounded).map(black_box).count();
    rate("range, keys", count as u64, start.elapsed());
    let start = Instant::now();
    let count = black_box(reader.stream_read("events", 0, usize::MAX)?).len();
    rate("stream, entries", count as u64, start.elapsed());
    let start = Instant::now();
    (0..ROWS).for_each(|_| drop(black_box(store.read())));
    rate("snapshots to read from", ROWS, start.elapsed());
    Ok(())
}

fn took<T>(name: &str, run: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let start = Instant::now();
    let result = run()?;
    println!("{name:<44} {:>12.2} ms", start.elapsed().as_secs_f64() * 1000.0);
    Ok(result)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir_in(".")?;
    for (name, durability) in [("process", Durability::Process), ("power", Durability::Power)] {
        for threads in [1, 8] {
            let options = Options { durability, ..Options::default() };
            let store = Store::open(&directory.path().join(format!("{name}-{threads}")), options)?;
            commits(&format!("commits, {name}, {threads} threads"), &store, threads)?;
        }
    }
    commits("commits, ephemeral, 1 threads", &Store::ephemeral(), 1)?;

    let path = directory.path().join("rows");
    let store = Store::open(&path, Options::default())?;
    for number in 0..ROWS {
        let mut txn = store.begin();
        call(&mut txn, number);
        txn.commit()?.wait()?;
    }
    reads(&store)?;
    took("save a named snapshot", || store.save("named"))?;
    took("restore it", || store.restore("named"))?;
    took("fork", || store.fork(&directory.path().join("fork")))?;
    drop(store);
    let store = took("open 3 x 100k rows, journal only", || Store::open(&path, Options::default()))?;
    took("checkpoint", || store.checkpoint())?;
    drop(store);
    took("open 3 x 100k rows, checkpoint", || Store::open(&path, Options::default()))?;
    Ok(())
}
