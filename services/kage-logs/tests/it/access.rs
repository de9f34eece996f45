//! Who may do what, and what is recorded.

use crate::kit::{Logs, allow, give};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

#[test]
fn group_actions_are_judged_by_the_arn_with_a_star() {
    // claims: LOG-CWAGENT-03
    let logs = Logs::new();
    let bob = logs.world.user(&logs.admin, "bob");
    let call = |operation: &str, input: Value| logs.world.call(&bob, "logs", operation, input);
    let group = json!({"logGroupName": "g"});
    let arn = format!("arn:aws:logs:us-east-1:{MANAGEMENT}:log-group:g");
    let denied = call("DescribeLogStreams", group.clone()).err();
    assert_eq!(denied.code, "AccessDeniedException");
    assert!(
        denied.message.contains(&format!("logs:DescribeLogStreams on resource: {arn}:log-stream:")),
        "{}",
        denied.message
    );
    give(&logs.world, &logs.admin, "bob", &allow(json!("logs:*"), &arn));
    assert_eq!(call("DescribeLogStreams", group.clone()).code(), Some("AccessDeniedException"));
    call("ListTagsForResource", json!({"resourceArn": arn})).ok();
    give(&logs.world, &logs.admin, "bob", &allow(json!("logs:*"), &format!("{arn}:*")));
    call("DescribeLogStreams", group.clone()).ok();
    let put = |stream: &str| {
        let events = logs.events(&[(0, "x")]);
        call("PutLogEvents", json!({"logGroupName": "g", "logStreamName": stream, "logEvents": events}))
    };
    put("s").ok();
    assert_eq!(call("DescribeLogGroups", json!({})).code(), Some("AccessDeniedException"));
    assert_eq!(call("CreateLogGroup", json!({"logGroupName": "h"})).code(), Some("AccessDeniedException"));
    give(
        &logs.world,
        &logs.admin,
        "bob",
        &allow(json!("logs:PutLogEvents"), &format!("{arn}:log-stream:t*")),
    );
    assert_eq!(put("s").code(), Some("AccessDeniedException"));
    assert_eq!(put("t1").code(), Some("ResourceNotFoundException"));
    // What is not there is judged by the ARN that it would have.
    let missing = json!({"logGroupName": "zz", "logStreamName": "s", "logEvents": logs.events(&[(0, "x")])});
    assert_eq!(call("PutLogEvents", missing).code(), Some("AccessDeniedException"));
    give(&logs.world, &logs.admin, "bob", &allow(json!("logs:*"), "arn:aws:logs:*:*:*"));
    call("DescribeLogGroups", json!({})).ok();
    call("CreateLogGroup", json!({"logGroupName": "h"})).ok();
}

#[test]
fn tags_of_groups_and_requests_decide() {
    let logs = Logs::new();
    logs.ok("TagLogGroup", json!({"logGroupName": "g", "tags": {"team": "red"}}));
    let bob = logs.world.user(&logs.admin, "bob");
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "logs:FilterLogEvents", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}},
        {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:TagResource"], "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/team": "red"}}},
    ]});
    give(&logs.world, &logs.admin, "bob", &policy.to_string());
    let call = |operation: &str, input: Value| logs.world.call(&bob, "logs", operation, input);
    call("FilterLogEvents", json!({"logGroupName": "g"})).ok();
    logs.ok("CreateLogGroup", json!({"logGroupName": "blue"}));
    assert_eq!(
        call("FilterLogEvents", json!({"logGroupName": "blue"})).code(),
        Some("AccessDeniedException")
    );
    assert_eq!(call("CreateLogGroup", json!({"logGroupName": "n"})).code(), Some("AccessDeniedException"));
    let tagged = |team: &str| json!({"logGroupName": "n", "tags": {"team": team}});
    assert_eq!(call("CreateLogGroup", tagged("blue")).code(), Some("AccessDeniedException"));
    call("CreateLogGroup", tagged("red")).ok();
}

#[test]
fn groups_of_other_accounts_are_closed() {
    let mut logs = Logs::new();
    let (_, other) = logs.world.account();
    let arn = format!("arn:aws:logs:us-east-1:{MANAGEMENT}:log-group:g");
    let read = json!({"logGroupIdentifier": arn});
    assert_eq!(
        logs.world.call(&other, "logs", "FilterLogEvents", read).code(),
        Some("AccessDeniedException")
    );
    let own = json!({"logGroupName": "g"});
    assert_eq!(
        logs.world.call(&other, "logs", "FilterLogEvents", own).code(),
        Some("ResourceNotFoundException")
    );
}

#[test]
fn changes_are_recorded_and_puts_are_data() {
    let logs = Logs::new();
    logs.put(&[(0, "x")]);
    logs.filter("x");
    let events = logs.world.events(MANAGEMENT);
    let names: Vec<&str> = events.iter().map(|event| event["eventName"].as_str().unwrap()).collect();
    assert!(names.ends_with(&["CreateLogGroup", "CreateLogStream", "FilterLogEvents"]), "{names:?}");
    let group = &events[events.len() - 3];
    assert_eq!(
        (&group["eventSource"], &group["requestParameters"]["logGroupName"]),
        (&json!("logs.amazonaws.com"), &json!("g"))
    );
    assert_eq!(events.last().unwrap()["readOnly"], true);
}
