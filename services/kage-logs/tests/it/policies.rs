//! Resource policies, and live tail.

use crate::kit::Logs;
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:logs:us-east-1:111111111111:log-group:g";

fn document(service: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "a", "Effect": "Allow", "Principal": {"Service": service}, "Action": ["logs:PutLogEvents", "logs:CreateLogStream"], "Resource": format!("{ARN}:*")},
    ]})
    .to_string()
}

#[test]
fn policies_are_put_described_and_removed() {
    let logs = Logs::new();
    let put = |name: &str| {
        logs.call(
            "PutResourcePolicy",
            json!({"policyName": name, "policyDocument": document("events.amazonaws.com")}),
        )
    };
    let made = put("p0").ok();
    assert_eq!(
        made["resourcePolicy"],
        json!({"policyName": "p0", "policyDocument": document("events.amazonaws.com"), "lastUpdatedTime": logs.world.now(), "policyScope": "ACCOUNT"})
    );
    for n in 1..10 {
        put(&format!("p{n}")).ok();
    }
    let failure = put("p10").err();
    assert_eq!(
        (failure.code.as_str(), failure.message.as_str()),
        ("LimitExceededException", "Resource limit exceeded.")
    );
    put("p9").ok();
    let of_group = |revision: Value| {
        let mut input = json!({"resourceArn": ARN, "policyDocument": document("events.amazonaws.com")});
        if !revision.is_null() {
            input["expectedRevisionId"] = revision;
        }
        logs.call("PutResourcePolicy", input)
    };
    let first = of_group(Value::Null).ok()["revisionId"].clone();
    assert_eq!(of_group(Value::Null).err().code, "OperationAbortedException");
    of_group(first).ok();
    let count = |input: Value| {
        logs.ok("DescribeResourcePolicies", input)["resourcePolicies"].as_array().unwrap().len()
    };
    assert_eq!(
        (count(json!({})), count(json!({"policyScope": "RESOURCE"})), count(json!({"resourceArn": ARN}))),
        (10, 1, 1)
    );
    logs.ok("DeleteResourcePolicy", json!({"policyName": "p0"}));
    logs.fails(
        "DeleteResourcePolicy",
        json!({"policyName": "p0"}),
        "ResourceNotFoundException",
        "Policy with name [p0] does not exist.",
    );
    let bad = json!({"policyName": "p0", "policyDocument": "{\"Version\":\"2012-10-17\"}"});
    assert_eq!(logs.call("PutResourcePolicy", bad).err().code, "InvalidParameterException");
    assert_eq!(logs.world.events(MANAGEMENT).last().unwrap()["eventName"], "PutResourcePolicy");
}

#[test]
fn live_tail_shows_events_as_they_come() {
    let logs = Logs::new();
    logs.ok("CreateLogStream", json!({"logGroupName": "g", "logStreamName": "t"}));
    logs.put(&[(0, "ERROR before")]);
    let input =
        json!({"logGroupIdentifiers": [ARN], "logEventFilterPattern": "ERROR", "logStreamNames": ["s"]});
    let mut live = logs.world.listen(&logs.admin, "logs", "StartLiveTail", &input);
    assert_eq!(live.next_event().unwrap().0, "initial-response");
    let (kind, start) = live.next_event().unwrap();
    assert_eq!((kind.as_str(), &start["logGroupIdentifiers"]), ("sessionStart", &json!([ARN])));
    logs.put(&[(0, "INFO"), (0, "ERROR now")]);
    logs.put_to("t", &[(0, "ERROR elsewhere")]);
    let (kind, update) = live.next_event().unwrap();
    assert_eq!(kind, "sessionUpdate");
    assert_eq!(
        update["sessionResults"],
        json!([{"logStreamName": "s", "logGroupIdentifier": ARN, "message": "ERROR now", "timestamp": logs.world.now(), "ingestionTime": logs.world.now()}])
    );
    assert_eq!(update["sessionMetadata"]["sampled"], false);
    assert!(live.next_event().is_none());
    logs.world.advance(3 * 3_600_000);
    assert_eq!(live.next_event().unwrap().0, "SessionTimeoutException");
    let both = json!({"logGroupIdentifiers": [ARN], "logStreamNames": ["s"], "logStreamNamePrefixes": ["s"]});
    logs.fails(
        "StartLiveTail",
        both,
        "InvalidParameterException",
        "Only one of logStreamNames or logStreamNamePrefixes can be provided.",
    );
}
