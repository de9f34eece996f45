//! Delivery of log files.

use crate::bucket;
use kage_test::{Caller, World};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

fn trail(world: &World, admin: &Caller, more: Value) {
    let mut input = json!({"Name": "audit", "S3BucketName": "logs"});
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    world.call(admin, "cloudtrail", "CreateTrail", input).ok();
}

fn do_to(world: &World, admin: &Caller, operation: &str) {
    world.call(admin, "cloudtrail", operation, json!({"Name": "audit"})).ok();
}

fn status(world: &World, admin: &Caller) -> Value {
    world.call(admin, "cloudtrail", "GetTrailStatus", json!({"Name": "audit"})).ok()
}

fn user(world: &World, admin: &Caller, name: &str) {
    world.call(admin, "iam", "CreateUser", json!({"UserName": name})).ok();
}

#[test]
fn a_file_comes_five_minutes_after_the_first_event() {
    // claims: LOG-CLOUDTRAIL-11, LOG-CLOUDTRAIL-08
    let world = bucket::world();
    let admin = world.admin();
    user(&world, &admin, "before");
    trail(&world, &admin, json!({}));
    user(&world, &admin, "not-logging-yet");
    do_to(&world, &admin, "StartLogging");
    user(&world, &admin, "bob");
    world.advance(5 * MINUTE - 1000);
    assert!(bucket::objects(&world, "CloudTrail").is_empty());
    world.advance(1000);
    let files = bucket::objects(&world, "CloudTrail");
    assert_eq!(files.len(), 1);
    let file = &files[0];
    let start = "AWSLogs/111111111111/CloudTrail/us-east-1/2026/01/02/111111111111_CloudTrail_us-east-1_20260102T0309Z_";
    assert!(file.key.starts_with(start), "{}", file.key);
    assert_eq!(file.key.len(), start.len() + 16 + ".json.gz".len());
    assert_eq!(file.encryption.as_deref(), Some("AES256"));
    assert_eq!(file.acl.as_deref(), Some("bucket-owner-full-control"));
    assert_eq!(bucket::delivered(&world), ["StartLogging", "CreateUser"]);
    let after = status(&world, &admin);
    assert_eq!(after["LatestDeliveryTime"].as_f64().unwrap() as i64, world.now() / 1000);
    assert_eq!(after["LatestDeliveryAttemptSucceeded"], "2026-01-02T03:09:05Z");
    assert!(after.get("LatestDeliveryError").is_none());
    // What comes later comes in a further file, and nothing comes twice.
    world.advance(60 * MINUTE);
    assert_eq!(bucket::delivered(&world), ["StartLogging", "CreateUser", "GetTrailStatus"]);
}

#[test]
fn what_happens_while_stopped_is_not_delivered() {
    let world = bucket::world();
    let admin = world.admin();
    trail(&world, &admin, json!({}));
    do_to(&world, &admin, "StartLogging");
    user(&world, &admin, "one");
    do_to(&world, &admin, "StopLogging");
    user(&world, &admin, "two");
    world.advance(1000);
    do_to(&world, &admin, "StartLogging");
    user(&world, &admin, "three");
    world.advance(10 * MINUTE);
    let names = bucket::delivered(&world);
    assert_eq!(names, ["StartLogging", "CreateUser", "StopLogging", "StartLogging", "CreateUser"]);
    do_to(&world, &admin, "StopLogging");
    let stopped = status(&world, &admin);
    assert_eq!(stopped["IsLogging"], false);
    assert_eq!(stopped["StopLoggingTime"].as_f64().unwrap() as i64, world.now() / 1000);
    world.advance(60 * MINUTE);
    assert_eq!(bucket::delivered(&world).len(), 6);
}

#[test]
fn a_trail_can_be_narrowed_to_writes() {
    // claims: LOG-CLOUDTRAIL-10
    let world = bucket::world();
    let admin = world.admin();
    trail(&world, &admin, json!({}));
    do_to(&world, &admin, "StartLogging");
    world.call(&admin, "iam", "ListUsers", json!({})).ok();
    let selectors = json!({"TrailName": "audit", "EventSelectors": [{"ReadWriteType": "WriteOnly"}]});
    world.call(&admin, "cloudtrail", "PutEventSelectors", selectors).ok();
    world.call(&admin, "iam", "ListUsers", json!({})).ok();
    user(&world, &admin, "bob");
    world.advance(10 * MINUTE);
    // What was logged before is delivered as it was selected then.
    assert_eq!(bucket::delivered(&world), ["StartLogging", "ListUsers", "PutEventSelectors", "CreateUser"]);
    let history = world.call(&admin, "cloudtrail", "LookupEvents", json!({})).ok();
    let listed =
        history["Events"].as_array().unwrap().iter().filter(|event| event["EventName"] == "ListUsers");
    assert_eq!(listed.count(), 2);
}

