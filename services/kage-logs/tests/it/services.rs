//! Other services: functions that are subscribed, and services that write by resource policies.

use crate::kit::{Logs, messages};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::GzDecoder;
use kage_api_logs::types::{InputLogEvent, PutLogEventsRequest, PutLogEventsResponse};
use kage_core::{
    Call, Capability, Forward, Invocation, InvocationResult, Job, JobHandler, Outcome, Sandbox, Tx,
};
use kage_core::{DenialStyle, Outside, Result, Service};
use kage_test::{MANAGEMENT, World};
use serde_json::{Value, json};
use std::io::Read as _;
use std::sync::{Arc, Mutex};

/// A sandbox that keeps the events which functions are given.
#[derive(Default)]
struct Collector(Mutex<Vec<Value>>);

impl Sandbox for Collector {
    fn invoke(&self, invocation: &Invocation) -> InvocationResult {
        self.0.lock().unwrap().push(serde_json::from_slice(&invocation.payload).unwrap());
        InvocationResult {
            outcome: Outcome::Answer(b"null".to_vec()),
            log_stream: invocation.log_stream.clone(),
            init_logs: Vec::new(),
            logs: Vec::new(),
            duration_us: 1_000,
            init_us: None,
            max_memory_mb: 40,
        }
    }
    fn retire(&self, _: &str) {}
    fn capabilities(&self) -> Vec<Capability> {
        Vec::new()
    }
}

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:f";
/// A zip archive of one file.
const ZIP: &str = "UEsDBBQAAAAAAAAAIQB+qJWeAwAAAAMAAAAIAAAAaW5kZXgucHl4PTFQSwECFAMUAAAAAAAAACEAfqiVngMAAAADAAAACAAAAAAAAAAAAAAAgAEAAAAAaW5kZXgucHlQSwUGAAAAAAEAAQA2AAAAKQAAAAAA";

#[test]
fn a_function_is_given_what_matches() {
    // claims: LOG-CWLOGS-02
    let collector = Arc::new(Collector::default());
    let outside = Outside { sandbox: Some(collector.clone()), ..Outside::default() };
    let services =
        vec![kage_logs::service(), kage_iam::service(), kage_sts::service(), kage_lambda::service()];
    let world = World::with_outside(services, outside);
    let admin = world.admin();
    let logs = Logs { world, admin };
    logs.ok("CreateLogGroup", json!({"logGroupName": "g"}));
    logs.ok("CreateLogStream", json!({"logGroupName": "g", "logStreamName": "s"}));
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let role = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust.to_string()});
    logs.world.call(&logs.admin, "iam", "CreateRole", role).ok();
    let function = json!({
        "FunctionName": "f", "Runtime": "python3.12", "Handler": "index.handler", "Role": "arn:aws:iam::111111111111:role/r",
        "Code": {"ZipFile": ZIP},
    });
    logs.world.call(&logs.admin, "lambda", "CreateFunction", function).ok();
    settle(&logs.world);
    let subscribe =
        json!({"logGroupName": "g", "filterName": "f", "filterPattern": "ERROR", "destinationArn": FUNCTION});
    logs.fails(
        "PutSubscriptionFilter",
        subscribe.clone(),
        "InvalidParameterException",
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.",
    );
    // Functions let in the service, or the service of the Region.
    for principal in ["logs.amazonaws.com", "logs.us-east-1.amazonaws.com"] {
        let permission = json!({
            "FunctionName": "f", "StatementId": "logs", "Action": "lambda:InvokeFunction", "Principal": principal,
            "SourceArn": "arn:aws:logs:us-east-1:111111111111:log-group:g:*", "SourceAccount": MANAGEMENT,
        });
        logs.world.call(&logs.admin, "lambda", "AddPermission", permission).ok();
        logs.ok("PutSubscriptionFilter", subscribe.clone());
        logs.put(&[(-1_000, "ERROR 1"), (0, "INFO 2")]);
        settle(&logs.world);
        let given = collector.0.lock().unwrap().pop().unwrap();
        let packed = BASE64.decode(given["awslogs"]["data"].as_str().unwrap()).unwrap();
        let mut text = String::new();
        GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
        let data: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&data["messageType"], &data["owner"]), (&json!("DATA_MESSAGE"), &json!(MANAGEMENT)));
        assert_eq!(data["logEvents"].as_array().unwrap().len(), 1);
        assert_eq!(data["logEvents"][0]["message"], "ERROR 1");
        let name = json!({"FunctionName": "f", "StatementId": "logs"});
        logs.world.call(&logs.admin, "lambda", "RemovePermission", name).ok();
    }
    assert!(collector.0.lock().unwrap().is_empty());
}

fn settle(world: &World) {
    for _ in 0..3 {
        world.advance(1_000);
        world.pipeline.wait_for_errands();
    }
}

