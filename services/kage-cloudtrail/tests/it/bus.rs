//! What of the record goes to the bus, where EventBridge finds it.

use crate::bucket;
use kage_store::Reads as _;
use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

fn on_bus(world: &World, region: &str) -> Vec<(String, String)> {
    let topic = kage_record::bus::topic(MANAGEMENT, region);
    let entries = world.pipeline.world().store.read().stream_read(&topic, 0, 1000).unwrap();
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let event = |(_, bytes): (u64, std::sync::Arc<[u8]>)| {
        let event = parse(&bytes);
        assert_eq!(event["account"], MANAGEMENT);
        assert_eq!(event["detail-type"], "AWS API Call via CloudTrail");
        (text(&event["source"]), text(&event["detail"]["eventName"]))
    };
    entries.into_iter().map(event).collect()
}

fn names(world: &World, region: &str) -> Vec<String> {
    on_bus(world, region).into_iter().map(|(_, name)| name).collect()
}

fn make(world: &World, admin: &Caller, name: &str) {
    world.call(admin, "iam", "CreateUser", json!({"UserName": name})).ok();
}

fn do_to(world: &World, admin: &Caller, operation: &str) {
    world.call(admin, "cloudtrail", operation, json!({"Name": "audit"})).ok();
}

#[test]
fn api_calls_are_events_only_while_a_trail_logs_and_stop_logging_is_the_last() {
    // claims: LOG-EVENTBRIDGE-04
    let world = bucket::world();
    let admin = world.admin();
    world.write(|tx| kage_record::bus::listen(tx, MANAGEMENT));
    make(&world, &admin, "nobody-sees");
    let trail = json!({"Name": "audit", "S3BucketName": "logs"});
    world.call(&admin, "cloudtrail", "CreateTrail", trail).ok();
    make(&world, &admin, "nobody-sees-either");
    assert!(names(&world, "us-east-1").is_empty());
    do_to(&world, &admin, "StartLogging");
    make(&world, &admin, "seen");
    world.call(&admin, "iam", "ListUsers", json!({})).ok();
    do_to(&world, &admin, "StopLogging");
    make(&world, &admin, "unseen");
    assert_eq!(names(&world, "us-east-1"), ["StartLogging", "CreateUser", "ListUsers", "StopLogging"]);
    assert_eq!(on_bus(&world, "us-east-1")[3].0, "aws.cloudtrail");
    do_to(&world, &admin, "StartLogging");
    do_to(&world, &admin, "DeleteTrail");
    make(&world, &admin, "unseen-again");
    assert_eq!(names(&world, "us-east-1")[4..], ["StartLogging", "DeleteTrail"]);
}

#[test]
fn the_bus_follows_the_selectors_and_the_region() {
    let world = bucket::world();
    let admin = world.admin();
    world.write(|tx| kage_record::bus::listen(tx, MANAGEMENT));
    let trail = json!({"Name": "audit", "S3BucketName": "logs"});
    world.call(&admin, "cloudtrail", "CreateTrail", trail).ok();
    do_to(&world, &admin, "StartLogging");
    let selectors = json!([{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true}]);
    let put = json!({"TrailName": "audit", "EventSelectors": selectors});
    world.call(&admin, "cloudtrail", "PutEventSelectors", put).ok();
    world.call(&admin, "iam", "ListUsers", json!({})).ok();
    make(&world, &admin, "seen");
    let elsewhere = json!({"ResourceIdList": ["arn:aws:cloudtrail:us-east-1:111111111111:trail/audit"]});
    world.call_in(&admin, "eu-west-1", "cloudtrail", "ListTags", &elsewhere).ok();
    assert_eq!(names(&world, "us-east-1"), ["StartLogging", "PutEventSelectors", "CreateUser"]);
    assert!(names(&world, "eu-west-1").is_empty(), "the trail is of one Region");
}

#[test]
fn where_nobody_listens_nothing_is_kept() {
    let world = bucket::world();
    let admin = world.admin();
    let trail = json!({"Name": "audit", "S3BucketName": "logs"});
    world.call(&admin, "cloudtrail", "CreateTrail", trail).ok();
    do_to(&world, &admin, "StartLogging");
    make(&world, &admin, "unheard");
    assert!(names(&world, "us-east-1").is_empty());
}
