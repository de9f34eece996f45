//! Asynchronous invocations: retries, age, destinations, dead letters.

use crate::bench::{Bench, allow, arn};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

fn queue(bench: &Bench, name: &str) -> String {
    bench.world.call(&bench.admin, "sqs", "CreateQueue", json!({"QueueName": name})).ok();
    format!("arn:aws:sqs:us-east-1:{MANAGEMENT}:{name}")
}

fn messages(bench: &Bench, name: &str) -> Vec<Value> {
    let url =
        bench.world.call(&bench.admin, "sqs", "GetQueueUrl", json!({"QueueName": name})).ok()["QueueUrl"]
            .clone();
    let input = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]});
    let found = bench.world.call(&bench.admin, "sqs", "ReceiveMessage", input).ok();
    found["Messages"].as_array().cloned().unwrap_or_default()
}

fn send(bench: &Bench, name: &str, event: &Value) {
    let input = json!({"FunctionName": name, "InvocationType": "Event", "Payload": event.to_string()});
    bench.call("Invoke", input).ok();
    bench.settle();
}

fn runs(bench: &Bench, name: &str) -> usize {
    bench.log(name).iter().filter(|line| line.starts_with("START ")).count()
}

#[test]
fn a_success_goes_to_its_destination_as_the_role() {
    let bench = Bench::new();
    let target = queue(&bench, "done");
    bench.function("f", "def handler(e, c): return e + 1");
    let config = json!({"FunctionName": "f", "DestinationConfig": {"OnSuccess": {"Destination": target}}});
    bench.call("PutFunctionEventInvokeConfig", config).ok();
    // Without permission the record is lost; the function has run.
    send(&bench, "f", &json!(1));
    assert_eq!((runs(&bench, "f"), messages(&bench, "done").len()), (1, 0));
    bench.set_policy("app", &allow(json!(["logs:*", "sqs:SendMessage"]), "*"));
    send(&bench, "f", &json!(2));
    let found = messages(&bench, "done");
    let record: Value = serde_json::from_str(found[0]["Body"].as_str().unwrap()).unwrap();
    assert_eq!(record["requestContext"]["condition"], "Success");
    assert_eq!(record["requestContext"]["functionArn"], format!("{}:$LATEST", arn("f")));
    assert_eq!((&record["requestPayload"], &record["responsePayload"]), (&json!(2), &json!(3)));
    assert_eq!(record["responseContext"], json!({"statusCode": 200, "executedVersion": "$LATEST"}));
}

#[test]
fn failures_are_tried_three_times_and_then_given_to_the_dead() {
    let bench = Bench::new();
    bench.set_policy("app", &allow(json!(["logs:*", "sqs:SendMessage"]), "*"));
    let (failed, dead) = (queue(&bench, "failed"), queue(&bench, "dead"));
    bench.function("f", "def handler(e, c): raise ValueError('no')");
    bench
        .call(
            "UpdateFunctionConfiguration",
            json!({"FunctionName": "f", "DeadLetterConfig": {"TargetArn": dead}}),
        )
        .ok();
    bench.settle();
    let config = json!({"FunctionName": "f", "DestinationConfig": {"OnFailure": {"Destination": failed}}});
    bench.call("PutFunctionEventInvokeConfig", config).ok();
    send(&bench, "f", &json!({"n": 1}));
    assert_eq!(runs(&bench, "f"), 1);
    bench.world.advance(59_000);
    assert_eq!(runs(&bench, "f"), 1);
    bench.world.advance(1_000);
    bench.settle();
    assert_eq!(runs(&bench, "f"), 2);
    bench.world.advance(120_000);
    bench.settle();
    assert_eq!(runs(&bench, "f"), 3);
    let record: Value =
        serde_json::from_str(messages(&bench, "failed")[0]["Body"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&record["requestContext"]["condition"], &record["requestContext"]["approximateInvokeCount"]),
        (&json!("RetriesExhausted"), &json!(3))
    );
    assert_eq!(
        (&record["responseContext"]["functionError"], &record["responsePayload"]["errorType"]),
        (&json!("Unhandled"), &json!("ValueError"))
    );
    let letter = messages(&bench, "dead").remove(0);
    assert_eq!(letter["Body"], "{\"n\":1}");
    assert_eq!(letter["MessageAttributes"]["ErrorMessage"]["StringValue"], "no");
    bench.world.advance(3_600_000);
    bench.settle();
    assert_eq!(runs(&bench, "f"), 3);
}

