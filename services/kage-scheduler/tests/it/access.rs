//! Who may do what, and what is recorded.

use crate::support::{Double, EAST};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

#[test]
fn every_operation_is_denied_without_permission_and_recorded() {
    let double = Double::new();
    let nobody = double.world.user(&double.admin, "nobody");
    double.scheduler("CreateSchedule", double.schedule("s", "rate(1 day)", &json!({})));
    let group = format!("arn:aws:scheduler:{EAST}:{MANAGEMENT}:schedule-group/default");
    let schedule = format!("arn:aws:scheduler:{EAST}:{MANAGEMENT}:schedule/default/s");
    let all = [
        ("CreateSchedule", double.schedule("s", "rate(1 day)", &json!({})), schedule.clone()),
        ("CreateScheduleGroup", json!({"Name": "default"}), group.clone()),
        ("DeleteSchedule", json!({"Name": "s"}), schedule.clone()),
        ("DeleteScheduleGroup", json!({"Name": "default"}), group.clone()),
        ("GetSchedule", json!({"Name": "s"}), schedule.clone()),
        ("GetScheduleGroup", json!({"Name": "default"}), group.clone()),
        ("ListScheduleGroups", json!({}), group.replace("default", "*")),
        ("ListSchedules", json!({}), schedule.replace("default/s", "*/*")),
        ("ListTagsForResource", json!({"ResourceArn": group}), group.clone()),
        ("TagResource", json!({"ResourceArn": group, "Tags": [{"Key": "a", "Value": "b"}]}), group.clone()),
        ("UntagResource", json!({"ResourceArn": group, "TagKeys": ["a"]}), group.clone()),
        ("UpdateSchedule", double.schedule("s", "rate(1 day)", &json!({})), schedule.clone()),
    ];
    assert_eq!(all.len(), kage_api_scheduler::SERVICE.operations.len());
    for (operation, input, resource) in all {
        let failure = double.world.call(&nobody, "scheduler", operation, input).err();
        assert_eq!((failure.code.as_str(), failure.status), ("AccessDeniedException", 403), "{operation}");
        let wanted =
            format!("is not authorized to perform: scheduler:{operation} on resource: {resource} because");
        assert!(failure.message.contains(&wanted), "{}", failure.message);
        let event = double.world.events(MANAGEMENT).pop().unwrap();
        assert_eq!((&event["eventName"], &event["errorCode"]), (&json!(operation), &json!("AccessDenied")));
    }
}

#[test]
fn the_role_must_be_passed_and_tags_of_the_group_count() {
    let double = Double::new();
    let clerk = double.world.user(&double.admin, "clerk");
    let allow = |statements: Value| {
        let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let input = json!({"UserName": "clerk", "PolicyName": "p", "PolicyDocument": document});
        double.world.call(&double.admin, "iam", "PutUserPolicy", input).ok();
    };
    let tagged = json!({
        "Effect": "Allow", "Action": "scheduler:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}}});
    let pass = json!({
        "Effect": "Allow", "Action": "iam:PassRole", "Resource": double.role,
        "Condition": {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}});
    let tags = json!([{"Key": "team", "Value": "a"}]);
    double.scheduler("CreateScheduleGroup", json!({"Name": "g", "Tags": tags}));
    let create = |group: &str| {
        let input = double.schedule("s", "rate(1 day)", &json!({"GroupName": group}));
        double.world.call(&clerk, "scheduler", "CreateSchedule", input).code().map(str::to_owned)
    };
    let denied = Some("AccessDeniedException".to_owned());
    allow(json!([tagged]));
    assert_eq!(create("g"), denied);
    allow(json!([tagged, pass]));
    assert_eq!(create("default"), denied);
    assert_eq!(create("g"), None);
    let get = |input: Value| double.world.call(&clerk, "scheduler", "GetSchedule", input);
    get(json!({"Name": "s", "GroupName": "g"})).ok();
    assert_eq!(get(json!({"Name": "s"})).code(), Some("AccessDeniedException"));
}

#[test]
fn calls_are_recorded() {
    let double = Double::new();
    double.scheduler("CreateSchedule", double.schedule("s", "rate(1 day)", &json!({})));
    double.refused("GetSchedule", json!({"Name": "none"}));
    let events = double.world.events(MANAGEMENT);
    let named = |name: &str| events.iter().find(|event| event["eventName"] == name).unwrap();
    let made = named("CreateSchedule");
    assert_eq!(made["eventSource"], "scheduler.amazonaws.com");
    assert_eq!(made["requestParameters"]["scheduleExpression"], "rate(1 day)");
    assert_eq!(named("GetSchedule")["errorCode"], "ResourceNotFoundException");
}
