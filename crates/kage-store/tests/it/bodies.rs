//! Object bodies.

use kage_store::{BodyId, Durability, Options, Reads, Store, StoreError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

fn seal(store: &Store, content: &[u8]) -> BodyId {
    let mut staged = store.bodies().stage().unwrap();
    staged.write_all(content).unwrap();
    assert_eq!(staged.len(), content.len() as u64);
    staged.seal().unwrap()
}

fn adopt(store: &Store, content: &[u8]) -> BodyId {
    let id = seal(store, content);
    let mut txn = store.begin();
    txn.adopt(&id).unwrap();
    txn.commit().unwrap().wait().unwrap();
    id
}

fn release(store: &Store, id: &BodyId) {
    let mut txn = store.begin();
    assert!(txn.release(id));
    txn.commit().unwrap().wait().unwrap();
    store.flush().unwrap();
}

fn content(store: &Store, id: &BodyId) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    match store.bodies().open(id) {
        Ok(mut reader) => reader.read_to_end(&mut bytes).map(|_| Some(bytes)).unwrap(),
        Err(StoreError::NoBody { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

fn files(directory: &Path) -> usize {
    directory.join("bodies").read_dir().unwrap().count()
}

#[test]
fn adopted_bodies_survive_and_orphans_go() {
    for durability in [Durability::Process, Durability::Power] {
        let directory = tempfile::tempdir().unwrap();
        let open = || Store::open(directory.path(), Options { durability, ..Options::default() }).unwrap();
        let store = open();
        let kept = adopt(&store, b"kept");
        let orphan = seal(&store, b"sealed only");
        let mut staged = store.bodies().stage().unwrap();
        staged.write_all(b"staged only").unwrap();
        assert_eq!(files(directory.path()), 3);
        drop(staged);
        assert_eq!(files(directory.path()), 2, "a body dropped unsealed goes at once");
        let mut txn = store.begin();
        txn.adopt(&orphan).unwrap();
        drop(txn);
        drop(store);
        let store = open();
        assert_eq!(content(&store, &kept).as_deref(), Some(&b"kept"[..]));
        assert_eq!(files(directory.path()), 1);
        let mut txn = store.begin();
        assert!(matches!(txn.adopt(&orphan), Err(StoreError::NoBody { .. })));
        drop(txn);
        assert!(adopt(&store, b"next") > orphan, "ids are not used again");
    }
}

#[test]
fn a_released_body_goes_when_no_snapshot_needs_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), Options::default()).unwrap();
    let plain = adopt(&store, b"plain");
    release(&store, &plain);
    assert_eq!(content(&store, &plain), None);

    let read = adopt(&store, b"read");
    let reader = store.read();
    let clone = reader.clone();
    release(&store, &read);
    drop(reader);
    assert!(content(&store, &read).is_some(), "a reader still sees the state that has it");
    drop(clone);
    assert_eq!(content(&store, &read), None);

    let saved = adopt(&store, b"saved");
    store.save("with").unwrap();
    release(&store, &saved);
    assert!(content(&store, &saved).is_some());
    store.restore("with").unwrap();
    release(&store, &saved);
    store.remove_snapshot("with").unwrap();
    store.flush().unwrap();
    assert_eq!(content(&store, &saved), None);
    assert_eq!(files(directory.path()), 0);
}

#[test]
fn restoring_drops_the_bodies_of_the_abandoned_world() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), Options::default()).unwrap();
    store.save("before").unwrap();
    let abandoned = adopt(&store, b"abandoned");
    store.restore("before").unwrap();
    store.flush().unwrap();
    assert_eq!(content(&store, &abandoned), None);
}

