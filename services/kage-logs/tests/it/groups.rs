//! Log groups and streams.

use crate::kit::{DAY, Logs, messages};
use serde_json::{Value, json};

#[test]
fn a_group_is_described_as_aws_does() {
    let logs = Logs::empty();
    logs.ok("CreateLogGroup", json!({"logGroupName": "/aws/lambda/f", "tags": {"a": "1"}}));
    let arn = "arn:aws:logs:us-east-1:111111111111:log-group:/aws/lambda/f";
    let group = logs.ok("DescribeLogGroups", json!({}))["logGroups"][0].clone();
    assert_eq!(
        group,
        json!({
            "logGroupName": "/aws/lambda/f", "creationTime": logs.world.now(), "metricFilterCount": 0, "arn": format!("{arn}:*"),
            "storedBytes": 0, "logGroupClass": "STANDARD", "logGroupArn": arn, "deletionProtectionEnabled": false,
        })
    );
    let again = json!({"logGroupName": "/aws/lambda/f"});
    logs.fails(
        "CreateLogGroup",
        again.clone(),
        "ResourceAlreadyExistsException",
        "The specified log group already exists",
    );
    logs.ok("DeleteLogGroup", again.clone());
    logs.fails(
        "DeleteLogGroup",
        again,
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    );
    assert_eq!(logs.ok("DescribeLogGroups", json!({}))["logGroups"], json!([]));
    let failure = logs.call("CreateLogGroup", json!({"logGroupName": "aws/x"})).err();
    assert_eq!(failure.code, "InvalidParameterException");
    let failure = logs.call("CreateLogGroup", json!({"logGroupName": "a b"})).err();
    assert_eq!(failure.code, "InvalidParameterException");
    let failure =
        logs.call("CreateLogGroup", json!({"logGroupName": "x", "logGroupClass": "DELIVERY"})).err();
    assert_eq!((failure.code.as_str(), failure.status), ("NotImplemented", 501));
}

#[test]
fn groups_are_listed_in_pages_by_prefix_pattern_and_class() {
    let logs = Logs::empty();
    for name in ["b/one", "a/two", "b/three"] {
        logs.ok("CreateLogGroup", json!({"logGroupName": name}));
    }
    logs.ok("CreateLogGroup", json!({"logGroupName": "c", "logGroupClass": "INFREQUENT_ACCESS"}));
    let names = |answer: &Value| -> Vec<String> {
        let groups = answer["logGroups"].as_array().unwrap();
        groups.iter().map(|group| group["logGroupName"].as_str().unwrap().to_owned()).collect()
    };
    let page = logs.ok("DescribeLogGroups", json!({"limit": 3}));
    assert_eq!(names(&page), ["a/two", "b/one", "b/three"]);
    let rest = logs.ok("DescribeLogGroups", json!({"limit": 3, "nextToken": page["nextToken"]}));
    assert_eq!((names(&rest), rest.get("nextToken")), (vec!["c".to_owned()], None));
    let invalid = json!({"logGroupName": "b/one", "nextToken": page["nextToken"]});
    logs.fails(
        "DescribeLogStreams",
        invalid,
        "InvalidParameterException",
        "The specified nextToken is invalid.",
    );
    assert_eq!(
        names(&logs.ok("DescribeLogGroups", json!({"logGroupNamePrefix": "b/"}))),
        ["b/one", "b/three"]
    );
    assert_eq!(
        names(&logs.ok("DescribeLogGroups", json!({"logGroupNamePattern": "t"}))),
        ["a/two", "b/three"]
    );
    assert_eq!(names(&logs.ok("DescribeLogGroups", json!({"logGroupClass": "INFREQUENT_ACCESS"}))), ["c"]);
    assert_eq!(
        names(&logs.ok("ListLogGroups", json!({"logGroupNamePattern": "^a/t|hree"}))),
        ["a/two", "b/three"]
    );
    let short = logs.ok("DescribeLogGroups", json!({"logGroupNamePattern": "two"}))["logGroups"][0].clone();
    let arn = "arn:aws:logs:us-east-1:111111111111:log-group:a/two:*";
    assert_eq!(short, json!({"logGroupName": "a/two", "arn": arn, "creationTime": logs.world.now()}));
    let both = json!({"logGroupNamePrefix": "b", "logGroupNamePattern": "b"});
    assert_eq!(logs.call("DescribeLogGroups", both).err().code, "InvalidParameterException");
    let failure = logs.call("DescribeLogGroups", json!({"limit": 51})).err();
    assert_eq!(
        failure.message,
        "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50"
    );
}

#[test]
fn a_protected_group_is_not_deleted() {
    let logs = Logs::empty();
    logs.ok("CreateLogGroup", json!({"logGroupName": "g", "deletionProtectionEnabled": true}));
    logs.ok("CreateLogStream", json!({"logGroupName": "g", "logStreamName": "s"}));
    assert_eq!(logs.call("DeleteLogGroup", json!({"logGroupName": "g"})).err().code, "ValidationException");
    let stream = json!({"logGroupName": "g", "logStreamName": "s"});
    assert_eq!(logs.call("DeleteLogStream", stream).err().code, "ValidationException");
    logs.ok(
        "PutLogGroupDeletionProtection",
        json!({"logGroupIdentifier": "g", "deletionProtectionEnabled": false}),
    );
    logs.ok("DeleteLogGroup", json!({"logGroupName": "g"}));
}