#[test]
fn retries_and_age_can_be_set() {
    let bench = Bench::new();
    bench.set_policy("app", &allow(json!(["logs:*", "sqs:SendMessage"]), "*"));
    let failed = queue(&bench, "failed");
    bench.function("f", "def handler(e, c): raise ValueError('no')");
    let config = json!({"FunctionName": "f", "MaximumRetryAttempts": 0, "DestinationConfig": {"OnFailure": {"Destination": failed}}});
    bench.call("PutFunctionEventInvokeConfig", config).ok();
    send(&bench, "f", &json!(1));
    bench.world.advance(600_000);
    bench.settle();
    assert_eq!((runs(&bench, "f"), messages(&bench, "failed").len()), (1, 1));
    let changed = bench
        .call(
            "UpdateFunctionEventInvokeConfig",
            json!({"FunctionName": "f", "MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 90}),
        )
        .ok();
    assert_eq!(changed["DestinationConfig"]["OnFailure"]["Destination"], failed);
    send(&bench, "f", &json!(2));
    bench.world.advance(600_000);
    bench.settle();
    // The second attempt is due after 60 s, the third after 180 s, which is too old.
    assert_eq!(runs(&bench, "f"), 3);
    let bodies =
        messages(&bench, "failed").into_iter().map(|found| found["Body"].as_str().unwrap().to_owned());
    let records: Vec<Value> = bodies.map(|body| serde_json::from_str(&body).unwrap()).collect();
    let aged = records.iter().find(|record| record["requestPayload"] == 2).unwrap();
    assert_eq!(aged["requestContext"]["condition"], "EventAgeExceeded");
    let listed = bench.call("ListFunctionEventInvokeConfigs", json!({"FunctionName": "f"})).ok();
    assert_eq!(listed["FunctionEventInvokeConfigs"][0]["MaximumEventAgeInSeconds"], 90);
    bench.call("DeleteFunctionEventInvokeConfig", json!({"FunctionName": "f"})).ok();
    assert_eq!(
        bench.call("GetFunctionEventInvokeConfig", json!({"FunctionName": "f"})).err().code,
        "ResourceNotFoundException"
    );
    let bad = json!({"FunctionName": "f", "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:dynamodb:us-east-1:111111111111:table/x"}}});
    assert_eq!(bench.call("PutFunctionEventInvokeConfig", bad).err().code, "InvalidParameterValueException");
}

#[test]
fn an_event_waits_for_its_role_to_come_back() {
    let bench = Bench::new();
    bench.function("f", "def handler(e, c): return 1");
    bench.world.advance(3_600_000);
    let trust = |service: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}).to_string()
    };
    let set = |service: &str| {
        let input = json!({"RoleName": "app", "PolicyDocument": trust(service)});
        bench.world.call(&bench.admin, "iam", "UpdateAssumeRolePolicy", input).ok();
    };
    set("ec2.amazonaws.com");
    send(&bench, "f", &json!(1));
    set("lambda.amazonaws.com");
    bench.world.advance(1_000);
    bench.settle();
    assert_eq!(runs(&bench, "f"), 1);
    // A function that is gone takes its events with it.
    bench.call("Invoke", json!({"FunctionName": "f", "InvocationType": "Event", "Payload": "1"})).ok();
    bench.call("DeleteFunction", json!({"FunctionName": "f"})).ok();
    bench.settle();
    assert_eq!(runs(&bench, "f"), 1);
}
