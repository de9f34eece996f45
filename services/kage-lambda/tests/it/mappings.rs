//! Functions that read queues and streams.

use crate::bench::{Bench, allow, arn};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

const SQS: [&str; 4] = ["logs:*", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
const KINESIS: [&str; 5] =
    ["logs:*", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards", "sqs:SendMessage"];
/// A function that logs the bodies of its messages and fails on those that say so.
const READ: &str = "import json\ndef handler(event, context):\n  bodies = [r['body'] for r in event['Records']]\n  print('GOT ' + json.dumps(bodies))\n  if any('fail' in b for b in bodies): raise ValueError('no')\n  return {'batchItemFailures': [{'itemIdentifier': r['messageId']} for r in event['Records'] if 'again' in r['body']]}";
const STREAM: &str = "import json, base64\ndef handler(event, context):\n  data = [base64.b64decode(r['kinesis']['data']).decode() for r in event['Records']]\n  print('GOT ' + json.dumps(data))\n  if any('fail' in d for d in data): raise ValueError('no')";

fn queue(bench: &Bench, name: &str) -> String {
    bench.world.call(&bench.admin, "sqs", "CreateQueue", json!({"QueueName": name})).ok();
    format!("arn:aws:sqs:us-east-1:{MANAGEMENT}:{name}")
}

fn url(bench: &Bench, name: &str) -> Value {
    bench.world.call(&bench.admin, "sqs", "GetQueueUrl", json!({"QueueName": name})).ok()["QueueUrl"].clone()
}

fn send(bench: &Bench, body: &str) {
    bench
        .world
        .call(&bench.admin, "sqs", "SendMessage", json!({"QueueUrl": url(bench, "q"), "MessageBody": body}))
        .ok();
}

/// How many messages are in the queue, in flight ones included.
fn left(bench: &Bench) -> i64 {
    let input = json!({"QueueUrl": url(bench, "q"), "AttributeNames": ["All"]});
    let found = bench.world.call(&bench.admin, "sqs", "GetQueueAttributes", input).ok()["Attributes"].clone();
    let count = |name: &str| found[name].as_str().unwrap().parse::<i64>().unwrap();
    count("ApproximateNumberOfMessages") + count("ApproximateNumberOfMessagesNotVisible")
}

/// What the function says it got, batch by batch.
fn got(bench: &Bench, name: &str) -> Vec<Vec<String>> {
    let log = bench.world.call(&bench.admin, "logs", "DescribeLogGroups", json!({})).ok();
    if log["logGroups"] == json!([]) {
        return Vec::new();
    }
    let lines = bench.log(name);
    lines
        .iter()
        .filter_map(|line| line.strip_prefix("GOT "))
        .map(|text| serde_json::from_str(text).unwrap())
        .collect()
}

/// Runs what is due until nothing is.
fn settle(bench: &Bench) {
    for _ in 0..6 {
        bench.settle();
    }
}

#[test]
fn messages_reach_the_function_and_go_when_it_has_done_them() {
    let bench = Bench::new();
    let source = queue(&bench, "q");
    bench.function("f", READ);
    let input = json!({"FunctionName": "f", "EventSourceArn": source, "BatchSize": 2});
    let refused = bench.call("CreateEventSourceMapping", input.clone()).err();
    assert_eq!(
        refused.message,
        "The function execution role does not have permissions to call ReceiveMessage on SQS"
    );
    bench.set_policy("app", &allow(json!(SQS), "*"));
    send(&bench, "one");
    let made = bench.call("CreateEventSourceMapping", input.clone()).ok();
    assert_eq!(
        (&made["State"], &made["FunctionArn"], &made["BatchSize"]),
        (&json!("Creating"), &json!(arn("f")), &json!(2))
    );
    assert_eq!(bench.last()["eventName"], "CreateEventSourceMapping20150331");
    assert_eq!(bench.call("CreateEventSourceMapping", input).err().code, "ResourceConflictException");
    settle(&bench);
    assert_eq!((got(&bench, "f"), left(&bench)), (vec![vec!["one".to_owned()]], 0));
    // New messages wake the mapping; nobody moves the clock.
    for body in ["two", "three", "four"] {
        send(&bench, body);
    }
    settle(&bench);
    let all: Vec<String> = got(&bench, "f").concat();
    assert_eq!((all.len(), left(&bench)), (4, 0));
    assert!(got(&bench, "f").iter().all(|batch| batch.len() <= 2));
    let id = made["UUID"].clone();
    assert_eq!(bench.call("GetEventSourceMapping", json!({"UUID": id})).ok()["State"], "Enabled");
    bench.call("UpdateEventSourceMapping", json!({"UUID": id, "Enabled": false})).ok();
    settle(&bench);
    send(&bench, "five");
    settle(&bench);
    assert_eq!(left(&bench), 1);
    bench.call("UpdateEventSourceMapping", json!({"UUID": id, "Enabled": true})).ok();
    settle(&bench);
    assert_eq!(left(&bench), 0);
    let listed = bench.call("ListEventSourceMappings", json!({"FunctionName": "f"})).ok();
    assert_eq!(listed["EventSourceMappings"][0]["UUID"], id);
    bench.call("DeleteEventSourceMapping", json!({"UUID": id})).ok();
    send(&bench, "six");
    settle(&bench);
    assert_eq!(left(&bench), 1);
    assert_eq!(
        bench.call("GetEventSourceMapping", json!({"UUID": id})).err().code,
        "ResourceNotFoundException"
    );
}

#[test]
fn failed_messages_come_again_and_partial_answers_spare_the_rest() {
    let bench = Bench::new();
    bench.set_policy("app", &allow(json!(SQS), "*"));
    let source = queue(&bench, "q");
    bench.function("f", READ);
    let input = json!({"FunctionName": "f", "EventSourceArn": source, "FunctionResponseTypes": ["ReportBatchItemFailures"]});
    let made = bench.call("CreateEventSourceMapping", input).ok();
    send(&bench, "fail");
    settle(&bench);
    assert_eq!((got(&bench, "f").len(), left(&bench)), (1, 1));
    // The visibility timeout of 30 seconds ends by itself.
    bench.world.advance(29_000);
    assert_eq!(got(&bench, "f").len(), 1);
    bench.world.advance(10_000);
    settle(&bench);
    assert_eq!(got(&bench, "f").len(), 2);
    bench.world.call(&bench.admin, "sqs", "PurgeQueue", json!({"QueueUrl": url(&bench, "q")})).ok();
    bench.world.advance(60_000);
    settle(&bench);
    bench.call("UpdateEventSourceMapping", json!({"UUID": made["UUID"], "Enabled": false})).ok();
    settle(&bench);
    send(&bench, "again");
    send(&bench, "fine");
    bench.call("UpdateEventSourceMapping", json!({"UUID": made["UUID"], "Enabled": true})).ok();
    settle(&bench);
    assert_eq!(left(&bench), 1, "only the message that the function named comes again");
}

#[test]
fn filters_drop_messages_before_the_function_sees_them() {
    let bench = Bench::new();
    bench.set_policy("app", &allow(json!(SQS), "*"));
    let source = queue(&bench, "q");
    bench.function("f", READ);
    let filters = |pattern: &str| json!({"FunctionName": "f", "EventSourceArn": source, "FilterCriteria": {"Filters": [{"Pattern": pattern}]}});
    let bad = bench.call("CreateEventSourceMapping", filters("{\"body\":")).err();
    assert!(bad.message.starts_with("Invalid filter pattern definition."), "{}", bad.message);
    bench.call("CreateEventSourceMapping", filters("{\"body\": {\"kind\": [\"order\"]}}")).ok();
    send(&bench, "{\"kind\": \"order\"}");
    send(&bench, "{\"kind\": \"other\"}");
    send(&bench, "text");
    settle(&bench);
    assert_eq!((got(&bench, "f").concat(), left(&bench)), (vec!["{\"kind\": \"order\"}".to_owned()], 0));
    for (member, value) in
        [("ScalingConfig", json!({"MaximumConcurrency": 2})), ("ParallelizationFactor", json!(2))]
    {
        let mut input = filters("{}");
        input[member] = value;
        let refused = bench.call("CreateEventSourceMapping", input).err();
        assert_eq!((refused.code.as_str(), refused.message.contains(member)), ("NotImplemented", true));
    }
}

#[test]
fn a_role_that_lost_its_permission_reads_nothing_until_it_has_it_again() {
    let bench = Bench::new();
    bench.set_policy("app", &allow(json!(SQS), "*"));
    let source = queue(&bench, "q");
    bench.function("f", READ);
    let made =
        bench.call("CreateEventSourceMapping", json!({"FunctionName": "f", "EventSourceArn": source})).ok();
    settle(&bench);
    bench.set_policy("app", &allow(json!("logs:*"), "*"));
    send(&bench, "one");
    settle(&bench);
    assert_eq!((got(&bench, "f").len(), left(&bench)), (0, 1));
    assert_eq!(bench.call("GetEventSourceMapping", json!({"UUID": made["UUID"]})).ok()["State"], "Enabled");
    bench.set_policy("app", &allow(json!(SQS), "*"));
    bench.world.advance(60_000);
    settle(&bench);
    assert_eq!((got(&bench, "f").len(), left(&bench)), (1, 0));
}

fn put(bench: &Bench, data: &str) {
    let input = json!({"StreamName": "s", "PartitionKey": "k", "Data": STANDARD.encode(data)});
    bench.world.call(&bench.admin, "kinesis", "PutRecord", input).ok();
}

fn stream(bench: &Bench) -> String {
    bench
        .world
        .call(&bench.admin, "kinesis", "CreateStream", json!({"StreamName": "s", "ShardCount": 1}))
        .ok();
    bench.world.advance(60_000);
    format!("arn:aws:kinesis:us-east-1:{MANAGEMENT}:stream/s")
}

#[test]
fn records_of_a_stream_come_in_order_and_once() {
    // claims: ANA-KINESIS-06
    let bench = Bench::new();
    let source = stream(&bench);
    bench.function("f", STREAM);
    let input = json!({"FunctionName": "f", "EventSourceArn": source, "StartingPosition": "TRIM_HORIZON", "BatchSize": 2});
    let refused = bench.call("CreateEventSourceMapping", input.clone()).err();
    assert!(refused.message.starts_with(&format!("Cannot access stream {source}.")), "{}", refused.message);
    bench.set_policy("app", &allow(json!(KINESIS), "*"));
    for data in ["1", "2", "3"] {
        put(&bench, data);
    }
    bench.call("CreateEventSourceMapping", input).ok();
    settle(&bench);
    assert_eq!(got(&bench, "f"), [vec!["1".to_owned(), "2".to_owned()], vec!["3".to_owned()]]);
    put(&bench, "4");
    settle(&bench);
    assert_eq!(got(&bench, "f").concat(), ["1", "2", "3", "4"]);
}

#[test]
fn a_record_that_fails_is_isolated_and_passed_over() {
    let bench = Bench::new();
    bench.set_policy("app", &allow(json!(KINESIS), "*"));
    let source = stream(&bench);
    let lost = queue(&bench, "q");
    bench.function("f", STREAM);
    let input = json!({
        "FunctionName": "f", "EventSourceArn": source, "StartingPosition": "LATEST", "BisectBatchOnFunctionError": true,
        "MaximumRetryAttempts": 1, "DestinationConfig": {"OnFailure": {"Destination": lost}},
    });
    put(&bench, "before");
    bench.world.advance(1_000);
    bench.call("CreateEventSourceMapping", input).ok();
    settle(&bench);
    assert_eq!(got(&bench, "f").len(), 0, "LATEST begins with what comes later");
    for data in ["a", "fail", "b", "c"] {
        put(&bench, data);
    }
    settle(&bench);
    bench.world.advance(600_000);
    settle(&bench);
    let batches = got(&bench, "f");
    assert!(batches.contains(&vec!["fail".to_owned()]), "{batches:?}");
    let done: Vec<String> =
        batches.into_iter().filter(|batch| !batch.contains(&"fail".to_owned())).collect::<Vec<_>>().concat();
    assert_eq!(done, ["a", "b", "c"]);
    let input = json!({"QueueUrl": url(&bench, "q")});
    let found = bench.world.call(&bench.admin, "sqs", "ReceiveMessage", input).ok();
    let record: Value = serde_json::from_str(found["Messages"][0]["Body"].as_str().unwrap()).unwrap();
    assert_eq!(record["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(
        (&record["KinesisBatchInfo"]["batchSize"], &record["KinesisBatchInfo"]["streamArn"]),
        (&json!(1), &json!(source))
    );
}