#[test]
fn streams_are_listed_by_name_or_by_last_event() {
    let logs = Logs::new();
    for name in ["b", "a/1", "a/2"] {
        logs.ok("CreateLogStream", json!({"logGroupName": "g", "logStreamName": name}));
    }
    let stream = json!({"logGroupName": "g", "logStreamName": "b"});
    logs.fails(
        "CreateLogStream",
        stream,
        "ResourceAlreadyExistsException",
        "The specified log stream already exists",
    );
    logs.put_to("b", &[(-5_000, "x"), (-4_000, "y")]);
    logs.put_to("a/2", &[(-9_000, "x")]);
    logs.put_to("s", &[(-1_000, "x")]);
    let list = |more: Value| {
        let mut input = json!({"logGroupName": "g"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = logs.ok("DescribeLogStreams", input);
        let streams = answer["logStreams"].as_array().unwrap().clone();
        let names: Vec<String> =
            streams.iter().map(|stream| stream["logStreamName"].as_str().unwrap().to_owned()).collect();
        (names, answer)
    };
    assert_eq!(list(json!({})).0, ["a/1", "a/2", "b", "s"]);
    assert_eq!(list(json!({"logStreamNamePrefix": "a/"})).0, ["a/1", "a/2"]);
    let (names, answer) = list(json!({"orderBy": "LastEventTime", "descending": true, "limit": 2}));
    assert_eq!(names, ["s", "b"]);
    let stream = &answer["logStreams"][1];
    let now = logs.world.now();
    assert_eq!(
        (&stream["firstEventTimestamp"], &stream["lastEventTimestamp"]),
        (&json!(now - 5_000), &json!(now - 4_000))
    );
    assert_eq!((&stream["lastIngestionTime"], &stream["storedBytes"]), (&json!(now), &json!(0)));
    assert_eq!(stream["arn"], "arn:aws:logs:us-east-1:111111111111:log-group:g:log-stream:b");
    let next =
        json!({"orderBy": "LastEventTime", "descending": true, "limit": 2, "nextToken": answer["nextToken"]});
    assert_eq!(list(next).0, ["a/2", "a/1"]);
    let twice = json!({"logGroupName": "g", "logGroupIdentifier": "g"});
    let says = "LogGroup name and LogGroup ARN are mutually exclusive parameters.";
    logs.fails("DescribeLogStreams", twice, "ValidationException", says);
    let both = json!({"logGroupName": "g", "orderBy": "LastEventTime", "logStreamNamePrefix": "a"});
    logs.fails(
        "DescribeLogStreams",
        both,
        "InvalidParameterException",
        "Cannot order by LastEventTime with a logStreamNamePrefix.",
    );
    logs.ok("DeleteLogStream", json!({"logGroupName": "g", "logStreamName": "b"}));
    let gone = json!({"logGroupName": "g", "logStreamName": "b"});
    logs.fails(
        "GetLogEvents",
        gone.clone(),
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    );
    logs.ok("CreateLogStream", gone.clone());
    assert_eq!(messages(&logs.ok("GetLogEvents", gone)), Vec::<String>::new());
}

#[test]
fn events_expire_on_the_clock_of_the_double() {
    let logs = Logs::new();
    let stored = || logs.ok("DescribeLogGroups", json!({}))["logGroups"][0]["storedBytes"].clone();
    logs.put(&[(-2 * DAY, "old")]);
    logs.put(&[(0, "new")]);
    assert_eq!(stored(), json!(2 * (26 + 3)));
    let failure = logs.call("PutRetentionPolicy", json!({"logGroupName": "g", "retentionInDays": 2})).err();
    assert_eq!(failure.code, "InvalidParameterException");
    logs.ok("PutRetentionPolicy", json!({"logGroupName": "g", "retentionInDays": 3}));
    assert_eq!(logs.ok("DescribeLogGroups", json!({}))["logGroups"][0]["retentionInDays"], 3);
    assert_eq!(logs.filter(""), ["old", "new"]);
    logs.world.advance(DAY + 1);
    assert_eq!(logs.filter(""), ["new"]);
    logs.world.advance(3_600_000);
    assert_eq!(stored(), json!(26 + 3));
    logs.world.advance(2 * DAY);
    assert_eq!(logs.filter(""), Vec::<String>::new());
    // A put into a group that lost all its events is expired as well, one after the policy ended is not.
    logs.put(&[(0, "third")]);
    logs.world.advance(3 * DAY + 1);
    assert_eq!(stored(), json!(0));
    logs.ok("DeleteRetentionPolicy", json!({"logGroupName": "g"}));
    logs.put(&[(0, "kept")]);
    logs.world.advance(400 * DAY);
    assert_eq!(logs.filter(""), ["kept"]);
}

#[test]
fn tags_by_both_apis() {
    let logs = Logs::new();
    let arn = "arn:aws:logs:us-east-1:111111111111:log-group:g";
    logs.ok("TagLogGroup", json!({"logGroupName": "g", "tags": {"a": "1", "b": "2"}}));
    logs.ok("TagResource", json!({"resourceArn": arn, "tags": {"c": "3"}}));
    logs.ok("UntagResource", json!({"resourceArn": arn, "tagKeys": ["a"]}));
    assert_eq!(
        logs.ok("ListTagsLogGroup", json!({"logGroupName": "g"}))["tags"],
        json!({"b": "2", "c": "3"})
    );
    logs.ok("UntagLogGroup", json!({"logGroupName": "g", "tags": ["b"]}));
    assert_eq!(logs.ok("ListTagsForResource", json!({"resourceArn": arn}))["tags"], json!({"c": "3"}));
    let many: serde_json::Map<String, Value> = (0..50).map(|n| (format!("k{n}"), json!("v"))).collect();
    let failure = logs.call("TagResource", json!({"resourceArn": arn, "tags": many})).err();
    assert_eq!(failure.code, "TooManyTagsException");
    let failure =
        logs.call("TagResource", json!({"resourceArn": format!("{arn}x"), "tags": {"a": "1"}})).err();
    assert_eq!(failure.code, "ResourceNotFoundException");
}
