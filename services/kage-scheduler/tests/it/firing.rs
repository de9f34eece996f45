//! What fires when, as whom, and what happens when it fails.

use crate::support::{Double, EAST, MINUTE, trust};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

#[test]
fn a_rate_begins_at_once_and_ends_at_its_date() {
    let double = Double::new();
    let end = double.world.now() / 1000 + 12 * 60;
    double.scheduler("CreateSchedule", double.schedule("s", "rate(5 minutes)", &json!({"EndDate": end})));
    double.world.advance(60 * MINUTE);
    let expected = ["2026-01-02T03:04:05Z", "2026-01-02T03:09:05Z", "2026-01-02T03:14:05Z"];
    assert_eq!(double.heard(), expected);
    double.scheduler("GetSchedule", json!({"Name": "s"}));
}

#[test]
fn a_schedule_that_deletes_itself_waits_for_its_last_time() {
    let double = Double::new();
    let end = double.world.now() / 1000 + 12 * 60;
    let more = json!({"EndDate": end, "ActionAfterCompletion": "DELETE"});
    double.scheduler("CreateSchedule", double.schedule("s", "rate(5 minutes)", &more));
    double.world.advance(6 * MINUTE);
    double.scheduler("GetSchedule", json!({"Name": "s"}));
    double.world.advance(6 * MINUTE);
    assert_eq!(double.heard().len(), 3);
    assert_eq!(double.refused("GetSchedule", json!({"Name": "s"})).0, "ResourceNotFoundException");
}

#[test]
fn a_start_date_moves_the_beginning() {
    let double = Double::new();
    let start = double.world.now() / 1000 + 600;
    double.scheduler("CreateSchedule", double.schedule("s", "rate(1 hour)", &json!({"StartDate": start})));
    double.world.advance(90 * MINUTE);
    assert_eq!(double.heard(), ["2026-01-02T03:14:05Z", "2026-01-02T04:14:05Z"]);
}

#[test]
fn a_one_time_schedule_fires_in_its_zone_and_may_delete_itself() {
    let double = Double::new();
    for (name, after) in [("kept", "NONE"), ("gone", "DELETE")] {
        let more = json!({"ScheduleExpressionTimezone": "Asia/Tokyo", "ActionAfterCompletion": after});
        double.scheduler("CreateSchedule", double.schedule(name, "at(2026-01-02T13:00:00)", &more));
    }
    double.world.advance(30 * MINUTE);
    assert!(double.heard().is_empty());
    double.world.advance(60 * MINUTE);
    assert_eq!(double.heard(), ["2026-01-02T04:00:00Z", "2026-01-02T04:00:00Z"]);
    double.scheduler("GetSchedule", json!({"Name": "kept"}));
    assert_eq!(double.refused("GetSchedule", json!({"Name": "gone"})).0, "ResourceNotFoundException");
    double.world.advance(48 * 60 * MINUTE);
    assert!(double.heard().is_empty());
}

#[test]
fn disabling_stops_and_a_new_expression_replaces() {
    let double = Double::new();
    double.scheduler("CreateSchedule", double.schedule("s", "cron(0 * * * ? *)", &json!({})));
    double.world.advance(60 * MINUTE);
    assert_eq!(double.heard(), ["2026-01-02T04:00:00Z"]);
    let disabled = json!({"State": "DISABLED"});
    double.scheduler("UpdateSchedule", double.schedule("s", "cron(0 * * * ? *)", &disabled));
    double.world.advance(120 * MINUTE);
    assert!(double.heard().is_empty());
    double.scheduler("UpdateSchedule", double.schedule("s", "cron(30 * * * ? *)", &json!({})));
    double.world.advance(60 * MINUTE);
    assert_eq!(double.heard(), ["2026-01-02T06:30:00Z"]);
}

