//! Events from bus to bus, account to account, Region to Region.

use crate::support::{Double, EAST, lets_rule};
use kage_test::{Caller, MANAGEMENT};
use serde_json::{Value, json};

const WEST: &str = "us-west-2";

fn call(double: &Double, caller: &Caller, region: &str, operation: &str, input: &Value) -> Value {
    double.world.call_in(caller, region, "events", operation, input).ok()
}

/// A queue of an account in a Region that any rule may send to, behind a rule for everything from `shop`.
fn listener(double: &Double, caller: &Caller, account: &str, region: &str, bus: &str) -> String {
    let made =
        double.world.call_in(caller, region, "sqs", "CreateQueue", &json!({"QueueName": "heard"})).ok();
    let url = made["QueueUrl"].as_str().unwrap().to_owned();
    let arn = format!("arn:aws:sqs:{region}:{account}:heard");
    let policy = lets_rule(&arn, "arn:aws:events:*:*:rule/*").replace("ArnEquals", "ArnLike");
    let attributes = json!({"QueueUrl": url, "Attributes": {"Policy": policy}});
    double.world.call_in(caller, region, "sqs", "SetQueueAttributes", &attributes).ok();
    let rule = json!({"Name": "heard", "EventBusName": bus, "EventPattern": "{\"source\": [\"shop\"]}"});
    call(double, caller, region, "PutRule", &rule);
    let targets = json!({"Rule": "heard", "EventBusName": bus, "Targets": [{"Id": "q", "Arn": arn}]});
    call(double, caller, region, "PutTargets", &targets);
    url
}

fn heard(double: &Double, caller: &Caller, region: &str, url: &str) -> Vec<Value> {
    let input = json!({"QueueUrl": url, "MaxNumberOfMessages": 10});
    let answer = double.world.call_in(caller, region, "sqs", "ReceiveMessage", &input).ok();
    let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
    messages.iter().map(|message| serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()).collect()
}

#[test]
fn the_policy_of_the_other_bus_decides() {
    let mut double = Double::new();
    let (other, theirs) = double.world.account();
    let url = listener(&double, &theirs, &other, EAST, "default");
    let bus = format!("arn:aws:events:{EAST}:{other}:event-bus/default");
    let (dead_url, dead_arn) = double.open_queue("dead");
    double.events("PutRule", json!({"Name": "on", "EventPattern": "{\"source\": [\"shop\"]}"}));
    let target = json!({"Id": "bus", "Arn": bus, "DeadLetterConfig": {"Arn": dead_arn}});
    double.events("PutTargets", json!({"Rule": "on", "Targets": [target]}));
    double.put("shop", &json!({"n": 1}));
    double.settle();
    assert!(heard(&double, &theirs, EAST, &url).is_empty());
    let dead = double.take(&dead_url);
    assert_eq!(dead[0]["MessageAttributes"]["ERROR_CODE"]["StringValue"], "NO_PERMISSIONS");
    let permission = json!({"StatementId": "s", "Action": "events:PutEvents", "Principal": MANAGEMENT});
    call(&double, &theirs, EAST, "PutPermission", &permission);
    let id = double.put("shop", &json!({"n": 2}));
    double.settle();
    let seen = heard(&double, &theirs, EAST, &url);
    assert_eq!((&seen[0]["id"], &seen[0]["account"]), (&json!(id), &json!(MANAGEMENT)));
    // The bus of another account takes whole events only.
    let transformed = json!({"Id": "bus", "Arn": bus, "InputPath": "$.detail"});
    assert_eq!(
        double.refused("PutTargets", json!({"Rule": "on", "Targets": [transformed]})).0,
        "ValidationException"
    );
}

#[test]
fn users_of_another_account_put_events_when_both_sides_allow() {
    let mut double = Double::new();
    let (other, theirs) = double.world.account();
    let url = listener(&double, &theirs, &other, EAST, "default");
    let bus = format!("arn:aws:events:{EAST}:{other}:event-bus/default");
    let entry = json!({"Source": "shop", "DetailType": "T", "Detail": "{}", "EventBusName": bus});
    let put = || double.world.call(&double.admin, "events", "PutEvents", json!({"Entries": [entry]}));
    let failure = put().err();
    assert_eq!(failure.code, "AccessDeniedException");
    assert!(failure.message.contains("no resource-based policy allows the events:PutEvents action"));
    let permission = json!({"StatementId": "s", "Action": "events:PutEvents", "Principal": MANAGEMENT});
    call(&double, &theirs, EAST, "PutPermission", &permission);
    put().ok();
    double.settle();
    assert_eq!(heard(&double, &theirs, EAST, &url)[0]["account"], MANAGEMENT);
}

