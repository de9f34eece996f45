//! The event history.

use crate::bucket;
use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;

fn lookup(world: &World, caller: &Caller, key: &str, value: &str) -> Vec<Value> {
    let input = json!({"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]});
    let out = world.call(caller, "cloudtrail", "LookupEvents", input).ok();
    out["Events"].as_array().unwrap().clone()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["EventName"].as_str().unwrap()).collect()
}

#[test]
fn calls_are_in_the_history_of_an_account_without_trails() {
    // claims: LOG-CLOUDTRAIL-02
    let world = bucket::world();
    let admin = world.admin();
    world.call(&admin, "iam", "CreateUser", json!({"UserName": "bob"})).ok();
    world.call(&admin, "iam", "GetUser", json!({"UserName": "bob"})).ok();
    let found = lookup(&world, &admin, "EventName", "CreateUser");
    assert_eq!(found.len(), 1);
    let event = &found[0];
    assert_eq!(event["ReadOnly"], "false");
    assert_eq!(event["Username"], "admin");
    assert_eq!(event["EventSource"], "iam.amazonaws.com");
    assert_eq!(event["AccessKeyId"], admin.key.as_str());
    assert_eq!(event["EventTime"].as_f64().unwrap(), 1_767_323_045.0);
    assert_eq!(event["Resources"], json!([{"ResourceType": "AWS::IAM::User", "ResourceName": "bob"}]));
    let record: Value = serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert_eq!(record["eventID"], event["EventId"]);
    assert_eq!(record["sourceIPAddress"], "192.0.2.1");
    assert_eq!(record["userIdentity"]["type"], "IAMUser");
    assert_eq!(record["requestParameters"]["userName"], "bob");
    assert_eq!(record["responseElements"]["user"]["userName"], "bob");
    assert!(record["userAgent"].is_string());
    // The history is one of each Region: events of IAM stand in us-east-1.
    let elsewhere = world.call_in(&admin, "eu-west-1", "cloudtrail", "LookupEvents", &json!({})).ok();
    assert!(!names(elsewhere["Events"].as_array().unwrap()).contains(&"CreateUser"));
}

#[test]
fn every_attribute_finds_its_events() {
    let world = bucket::world();
    let admin = world.admin();
    world.call(&admin, "iam", "CreateUser", json!({"UserName": "bob"})).ok();
    world.call(&admin, "iam", "ListUsers", json!({})).ok();
    let created = lookup(&world, &admin, "EventName", "CreateUser");
    let id = created[0]["EventId"].as_str().unwrap();
    assert_eq!(lookup(&world, &admin, "EventId", id).len(), 1);
    assert_eq!(names(&lookup(&world, &admin, "ResourceName", "bob")), ["CreateUser"]);
    assert_eq!(names(&lookup(&world, &admin, "ResourceType", "AWS::IAM::User")), ["CreateUser"]);
    assert_eq!(names(&lookup(&world, &admin, "ReadOnly", "false")), ["CreateUser"]);
    assert_eq!(
        names(&lookup(&world, &admin, "EventSource", "iam.amazonaws.com")),
        ["ListUsers", "CreateUser"]
    );
    assert!(lookup(&world, &admin, "Username", "admin").len() > 2);
    assert!(lookup(&world, &admin, "Username", "nobody").is_empty());
    let two = json!({"LookupAttributes": [
        {"AttributeKey": "EventName", "AttributeValue": "CreateUser"},
        {"AttributeKey": "Username", "AttributeValue": "admin"},
    ]});
    assert_eq!(
        world.call(&admin, "cloudtrail", "LookupEvents", two).code(),
        Some("InvalidLookupAttributesException")
    );
}

#[test]
fn a_key_shows_exactly_the_calls_made_with_it() {
    // claims: IR-KEYLEAK-07
    let world = bucket::world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    world.advance(1000);
    // The attempt to stay is refused, and recorded.
    assert_eq!(
        world.call(&bob, "iam", "CreateAccessKey", json!({"UserName": "bob"})).code(),
        Some("AccessDenied")
    );
    assert_eq!(world.call(&bob, "iam", "ListUsers", json!({})).code(), Some("AccessDenied"));
    // A call that is refused at authentication is nobody's: it must not appear.
    let forged = Caller { secret: "wrong".to_owned(), ..bob.clone() };
    assert_eq!(
        world.call(&forged, "iam", "CreateUser", json!({"UserName": "x"})).code(),
        Some("SignatureDoesNotMatch")
    );
    let found = lookup(&world, &admin, "AccessKeyId", &bob.key);
    // The answer of CreateAccessKey names the key too, but it was not made with it.
    assert_eq!(names(&found), ["ListUsers", "CreateAccessKey"]);
    let record: Value = serde_json::from_str(found[1]["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert_eq!(record["errorCode"], "AccessDenied");
    assert_eq!(record["responseElements"], Value::Null);
    assert!(!world.events(MANAGEMENT).iter().any(|event| event["errorCode"] == "SignatureDoesNotMatch"));
}

#[test]
fn pages_cover_the_history_once_newest_first() {
    let world = bucket::world();
    let admin = world.admin();
    for number in 0..120 {
        world.call(&admin, "iam", "GetUser", json!({"UserName": format!("u{number}")})).err();
    }
    let ask = |token: Option<&str>, max: Option<i32>| {
        let mut input = json!({"LookupAttributes": [{"AttributeKey": "EventSource", "AttributeValue": "iam.amazonaws.com"}]});
        if let Some(token) = token {
            input["NextToken"] = json!(token);
        }
        if let Some(max) = max {
            input["MaxResults"] = json!(max);
        }
        world.call(&admin, "cloudtrail", "LookupEvents", input)
    };
    let mut seen = Vec::new();
    let mut token: Option<String> = None;
    let mut sizes = Vec::new();
    loop {
        let out = ask(token.as_deref(), None).ok();
        let events = out["Events"].as_array().unwrap();
        sizes.push(events.len());
        for event in events {
            let record: Value = serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap();
            seen.push(record["requestParameters"]["userName"].as_str().unwrap().to_owned());
        }
        token = out["NextToken"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    let expected: Vec<String> = (0..120).rev().map(|number| format!("u{number}")).collect();
    assert_eq!(seen, expected);
    assert_eq!(sizes, [50, 50, 20]);
    assert_eq!(ask(None, Some(7)).ok()["Events"].as_array().unwrap().len(), 7);
    assert!(ask(None, Some(51)).code().is_some());
    // A token belongs to its question.
    let token = ask(None, None).ok()["NextToken"].as_str().unwrap().to_owned();
    let other = json!({"NextToken": token});
    assert_eq!(
        world.call(&admin, "cloudtrail", "LookupEvents", other).code(),
        Some("InvalidNextTokenException")
    );
}

#[test]
fn the_history_keeps_ninety_days_and_times_narrow_it() {
    let world = bucket::world();
    let admin = world.admin();
    world.call(&admin, "iam", "CreateUser", json!({"UserName": "old"})).ok();
    world.advance(60 * DAY);
    world.call(&admin, "iam", "CreateUser", json!({"UserName": "new"})).ok();
    assert_eq!(lookup(&world, &admin, "EventName", "CreateUser").len(), 2);
    let seconds = world.now() / 1000;
    let narrow = json!({"StartTime": seconds - 10, "EndTime": seconds});
    let out = world.call(&admin, "cloudtrail", "LookupEvents", narrow).ok();
    assert!(names(out["Events"].as_array().unwrap()).contains(&"CreateUser"));
    let before = json!({"StartTime": 0, "EndTime": seconds - 10});
    let out = world.call(&admin, "cloudtrail", "LookupEvents", before).ok();
    assert_eq!(names(out["Events"].as_array().unwrap()), ["CreateUser"]);
    let crossed = json!({"StartTime": seconds, "EndTime": seconds - 10});
    let refused = world.call(&admin, "cloudtrail", "LookupEvents", crossed);
    assert_eq!(refused.code(), Some("InvalidTimeRangeException"));
    world.advance(31 * DAY);
    assert_eq!(lookup(&world, &admin, "EventName", "CreateUser").len(), 1);
}

#[test]
fn the_history_is_for_those_who_may_see_it() {
    let world = bucket::world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let refused = world.call(&bob, "cloudtrail", "LookupEvents", json!({})).err();
    assert_eq!((refused.code.as_str(), refused.status), ("AccessDeniedException", 400));
    assert!(refused.message.contains("cloudtrail:LookupEvents"), "{}", refused.message);
}
