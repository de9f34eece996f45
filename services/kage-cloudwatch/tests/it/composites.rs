//! Composite alarms: rules, what moves them, suppressors.

use crate::{call, refused, world};
use kage_test::{Caller, World};
use serde_json::{Value, json};

const SECOND: i64 = 1_000;

fn metric_alarm(world: &World, caller: &Caller, name: &str) {
    let input = json!({
        "AlarmName": name, "Namespace": "App", "MetricName": name, "Statistic": "Sum", "Period": 86_400,
        "EvaluationPeriods": 1, "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "ignore",
    });
    call(world, caller, "PutMetricAlarm", input);
}

fn composite(world: &World, caller: &Caller, name: &str, rule: &str, change: Value) {
    let mut input = json!({ "AlarmName": name, "AlarmRule": rule });
    for (member, value) in change.as_object().unwrap() {
        input[member] = value.clone();
    }
    call(world, caller, "PutCompositeAlarm", input);
}

fn set(world: &World, caller: &Caller, name: &str, value: &str) {
    call(
        world,
        caller,
        "SetAlarmState",
        json!({ "AlarmName": name, "StateValue": value, "StateReason": "set" }),
    );
}

fn shown(world: &World, caller: &Caller, name: &str) -> Value {
    let input = json!({ "AlarmNames": [name], "AlarmTypes": ["CompositeAlarm"] });
    call(world, caller, "DescribeAlarms", input)["CompositeAlarms"][0].clone()
}

fn acted(world: &World, caller: &Caller, name: &str) -> usize {
    let input = json!({ "AlarmName": name, "HistoryItemType": "Action", "AlarmTypes": ["CompositeAlarm"] });
    call(world, caller, "DescribeAlarmHistory", input)["AlarmHistoryItems"].as_array().unwrap().len()
}

fn ready() -> (World, Caller) {
    let world = world();
    let admin = world.admin();
    for name in ["cpu", "disk", "deploy"] {
        metric_alarm(&world, &admin, name);
    }
    (world, admin)
}

#[test]
fn children_move_their_parents() {
    let (world, admin) = ready();
    composite(&world, &admin, "both", "ALARM(cpu) AND ALARM(\"disk\")", json!({}));
    composite(&world, &admin, "top", "ALARM(both) AND NOT ALARM(deploy)", json!({}));
    let first = shown(&world, &admin, "both");
    assert_eq!(first["StateValue"], "OK");
    assert_eq!(
        first["StateReason"],
        format!("{} was created and its alarm rule evaluates to OK", first["AlarmArn"].as_str().unwrap())
    );
    set(&world, &admin, "cpu", "ALARM");
    assert_eq!(shown(&world, &admin, "both")["StateValue"], "OK");
    set(&world, &admin, "disk", "ALARM");
    let both = shown(&world, &admin, "both");
    assert_eq!(both["StateValue"], "ALARM");
    assert_eq!(
        both["StateReason"],
        "arn:aws:cloudwatch:us-east-1:111111111111:alarm:disk transitioned to ALARM at Friday 02 January, 2026 03:04:05 UTC"
    );
    assert_eq!(shown(&world, &admin, "top")["StateValue"], "ALARM");
    set(&world, &admin, "deploy", "ALARM");
    assert_eq!(shown(&world, &admin, "top")["StateValue"], "OK");
    let children = call(&world, &admin, "DescribeAlarms", json!({ "ChildrenOfAlarmName": "top" }));
    assert_eq!(
        (&children["CompositeAlarms"][0]["AlarmName"], &children["MetricAlarms"][0]["AlarmName"]),
        (&json!("both"), &json!("deploy"))
    );
    let parents = call(&world, &admin, "DescribeAlarms", json!({ "ParentsOfAlarmName": "cpu" }));
    assert_eq!(parents["CompositeAlarms"][0]["AlarmName"], "both");
    assert!(parents["CompositeAlarms"][0]["StateValue"].is_null());
}

