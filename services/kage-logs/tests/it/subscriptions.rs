//! Subscription filters and destinations, to the records in Kinesis.

use crate::kit::{Logs, allow, give};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::GzDecoder;
use kage_test::{Caller, MANAGEMENT};
use serde_json::{Value, json};
use std::io::Read as _;

const STREAM: &str = "arn:aws:kinesis:us-east-1:111111111111:stream/k";
const ROLE: &str = "arn:aws:iam::111111111111:role/logs";

impl Logs {
    /// A stream `k`, and a role that CloudWatch Logs may assume to write there.
    fn kinesis(&self) {
        let input = json!({"StreamName": "k", "ShardCount": 1});
        self.world.call(&self.admin, "kinesis", "CreateStream", input).ok();
        self.world.advance(60_000);
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "sts:AssumeRole",
             "Condition": {"StringLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:*:*"}}},
        ]});
        let role = json!({"RoleName": "logs", "AssumeRolePolicyDocument": trust.to_string()});
        self.world.call(&self.admin, "iam", "CreateRole", role).ok();
        let policy = json!({"RoleName": "logs", "PolicyName": "p", "PolicyDocument": allow(json!("kinesis:PutRecord"), STREAM)});
        self.world.call(&self.admin, "iam", "PutRolePolicy", policy).ok();
    }

    fn subscribe(
        &self,
        name: &str,
        pattern: &str,
        destination: &str,
        role: Option<&str>,
    ) -> kage_test::Answered {
        let mut input = json!({"logGroupName": "g", "filterName": name, "filterPattern": pattern, "destinationArn": destination});
        if let Some(role) = role {
            input["roleArn"] = json!(role);
        }
        self.call("PutSubscriptionFilter", input)
    }

    /// The messages in stream `k`: partition key and document.
    fn received(&self) -> Vec<(String, Value)> {
        self.world.advance(1_000);
        let call =
            |operation: &str, input: Value| self.world.call(&self.admin, "kinesis", operation, input).ok();
        let shards = call("ListShards", json!({"StreamName": "k"}));
        let shard = &shards["Shards"][0]["ShardId"];
        let iterator = json!({"StreamName": "k", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let iterator = call("GetShardIterator", iterator)["ShardIterator"].clone();
        let records = call("GetRecords", json!({"ShardIterator": iterator}));
        let records = records["Records"].as_array().unwrap();
        records
            .iter()
            .map(|record| (record["PartitionKey"].as_str().unwrap().to_owned(), unpack(&record["Data"])))
            .collect()
    }
}

fn unpack(data: &Value) -> Value {
    let packed = BASE64.decode(data.as_str().unwrap()).unwrap();
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn matching_events_reach_the_stream() {
    // claims: LOG-CWLOGS-02
    let logs = Logs::new();
    logs.kinesis();
    logs.subscribe("f", "[level = ERROR, code]", STREAM, Some(ROLE)).ok();
    logs.put(&[(-3_000, "ERROR 1"), (-2_000, "INFO 2"), (-1_000, "ERROR 3")]);
    logs.put(&[(0, "INFO 4")]);
    let received = logs.received();
    assert_eq!(received.len(), 2, "{received:?}");
    let (_, control) = &received[0];
    assert_eq!(
        (&control["messageType"], &control["owner"]),
        (&json!("CONTROL_MESSAGE"), &json!("CloudwatchLogs"))
    );
    let (key, data) = &received[1];
    assert_eq!(key, "s");
    let found =
        logs.ok("FilterLogEvents", json!({"logGroupName": "g", "filterPattern": "ERROR"}))["events"].clone();
    let event = |at: usize, code: &str| {
        let found = &found[at];
        json!({"id": found["eventId"], "timestamp": found["timestamp"], "message": found["message"], "extractedFields": {"level": "ERROR", "code": code}})
    };
    assert_eq!(
        *data,
        json!({
            "messageType": "DATA_MESSAGE", "owner": MANAGEMENT, "logGroup": "g", "logStream": "s",
            "subscriptionFilters": ["f"], "logEvents": [event(0, "1"), event(1, "3")],
        })
    );
    // The role was assumed by the service, which is on record.
    let events = logs.world.events(MANAGEMENT);
    let assumed: Vec<&Value> = events.iter().filter(|event| event["eventName"] == "AssumeRole").collect();
    assert_eq!(assumed[0]["userIdentity"]["invokedBy"], "logs.amazonaws.com");
}

#[test]
fn what_cannot_be_delivered_is_tried_again_for_a_day() {
    let logs = Logs::new();
    logs.kinesis();
    // The role lets in the principal of the Region.
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ]});
    let role = json!({"RoleName": "logs", "PolicyDocument": trust.to_string()});
    logs.world.call(&logs.admin, "iam", "UpdateAssumeRolePolicy", role).ok();
    logs.subscribe("f", "", STREAM, Some(ROLE)).ok();
    let name = json!({"RoleName": "logs", "PolicyName": "p"});
    logs.world.call(&logs.admin, "iam", "DeleteRolePolicy", name).ok();
    logs.put(&[(0, "late")]);
    logs.world.advance(3_600_000);
    assert_eq!(logs.received().len(), 1);
    let policy = json!({"RoleName": "logs", "PolicyName": "p", "PolicyDocument": allow(json!("kinesis:PutRecord"), STREAM)});
    logs.world.call(&logs.admin, "iam", "PutRolePolicy", policy).ok();
    logs.world.advance(600_000);
    let received = logs.received();
    assert_eq!(received[1].1["logEvents"][0]["message"], "late");
    logs.world.advance(3_600_000);
    assert_eq!(logs.received().len(), 2);
}

