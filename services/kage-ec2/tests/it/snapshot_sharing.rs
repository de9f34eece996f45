//! Block public access for snapshots.

use crate::world;
use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

const GET: &str = "GetSnapshotBlockPublicAccessState";
const ENABLE: &str = "EnableSnapshotBlockPublicAccess";
const DISABLE: &str = "DisableSnapshotBlockPublicAccess";

fn state(world: &World, caller: &Caller, region: &str) -> String {
    let answer = world.call_in(caller, region, "ec2", GET, &json!({})).ok();
    assert_eq!(answer["ManagedBy"], "account");
    answer["State"].as_str().unwrap_or_default().to_owned()
}

fn input(operation: &str) -> Value {
    if operation == ENABLE { json!({"State": "block-new-sharing"}) } else { json!({}) }
}

#[test]
fn each_region_of_each_account_has_its_own_state() {
    let mut world = world();
    let (_, other) = world.account();
    let admin = world.admin();
    assert_eq!(state(&world, &admin, "us-east-1"), "unblocked");
    for wanted in ["block-new-sharing", "block-all-sharing"] {
        assert_eq!(world.call(&admin, "ec2", ENABLE, json!({"State": wanted})).ok()["State"], wanted);
        assert_eq!(state(&world, &admin, "us-east-1"), wanted);
    }
    assert_eq!(state(&world, &admin, "eu-west-1"), "unblocked");
    assert_eq!(state(&world, &other, "us-east-1"), "unblocked");
    assert_eq!(world.call(&admin, "ec2", DISABLE, json!({})).ok()["State"], "unblocked");
    assert_eq!(state(&world, &admin, "us-east-1"), "unblocked");
}

#[test]
fn each_operation_has_its_own_action_and_key() {
    let world = world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    for operation in [GET, ENABLE, DISABLE] {
        let denied = world.call(&bob, "ec2", operation, input(operation)).err();
        assert_eq!((denied.code.as_str(), denied.status), ("UnauthorizedOperation", 403));
        let statement = json!({"Effect": "Allow", "Action": format!("ec2:{operation}"), "Resource": "*",
            "Condition": {"StringEquals": {"ec2:Region": "us-east-1"}}});
        let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let policy = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": policy});
        world.call(&admin, "iam", "PutUserPolicy", policy).ok();
        world.call(&bob, "ec2", operation, input(operation)).ok();
        let elsewhere = world.call_in(&bob, "eu-west-1", "ec2", operation, &input(operation));
        assert_eq!(elsewhere.code(), Some("UnauthorizedOperation"));
    }
}

#[test]
fn dry_runs_and_wrong_states_change_nothing() {
    let world = world();
    let admin = world.admin();
    world.call(&admin, "ec2", ENABLE, json!({"State": "block-all-sharing"})).ok();
    for (operation, mut input) in [(GET, json!({})), (ENABLE, input(ENABLE)), (DISABLE, json!({}))] {
        input["DryRun"] = json!(true);
        let refused = world.call(&admin, "ec2", operation, input).err();
        assert_eq!((refused.code.as_str(), refused.status), ("DryRunOperation", 412));
    }
    for wrong in [json!({"State": "unblocked"}), json!({"State": "open"}), json!({})] {
        let refused = world.call(&admin, "ec2", ENABLE, wrong.clone()).err();
        assert_eq!(refused.status, 400, "{wrong}");
    }
    assert_eq!(state(&world, &admin, "us-east-1"), "block-all-sharing");
}

#[test]
fn calls_and_refusals_are_recorded() {
    let world = world();
    let admin = world.admin();
    for operation in [GET, ENABLE, DISABLE] {
        world.call(&admin, "ec2", operation, input(operation)).ok();
        let event = world.events(MANAGEMENT).pop().unwrap();
        assert_eq!(event["eventName"], operation);
        assert_eq!(event["readOnly"], operation == GET);
        let expected = match operation {
            GET => Value::Null,
            ENABLE => json!("block-new-sharing"),
            _ => json!("unblocked"),
        };
        assert_eq!(event["responseElements"]["state"], expected);
    }
    world.call(&admin, "ec2", ENABLE, json!({"State": "unblocked"})).err();
    let event = world.events(MANAGEMENT).pop().unwrap();
    assert_eq!(event["errorCode"], "Client.InvalidParameterValue");
    assert_eq!(event["requestParameters"]["state"], "unblocked");
}