#[test]
fn an_alarm_that_is_needed_stays() {
    let (world, admin) = ready();
    composite(&world, &admin, "c", "ALARM(cpu)", json!({}));
    let (_, said) = refused(&world, &admin, "DeleteAlarms", json!({ "AlarmNames": ["cpu"] }));
    assert_eq!(said, "Cannot delete cpu as there are composite alarm(s) depending on it.");
    call(&world, &admin, "DeleteAlarms", json!({ "AlarmNames": ["cpu", "c"] }));
    composite(&world, &admin, "x", "TRUE", json!({}));
    composite(&world, &admin, "y", "TRUE", json!({}));
    let (_, said) = refused(&world, &admin, "DeleteAlarms", json!({ "AlarmNames": ["x", "y"] }));
    assert_eq!(said, "Cannot delete more than one composite alarm in one request.");
}

#[test]
fn a_circle_ends() {
    let (world, admin) = ready();
    composite(&world, &admin, "a", "FALSE", json!({}));
    composite(&world, &admin, "b", "NOT ALARM(a)", json!({}));
    // Each contradicts the other.
    composite(&world, &admin, "a", "ALARM(b)", json!({}));
    set(&world, &admin, "a", "OK");
    composite(&world, &admin, "self", "NOT ALARM(self)", json!({}));
    assert!(shown(&world, &admin, "self")["StateValue"].is_string());
}

#[test]
fn rules_that_cannot_be_are_refused() {
    let (world, admin) = ready();
    let refuse = |input: Value| refused(&world, &admin, "PutCompositeAlarm", input).1;
    let said = refuse(json!({ "AlarmName": "c", "AlarmRule": "ALARM(" }));
    assert_eq!(said, "AlarmRule must be a valid rule expression: ')' is missing.");
    let said = refuse(json!({ "AlarmName": "c", "AlarmRule": "ALARM(nope)" }));
    assert_eq!(said, "Could not save the composite alarm as alarms [nope] in the alarm rule do not exist");
    let said = refuse(json!({ "AlarmName": "c", "AlarmRule": "TRUE", "ActionsSuppressor": "cpu" }));
    assert_eq!(
        said,
        "ActionsSuppressor needs ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod."
    );
    let said = refuse(json!({ "AlarmName": "cpu", "AlarmRule": "TRUE" }));
    assert_eq!(said, "An alarm of another type with the name cpu already exists.");
}

#[test]
fn a_suppressor_holds_actions_back() {
    let (world, admin) = ready();
    // The topic is not there: each attempt stands in the history.
    let topic = "arn:aws:sns:us-east-1:111111111111:ops";
    let change = json!({
        "AlarmActions": [topic], "OKActions": [topic], "ActionsSuppressor": "deploy",
        "ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 30,
    });
    composite(&world, &admin, "c", "ALARM(cpu)", change);
    let by = || shown(&world, &admin, "c")["ActionsSuppressedBy"].clone();
    let acted = || acted(&world, &admin, "c");
    // Its first state waited too.
    assert_eq!((by(), acted()), (json!("WaitPeriod"), 0));
    world.advance(60 * SECOND);
    assert_eq!((by(), acted()), (Value::Null, 1));
    // The suppressor does not come: actions are late by the wait period.
    set(&world, &admin, "cpu", "ALARM");
    assert_eq!((by(), acted()), (json!("WaitPeriod"), 1));
    world.advance(59 * SECOND);
    assert_eq!(acted(), 1);
    world.advance(SECOND);
    assert_eq!((by(), acted()), (Value::Null, 2));
    // It comes in time: actions wait for its end and the extension.
    set(&world, &admin, "cpu", "OK");
    set(&world, &admin, "deploy", "ALARM");
    assert_eq!(by(), "Alarm");
    world.advance(600 * SECOND);
    assert_eq!(acted(), 2);
    set(&world, &admin, "deploy", "OK");
    assert_eq!((by(), acted()), (json!("ExtensionPeriod"), 2));
    world.advance(30 * SECOND);
    assert_eq!((by(), acted()), (Value::Null, 3));
    // What came and went while it was suppressed is not told.
    set(&world, &admin, "deploy", "ALARM");
    set(&world, &admin, "cpu", "ALARM");
    set(&world, &admin, "cpu", "OK");
    set(&world, &admin, "deploy", "OK");
    world.advance(60 * SECOND);
    assert_eq!((by(), acted()), (Value::Null, 3));
}
