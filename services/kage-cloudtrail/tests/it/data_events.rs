//! Data events of the real services, taken by those who ask.

use crate::encryption::{send, world};
use flate2::read::GzDecoder;
use kage_test::{Caller, World};
use serde_json::{Value, json};
use std::io::Read;

const QUEUE: &str = "arn:aws:sqs:us-east-1:111111111111:work";

/// A trail that logs, one resource of each kind, and the URL of the queue.
fn start() -> (World, Caller, Value) {
    let world =
        world(vec![kage_kinesis::service(), kage_kms::service(), kage_sns::service(), kage_sqs::service()]);
    let admin = world.admin();
    world.call(&admin, "cloudtrail", "CreateTrail", json!({"Name": "audit", "S3BucketName": "logs"})).ok();
    world.call(&admin, "cloudtrail", "StartLogging", json!({"Name": "audit"})).ok();
    send(&world, &admin, "PUT", "/data", b"").ok();
    let made = world.call(&admin, "sqs", "CreateQueue", json!({"QueueName": "work"})).ok();
    world.call(&admin, "sns", "CreateTopic", json!({"Name": "news"})).ok();
    world.call(&admin, "kinesis", "CreateStream", json!({"StreamName": "flow", "ShardCount": 1})).ok();
    world.advance(60_000);
    (world, admin, made["QueueUrl"].clone())
}

/// One data event on each kind of resource.
fn use_all(world: &World, admin: &Caller, url: &Value) {
    send(world, admin, "PUT", "/data/in/a", b"1").ok();
    send(world, admin, "PUT", "/data/out/a", b"1").ok();
    send(world, admin, "GET", "/data/in/a", b"").ok();
    world.call(admin, "sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": "secret"})).ok();
    let topic = "arn:aws:sns:us-east-1:111111111111:news";
    world.call(admin, "sns", "Publish", json!({"TopicArn": topic, "Message": "m"})).ok();
    let record = json!({"StreamName": "flow", "Data": "YQ==", "PartitionKey": "p"});
    world.call(admin, "kinesis", "PutRecord", record).ok();
}

/// The data events of the files: name and the type of the first resource.
fn delivered(world: &World) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut out = Vec::new();
    for key in crate::encryption::keys(world) {
        let bytes = send(world, &world.admin(), "GET", &format!("/logs/{key}"), b"").ok().body;
        let mut content = String::new();
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut content).unwrap();
        let file: Value = serde_json::from_str(&content).unwrap();
        for record in file["Records"].as_array().unwrap() {
            if record["managementEvent"] == false {
                assert_eq!(record["eventCategory"], "Data");
                let first = &record["resources"][0];
                out.push((text(&record["eventName"]), text(&first["type"]), text(&first["ARN"])));
            }
        }
    }
    out.sort();
    out
}

fn put(world: &World, admin: &Caller, input: Value) -> kage_test::Answered {
    let mut input = input;
    input["TrailName"] = json!("audit");
    world.call(admin, "cloudtrail", "PutEventSelectors", input)
}

fn of_type(kind: &str) -> Value {
    json!({"FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": [kind]}]})
}

#[test]
fn data_events_come_only_to_those_who_ask_and_never_into_the_history() {
    // claims: LOG-CLOUDTRAIL-04
    let (world, admin, url) = start();
    use_all(&world, &admin, &url);
    world.advance(10 * 60_000);
    assert!(delivered(&world).is_empty());
    let resources = json!([{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::data/in"]}]);
    put(&world, &admin, json!({"EventSelectors": [{"DataResources": resources}]})).ok();
    use_all(&world, &admin, &url);
    world.advance(10 * 60_000);
    let object =
        |name: &str| (name.to_owned(), "AWS::S3::Object".to_owned(), "arn:aws:s3:::data/in/a".to_owned());
    assert_eq!(delivered(&world), [object("GetObject"), object("PutObject")]);
    let history = world.call(&admin, "cloudtrail", "LookupEvents", json!({})).ok();
    let names: Vec<&str> = history["Events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["EventName"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"CreateQueue"));
    for data in ["GetObject", "PutObject", "SendMessage", "Publish", "PutRecord"] {
        assert!(!names.contains(&data), "{data}");
    }
}

#[test]
fn advanced_selectors_take_every_kind_that_has_data_events() {
    // claims: LOG-CLOUDTRAIL-04
    let (world, admin, url) = start();
    let kinds = ["AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Kinesis::Stream"];
    put(&world, &admin, json!({"AdvancedEventSelectors": kinds.map(of_type)})).ok();
    use_all(&world, &admin, &url);
    world.advance(10 * 60_000);
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:us-east-1:111111111111:{rest}");
    let event = |name: &str, kind: &str, arn: String| (name.to_owned(), kind.to_owned(), arn);
    let expected = [
        event("Publish", "AWS::SNS::Topic", arn("sns", "news")),
        event("PutRecord", "AWS::Kinesis::Stream", arn("kinesis", "stream/flow")),
        event("SendMessage", "AWS::SQS::Queue", QUEUE.to_owned()),
    ];
    assert_eq!(delivered(&world), expected);
    // One queue only, and only what reads.
    let narrow = json!([
        {"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::SQS::Queue"]},
        {"Field": "resources.ARN", "Equals": [QUEUE]}, {"Field": "readOnly", "Equals": ["true"]}]);
    put(&world, &admin, json!({"AdvancedEventSelectors": [{"FieldSelectors": narrow}]})).ok();
    use_all(&world, &admin, &url);
    world.advance(10 * 60_000);
    assert_eq!(delivered(&world), expected);
    world.call(&admin, "sqs", "ReceiveMessage", json!({"QueueUrl": url})).ok();
    world.advance(10 * 60_000);
    assert_eq!(delivered(&world).len(), 4);
}

#[test]
fn selectors_of_data_events_are_checked() {
    let (world, admin, _) = start();
    let without = json!({"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]});
    for wrong in [without, of_type("queue")] {
        let refused = put(&world, &admin, json!({"AdvancedEventSelectors": [wrong]}));
        assert_eq!(refused.code(), Some("InvalidEventSelectorsException"));
    }
    let queues = json!([{"Type": "AWS::SQS::Queue", "Values": [QUEUE]}]);
    let refused = put(&world, &admin, json!({"EventSelectors": [{"DataResources": queues}]}));
    assert_eq!(refused.code(), Some("InvalidEventSelectorsException"));
}