#[test]
fn an_event_goes_on_to_one_account_and_not_to_a_third() {
    let mut double = Double::new();
    let ((second, second_admin), (third, third_admin)) = (double.world.account(), double.world.account());
    let bus = |account: &str| format!("arn:aws:events:{EAST}:{account}:event-bus/default");
    let second_url = listener(&double, &second_admin, &second, EAST, "default");
    let third_url = listener(&double, &third_admin, &third, EAST, "default");
    for (admin, from) in [(&second_admin, MANAGEMENT), (&third_admin, second.as_str())] {
        let permission = json!({"StatementId": "s", "Action": "events:PutEvents", "Principal": from});
        call(&double, admin, EAST, "PutPermission", &permission);
    }
    for (admin, to) in [(&double.admin, &second), (&second_admin, &third)] {
        let rule = json!({"Name": "on", "EventPattern": "{\"source\": [\"shop\"]}"});
        call(&double, admin, EAST, "PutRule", &rule);
        let targets = json!({"Rule": "on", "Targets": [{"Id": "bus", "Arn": bus(to)}]});
        call(&double, admin, EAST, "PutTargets", &targets);
    }
    double.put("shop", &json!({"n": 1}));
    double.settle();
    assert_eq!(heard(&double, &second_admin, EAST, &second_url).len(), 1);
    assert!(heard(&double, &third_admin, EAST, &third_url).is_empty());
    // What begins in the second account reaches the third.
    let entry = json!({"Source": "shop", "DetailType": "T", "Detail": "{}"});
    call(&double, &second_admin, EAST, "PutEvents", &json!({"Entries": [entry]}));
    double.settle();
    assert_eq!(heard(&double, &third_admin, EAST, &third_url).len(), 1);
}

#[test]
fn another_region_gives_another_id() {
    let double = Double::new();
    let url = listener(&double, &double.admin, MANAGEMENT, WEST, "default");
    let bus = format!("arn:aws:events:{WEST}:{MANAGEMENT}:event-bus/default");
    let role = double.role("sender", "events.amazonaws.com", "events:PutEvents", &bus);
    double.events("PutRule", json!({"Name": "on", "EventPattern": "{\"source\": [\"shop\"]}"}));
    let targets = json!([{"Id": "bus", "Arn": bus, "RoleArn": role}]);
    double.events("PutTargets", json!({"Rule": "on", "Targets": targets}));
    let id = double.put("shop", &json!({"n": 1}));
    double.settle();
    let seen = heard(&double, &double.admin, WEST, &url);
    assert_eq!(seen[0]["region"], EAST);
    assert_ne!(seen[0]["id"], id.as_str());
    // A role that may not leaves the event here.
    let denied = json!({"RoleName": "sender", "PolicyName": "p"});
    double.world.call(&double.admin, "iam", "DeleteRolePolicy", denied).ok();
    double.put("shop", &json!({"n": 2}));
    double.settle();
    assert_eq!(heard(&double, &double.admin, WEST, &url).len(), 0);
}

#[test]
fn a_bus_of_ones_own_feeds_another() {
    let double = Double::new();
    double.events("CreateEventBus", json!({"Name": "audit"}));
    let url = listener(&double, &double.admin, MANAGEMENT, EAST, "audit");
    let bus = format!("arn:aws:events:{EAST}:{MANAGEMENT}:event-bus/audit");
    double.events("PutRule", json!({"Name": "on", "EventPattern": "{\"source\": [\"shop\"]}"}));
    double.events("PutTargets", json!({"Rule": "on", "Targets": [{"Id": "bus", "Arn": bus}]}));
    let id = double.put("shop", &json!({"n": 1}));
    double.settle();
    assert_eq!(heard(&double, &double.admin, EAST, &url)[0]["id"], id.as_str());
}
