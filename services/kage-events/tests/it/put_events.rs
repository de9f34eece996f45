//! Events of users.

use crate::support::{Double, EAST};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

#[test]
fn an_event_reaches_the_targets_of_the_rules_that_match() {
    let double = Double::new();
    let (url, arn) = double.open_queue("orders");
    double.rule_to("orders", &json!({"source": ["shop"], "detail": {"state": ["new"]}}), &arn);
    let entries = json!([
        {"Source": "shop", "DetailType": "Order", "Detail": "{\"state\": \"new\", \"n\": 1.0}",
         "Resources": ["arn:aws:x:::y"], "Time": 1_700_000_000},
        {"Source": "shop", "DetailType": "Order", "Detail": "{\"state\": \"old\"}"},
        {"Source": "shop", "DetailType": "Order", "Detail": "{\"state\": \"new\"}", "EventBusName": "nowhere"},
    ]);
    let out = double.events("PutEvents", json!({"Entries": entries}));
    assert_eq!(out["FailedEntryCount"], 0);
    double.settle();
    let expected = json!({
        "version": "0", "id": out["Entries"][0]["EventId"], "detail-type": "Order", "source": "shop",
        "account": MANAGEMENT, "time": "2023-11-14T22:13:20Z", "region": EAST, "resources": ["arn:aws:x:::y"],
        "detail": {"state": "new", "n": 1.0},
    });
    assert_eq!(double.bodies(&url), [expected]);
}

#[test]
fn entries_fail_one_by_one() {
    // Recorded from AWS in LocalStack's `test_events.snapshot.json`.
    let double = Double::new();
    let entry = |change: Value| {
        let mut entry = json!({"Source": "s", "DetailType": "d", "Detail": "{}"});
        for (name, value) in change.as_object().unwrap() {
            entry[name] = value.clone();
        }
        entry.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        entry
    };
    let cases = [
        (json!({}), Value::Null, Value::Null),
        (
            json!({"Source": null}),
            json!("InvalidArgument"),
            json!("Parameter Source is not valid. Reason: Source is a required argument."),
        ),
        (
            json!({"DetailType": null}),
            json!("InvalidArgument"),
            json!("Parameter DetailType is not valid. Reason: DetailType is a required argument."),
        ),
        (
            json!({"Detail": null}),
            json!("InvalidArgument"),
            json!("Parameter Detail is not valid. Reason: Detail is a required argument."),
        ),
        (json!({"Detail": "text"}), json!("MalformedDetail"), json!("Detail is malformed.")),
        (json!({"Detail": "[1]"}), json!("MalformedDetail"), json!("Detail is malformed.")),
        (
            json!({"Source": "aws.ec2"}),
            json!("NotAuthorizedForSourceException"),
            json!("Not authorized for the source."),
        ),
    ];
    let entries: Vec<Value> = cases.iter().map(|(change, _, _)| entry(change.clone())).collect();
    let out = double.events("PutEvents", json!({"Entries": entries}));
    assert_eq!(out["FailedEntryCount"], 6);
    for (index, (_, code, text)) in cases.iter().enumerate() {
        let one = &out["Entries"][index];
        assert_eq!((&one["ErrorCode"], &one["ErrorMessage"]), (code, text));
        assert_eq!(one["EventId"].is_string(), code.is_null());
    }
}

#[test]
fn requests_have_limits() {
    let double = Double::new();
    let entry = |size: usize| {
        let detail = json!({"x": "x".repeat(size)}).to_string();
        json!({"Source": "s", "DetailType": "d", "Detail": detail})
    };
    double.events("PutEvents", json!({"Entries": [entry(1_000_000)]}));
    let (code, text) = double.refused("PutEvents", json!({"Entries": [entry(524_288), entry(524_288)]}));
    assert_eq!(
        (code.as_str(), text.as_str()),
        ("ValidationException", "Total size of the entries in the request is over the limit.")
    );
    let eleven = vec![entry(1); 11];
    assert_eq!(double.refused("PutEvents", json!({"Entries": eleven})).0, "ValidationException");
    let (code, text) = double.refused("PutEvents", json!({"EndpointId": "a.b", "Entries": [entry(1)]}));
    assert_eq!((code.as_str(), text.as_str()), ("NotImplemented", "EndpointId is not modelled"));
}

#[test]
fn patterns_are_tested_without_a_rule() {
    // claims: LOG-EVENTBRIDGE-01
    let double = Double::new();
    let event = json!({
        "id": "1", "account": MANAGEMENT, "source": "aws.ec2", "time": "2026-01-01T00:00:00Z", "region": EAST,
        "resources": [], "detail-type": "EC2 Instance State-change Notification",
        "detail": {"instance-id": "i-1", "state": "running"},
    });
    let test = |pattern: Value, event: &Value| {
        let input = json!({"EventPattern": pattern.to_string(), "Event": event.to_string()});
        double.events("TestEventPattern", input)["Result"].clone()
    };
    assert_eq!(test(json!({"source": ["aws.ec2"], "detail": {"state": ["running"]}}), &event), true);
    assert_eq!(test(json!({"source": ["aws.ec2"], "detail": {"state": ["stopped"]}}), &event), false);
    let bad = json!({"EventPattern": "{\"source\": \"aws.ec2\"}", "Event": event.to_string()});
    let (code, text) = double.refused("TestEventPattern", bad);
    assert_eq!(code, "InvalidEventPatternException");
    assert_eq!(
        text,
        "Event pattern is not valid. Reason: \"source\" must be an object or an array\n at [Source: (String)\"{\"source\": \"aws.ec2\"}\"; line: 1, column: 13]"
    );
    let bad = json!({"EventPattern": "{\"source\": [\"aws.ec2\"]}", "Event": "{}"});
    let (code, text) = double.refused("TestEventPattern", bad);
    assert_eq!((code.as_str(), text.as_str()), ("ValidationException", "Parameter Event is not valid."));
}
