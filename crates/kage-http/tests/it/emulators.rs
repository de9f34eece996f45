//! Paths of other emulators.

use crate::double::{Double, status};
use kage_identity::{accounts, genesis};

const RESET: &[u8] =
    b"POST /moto-api/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const HEALTH: &[u8] = b"GET /_localstack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn add_account(double: &Double) {
    let mut tx = kage_core::Tx::new(double.world.store.begin());
    genesis::create_account(&mut tx, &double.world, "222222222222", "second", "second@example.com").unwrap();
    tx.into_inner().commit().unwrap().wait().unwrap();
}

fn accounts(double: &Double) -> usize {
    accounts::list(&double.world.store.read()).unwrap().len()
}

#[tokio::test]
async fn open_mode_can_be_reset_and_asked_for_its_health() {
    let double = Double::open().await;
    add_account(&double);
    assert_eq!(accounts(&double), 2);
    let answer = double.raw(RESET).await;
    assert_eq!(status(&answer), 200);
    assert!(answer.contains(r#"{"status":"ok"}"#), "{answer}");
    assert_eq!(accounts(&double), 1);
    let health = double.raw(HEALTH).await;
    assert_eq!(status(&health), 200);
    assert!(health.contains(r#""s3":"available""#), "{health}");
    double.stop().await;
}

#[tokio::test]
async fn strict_mode_knows_no_such_paths() {
    let double = Double::strict().await;
    add_account(&double);
    assert!(status(&double.raw(RESET).await) >= 400);
    assert!(status(&double.raw(HEALTH).await) >= 400);
    assert_eq!(accounts(&double), 2);
    double.stop().await;
}
