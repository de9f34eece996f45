//! Every kind of target, with its real service.

use crate::support::{Double, EAST};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kage_core::{Capability, Invocation, InvocationResult, Outcome, Outside, Sandbox};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};
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

/// A zip archive of one file.
const ZIP: &str = "UEsDBBQAAAAAAAAAIQB+qJWeAwAAAAMAAAAIAAAAaW5kZXgucHl4PTFQSwECFAMUAAAAAAAAACEAfqiVngMAAAADAAAACAAAAAAAAAAAAAAAgAEAAAAAaW5kZXgucHlQSwUGAAAAAAEAAQA2AAAAKQAAAAAA";

impl Double {
    #[track_caller]
    fn ok(&self, service: &str, operation: &str, input: Value) -> Value {
        self.world.call(&self.admin, service, operation, input).ok()
    }

    /// A rule for everything from `shop` with one target; gives its ARN.
    fn shop_rule(&self, target: Value) -> String {
        let made =
            self.events("PutRule", json!({"Name": "shop", "EventPattern": "{\"source\": [\"shop\"]}"}));
        self.events("PutTargets", json!({"Rule": "shop", "Targets": [target]}));
        made["RuleArn"].as_str().unwrap().to_owned()
    }

    fn settle_with_errands(&self) {
        self.settle();
        self.world.pipeline.wait_for_errands();
        self.settle();
    }
}

#[test]
fn a_function_lets_the_rule_call_it_or_the_failure_is_seen() {
    // claims: LOG-EVENTBRIDGE-02
    let collector = Arc::new(Collector::default());
    let outside = Outside { sandbox: Some(collector.clone()), ..Outside::default() };
    let services = vec![kage_lambda::service(), kage_logs::service(), kage_cloudwatch::service()];
    let double = Double::outside(services, outside);
    let role = double.role("f", "lambda.amazonaws.com", "logs:*", "*");
    let function = json!({
        "FunctionName": "f", "Runtime": "python3.12", "Handler": "index.handler", "Role": role,
        "Code": {"ZipFile": ZIP},
    });
    let arn = double.ok("lambda", "CreateFunction", function)["FunctionArn"].clone();
    double.world.advance(10_000);
    let (dead_url, dead_arn) = double.open_queue("dead");
    let rule = double.shop_rule(json!({"Id": "f", "Arn": arn, "DeadLetterConfig": {"Arn": dead_arn}}));
    double.put("shop", &json!({"n": 1}));
    double.settle_with_errands();
    assert!(collector.0.lock().unwrap().is_empty());
    let dead = double.take(&dead_url);
    assert_eq!(dead[0]["MessageAttributes"]["ERROR_CODE"]["StringValue"], "NO_PERMISSIONS");
    let sum = |metric: &str| {
        let now = double.world.now() / 1000;
        let input = json!({
            "Namespace": "AWS/Events", "MetricName": metric, "Period": 60, "Statistics": ["Sum"],
            "Dimensions": [{"Name": "RuleName", "Value": "shop"}],
            "StartTime": now - 600, "EndTime": now + 60,
        });
        let found = double.ok("cloudwatch", "GetMetricStatistics", input);
        found["Datapoints"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| one["Sum"].as_f64().unwrap())
            .sum::<f64>()
    };
    assert_eq!((sum("FailedInvocations"), sum("InvocationsSentToDlq")), (1.0, 1.0));
    let permission = json!({
        "FunctionName": "f", "StatementId": "s", "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com", "SourceArn": rule,
    });
    double.ok("lambda", "AddPermission", permission);
    double.put("shop", &json!({"n": 2}));
    double.settle_with_errands();
    let seen = collector.0.lock().unwrap().clone();
    assert_eq!((seen.len(), &seen[0]["detail"]), (1, &json!({"n": 2})));
    assert_eq!((sum("FailedInvocations"), sum("Invocations")), (1.0, 2.0));
}

#[test]
fn a_topic_passes_the_notification_on() {
    // claims: LOG-EVENTBRIDGE-01
    let double = Double::with(vec![kage_sns::service()]);
    let topic = double.ok("sns", "CreateTopic", json!({"Name": "alerts"}))["TopicArn"].clone();
    let (url, queue) = double.queue("alerts");
    let lets_topic = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue}]});
    double.set_policy(&url, &lets_topic.to_string());
    double.ok("sns", "Subscribe", json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue}));
    let rule = double.shop_rule(json!({"Id": "t", "Arn": topic}));
    let put = |n: i64| {
        double.put("shop", &json!({"n": n}));
        double.world.advance(1000);
        double.bodies(&url)
    };
    assert!(put(1).is_empty());
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish",
        "Resource": topic, "Condition": {"ArnEquals": {"aws:SourceArn": rule}}}]});
    let input = json!({"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy.to_string()});
    double.ok("sns", "SetTopicAttributes", input);
    let seen = put(2);
    let event: Value = serde_json::from_str(seen[0]["Message"].as_str().unwrap()).unwrap();
    assert_eq!(event["detail"], json!({"n": 2}));
}

#[test]
fn a_stream_gets_records_as_the_role() {
    let double = Double::with(vec![kage_kinesis::service()]);
    double.ok("kinesis", "CreateStream", json!({"StreamName": "s", "ShardCount": 1}));
    double.world.advance(60_000);
    let arn = format!("arn:aws:kinesis:{EAST}:{MANAGEMENT}:stream/s");
    let role = double.role("sender", "events.amazonaws.com", "kinesis:PutRecord", &arn);
    let parameters = json!({"PartitionKeyPath": "$.detail.key"});
    double.shop_rule(json!({"Id": "s", "Arn": arn, "RoleArn": role, "KinesisParameters": parameters}));
    double.put("shop", &json!({"key": "k1"}));
    double.settle();
    let iterator =
        json!({"StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"});
    let iterator = double.ok("kinesis", "GetShardIterator", iterator)["ShardIterator"].clone();
    let records = double.ok("kinesis", "GetRecords", json!({"ShardIterator": iterator}));
    assert_eq!(records["Records"][0]["PartitionKey"], "k1");
    let data = BASE64.decode(records["Records"][0]["Data"].as_str().unwrap()).unwrap();
    let event: Value = serde_json::from_slice(&data).unwrap();
    assert_eq!(event["detail"], json!({"key": "k1"}));
}

#[test]
fn a_log_group_takes_events_when_a_resource_policy_lets() {
    let double = Double::with(vec![kage_logs::service()]);
    double.ok("logs", "CreateLogGroup", json!({"logGroupName": "/aws/events/shop"}));
    let arn = format!("arn:aws:logs:{EAST}:{MANAGEMENT}:log-group:/aws/events/shop");
    double.shop_rule(json!({"Id": "l", "Arn": arn}));
    let logged = || {
        let found = double.ok("logs", "FilterLogEvents", json!({"logGroupName": "/aws/events/shop"}));
        found["events"].as_array().cloned().unwrap_or_default()
    };
    double.put("shop", &json!({"n": 1}));
    double.settle();
    assert!(logged().is_empty());
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": format!("{arn}:*")}]});
    let input = json!({"policyName": "p", "policyDocument": policy.to_string()});
    double.ok("logs", "PutResourcePolicy", input);
    double.put("shop", &json!({"n": 2}));
    double.settle();
    let event: Value = serde_json::from_str(logged()[0]["message"].as_str().unwrap()).unwrap();
    assert_eq!(event["detail"], json!({"n": 2}));
}
