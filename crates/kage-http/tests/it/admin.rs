//! The admin port.

use crate::double::{Double, TOKEN};
use kage_core::Tx;
use kage_identity::{accounts, credentials, genesis, principal};
use kage_pipeline::Auth;
use kage_store::{Options, Store};
use serde_json::{Value, json};

const DAY_MS: i64 = 86_400_000;

fn post(value: &Value) -> String {
    value.to_string()
}

#[tokio::test]
async fn nothing_but_health_is_told_without_the_token() {
    let double = Double::strict().await;
    let host = format!("Host: {}\r\n", double.admin);
    assert_eq!(double.admin_with("GET", "/health", &host, "").await.0, 200);
    for path in ["/v1/accounts", "/v1/ca", "/v1/nothing", "/", "/health/x"] {
        assert_eq!(double.admin_with("GET", path, &host, "").await.0, 401, "{path}");
        let wrong = format!("{host}Authorization: Bearer {TOKEN}0\r\n");
        assert_eq!(double.admin_with("GET", path, &wrong, "").await.0, 401, "{path}");
    }
    assert_eq!(double.admin_with("POST", "/health", &host, "").await.0, 401);
    let elsewhere =
        format!("Host: evil.example:{}\r\nAuthorization: Bearer {TOKEN}\r\n", double.admin.port());
    for path in ["/v1/accounts", "/health"] {
        let (status, body) = double.admin_with("GET", path, &elsewhere, "").await;
        assert_eq!(status, 403, "{body}");
        assert!(body.contains("evil.example"), "{body}");
    }
    double.stop().await;
}

