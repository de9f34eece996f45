//! Typed rows.

use kage_store::table::{Table, key};
use kage_store::{Key, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct User {
    name: String,
    keys: Vec<u32>,
}

const USERS: Table<User> = Table::new("iam.users");

fn user(name: &str) -> User {
    User { name: name.to_owned(), keys: vec![1, 2] }
}

#[test]
fn rows_come_back_and_scans_keep_to_their_parts() {
    let store = Store::ephemeral();
    let mut txn = store.begin();
    for (account, name) in [("1", "ann"), ("1", "bob"), ("12", "eve"), ("1", "cid"), ("2", "dan")] {
        USERS.put(&mut txn, &key(&[account, name]), &user(name)).unwrap();
    }
    assert!(USERS.delete(&mut txn, &key(&["1", "cid"])));
    assert!(!USERS.delete(&mut txn, &key(&["1", "cid"])));
    txn.commit().unwrap().wait().unwrap();
    let reader = store.read();
    assert_eq!(USERS.get(&reader, &key(&["1", "ann"])).unwrap(), Some(user("ann")));
    assert_eq!(USERS.get(&reader, &key(&["1"])).unwrap(), None);
    assert!(USERS.contains(&reader, &key(&["12", "eve"])));
    let names = |rows: Vec<Result<(Key, User), StoreError>>| -> Vec<String> {
        rows.into_iter()
            .map(|row| row.unwrap())
            .map(|(key, user)| {
                assert_eq!(key.text(1), Some(user.name.clone()));
                user.name
            })
            .collect()
    };
    assert_eq!(names(USERS.scan_prefix(&reader, &key(&["1"])).collect()), ["ann", "bob"]);
    assert_eq!(names(USERS.scan_prefix(&reader, &Key::new()).rev().collect()), ["dan", "eve", "bob", "ann"]);
    assert_eq!(names(USERS.scan_after(&reader, &key(&["1"]), &key(&["1", "ann"])).collect()), ["bob"]);
    assert_eq!(names(USERS.scan_after(&reader, &key(&["1"]), &key(&["1", "az"])).collect()), ["bob"]);
    assert_eq!(names(USERS.scan_after(&reader, &key(&["1"]), &key(&["0"])).collect()), ["ann", "bob"]);
    assert_eq!(USERS.scan_after(&reader, &key(&["1"]), &key(&["1", "bob"])).count(), 0);
    assert_eq!(USERS.scan_after(&reader, &key(&["1"]), &key(&["2"])).count(), 0);
}

#[test]
fn a_row_that_cannot_be_read_is_named() {
    let store = Store::ephemeral();
    let mut txn = store.begin();
    let at = key(&["1", "ann"]);
    for value in [&b""[..], b"\x02{}", b"\x01{", b"\x01{\"name\":1}"] {
        txn.put(USERS.space(), at.as_bytes(), value);
        let error = USERS.get(&txn, &at).unwrap_err();
        assert!(error.to_string().starts_with("the row 1/ann of iam.users cannot be read: "), "{error}");
        assert!(USERS.scan_prefix(&txn, &Key::new()).next().unwrap().is_err());
    }
    txn.put(USERS.space(), b"no key", b"\x01null");
    assert!(
        USERS.scan_prefix(&txn, &Key::new()).any(|row| row.is_err_and(|e| e.to_string().contains("no key")))
    );
    const ODD: Table<BTreeMap<Vec<u8>, u8>> = Table::new("odd");
    let odd = BTreeMap::from([(vec![1], 1)]);
    assert!(matches!(ODD.put(&mut txn, &at, &odd), Err(StoreError::Unencodable { .. })));
}
