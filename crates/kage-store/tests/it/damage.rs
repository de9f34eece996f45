//! Damaged files: a torn tail is cut, anything else is an error that says where.

use crate::driver::look_at_all;
use kage_store::disk::{Disk, MemoryDisk};
use kage_store::{BodyId, Durability, Options, Reads, Store, StoreError};
use std::io::Write;
use std::sync::Arc;

const FIRST: &str = "journal-0000000001";
const HEADER: usize = 28;

fn options() -> Options {
    Options { durability: Durability::Power, background: false, ..Options::default() }
}

fn open(disk: &MemoryDisk) -> Result<Store, StoreError> {
    Store::open_on(Arc::new(disk.clone()), options())
}

/// Five durable commits and where each frame ends.
fn five() -> (MemoryDisk, Vec<usize>) {
    let disk = MemoryDisk::new();
    let store = open(&disk).unwrap();
    let mut ends = vec![HEADER];
    for n in 0..5u8 {
        let mut txn = store.begin();
        txn.put("space", &[n], &[n; 50]);
        txn.append("events", &[n; 50]);
        txn.commit().unwrap().wait().unwrap();
        ends.push(disk.bytes(FIRST).unwrap().len());
    }
    (disk, ends)
}

fn damaged(disk: &MemoryDisk, file: &str, change: impl FnOnce(&mut Vec<u8>)) -> MemoryDisk {
    let copy = MemoryDisk::new();
    for name in disk.names() {
        copy.overwrite(&name, disk.bytes(&name).unwrap());
    }
    let mut bytes = copy.bytes(file).unwrap();
    change(&mut bytes);
    copy.overwrite(file, bytes);
    copy
}

#[test]
fn a_torn_tail_is_cut_wherever_it_is_torn() {
    let (disk, ends) = five();
    for length in HEADER..=ends[5] {
        let torn = damaged(&disk, FIRST, |bytes| bytes.truncate(length));
        let whole = ends.iter().filter(|&&end| end <= length).count() - 1;
        let store = open(&torn).unwrap();
        assert_eq!(store.read().number(), whole as u64);
        assert_eq!(store.read().stream_len("events"), whole as u64);
        assert_eq!(torn.bytes(FIRST).unwrap().len(), ends[whole]);
        // And writing goes on behind the cut.
        let mut txn = store.begin();
        txn.append("events", b"next");
        txn.commit().unwrap().wait().unwrap();
        let before = look_at_all(&store);
        drop(store);
        assert_eq!(look_at_all(&open(&torn).unwrap()), before);
    }
}

#[test]
fn rubbish_at_the_end_is_cut() {
    let (disk, ends) = five();
    for rubbish in [vec![0; 5000], b"KGFR".to_vec(), [b"KGFR".to_vec(), vec![255; 40]].concat()] {
        let torn = damaged(&disk, FIRST, |bytes| bytes.extend(&rubbish));
        assert_eq!(open(&torn).unwrap().read().number(), 5);
        assert_eq!(torn.bytes(FIRST).unwrap().len(), ends[5]);
    }
}

#[test]
fn damage_before_durable_commits_names_file_and_offset() {
    let (disk, ends) = five();
    // The fourth frame says that the third was durable, so a flaw in the first three cannot be a torn tail.
    for at in HEADER..ends[3] {
        let flawed = damaged(&disk, FIRST, |bytes| bytes[at] ^= 0x10);
        let start = ends.iter().rfind(|&&end| end <= at).copied().unwrap();
        match open(&flawed).err() {
            Some(StoreError::Corrupt { file, offset, .. }) => {
                assert_eq!((file.as_str(), offset), (FIRST, start as u64))
            }
            other => panic!("byte {at}: {other:?}"),
        }
        assert_eq!(flawed.bytes(FIRST).unwrap().len(), ends[5], "nothing was cut");
    }
}

#[test]
fn damage_in_a_finished_segment_is_never_a_tail() {
    let disk = MemoryDisk::new();
    let small = Options { segment_bytes: 300, ..options() };
    let store = Store::open_on(Arc::new(disk.clone()), small).unwrap();
    for n in 0..10u8 {
        let mut txn = store.begin();
        txn.put("space", &[n], &[n; 80]);
        txn.commit().unwrap().wait().unwrap();
    }
    drop(store);
    let length = disk.bytes(FIRST).unwrap().len();
    let torn = damaged(&disk, FIRST, |bytes| bytes.truncate(length - 1));
    assert!(matches!(open(&torn), Err(StoreError::Corrupt { file, .. }) if file == FIRST));
    let gone = damaged(&disk, FIRST, |_| ());
    gone.remove("journal-0000000002").unwrap();
    assert!(matches!(open(&gone), Err(StoreError::Corrupt { file, .. }) if file == "journal-0000000002"));
}

#[test]
fn a_flaw_in_an_entry_is_found_when_it_is_read() {
    let (disk, ends) = five();
    let store = open(&disk).unwrap();
    store.checkpoint().unwrap();
    drop(store);
    let flawed = damaged(&disk, FIRST, |bytes| bytes[ends[2] - 1] ^= 1);
    let reader = open(&flawed).unwrap().read();
    assert!(reader.stream_read("events", 0, 1).is_ok());
    assert!(
        matches!(reader.stream_read("events", 1, 1), Err(StoreError::Corrupt { file, .. }) if file == FIRST)
    );
}

