//! Who may do what, and what is recorded.

use crate::support::{Double, EAST};
use kage_test::{Caller, MANAGEMENT};
use serde_json::{Value, json};

const PATTERN: &str = "{\"source\": [\"aws.ec2\"], \"detail-type\": [\"x\"]}";

/// A user with one statement.
fn user(double: &Double, name: &str, statement: Value) -> Caller {
    let caller = double.world.user(&double.admin, name);
    let mut statement = statement;
    statement["Effect"] = json!("Allow");
    let document = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let input = json!({"UserName": name, "PolicyName": "p", "PolicyDocument": document});
    double.world.call(&double.admin, "iam", "PutUserPolicy", input).ok();
    caller
}

fn try_as(double: &Double, caller: &Caller, operation: &str, input: Value) -> Option<String> {
    double.world.call(caller, "events", operation, input).code().map(str::to_owned)
}

#[test]
fn every_operation_is_denied_without_permission_and_recorded() {
    let double = Double::new();
    let nobody = double.world.user(&double.admin, "nobody");
    let (bus, rule) = ("default", format!("arn:aws:events:{EAST}:{MANAGEMENT}:rule/r"));
    let bus_arn = format!("arn:aws:events:{EAST}:{MANAGEMENT}:event-bus/{bus}");
    let archive = format!("arn:aws:events:{EAST}:{MANAGEMENT}:archive/a");
    double.events("PutRule", json!({"Name": "r", "EventPattern": PATTERN}));
    let target = json!({"Id": "t", "Arn": format!("arn:aws:sqs:{EAST}:{MANAGEMENT}:q")});
    let entry = json!({"Source": "s", "DetailType": "d", "Detail": "{}"});
    let span = json!({
        "ReplayName": "p", "EventSourceArn": archive, "EventStartTime": 1, "EventEndTime": 2,
        "Destination": {"Arn": bus_arn},
    });
    let all = [
        ("CancelReplay", json!({"ReplayName": "p"}), format!("arn:aws:events:{EAST}:{MANAGEMENT}:replay/p")),
        ("CreateArchive", json!({"ArchiveName": "a", "EventSourceArn": bus_arn}), archive.clone()),
        ("CreateEventBus", json!({"Name": "b"}), format!("arn:aws:events:{EAST}:{MANAGEMENT}:event-bus/b")),
        ("DeleteArchive", json!({"ArchiveName": "a"}), archive.clone()),
        ("DeleteEventBus", json!({"Name": bus}), bus_arn.clone()),
        ("DeleteRule", json!({"Name": "r"}), rule.clone()),
        ("DescribeArchive", json!({"ArchiveName": "a"}), archive.clone()),
        ("DescribeEventBus", json!({}), bus_arn.clone()),
        (
            "DescribeReplay",
            json!({"ReplayName": "p"}),
            format!("arn:aws:events:{EAST}:{MANAGEMENT}:replay/p"),
        ),
        ("DescribeRule", json!({"Name": "r"}), rule.clone()),
        ("DisableRule", json!({"Name": "r"}), rule.clone()),
        ("EnableRule", json!({"Name": "r"}), rule.clone()),
        ("ListArchives", json!({}), format!("arn:aws:events:{EAST}:{MANAGEMENT}:archive/*")),
        ("ListEventBuses", json!({}), "*".to_owned()),
        ("ListReplays", json!({}), format!("arn:aws:events:{EAST}:{MANAGEMENT}:replay/*")),
        ("ListRuleNamesByTarget", json!({"TargetArn": "x"}), rule.replace("/r", "/*")),
        ("ListRules", json!({}), rule.replace("/r", "/*")),
        ("ListTagsForResource", json!({"ResourceARN": rule}), rule.clone()),
        ("ListTargetsByRule", json!({"Rule": "r"}), rule.clone()),
        ("PutEvents", json!({"Entries": [entry]}), bus_arn.clone()),
        ("PutPermission", json!({"Policy": "{}"}), "*".to_owned()),
        ("PutRule", json!({"Name": "r", "EventPattern": PATTERN}), rule.clone()),
        ("PutTargets", json!({"Rule": "r", "Targets": [target]}), rule.clone()),
        ("RemovePermission", json!({"StatementId": "s"}), "*".to_owned()),
        ("RemoveTargets", json!({"Rule": "r", "Ids": ["t"]}), rule.clone()),
        ("StartReplay", span, format!("arn:aws:events:{EAST}:{MANAGEMENT}:replay/p")),
        ("TagResource", json!({"ResourceARN": rule, "Tags": [{"Key": "a", "Value": "b"}]}), rule.clone()),
        ("TestEventPattern", json!({"EventPattern": PATTERN, "Event": "{}"}), "*".to_owned()),
        ("UntagResource", json!({"ResourceARN": rule, "TagKeys": ["a"]}), rule.clone()),
        ("UpdateArchive", json!({"ArchiveName": "a"}), archive.clone()),
        ("UpdateEventBus", json!({}), bus_arn.clone()),
    ];
    assert_eq!(all.len(), kage_api_events::SERVICE.operations.len());
    for (operation, input, resource) in all {
        let failure = double.world.call(&nobody, "events", operation, input).err();
        assert_eq!((failure.code.as_str(), failure.status), ("AccessDeniedException", 400), "{operation}");
        let on = if resource == "*" { String::new() } else { format!(" on resource: {resource}") };
        let wanted =
            format!("is not authorized to perform: events:{operation}{on} because no identity-based");
        assert!(failure.message.contains(&wanted), "{}", failure.message);
        let event = double.world.events(MANAGEMENT).pop().unwrap();
        // Putting events is data.
        if operation != "PutEvents" {
            assert_eq!(
                (&event["eventName"], &event["errorCode"]),
                (&json!(operation), &json!("AccessDenied"))
            );
        }
    }
}