#[test]
fn filters_are_described_limited_and_refused() {
    let logs = Logs::new();
    logs.kinesis();
    logs.subscribe("a", "x", STREAM, Some(ROLE)).ok();
    logs.world.advance(1_000);
    logs.subscribe("a", "[]", STREAM, Some(ROLE)).ok();
    logs.subscribe("b", "", STREAM, Some(ROLE)).ok();
    let third = logs.subscribe("c", "", STREAM, Some(ROLE)).err();
    assert_eq!(
        (third.code.as_str(), third.message.as_str()),
        ("LimitExceededException", "Resource limit exceeded.")
    );
    let shown = logs.ok("DescribeSubscriptionFilters", json!({"logGroupName": "g", "filterNamePrefix": "a"}));
    assert_eq!(
        shown["subscriptionFilters"],
        json!([{
            "applyOnTransformedLogs": false, "creationTime": logs.world.now() - 1_000, "destinationArn": STREAM, "roleArn": ROLE,
            "distribution": "ByLogStream", "filterName": "a", "filterPattern": "[]", "logGroupName": "g",
        }])
    );
    let gone = json!({"logGroupName": "g", "filterName": "b"});
    logs.ok("DeleteSubscriptionFilter", gone.clone());
    logs.fails(
        "DeleteSubscriptionFilter",
        gone,
        "ResourceNotFoundException",
        "The specified subscription filter does not exist.",
    );
    let lambda = "arn:aws:lambda:us-east-1:111111111111:function:f";
    for (destination, role, code, text) in [
        (
            STREAM,
            None,
            "InvalidParameterException",
            "destinationArn for vendor kinesis cannot be used without roleArn",
        ),
        (
            lambda,
            Some(ROLE),
            "InvalidParameterException",
            "destinationArn for vendor lambda cannot be used with roleArn",
        ),
        (
            "arn:aws:sqs:us-east-1:111111111111:q",
            None,
            "InvalidParameterException",
            "PutSubscriptionFilter operation cannot work with destinationArn for vendor sqs",
        ),
        (
            "arn:aws:firehose:us-east-1:111111111111:deliverystream/d",
            Some(ROLE),
            "NotImplemented",
            "destinationArn of Amazon Data Firehose is not modelled",
        ),
        (
            "arn:aws:kinesis:us-east-1:111111111111:stream/no",
            Some(ROLE),
            "InvalidParameterException",
            "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.",
        ),
        (
            "arn:aws:lambda:us-east-1:222222222222:function:f",
            None,
            "AccessDeniedException",
            "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.",
        ),
    ] {
        let failure = logs.subscribe("z", "", destination, role).err();
        assert_eq!((failure.code.as_str(), failure.message.as_str()), (code, text));
    }
    // Without iam:PassRole nobody hands over a role.
    let bob = logs.world.user(&logs.admin, "bob");
    give(&logs.world, &logs.admin, "bob", &allow(json!("logs:*"), "*"));
    let input = json!({"logGroupName": "g", "filterName": "q", "filterPattern": "", "destinationArn": STREAM, "roleArn": ROLE});
    let denied = logs.world.call(&bob, "logs", "PutSubscriptionFilter", input).err();
    assert!(denied.message.contains("iam:PassRole"), "{}", denied.message);
}