#[test]
fn every_flaw_in_a_checkpoint_is_found() {
    let (disk, _) = five();
    let store = open(&disk).unwrap();
    store.save("name").unwrap();
    store.checkpoint().unwrap();
    let before = look_at_all(&store);
    drop(store);
    let name = disk.names().into_iter().find(|name| name.starts_with("checkpoint-")).unwrap();
    assert_eq!(look_at_all(&open(&damaged(&disk, &name, |_| ())).unwrap()), before);
    for at in 0..disk.bytes(&name).unwrap().len() {
        let flawed = damaged(&disk, &name, |bytes| bytes[at] ^= 4);
        assert!(matches!(open(&flawed), Err(StoreError::Corrupt { file, .. }) if file == name), "byte {at}");
        let short = damaged(&disk, &name, |bytes| bytes.truncate(at));
        assert!(matches!(open(&short), Err(StoreError::Corrupt { file, .. }) if file == name), "length {at}");
    }
}

#[test]
fn an_older_checkpoint_serves_if_its_journal_is_still_there() {
    let (disk, _) = five();
    let store = open(&disk).unwrap();
    store.checkpoint().unwrap();
    let older = disk.names().into_iter().find(|name| name.starts_with("checkpoint-")).unwrap();
    let bytes = disk.bytes(&older).unwrap();
    let mut txn = store.begin();
    txn.append("events", b"sixth");
    txn.commit().unwrap().wait().unwrap();
    store.checkpoint().unwrap();
    let before = look_at_all(&store);
    drop(store);
    // As if the machine had stopped before the older one was removed.
    disk.overwrite(&older, bytes);
    let newer = disk.names().into_iter().rfind(|name| name.starts_with("checkpoint-")).unwrap();
    assert_ne!(newer, older);
    let flawed = damaged(&disk, &newer, |bytes| bytes.truncate(40));
    assert_eq!(look_at_all(&open(&flawed).unwrap()), before);
}

#[test]
fn a_body_that_someone_removed_costs_no_commit() {
    let disk = MemoryDisk::new();
    let store = open(&disk).unwrap();
    let id = store.bodies().stage().unwrap().seal().unwrap();
    let mut txn = store.begin();
    txn.adopt(&id).unwrap();
    txn.commit().unwrap().wait().unwrap();
    let mut txn = store.begin();
    txn.put("space", b"later", b"");
    txn.commit().unwrap().wait().unwrap();
    drop(store);
    disk.remove(&format!("bodies/{id}")).unwrap();
    let store = open(&disk).unwrap();
    assert_eq!(store.read().number(), 2, "both were durable");
    assert!(matches!(store.bodies().open(&id), Err(StoreError::NoBody { .. })));
}

#[test]
fn commits_whose_bodies_did_not_reach_the_medium_are_cut() {
    let disk = MemoryDisk::new();
    let store =
        Store::open_on(Arc::new(disk.clone()), Options { background: false, ..Options::default() }).unwrap();
    let adopt = || {
        let mut staged = store.bodies().stage().unwrap();
        staged.write_all(b"content").unwrap();
        let (id, mut txn) = (staged.seal().unwrap(), store.begin());
        txn.adopt(&id).unwrap();
        txn.commit().unwrap().wait().unwrap();
        id
    };
    let commit = || {
        let mut txn = store.begin();
        txn.put("space", b"key", b"");
        txn.commit().unwrap().wait().unwrap();
    };
    commit();
    let (first, second) = (adopt(), adopt());
    let mut txn = store.begin();
    txn.release(&first);
    txn.commit().unwrap().wait().unwrap();
    commit();
    // As a power cut before the flush may leave it: the journal is there, of the bodies only the names.
    let without = |ids: &[BodyId]| {
        let copy = damaged(&disk, FIRST, |_| ());
        ids.iter().for_each(|id| copy.overwrite(&format!("bodies/{id}"), Vec::new()));
        open(&copy).unwrap().read().number()
    };
    assert_eq!(without(&[]), 5);
    assert_eq!(without(&[first]), 5, "it has been released");
    assert_eq!(without(&[second]), 2);
    assert_eq!(without(&[first, second]), 1, "what is cut had released the first");
}

#[test]
fn newer_formats_are_refused() {
    let (disk, _) = five();
    let crc = |bytes: &[u8]| crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, bytes) as u32;
    let newer = damaged(&disk, "format", |bytes| {
        bytes[8] = 2;
        let sum = crc(&bytes[..12]);
        bytes.splice(12.., sum.to_le_bytes());
    });
    let error = open(&newer).err().unwrap();
    assert_eq!(
        error.to_string(),
        "format has format version 2, this program reads up to 1: use a newer kage, or another directory"
    );
    let newer = damaged(&disk, FIRST, |bytes| {
        bytes[8] = 9;
        let sum = crc(&bytes[..24]);
        bytes.splice(24..28, sum.to_le_bytes());
    });
    assert!(matches!(open(&newer), Err(StoreError::Newer { file, found: 9, .. }) if file == FIRST));
}

#[test]
fn a_directory_without_its_format_file_is_not_taken_for_a_new_one() {
    let (disk, _) = five();
    disk.remove("format").unwrap();
    assert!(matches!(open(&disk), Err(StoreError::Corrupt { file, .. }) if file == "format"));
    assert!(disk.bytes(FIRST).unwrap().len() > HEADER);
    disk.overwrite("format", b"something else!!".to_vec());
    assert!(matches!(open(&disk), Err(StoreError::Corrupt { file, .. }) if file == "format"));
}