#[test]
fn a_flexible_window_delays_and_loses_nothing() {
    let double = Double::new();
    let window = json!({"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}});
    double.scheduler("CreateSchedule", double.schedule("s", "cron(0 * * * ? *)", &window));
    double.world.advance(56 * MINUTE - 5000 - MINUTE);
    assert!(double.heard().is_empty());
    for hour in 4..10 {
        // From a quarter past one hour to a quarter past the next.
        double.world.advance(if hour == 4 { 16 * MINUTE } else { 60 * MINUTE });
        assert_eq!(double.heard(), [format!("2026-01-02T{hour:02}:00:00Z")]);
    }
}

#[test]
fn the_role_decides_and_failures_become_dead_letters() {
    let double = Double::new();
    let made = double.world.call(&double.admin, "sqs", "CreateQueue", json!({"QueueName": "dead"})).ok();
    let dead_url = made["QueueUrl"].as_str().unwrap();
    let dead = format!("arn:aws:sqs:{EAST}:{MANAGEMENT}:dead");
    let trusted = trust("scheduler.amazonaws.com", &Value::Null);
    let allow = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": dead}]});
    let role = double.role("narrow", &trusted, "sqs:SendMessage");
    let policy = json!({"RoleName": "narrow", "PolicyName": "p", "PolicyDocument": allow.to_string()});
    double.world.call(&double.admin, "iam", "PutRolePolicy", policy).ok();
    let target = json!({"Target": {
        "Arn": double.queue, "RoleArn": role, "Input": "hello <aws.scheduler.attempt-number>",
        "DeadLetterConfig": {"Arn": dead}}});
    let input = double.schedule("s", "at(2026-01-02T04:00:00)", &target);
    let arn = double.scheduler("CreateSchedule", input)["ScheduleArn"].clone();
    double.world.advance(60 * MINUTE);
    assert!(double.heard().is_empty());
    let letters = double.take(dead_url);
    assert_eq!((letters.len(), &letters[0]["Body"]), (1, &json!("hello 1")));
    let attribute = |name: &str| letters[0]["MessageAttributes"][name]["StringValue"].clone();
    assert_eq!(attribute("SCHEDULE_ARN"), arn);
    assert_eq!(attribute("TARGET_ARN"), double.queue.as_str());
    assert_eq!(attribute("ERROR_CODE"), "AccessDenied");
    assert_eq!(attribute("SCHEDULED_TIME"), "2026-01-02T04:00:00Z");
    assert_eq!(attribute("RETRY_ATTEMPTS"), "0");
    assert_eq!(attribute("EXECUTION_ID").as_str().unwrap().len(), 16);
    let events = double.world.events(MANAGEMENT);
    let assumed = events.iter().find(|event| event["eventName"] == "AssumeRole").unwrap();
    assert_eq!(assumed["userIdentity"]["invokedBy"], "scheduler.amazonaws.com");
}

#[test]
fn the_trust_policy_may_name_the_group() {
    let double = Double::new();
    let named = |group: &str| {
        let arn = format!("arn:aws:scheduler:{EAST}:{MANAGEMENT}:schedule-group/{group}");
        let condition = json!({"StringEquals": {"aws:SourceArn": arn, "aws:SourceAccount": MANAGEMENT}});
        trust("scheduler.amazonaws.com", &condition)
    };
    let right = double.role("right", &named("default"), "sqs:*");
    let wrong = double.role("wrong", &named("other"), "sqs:*");
    let target = |role: &str| json!({"Target": {"Arn": double.queue, "RoleArn": role, "Input": "x"}});
    let refused = double.refused("CreateSchedule", double.schedule("s", "rate(1 day)", &target(&wrong)));
    assert_eq!(refused.0, "ValidationException");
    double.scheduler("CreateSchedule", double.schedule("s", "rate(1 day)", &target(&right)));
    double.world.advance(MINUTE);
    assert_eq!(double.heard(), ["x"]);
}

#[test]
fn events_are_put_on_a_bus() {
    let double = Double::new();
    let role = double.role("putter", &trust("scheduler.amazonaws.com", &Value::Null), "events:PutEvents");
    let events =
        |operation: &str, input: Value| double.world.call(&double.admin, "events", operation, input).ok();
    events("PutRule", json!({"Name": "r", "EventPattern": "{\"source\": [\"shop\"]}"}));
    let sender = double.role("rule", &trust("events.amazonaws.com", &Value::Null), "sqs:*");
    let targets = json!([{"Id": "q", "Arn": double.queue, "RoleArn": sender}]);
    events("PutTargets", json!({"Rule": "r", "Targets": targets}));
    let bus = format!("arn:aws:events:{EAST}:{MANAGEMENT}:event-bus/default");
    let target = json!({"Target": {
        "Arn": bus, "RoleArn": role, "Input": "{\"n\": 1}",
        "EventBridgeParameters": {"DetailType": "T", "Source": "shop"}}});
    double.scheduler("CreateSchedule", double.schedule("s", "at(2026-01-02T04:00:00)", &target));
    double.world.advance(60 * MINUTE);
    let event: Value = serde_json::from_str(&double.heard()[0]).unwrap();
    assert_eq!((&event["detail-type"], &event["detail"]), (&json!("T"), &json!({"n": 1})));
    assert_eq!(event["time"], "2026-01-02T04:00:00Z");
}

#[test]
fn without_input_the_target_is_told_which_schedule_it_is() {
    let double = Double::new();
    let target = json!({"Target": {"Arn": double.queue, "RoleArn": double.role}});
    double.scheduler("CreateSchedule", double.schedule("s", "at(2026-01-02T04:00:00)", &target));
    double.world.advance(60 * MINUTE);
    let said: Value = serde_json::from_str(&double.heard()[0]).unwrap();
    let arn = format!("arn:aws:scheduler:{EAST}:{MANAGEMENT}:schedule/default/s");
    assert_eq!((&said["source"], &said["resources"]), (&json!("aws.scheduler"), &json!([arn])));
}