#[tokio::test]
async fn failures_say_what_and_how_to_mend_it() {
    let double = Double::strict().await;
    for (method, path, body, status) in [
        ("GET", "/v1/nothing", "", 404),
        ("DELETE", "/v1/accounts", "", 404),
        ("POST", "/v1/clock", "{", 400),
        ("POST", "/v1/clock", "{}", 400),
        ("POST", "/v1/clock", r#"{"advance":"soon"}"#, 400),
        ("POST", "/v1/clock", r#"{"set":"soon"}"#, 400),
        ("POST", "/v1/clock", r#"{"freeze":true,"resume":true}"#, 400),
        ("POST", "/v1/snapshots", r#"{"save":"a/b"}"#, 400),
        ("POST", "/v1/snapshots", r#"{"save":""}"#, 400),
        ("POST", "/v1/snapshots", r#"{"save":"genesis"}"#, 409),
        ("POST", "/v1/snapshots/nothing/restore", "", 404),
        ("DELETE", "/v1/snapshots/nothing", "", 404),
        ("POST", "/v1/fork", r#"{"dir":"relative"}"#, 400),
        ("GET", "/v1/why/00000000-0000-0000-0000-000000000000", "", 404),
        ("POST", "/v1/credentials", r#"{"account":"999999999999"}"#, 404),
        ("POST", "/v1/credentials", r#"{"user":"nobody"}"#, 404),
        ("POST", "/v1/credentials", r#"{"user":"admin","root":true}"#, 400),
    ] {
        let (answered, value) = double.admin(method, path, body).await;
        assert_eq!(answered, status, "{method} {path} {body}: {value}");
        assert!(value["error"].as_str().is_some_and(|text| !text.is_empty()), "{value}");
        assert!(value["hint"].as_str().is_some_and(|text| !text.is_empty()), "{value}");
    }
    let long = format!("{{\"advance\":\"{}\"}}", "1".repeat(70_000));
    assert_eq!(double.admin("POST", "/v1/clock", &long).await.0, 400);
    double.stop().await;
}

#[tokio::test]
async fn credentials_are_those_that_the_double_knows() {
    let double = Double::strict().await;
    let (status, accounts) = double.admin("GET", "/v1/accounts", "").await;
    assert_eq!(status, 200);
    assert_eq!(accounts["accounts"][0]["id"], genesis::MANAGEMENT_ACCOUNT);
    assert_eq!(accounts["accounts"][0]["management"], true);

    let (_, first) = double.admin("POST", "/v1/credentials", "{}").await;
    assert_eq!(first["user"], "admin");
    let (_, second) = double.admin("POST", "/v1/credentials", "").await;
    assert_eq!(first, second, "the existing key is given again");
    let found =
        credentials::find(&double.world.store.read(), first["access_key_id"].as_str().unwrap()).unwrap();
    assert_eq!(found.unwrap().secret, first["secret_access_key"]);

    let (_, root) = double.admin("POST", "/v1/credentials", r#"{"root":true}"#).await;
    assert_eq!(root["root"], true);
    let found =
        credentials::find(&double.world.store.read(), root["access_key_id"].as_str().unwrap()).unwrap();
    assert_eq!(found.unwrap().user, None);
    double.stop().await;
}

#[tokio::test]
async fn an_account_without_administrator_gives_a_session_of_its_access_role() {
    let double = Double::strict().await;
    let mut tx = Tx::new(double.world.store.begin());
    let (id, management) = ("222222222222", genesis::MANAGEMENT_ACCOUNT);
    genesis::create_account(&mut tx, &double.world, id, "second", "second@example.com").unwrap();
    tx.into_inner().commit().unwrap().wait().unwrap();
    let request = post(&json!({ "account": id }));
    let (status, refused) = double.admin("POST", "/v1/credentials", &request).await;
    assert_eq!(status, 404, "{refused}");

    let mut tx = Tx::new(double.world.store.begin());
    genesis::create_access_role(&mut tx, &double.world, id, management, genesis::ACCESS_ROLE).unwrap();
    tx.into_inner().commit().unwrap().wait().unwrap();
    let (status, given) = double.admin("POST", "/v1/credentials", &request).await;
    assert_eq!(status, 200, "{given}");
    let reads = double.world.store.read();
    let credential =
        principal::credential(&reads, given["access_key_id"].as_str().unwrap()).unwrap().unwrap();
    assert_eq!(credential.token.unwrap().0, given["session_token"]);
    assert_eq!(credential.secret.0, given["secret_access_key"]);
    assert_eq!(
        credential.caller.arn,
        format!("arn:aws:sts::{id}:assumed-role/{}/kage", genesis::ACCESS_ROLE)
    );
    double.stop().await;
}

#[tokio::test]
async fn the_clock_moves_stops_and_runs() {
    let double = Double::strict().await;
    let clock = &double.world.clock;
    let offset = || clock.now().0 - clock.wall().0;
    assert_eq!(double.admin("GET", "/v1/clock", "").await.1["frozen"], false);

    let (status, moved) = double.admin("POST", "/v1/clock", r#"{"advance":"31d"}"#).await;
    assert_eq!(status, 200, "{moved}");
    assert!((offset() - 31 * DAY_MS).abs() < 60_000, "{moved}");

    let (_, frozen) = double.admin("POST", "/v1/clock", r#"{"freeze":true}"#).await;
    assert_eq!(frozen["frozen"], true);
    assert_eq!(double.admin("GET", "/v1/clock", "").await.1["now"], frozen["now"], "it stands");

    let (_, set) = double.admin("POST", "/v1/clock", r#"{"set":"2037-01-01T00:00:00Z"}"#).await;
    assert_eq!(set["now"], "2037-01-01T00:00:00Z");
    let (_, back) = double.admin("POST", "/v1/clock", r#"{"set":"2030-01-01T00:00:00Z"}"#).await;
    assert_eq!(back["now"], "2030-01-01T00:00:00Z");

    let (_, resumed) = double.admin("POST", "/v1/clock", r#"{"resume":true}"#).await;
    assert_eq!(resumed["frozen"], false);
    assert!(resumed["now"].as_str().unwrap().starts_with("2030-01-01T00:0"), "{resumed}");
    double.stop().await;
}

#[tokio::test]
async fn snapshots_bring_back_state_and_clock() {
    let double = Double::strict().await;
    let count = || accounts::list(&double.world.store.read()).unwrap().len();
    double.admin("POST", "/v1/clock", r#"{"set":"2037-01-01T00:00:00Z"}"#).await;
    assert_eq!(double.admin("POST", "/v1/snapshots", r#"{"save":"before it"}"#).await.0, 200);
    let mut tx = Tx::new(double.world.store.begin());
    genesis::create_account(&mut tx, &double.world, "222222222222", "second", "second@example.com").unwrap();
    tx.into_inner().commit().unwrap().wait().unwrap();
    double.admin("POST", "/v1/clock", r#"{"advance":"31d"}"#).await;
    assert_eq!(count(), 2);

    let (_, listed) = double.admin("GET", "/v1/snapshots", "").await;
    let names: Vec<&str> =
        listed["snapshots"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["before it", "genesis"]);
    assert_eq!(double.admin("POST", "/v1/snapshots/before%20it/restore", "").await.0, 200);
    assert_eq!(count(), 1);
    assert!(double.world.clock.now().iso8601().starts_with("2037-01-01T00:0"));

    assert_eq!(double.admin("DELETE", "/v1/snapshots/before%20it", "").await.0, 200);
    assert_eq!(double.admin("POST", "/v1/reset", "").await.0, 200);
    let apart = double.world.clock.now().0 - double.world.clock.wall().0;
    assert!(apart.abs() < 1000, "the first state has the wall clock");
    double.stop().await;
}

#[tokio::test]
async fn a_double_that_keeps_its_state_is_not_reset() {
    let double = Double::start(Auth::Strict, false).await;
    let (status, refused) = double.admin("POST", "/v1/reset", "").await;
    assert_eq!(status, 409, "{refused}");
    double.stop().await;
}

#[tokio::test]
async fn a_fork_is_a_double_of_its_own() {
    let double = Double::strict().await;
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("fork");
    let request = post(&json!({ "dir": directory }));
    let (status, answer) = double.admin("POST", "/v1/fork", &request).await;
    assert_eq!(status, 200, "{answer}");
    let forked = Store::open(&directory.join("store"), Options::default()).unwrap();
    assert_eq!(accounts::list(&forked.read()).unwrap().len(), 1);
    let (status, refused) = double.admin("POST", "/v1/fork", &request).await;
    assert_eq!(status, 409, "not over another one: {refused}");
    double.stop().await;
}

#[tokio::test]
async fn a_call_that_no_service_took_is_not_among_the_judged() {
    let double = Double::strict().await;
    double.raw(b"GET /bucket HTTP/1.1\r\nHost: s3.amazonaws.com\r\nConnection: close\r\n\r\n").await;
    assert_eq!(double.admin("GET", "/v1/why", "").await, (200, json!({ "calls": [] })));
    double.stop().await;
}

#[tokio::test]
async fn the_certificate_is_given_as_text() {
    let double = Double::strict().await;
    let (status, pem) = double.admin_text("GET", "/v1/ca", "").await;
    assert_eq!(status, 200);
    assert_eq!(pem, double.authority.certificate_pem());
    double.stop().await;
}
