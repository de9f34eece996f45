//! The life of schedules and groups.

use crate::support::{Double, EAST, MINUTE};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

#[test]
fn a_schedule_is_made_shown_replaced_and_deleted() {
    let double = Double::new();
    let more = json!({"Description": "d", "State": "DISABLED", "ScheduleExpressionTimezone": "Europe/Berlin",
                      "ActionAfterCompletion": "DELETE"});
    let made = double.scheduler("CreateSchedule", double.schedule("s", "rate(5 minutes)", &more));
    let arn = format!("arn:aws:scheduler:{EAST}:{MANAGEMENT}:schedule/default/s");
    assert_eq!(made, json!({"ScheduleArn": arn}));
    let mut shown = double.scheduler("GetSchedule", json!({"Name": "s"}));
    assert!(shown["CreationDate"].is_number());
    for key in ["CreationDate", "LastModificationDate"] {
        shown.as_object_mut().unwrap().remove(key);
    }
    assert_eq!(
        shown,
        json!({
            "Arn": arn, "Name": "s", "GroupName": "default", "ScheduleExpression": "rate(5 minutes)",
            "ScheduleExpressionTimezone": "Europe/Berlin", "Description": "d", "State": "DISABLED",
            "FlexibleTimeWindow": {"Mode": "OFF"}, "ActionAfterCompletion": "DELETE",
            "Target": {"Arn": double.queue, "RoleArn": double.role, "Input": "<aws.scheduler.scheduled-time>",
                       "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}},
        })
    );
    let (code, text) = double.refused("CreateSchedule", double.schedule("s", "rate(1 day)", &json!({})));
    assert_eq!((code.as_str(), text.as_str()), ("ConflictException", "Schedule s already exists."));
    double.scheduler("UpdateSchedule", double.schedule("s", "rate(1 day)", &json!({})));
    let shown = double.scheduler("GetSchedule", json!({"Name": "s"}));
    assert_eq!((&shown["Description"], &shown["State"]), (&Value::Null, &json!("ENABLED")));
    assert_eq!(shown["ScheduleExpressionTimezone"], "UTC");
    let listed = double.scheduler("ListSchedules", json!({"NamePrefix": "s"}));
    assert_eq!(listed["Schedules"][0]["Target"], json!({"Arn": double.queue}));
    double.scheduler("DeleteSchedule", json!({"Name": "s"}));
    let (code, text) = double.refused("GetSchedule", json!({"Name": "s"}));
    assert_eq!((code.as_str(), text.as_str()), ("ResourceNotFoundException", "Schedule s does not exist."));
    double.world.advance(60 * MINUTE);
    assert!(double.heard().is_empty());
}

#[test]
fn the_same_token_makes_the_same_schedule() {
    let double = Double::new();
    let input = double.schedule("s", "rate(1 day)", &json!({"ClientToken": "t"}));
    let first = double.scheduler("CreateSchedule", input.clone());
    assert_eq!(double.scheduler("CreateSchedule", input), first);
}

#[test]
fn groups_hold_schedules_and_tags() {
    let double = Double::new();
    let tags = json!([{"Key": "team", "Value": "a"}]);
    let made = double.scheduler("CreateScheduleGroup", json!({"Name": "g", "Tags": tags}));
    let arn = format!("arn:aws:scheduler:{EAST}:{MANAGEMENT}:schedule-group/g");
    assert_eq!(made["ScheduleGroupArn"], arn.as_str());
    double.scheduler("CreateSchedule", double.schedule("s", "rate(1 minute)", &json!({"GroupName": "g"})));
    double.scheduler("CreateSchedule", double.schedule("s", "rate(1 day)", &json!({"State": "DISABLED"})));
    let names = |input: Value| -> Vec<String> {
        let listed = double.scheduler("ListSchedules", input);
        let all = listed["Schedules"].as_array().unwrap().iter();
        all.map(|one| one["Arn"].as_str().unwrap().rsplit(':').next().unwrap().to_owned()).collect()
    };
    assert_eq!(names(json!({})), ["schedule/default/s", "schedule/g/s"]);
    assert_eq!(names(json!({"GroupName": "g"})), ["schedule/g/s"]);
    assert_eq!(names(json!({"State": "DISABLED"})), ["schedule/default/s"]);
    let first = double.scheduler("ListSchedules", json!({"MaxResults": 1}));
    assert_eq!(names(json!({"NextToken": first["NextToken"]})), ["schedule/g/s"]);
    double.scheduler("TagResource", json!({"ResourceArn": arn, "Tags": [{"Key": "b", "Value": "1"}]}));
    double.scheduler("UntagResource", json!({"ResourceArn": arn, "TagKeys": ["team"]}));
    let listed = double.scheduler("ListTagsForResource", json!({"ResourceArn": arn}));
    assert_eq!(listed["Tags"], json!([{"Key": "b", "Value": "1"}]));
    assert_eq!(double.scheduler("GetScheduleGroup", json!({"Name": "g"}))["State"], "ACTIVE");
    let groups = double.scheduler("ListScheduleGroups", json!({}));
    assert_eq!(groups["ScheduleGroups"].as_array().unwrap().len(), 2);
    double.scheduler("DeleteScheduleGroup", json!({"Name": "g"}));
    assert_eq!(names(json!({})), ["schedule/default/s"]);
    double.world.advance(10 * MINUTE);
    assert!(double.heard().is_empty());
    for (operation, input, code, text) in [
        (
            "GetScheduleGroup",
            json!({"Name": "g"}),
            "ResourceNotFoundException",
            "Schedule group g does not exist.",
        ),
        (
            "GetSchedule",
            json!({"Name": "s", "GroupName": "g"}),
            "ResourceNotFoundException",
            "Schedule group g does not exist.",
        ),
        (
            "CreateScheduleGroup",
            json!({"Name": "default"}),
            "ConflictException",
            "Schedule group default already exists.",
        ),
        (
            "DeleteScheduleGroup",
            json!({"Name": "default"}),
            "ValidationException",
            "The default schedule group cannot be deleted.",
        ),
    ] {
        let refused = double.refused(operation, input);
        assert_eq!((refused.0.as_str(), refused.1.as_str()), (code, text));
    }
}

#[test]
fn what_is_no_schedule_is_refused() {
    let double = Double::new();
    let refused = |expression: &str, change: Value| {
        double.refused("CreateSchedule", double.schedule("s", expression, &change))
    };
    // Recorded from AWS in LocalStack's `test_scheduler.snapshot.json`.
    for expression in ["cron(0 1 * * * *)", "rate(10 seconds)", "rate( 10 minutes )", "at(2021-12-31)"] {
        let (code, text) = refused(expression, json!({}));
        assert_eq!(code, "ValidationException");
        assert_eq!(text, format!("Invalid Schedule Expression {expression}."));
    }
    let target = |change: Value| {
        let mut target = json!({"Arn": double.queue, "RoleArn": double.role});
        for (key, value) in change.as_object().unwrap() {
            target[key] = value.clone();
        }
        json!({ "Target": target })
    };
    let now = double.world.now() / 1000;
    let foreign = "arn:aws:iam::111111111111:role/nobody";
    for (change, text) in [
        (
            json!({"ScheduleExpressionTimezone": "Mars/Olympus"}),
            "Invalid Schedule Expression Timezone Mars/Olympus.",
        ),
        (json!({"StartDate": now - 301}), "The StartDate you specify cannot be earlier than 5 minutes ago."),
        (json!({"EndDate": now}), "The EndDate you specify must be in the future."),
        (
            json!({"StartDate": now + 60, "EndDate": now + 60}),
            "The EndDate you specify must come after the StartDate.",
        ),
        (
            json!({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}),
            "MaximumWindowInMinutes is required when the FlexibleTimeWindow mode is FLEXIBLE.",
        ),
        (
            target(json!({"RoleArn": foreign})),
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
        ),
    ] {
        let (code, said) = refused("rate(1 day)", change);
        assert_eq!((code.as_str(), said.as_str()), ("ValidationException", text));
    }
    for (change, text) in [
        (json!({"KmsKeyArn": "arn:aws:kms:us-east-1:111111111111:key/0"}), "KmsKeyArn is not modelled"),
        (
            target(json!({"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"})),
            "The universal target aws-sdk:sqs:sendMessage is not modelled",
        ),
        (
            target(json!({"Arn": "arn:aws:states:us-east-1:111111111111:stateMachine:m"})),
            "A target of states (stateMachine) is not modelled",
        ),
    ] {
        let (code, said) = refused("rate(1 day)", change);
        assert_eq!((code.as_str(), said.as_str()), ("NotImplemented", text));
    }
}
