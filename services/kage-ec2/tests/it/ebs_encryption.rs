//! EBS encryption by default.

use crate::world;
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

const OPERATIONS: [&str; 3] =
    ["GetEbsEncryptionByDefault", "EnableEbsEncryptionByDefault", "DisableEbsEncryptionByDefault"];

#[test]
fn each_region_of_each_account_has_its_own_setting() {
    let mut world = world();
    let (_, other) = world.account();
    let admin = world.admin();
    let ask = |caller, region: &str, operation: &str| {
        let answer = world.call_in(caller, region, "ec2", operation, &json!({})).ok();
        answer["EbsEncryptionByDefault"].as_bool().unwrap()
    };
    assert!(!ask(&admin, "us-east-1", OPERATIONS[0]));
    assert!(ask(&admin, "us-east-1", OPERATIONS[1]));
    assert!(ask(&admin, "us-east-1", OPERATIONS[0]));
    assert!(!ask(&admin, "eu-west-1", OPERATIONS[0]));
    assert!(!ask(&other, "us-east-1", OPERATIONS[0]));
    assert!(ask(&admin, "us-east-1", OPERATIONS[1]), "a second time changes nothing");
    assert!(!ask(&admin, "us-east-1", OPERATIONS[2]));
    assert!(!ask(&admin, "us-east-1", OPERATIONS[0]));
}

#[test]
fn each_operation_has_its_own_action_and_key() {
    let world = world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    for operation in OPERATIONS {
        let denied = world.call(&bob, "ec2", operation, json!({})).err();
        assert_eq!((denied.code.as_str(), denied.status), ("UnauthorizedOperation", 403));
        let statement = json!({"Effect": "Allow", "Action": format!("ec2:{operation}"), "Resource": "*",
            "Condition": {"StringEquals": {"ec2:Region": "us-east-1"}}});
        let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let input = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": policy});
        world.call(&admin, "iam", "PutUserPolicy", input).ok();
        world.call(&bob, "ec2", operation, json!({})).ok();
        let elsewhere = world.call_in(&bob, "eu-west-1", "ec2", operation, &json!({}));
        assert_eq!(elsewhere.code(), Some("UnauthorizedOperation"));
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    let world = world();
    let admin = world.admin();
    let is_on = || world.call(&admin, "ec2", OPERATIONS[0], json!({})).ok()["EbsEncryptionByDefault"].clone();
    for (operation, before) in [(OPERATIONS[1], false), (OPERATIONS[2], true), (OPERATIONS[0], true)] {
        assert_eq!(is_on(), before);
        let refused = world.call(&admin, "ec2", operation, json!({"DryRun": true})).err();
        assert_eq!((refused.code.as_str(), refused.status), ("DryRunOperation", 412));
        assert_eq!(is_on(), before);
        world.call(&admin, "ec2", OPERATIONS[1], json!({"DryRun": false})).ok();
    }
}

#[test]
fn calls_and_refusals_are_recorded() {
    let world = world();
    let admin = world.admin();
    let last = |operation: &str, input: Value| {
        let _ = world.call(&admin, "ec2", operation, input);
        world.events(MANAGEMENT).pop().unwrap()
    };
    for operation in OPERATIONS {
        let event = last(operation, json!({}));
        assert_eq!(
            (&event["eventName"], &event["eventSource"]),
            (&json!(operation), &json!("ec2.amazonaws.com"))
        );
        assert_eq!(event["readOnly"], operation.starts_with("Get"));
        assert!(event["errorCode"].is_null());
        let expected = match operation {
            "GetEbsEncryptionByDefault" => Value::Null,
            _ => json!(operation.starts_with("Enable")),
        };
        assert_eq!(event["responseElements"]["ebsEncryptionByDefault"], expected);
        let event = last(operation, json!({"DryRun": true}));
        assert_eq!(event["errorCode"], "Client.DryRunOperation");
        assert_eq!(event["requestParameters"]["dryRun"], true);
    }
}