/// A service that writes one event to a stream, as `events.amazonaws.com` for a rule.
fn writer() -> Service {
    fn write(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
        let input = PutLogEventsRequest {
            log_group_name: "g".to_owned(),
            log_stream_name: "s".to_owned(),
            log_events: vec![InputLogEvent {
                timestamp: call.now.milliseconds(),
                message: payload["text"].to_string(),
            }],
            ..PutLogEventsRequest::default()
        };
        let how = Forward::AsService {
            name: "events.amazonaws.com",
            source_arn: Some("arn:aws:events:us-east-1:111111111111:rule/r".to_owned()),
            source_account: Some(MANAGEMENT.to_owned()),
        };
        let target = (&kage_api_logs::SERVICE, &kage_api_logs::operations::PUT_LOG_EVENTS);
        let put = call.forward::<PutLogEventsResponse>(tx, how, target, input);
        let code = put.err().map(|error| error.code.into_owned());
        tx.emit("test", &json!(code)).map(|_| ())
    }
    Service {
        models: &[],
        event_source: "test.amazonaws.com",
        global: false,
        denial: DenialStyle::AccessDenied,
        validation_code: "ValidationException",
        validation_first: false,
        operations: Vec::new(),
        jobs: vec![JobHandler { kind: "test.write", principal: "events.amazonaws.com", run: write }],
    }
}

#[test]
fn a_service_writes_where_a_resource_policy_lets_it() {
    let world = World::new(vec![kage_logs::service(), kage_iam::service(), writer()]);
    let admin = world.admin();
    let logs = Logs { world, admin };
    logs.ok("CreateLogGroup", json!({"logGroupName": "g"}));
    logs.ok("CreateLogStream", json!({"logGroupName": "g", "logStreamName": "s"}));
    let write = |text: &str| {
        let job = Job {
            kind: "test.write".to_owned(),
            account: MANAGEMENT.to_owned(),
            region: "us-east-1".to_owned(),
            payload: json!({"text": text}),
        };
        logs.world.write(|tx| tx.schedule(kage_schema::Timestamp(logs.world.now()), &job));
        logs.world.advance(0);
        let said = logs.world.write(|tx| Ok(tx.reads().stream_read_rev("test", u64::MAX, 1)?));
        serde_json::from_slice::<Value>(&said[0].1).unwrap()
    };
    let policy = |service: &str, rule: &str, resource: &str| {
        let document = json!({"Version": "2012-10-17", "Statement": {
            "Sid": "a", "Effect": "Allow", "Principal": {"Service": service}, "Action": "logs:PutLogEvents", "Resource": resource,
            "Condition": {"ArnLike": {"aws:SourceArn": rule}},
        }});
        logs.ok("PutResourcePolicy", json!({"policyName": service, "policyDocument": document.to_string()}));
    };
    let group = "arn:aws:logs:us-east-1:111111111111:log-group:g:*";
    let rule = "arn:aws:events:us-east-1:111111111111:rule/*";
    assert_eq!(write("none"), "AccessDeniedException");
    policy("route53.amazonaws.com", "*", group);
    assert_eq!(write("another service"), "AccessDeniedException");
    policy("events.amazonaws.com", "arn:aws:events:us-east-1:222222222222:rule/*", group);
    assert_eq!(write("another rule"), "AccessDeniedException");
    policy("events.amazonaws.com", rule, "arn:aws:logs:us-east-1:111111111111:log-group:h:*");
    assert_eq!(write("another group"), "AccessDeniedException");
    // The policy of a log group speaks of that group, whatever resource it names.
    logs.ok("CreateLogGroup", json!({"logGroupName": "h"}));
    let of_group = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "logs:PutLogEvents", "Resource": "*"},
    ]});
    let of = |group: &str| {
        let arn = format!("arn:aws:logs:us-east-1:111111111111:log-group:{group}");
        logs.ok("PutResourcePolicy", json!({"resourceArn": arn, "policyDocument": of_group.to_string()}))["revisionId"].clone()
    };
    of("h");
    assert_eq!(write("by the policy of another group"), "AccessDeniedException");
    let revision = of("g");
    assert_eq!(write("by the policy of the group"), Value::Null);
    let arn = "arn:aws:logs:us-east-1:111111111111:log-group:g";
    logs.ok("DeleteResourcePolicy", json!({"resourceArn": arn, "expectedRevisionId": revision}));
    policy("events.amazonaws.com", rule, group);
    assert_eq!(write("allowed"), Value::Null);
    assert_eq!(
        messages(&logs.ok("FilterLogEvents", json!({"logGroupName": "g"}))),
        ["\"by the policy of the group\"", "\"allowed\""]
    );
    logs.ok("DeleteResourcePolicy", json!({"policyName": "events.amazonaws.com"}));
    assert_eq!(write("no more"), "AccessDeniedException");
}