#[test]
fn advanced_selectors_decide_too() {
    let world = bucket::world();
    let admin = world.admin();
    trail(&world, &admin, json!({}));
    let fields = json!([
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "eventName", "StartsWith": ["Create"], "NotEquals": ["CreateGroup"]},
    ]);
    let selectors = json!({"TrailName": "audit", "AdvancedEventSelectors": [{"FieldSelectors": fields}]});
    world.call(&admin, "cloudtrail", "PutEventSelectors", selectors).ok();
    do_to(&world, &admin, "StartLogging");
    user(&world, &admin, "bob");
    world.call(&admin, "iam", "CreateGroup", json!({"GroupName": "g"})).ok();
    world.advance(10 * MINUTE);
    assert_eq!(bucket::delivered(&world), ["CreateUser"]);
}

#[test]
fn data_events_are_delivered_to_those_who_ask() {
    // claims: LOG-CLOUDTRAIL-03
    let world = bucket::world();
    let admin = world.admin();
    trail(&world, &admin, json!({}));
    do_to(&world, &admin, "StartLogging");
    world.advance(10 * MINUTE);
    // CloudTrail's own writes are data events, and a new trail has none.
    assert_eq!(bucket::delivered(&world), ["StartLogging"]);
    let resources = json!([{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::logs/"]}]);
    let selectors = json!({"TrailName": "audit", "EventSelectors": [{"DataResources": resources}]});
    world.call(&admin, "cloudtrail", "PutEventSelectors", selectors).ok();
    world.advance(11 * MINUTE);
    let all: Vec<Value> = bucket::objects(&world, "CloudTrail")
        .iter()
        .flat_map(|file| file.json()["Records"].as_array().unwrap().clone())
        .collect();
    let put = all.iter().find(|record| record["eventName"] == "PutObject").unwrap();
    assert_eq!(put["eventCategory"], "Data");
    assert_eq!(put["managementEvent"], false);
    assert_eq!(put["userIdentity"], json!({"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}));
    assert_eq!(put["sourceIPAddress"], "cloudtrail.amazonaws.com");
    assert!(put["sharedEventID"].is_string());
    assert_eq!(put["recipientAccountId"], "111111111111");
    // They are never in the history.
    let history = world.call(&admin, "cloudtrail", "LookupEvents", json!({})).ok();
    assert!(!history["Events"].as_array().unwrap().iter().any(|event| event["EventName"] == "PutObject"));
}

#[test]
fn a_bucket_that_refuses_loses_nothing() {
    let world = bucket::world();
    let admin = world.admin();
    trail(&world, &admin, json!({}));
    do_to(&world, &admin, "StartLogging");
    bucket::set(&world, None);
    user(&world, &admin, "bob");
    world.advance(20 * MINUTE);
    assert!(bucket::objects(&world, "CloudTrail").is_empty());
    assert_eq!(status(&world, &admin)["LatestDeliveryError"], "AccessDenied");
    world.advance(48 * 60 * MINUTE);
    bucket::set(&world, Some(bucket::policy()));
    world.advance(60 * MINUTE);
    let names = bucket::delivered(&world);
    assert_eq!(names, ["StartLogging", "CreateUser", "GetTrailStatus"]);
    assert!(status(&world, &admin).get("LatestDeliveryError").is_none());
}

#[test]
fn a_multi_region_trail_delivers_each_region_apart() {
    let world = bucket::world();
    let admin = world.admin();
    trail(&world, &admin, json!({"IsMultiRegionTrail": true}));
    do_to(&world, &admin, "StartLogging");
    world.call_in(&admin, "eu-west-1", "cloudtrail", "ListTrails", &json!({})).ok();
    world.advance(10 * MINUTE);
    let europe = bucket::objects(&world, "CloudTrail/eu-west-1");
    assert_eq!(europe.len(), 1);
    assert_eq!(europe[0].json()["Records"][0]["eventName"], "ListTrails");
    assert_eq!(bucket::objects(&world, "CloudTrail/us-east-1").len(), 1);
    // Narrowed to its own Region, it leaves the other alone.
    world
        .call(&admin, "cloudtrail", "UpdateTrail", json!({"Name": "audit", "IsMultiRegionTrail": false}))
        .ok();
    world.call_in(&admin, "eu-west-1", "cloudtrail", "ListTrails", &json!({})).ok();
    world.advance(10 * MINUTE);
    assert_eq!(bucket::objects(&world, "CloudTrail/eu-west-1").len(), 1);
    assert_eq!(bucket::objects(&world, "CloudTrail/us-east-1").len(), 2);
}

#[test]
fn global_services_can_be_left_out() {
    let world = bucket::world();
    let admin = world.admin();
    trail(&world, &admin, json!({"IncludeGlobalServiceEvents": false}));
    do_to(&world, &admin, "StartLogging");
    user(&world, &admin, "bob");
    world.advance(10 * MINUTE);
    assert_eq!(bucket::delivered(&world), ["StartLogging"]);
}
