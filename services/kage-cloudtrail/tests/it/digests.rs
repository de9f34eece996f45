//! Digests, judged by the stock AWS CLI's own code.

use crate::bucket::{self, Object};
use kage_test::{Caller, World};
use serde_json::{Value, json};
use std::process::Command;

const HOUR: i64 = 3_600_000;

fn start() -> (World, Caller) {
    let world = bucket::world();
    let admin = world.admin();
    let input = json!({"Name": "audit", "S3BucketName": "logs", "EnableLogFileValidation": true});
    world.call(&admin, "cloudtrail", "CreateTrail", input).ok();
    world.call(&admin, "cloudtrail", "StartLogging", json!({"Name": "audit"})).ok();
    (world, admin)
}

fn digests(world: &World) -> Vec<Object> {
    bucket::objects(world, "CloudTrail-Digest")
}

#[test]
fn each_digest_lists_the_files_of_its_hour_and_points_to_the_one_before() {
    // claims: LOG-CLOUDTRAIL-06
    let (world, admin) = start();
    world.advance(2 * HOUR);
    let digests = digests(&world);
    assert_eq!(digests.len(), 2);
    let (first, second) = (digests[0].json(), digests[1].json());
    let key = "AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2026/01/02/111111111111_CloudTrail-Digest_us-east-1_audit_us-east-1_20260102T040405Z.json.gz";
    assert_eq!(digests[0].key, key);
    assert_eq!(first["digestS3Object"], key);
    assert_eq!(first["digestStartTime"], "2026-01-02T03:04:05Z");
    assert_eq!(first["digestEndTime"], "2026-01-02T04:04:05Z");
    assert_eq!(first["previousDigestSignature"], Value::Null);
    let files = first["logFiles"].as_array().unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0]["s3Object"], bucket::objects(&world, "CloudTrail")[0].key.as_str());
    assert_eq!(files[0]["oldestEventTime"], "2026-01-02T03:04:05Z");
    // An hour without files has a digest too.
    assert_eq!(second["logFiles"], json!([]));
    assert_eq!(second["newestEventTime"], Value::Null);
    assert_eq!(second["previousDigestS3Object"], key);
    assert_eq!(second["previousDigestSignature"], digests[0].metadata["signature"].as_str());
    assert_eq!(digests[0].metadata["signature-algorithm"], "SHA256withRSA");
    let keys = world.call(&admin, "cloudtrail", "ListPublicKeys", json!({"StartTime": 0})).ok();
    assert_eq!(keys["PublicKeyList"][0]["Fingerprint"], first["digestPublicKeyFingerprint"]);
    let status = world.call(&admin, "cloudtrail", "GetTrailStatus", json!({"Name": "audit"})).ok();
    assert_eq!(status["LatestDigestDeliveryTime"].as_f64().unwrap() as i64, world.now() / 1000);
}

#[test]
fn stopping_ends_the_chain_and_starting_begins_another() {
    // claims: LOG-CLOUDTRAIL-07
    let (world, admin) = start();
    world.advance(HOUR + HOUR / 2);
    world.call(&admin, "cloudtrail", "StopLogging", json!({"Name": "audit"})).ok();
    world.advance(10 * HOUR);
    // One more digest lists what was delivered after the first; then there are no more.
    assert_eq!(digests(&world).len(), 2);
    assert_eq!(digests(&world)[1].json()["logFiles"].as_array().unwrap().len(), 1);
    world.call(&admin, "cloudtrail", "StartLogging", json!({"Name": "audit"})).ok();
    world.advance(HOUR);
    let last = digests(&world).pop().unwrap().json();
    assert_eq!(digests(&world).len(), 3);
    assert_eq!(last["previousDigestS3Object"], Value::Null);
    let verdict = validate(&world, &admin, &[]);
    let Some(verdict) = verdict else { return };
    assert_eq!(verdict["gaps"].as_array().unwrap().len(), 1);
    assert_eq!((&verdict["invalid"], &verdict["missing"]), (&json!([]), &json!([])));
    assert_eq!(verdict["digests"], 3);
}