#[test]
fn a_fork_has_its_own_bodies() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("one"), Options::default()).unwrap();
    let (shared, saved) = (adopt(&store, b"shared"), adopt(&store, b"saved"));
    store.save("both").unwrap();
    release(&store, &saved);
    store.fork(&directory.path().join("two")).unwrap();
    release(&store, &shared);
    store.remove_snapshot("both").unwrap();
    store.flush().unwrap();
    assert_eq!(files(&directory.path().join("one")), 0);
    let fork = Store::open(&directory.path().join("two"), Options::default()).unwrap();
    assert_eq!(content(&fork, &shared).as_deref(), Some(&b"shared"[..]));
    fork.restore("both").unwrap();
    assert_eq!(content(&fork, &saved).as_deref(), Some(&b"saved"[..]));

    let memory = Store::ephemeral();
    let body = adopt(&memory, b"from memory");
    memory.fork(&directory.path().join("three")).unwrap();
    let fork = Store::open(&directory.path().join("three"), Options::default()).unwrap();
    assert_eq!(content(&fork, &body).as_deref(), Some(&b"from memory"[..]));
}

#[test]
fn adopting_and_releasing_in_one_transaction_leaves_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), Options::default()).unwrap();
    let id = seal(&store, b"short");
    let mut txn = store.begin();
    txn.adopt(&id).unwrap();
    txn.release(&id);
    txn.commit().unwrap().wait().unwrap();
    let discarded = seal(&store, b"refused");
    store.bodies().discard(&discarded);
    assert_eq!(files(directory.path()), 0);
    // The other way round it stays.
    let id = adopt(&store, b"moved");
    let mut txn = store.begin();
    txn.release(&id);
    txn.adopt(&id).unwrap();
    txn.commit().unwrap().wait().unwrap();
    store.flush().unwrap();
    store.bodies().discard(&id);
    assert_eq!(content(&store, &id).as_deref(), Some(&b"moved"[..]));
}

#[test]
fn a_reader_seeks_and_outlives_the_body() {
    let store = Store::ephemeral();
    let id = adopt(&store, b"0123456789");
    let mut reader = store.bodies().open(&id).unwrap();
    release(&store, &id);
    assert_eq!(content(&store, &id), None);
    assert_eq!(reader.len(), 10);
    let mut two = [0; 2];
    reader.seek(SeekFrom::End(-3)).unwrap();
    reader.read_exact(&mut two).unwrap();
    assert_eq!(&two, b"78");
    reader.seek(SeekFrom::Current(-4)).unwrap();
    reader.read_exact(&mut two).unwrap();
    assert_eq!(&two, b"56");
    assert!(reader.seek(SeekFrom::Current(-100)).is_err());
    reader.seek(SeekFrom::Start(100)).unwrap();
    assert_eq!(reader.read(&mut two).unwrap(), 0);
}

#[test]
fn the_ephemeral_directory_goes_with_the_store() {
    let store = Store::ephemeral();
    let count = || {
        let mine = |name: &str| name.starts_with("kage-bodies-");
        let entries = std::env::temp_dir().read_dir().unwrap();
        entries.filter(|entry| entry.as_ref().is_ok_and(|e| mine(&e.file_name().to_string_lossy()))).count()
    };
    let id = adopt(&store, b"temporary");
    assert!(count() > 0);
    let reader = store.read();
    assert_eq!(reader.number(), 1);
    assert!(reader.spaces().is_empty());
    drop(reader);
    assert!(content(&store, &id).is_some());
    let bodies = store.bodies().clone();
    drop(store);
    assert!(bodies.open(&id).is_ok(), "who holds the bodies keeps the directory");
}

#[test]
fn ids_are_written_in_one_way_only() {
    let store = Store::ephemeral();
    let id = adopt(&store, b"");
    assert_eq!(id.to_string().parse::<BodyId>().unwrap(), id);
    for wrong in ["", "1", "../../../../etc/x", "+000000000000001", "000000000000000A"] {
        assert!(wrong.parse::<BodyId>().is_err(), "{wrong}");
    }
    assert_eq!(serde_json::from_str::<BodyId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
}
