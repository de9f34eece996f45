//! `kill -9` of a process that writes from several threads: what it acknowledged is there, whole, and nothing
//! half done is visible. The test binary runs itself as that process.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of processes speaks with its child through the environment"
)]

use crate::random::Random;
use kage_store::{BodyId, Durability, Options, Reads, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::ops::Bound::Unbounded;
use std::path::Path;
use std::process::{Command, Stdio};

const DIRECTORY: &str = "KAGE_KILL_DIRECTORY";
const ROUND: &str = "KAGE_KILL_ROUND";
const THREADS: u64 = 4;

fn options(round: u64) -> Options {
    let durability = if round.is_multiple_of(2) { Durability::Process } else { Durability::Power };
    // Small files, so that segments end and checkpoints are made all the time.
    Options { durability, segment_bytes: 40_000, checkpoint_bytes: 80_000, ..Options::default() }
}

/// The child: writes without end. Does nothing when the test runner calls it by itself.
#[test]
fn child() {
    let (Ok(directory), Ok(round)) = (std::env::var(DIRECTORY), std::env::var(ROUND)) else { return };
    let round: u64 = round.parse().unwrap();
    let store = Store::open(Path::new(&directory), options(round)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let store = &store;
            // More than a child lives to write.
            scope.spawn(move || {
                (0u64..1 << 40).for_each(|n| write(store, &format!("{round:04}/{thread}/{n:08}")));
            });
        }
    });
}

/// Three rows, one entry, now and then a body: one transaction. Then the acknowledgement.
fn write(store: &Store, id: &str) {
    let body = id.ends_with('7').then(|| {
        let mut staged = store.bodies().stage().unwrap();
        staged.write_all(id.repeat(50).as_bytes()).unwrap();
        staged.seal().unwrap()
    });
    let mut txn = store.begin();
    for space in ["a", "b", "c"] {
        txn.put(space, id.as_bytes(), id.repeat(20).as_bytes());
    }
    txn.append("events", id.as_bytes());
    if let Some(body) = body {
        txn.adopt(&body).unwrap();
        txn.put("bodies", id.as_bytes(), body.to_string().as_bytes());
    }
    txn.commit().unwrap().wait().unwrap();
    // One write of one line; what the kill leaves of a line is no acknowledgement.
    std::io::stdout().lock().write_all(format!("\nACK {id}\n").as_bytes()).unwrap();
}

/// Runs the child until it has acknowledged `count` transactions, kills it, and returns all that it
/// acknowledged.
fn run_and_kill(directory: &Path, round: u64, count: u64) -> BTreeSet<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut acknowledged = BTreeSet::new();
    let mut line = String::new();
    while (acknowledged.len() as u64) < count {
        line.clear();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "the child ended by itself");
        acknowledged.extend(line.strip_prefix("ACK ").map(|id| id.trim_end().to_owned()));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    let whole = rest.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    acknowledged.extend(whole.filter_map(|line| Some(line.strip_prefix("ACK ")?.trim_end().to_owned())));
    acknowledged
}

fn check(store: &Store, acknowledged: &BTreeSet<String>) -> u64 {
    let reader = store.read();
    let rows = |space: &str| -> BTreeMap<String, String> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        reader.range(space, Unbounded, Unbounded).map(|(key, value)| (text(key), text(value))).collect()
    };
    let a = rows("a");
    assert!(a.iter().all(|(id, value)| *value == id.repeat(20)));
    assert_eq!(rows("b"), a, "nothing half done");
    assert_eq!(rows("c"), a, "nothing half done");
    let events = reader.stream_read("events", 0, usize::MAX).unwrap();
    let ids: BTreeSet<String> =
        events.iter().map(|(_, id)| String::from_utf8(id.to_vec()).unwrap()).collect();
    assert_eq!(ids.len(), events.len(), "each once");
    assert!(ids.iter().eq(a.keys()), "nothing half done");
    let bodies = rows("bodies");
    assert!(bodies.keys().eq(a.keys().filter(|id| id.ends_with('7'))), "nothing half done");
    for (id, body) in bodies {
        let mut content = String::new();
        store.bodies().open(&body.parse::<BodyId>().unwrap()).unwrap().read_to_string(&mut content).unwrap();
        assert_eq!(content, id.repeat(50));
    }
    let lost: Vec<&String> = acknowledged.iter().filter(|id| !a.contains_key(*id)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    a.len() as u64
}

/// More rounds with KAGE_KILL_ROUNDS.
#[test]
fn what_was_acknowledged_survives_kill_9() {
    let rounds = std::env::var("KAGE_KILL_ROUNDS").map_or(10, |text| text.parse().unwrap());
    let mut random = Random(9);
    let mut directory = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    let mut found = 0;
    for round in 0u64..rounds {
        if round.is_multiple_of(10) {
            // A fresh store now and then, so that many rounds do not take ever longer.
            (directory, acknowledged) = (tempfile::tempdir().unwrap(), BTreeSet::new());
        }
        let count = if random.once_in(3) { random.below(20) } else { random.below(700) };
        acknowledged.extend(run_and_kill(directory.path(), round, count));
        found = check(&Store::open(directory.path(), options(round)).unwrap(), &acknowledged);
    }
    println!("{rounds} kills; the last found {found} transactions, {} acknowledged", acknowledged.len());
}