#[test]
fn a_trail_without_validation_has_no_digests() {
    let (world, admin) = start();
    let update = |on: bool| {
        let input = json!({"Name": "audit", "EnableLogFileValidation": on});
        world.call(&admin, "cloudtrail", "UpdateTrail", input).ok();
    };
    world.advance(HOUR);
    update(false);
    world.advance(10 * HOUR);
    assert_eq!(digests(&world).len(), 2);
    update(true);
    world.advance(HOUR);
    assert_eq!(digests(&world).len(), 3);
    assert_eq!(digests(&world)[2].json()["previousDigestS3Object"], Value::Null);
    world.call(&admin, "cloudtrail", "DeleteTrail", json!({"Name": "audit"})).ok();
    world.advance(10 * HOUR);
    assert_eq!(digests(&world).len(), 3);
}

#[test]
fn the_stock_validator_accepts_and_finds_what_was_changed() {
    // claims: LOG-CLOUDTRAIL-06, LOG-CLOUDTRAIL-07
    let (world, admin) = start();
    for name in ["one", "two", "three"] {
        world.call(&admin, "iam", "CreateUser", json!({"UserName": name})).ok();
        world.advance(HOUR);
    }
    let Some(verdict) = validate(&world, &admin, &[]) else { return };
    let nothing = json!([]);
    assert_eq!((&verdict["digests"], &verdict["logs"]), (&json!(3), &json!(3)));
    for kind in ["invalid", "missing", "gaps", "bad_logs"] {
        assert_eq!(verdict[kind], nothing, "{kind}");
    }
    let files = bucket::objects(&world, "CloudTrail");
    let changed = validate(&world, &admin, &[("change", &files[0].key), ("delete", &files[1].key)]).unwrap();
    assert_eq!(changed["logs"], 1);
    assert_eq!(changed["bad_logs"], json!([files[0].key, files[1].key]));
    let digests = digests(&world);
    let forged = validate(&world, &admin, &[("forge", &digests[1].key)]).unwrap();
    assert_eq!(forged["invalid"].as_array().unwrap().len(), 1);
    let deleted = validate(&world, &admin, &[("delete", &digests[1].key)]).unwrap();
    assert_eq!(deleted["missing"], json!([digests[1].key]));
}

/// Runs the AWS CLI's `validate-logs` code over the bucket, after some changes. `None`, with a note, when this machine has
/// no AWS CLI for its `python3`.
#[expect(clippy::disallowed_methods, reason = "a test that runs another program")]
fn validate(world: &World, admin: &Caller, changes: &[(&str, &str)]) -> Option<Value> {
    let keys = world.call(admin, "cloudtrail", "ListPublicKeys", json!({"StartTime": 0})).ok();
    let all = bucket::objects(world, "CloudTrail").into_iter().chain(digests(world));
    let objects: Vec<Value> = all
        .map(|object| json!({"key": object.key, "bytes": hex::encode(&object.bytes), "metadata": object.metadata}))
        .collect();
    let changes: Vec<Value> = changes.iter().map(|(what, key)| json!({"what": what, "key": key})).collect();
    let end = world.now() / 1000;
    let given = json!({"keys": keys["PublicKeyList"], "objects": objects, "changes": changes, "end": end});
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bucket.json");
    std::fs::write(&path, given.to_string()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/validate.py");
    let out = Command::new("python3").arg(script).arg(&path).output();
    match out {
        Ok(out) if out.status.success() => Some(serde_json::from_slice(&out.stdout).unwrap()),
        Ok(out) if out.status.code() == Some(3) => {
            println!("skipped: python3 has no awscli");
            None
        }
        Ok(out) => panic!("{}", String::from_utf8_lossy(&out.stderr)),
        Err(_) => {
            println!("skipped: no python3");
            None
        }
    }
}
