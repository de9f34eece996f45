//! Buses and their policies.

use crate::support::{Double, EAST};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

#[test]
fn buses_are_made_described_listed_and_deleted() {
    let double = Double::new();
    let made = double.events("CreateEventBus", json!({"Name": "mine", "Description": "d"}));
    let arn = format!("arn:aws:events:{EAST}:{MANAGEMENT}:event-bus/mine");
    assert_eq!(made, json!({"EventBusArn": arn, "Description": "d"}));
    let described = double.events("DescribeEventBus", json!({"Name": arn}));
    assert_eq!((&described["Name"], &described["Arn"]), (&json!("mine"), &json!(arn)));
    assert!(described["CreationTime"].is_number());
    assert_eq!(
        double.events("UpdateEventBus", json!({"Name": "mine", "Description": "e"}))["Description"],
        "e"
    );
    let names = |input: Value| -> Vec<String> {
        let listed = double.events("ListEventBuses", input);
        let names = listed["EventBuses"].as_array().unwrap().iter();
        names.map(|bus| bus["Name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(json!({})), ["default", "mine"]);
    assert_eq!(names(json!({"NamePrefix": "m"})), ["mine"]);
    let first = double.events("ListEventBuses", json!({"Limit": 1}));
    assert_eq!(names(json!({"NextToken": first["NextToken"]})), ["mine"]);
    double.events("PutRule", json!({"Name": "r", "EventBusName": "mine", "EventPattern": "{\"a\": [1]}"}));
    assert_eq!(double.refused("DeleteEventBus", json!({"Name": "mine"})).0, "ValidationException");
    double.events("DeleteRule", json!({"Name": "r", "EventBusName": "mine"}));
    double.events("DeleteEventBus", json!({"Name": "mine"}));
    // Texts recorded from AWS in LocalStack's `test_events.snapshot.json`.
    for (operation, name, code, text) in [
        ("DescribeEventBus", "mine", "ResourceNotFoundException", "Event bus mine does not exist."),
        ("DeleteEventBus", "mine", "ResourceNotFoundException", "Event bus mine does not exist."),
        ("DeleteEventBus", "default", "ValidationException", "Cannot delete event bus default."),
        ("CreateEventBus", "default", "ResourceAlreadyExistsException", "Event bus default already exists."),
    ] {
        let refused = double.refused(operation, json!({"Name": name}));
        assert_eq!((refused.0.as_str(), refused.1.as_str()), (code, text));
    }
    let partner = json!({"Name": "mine", "EventSourceName": "aws.partner/a/b"});
    assert_eq!(double.refused("CreateEventBus", partner).0, "NotImplemented");
}

#[test]
fn statements_are_put_and_removed() {
    let double = Double::new();
    let policy = || {
        let described = double.events("DescribeEventBus", json!({}));
        described["Policy"].as_str().map(|text| serde_json::from_str::<Value>(text).unwrap())
    };
    let put = |sid: &str, principal: &str| json!({"StatementId": sid, "Action": "events:PutEvents", "Principal": principal});
    double.events("PutPermission", put("one", "222222222222"));
    let mut organization = put("all", "*");
    organization["Condition"] = json!({"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"});
    double.events("PutPermission", organization);
    let resource = format!("arn:aws:events:{EAST}:{MANAGEMENT}:event-bus/default");
    let statements = json!([
        {"Sid": "one", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
         "Action": "events:PutEvents", "Resource": resource},
        {"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": resource,
         "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
    ]);
    assert_eq!(policy().unwrap(), json!({"Version": "2012-10-17", "Statement": statements}));
    double.events("RemovePermission", json!({"StatementId": "one"}));
    assert_eq!(policy().unwrap()["Statement"], json!([statements[1]]));
    let (code, text) = double.refused("RemovePermission", json!({"StatementId": "one"}));
    assert_eq!(
        (code.as_str(), text.as_str()),
        ("ResourceNotFoundException", "Statement with the provided id does not exist.")
    );
    let document = json!({"Version": "2012-10-17", "Statement": [statements[0]]});
    double.events("PutPermission", json!({"Policy": document.to_string()}));
    assert_eq!(policy().unwrap(), document);
    assert_eq!(double.refused("PutPermission", json!({"Policy": "{"})).0, "ValidationException");
    let long = json!({"Version": "2012-10-17", "Id": "x".repeat(10_240), "Statement": [statements[0]]});
    let refused = double.refused("PutPermission", json!({"Policy": long.to_string()}));
    assert_eq!(refused.0, "PolicyLengthExceededException");
    double.events("RemovePermission", json!({"RemoveAllPermissions": true}));
    assert_eq!(policy(), None);
}