fn put(logs: &Logs, caller: &Caller, input: Value) -> kage_test::Answered {
    logs.world.call(caller, "logs", "PutSubscriptionFilter", input)
}

#[test]
fn another_account_subscribes_to_a_destination() {
    // claims: LOG-CWLOGS-05, LOG-CWLOGS-06
    let mut logs = Logs::new();
    logs.kinesis();
    let made =
        logs.ok("PutDestination", json!({"destinationName": "d", "targetArn": STREAM, "roleArn": ROLE}));
    let arn = format!("arn:aws:logs:us-east-1:{MANAGEMENT}:destination:d");
    assert_eq!(
        made["destination"],
        json!({"arn": arn, "creationTime": logs.world.now(), "destinationName": "d", "roleArn": ROLE, "targetArn": STREAM})
    );
    let (member, other) = logs.world.account();
    let call = |operation: &str, input: Value| logs.world.call(&other, "logs", operation, input);
    call("CreateLogGroup", json!({"logGroupName": "m"})).ok();
    call("CreateLogStream", json!({"logGroupName": "m", "logStreamName": "s"})).ok();
    let subscribe =
        json!({"logGroupName": "m", "filterName": "f", "filterPattern": "", "destinationArn": arn});
    assert_eq!(put(&logs, &other, subscribe.clone()).err().code, "AccessDeniedException");
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": member}, "Action": "logs:PutSubscriptionFilter", "Resource": arn},
    ]});
    logs.ok("PutDestinationPolicy", json!({"destinationName": "d", "accessPolicy": policy.to_string()}));
    put(&logs, &other, subscribe).ok();
    let events = json!([{"timestamp": logs.world.now(), "message": "from afar"}]);
    call("PutLogEvents", json!({"logGroupName": "m", "logStreamName": "s", "logEvents": events})).ok();
    let received = logs.received();
    let (_, data) = received.last().unwrap();
    assert_eq!((&data["owner"], &data["subscriptionFilters"]), (&json!(member), &json!(["f"])));
    assert_eq!(data["logEvents"][0]["message"], "from afar");
    let bad = json!({"destinationName": "d", "accessPolicy": "{"});
    assert_eq!(logs.call("PutDestinationPolicy", bad).err().code, "InvalidParameterException");
    let shown = logs.ok("DescribeDestinations", json!({"DestinationNamePrefix": "d"}));
    assert_eq!(shown["destinations"][0]["accessPolicy"], json!(policy.to_string()));
    logs.ok("DeleteDestination", json!({"destinationName": "d"}));
    assert_eq!(logs.ok("DescribeDestinations", json!({}))["destinations"], json!([]));
    logs.fails(
        "DeleteDestination",
        json!({"destinationName": "d"}),
        "ResourceNotFoundException",
        "The specified destination does not exist.",
    );
}

#[test]
fn ten_accounts_send_to_one_stream() {
    // claims: LOG-CWLOGS-07
    let mut logs = Logs::new();
    logs.kinesis();
    logs.ok("PutDestination", json!({"destinationName": "d", "targetArn": STREAM, "roleArn": ROLE}));
    let arn = format!("arn:aws:logs:us-east-1:{MANAGEMENT}:destination:d");
    let members: Vec<(String, Caller)> = (0..10).map(|_| logs.world.account()).collect();
    let owners: Vec<&String> = members.iter().map(|(owner, _)| owner).collect();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": owners}, "Action": "logs:PutSubscriptionFilter", "Resource": arn},
    ]});
    logs.ok("PutDestinationPolicy", json!({"destinationName": "d", "accessPolicy": policy.to_string()}));
    for (owner, member) in &members {
        let call = |operation: &str, input: Value| logs.world.call(member, "logs", operation, input).ok();
        call("CreateLogGroup", json!({"logGroupName": "m"}));
        call("CreateLogStream", json!({"logGroupName": "m", "logStreamName": format!("of-{owner}")}));
        let subscribe =
            json!({"logGroupName": "m", "filterName": "f", "filterPattern": "", "destinationArn": arn});
        call("PutSubscriptionFilter", subscribe);
        let events = json!([{"timestamp": logs.world.now(), "message": "x"}]);
        call(
            "PutLogEvents",
            json!({"logGroupName": "m", "logStreamName": format!("of-{owner}"), "logEvents": events}),
        );
    }
    let received = logs.received();
    for owner in owners {
        let of_owner = received.iter().filter(|(_, data)| data["owner"] == json!(owner));
        let keys: Vec<&str> = of_owner.map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, [format!("of-{owner}")]);
    }
}