#[test]
fn sources_of_events_and_patterns_are_condition_keys() {
    let double = Double::new();
    let bus = format!("arn:aws:events:{EAST}:{MANAGEMENT}:event-bus/default");
    let condition = json!({"ForAllValues:StringEquals": {"events:source": "shop"}});
    let clerk = user(
        &double,
        "clerk",
        json!({"Action": "events:PutEvents", "Resource": bus, "Condition": condition}),
    );
    let entry = |source: &str| json!({"Source": source, "DetailType": "d", "Detail": "{}"});
    let put = |entries: Value| try_as(&double, &clerk, "PutEvents", json!({"Entries": entries}));
    assert_eq!(put(json!([entry("shop")])), None);
    assert_eq!(put(json!([entry("shop"), entry("bank")])).as_deref(), Some("AccessDeniedException"));
    let condition = json!({"ForAllValues:StringEquals": {"events:source": ["aws.ec2"]},
                           "StringEquals": {"events:detail-type": "x"}});
    let maker =
        user(&double, "maker", json!({"Action": "events:PutRule", "Resource": "*", "Condition": condition}));
    let put =
        |pattern: &str| try_as(&double, &maker, "PutRule", json!({"Name": "r", "EventPattern": pattern}));
    assert_eq!(put(PATTERN), None);
    assert_eq!(put(&PATTERN.replace("ec2", "s3")).as_deref(), Some("AccessDeniedException"));
}

#[test]
fn roles_must_be_passed_and_targets_may_be_limited() {
    let double = Double::new();
    let queue = |name: &str| format!("arn:aws:sqs:{EAST}:{MANAGEMENT}:{name}");
    let role = double.role("sender", "events.amazonaws.com", "sqs:SendMessage", "*");
    double.events("PutRule", json!({"Name": "r", "EventPattern": PATTERN}));
    let condition = json!({"ForAllValues:ArnEquals": {"events:TargetArn": queue("good")}});
    let clerk = user(
        &double,
        "clerk",
        json!({"Action": "events:PutTargets", "Resource": "*", "Condition": condition}),
    );
    let put =
        |target: Value| try_as(&double, &clerk, "PutTargets", json!({"Rule": "r", "Targets": [target]}));
    assert_eq!(put(json!({"Id": "t", "Arn": queue("good")})), None);
    assert_eq!(put(json!({"Id": "t", "Arn": queue("bad")})).as_deref(), Some("AccessDeniedException"));
    let with_role = json!({"Id": "t", "Arn": queue("good"), "RoleArn": role});
    assert_eq!(put(with_role.clone()).as_deref(), Some("AccessDeniedException"));
    let pass = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "iam:PassRole", "Resource": role,
        "Condition": {"StringEquals": {"iam:PassedToService": "events.amazonaws.com"}}}]});
    let input = json!({"UserName": "clerk", "PolicyName": "pass", "PolicyDocument": pass.to_string()});
    double.world.call(&double.admin, "iam", "PutUserPolicy", input).ok();
    assert_eq!(put(with_role), None);
}

#[test]
fn calls_are_recorded_and_putting_events_is_data() {
    let double = Double::new();
    double.events("PutRule", json!({"Name": "r", "EventPattern": PATTERN}));
    double.put("shop", &json!({}));
    double.refused("DescribeRule", json!({"Name": "none"}));
    let events = double.world.events(MANAGEMENT);
    let named = |name: &str| events.iter().find(|event| event["eventName"] == name);
    let put = named("PutRule").unwrap();
    assert_eq!(put["eventSource"], "events.amazonaws.com");
    assert_eq!(put["requestParameters"], json!({"name": "r", "eventPattern": PATTERN}));
    assert_eq!(put["responseElements"]["ruleArn"], format!("arn:aws:events:{EAST}:{MANAGEMENT}:rule/r"));
    assert_eq!(named("DescribeRule").unwrap()["errorCode"], "ResourceNotFoundException");
    assert!(named("PutEvents").is_none());
}

#[test]
fn tags_on_what_is_made_take_a_permission_of_their_own() {
    let double = Double::new();
    let make = json!({"Action": ["events:CreateEventBus", "events:PutRule"], "Resource": "*"});
    let clerk = user(&double, "clerk", make);
    let tags = json!([{"Key": "a", "Value": "1"}]);
    let bus = |name: &str, tags: &Value| {
        try_as(&double, &clerk, "CreateEventBus", json!({"Name": name, "Tags": tags}))
    };
    let rule = |tags: &Value| {
        try_as(&double, &clerk, "PutRule", json!({"Name": "r", "EventPattern": PATTERN, "Tags": tags}))
    };
    let denied = Some("AccessDeniedException".to_owned());
    assert_eq!((bus("plain", &json!([])), rule(&json!([]))), (None, None));
    assert_eq!((bus("tagged", &tags), rule(&tags)), (denied.clone(), denied));
}
