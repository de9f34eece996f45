//! CloudWatch Logs and SNS, with the real services.

use crate::encryption::{keys, world};
use kage_test::{Answered, Caller, World};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const GROUP: &str = "arn:aws:logs:us-east-1:111111111111:log-group:trail:*";
const ROLE: &str = "arn:aws:iam::111111111111:role/to-logs";
const TOPIC: &str = "arn:aws:sns:us-east-1:111111111111:files";

fn document(statement: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

fn logs_world() -> World {
    let world = world(vec![kage_logs::service(), kage_sts::service()]);
    let admin = world.admin();
    world.call(&admin, "logs", "CreateLogGroup", json!({"logGroupName": "trail"})).ok();
    let trust = json!({"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"});
    let input = json!({"RoleName": "to-logs", "AssumeRolePolicyDocument": document(&trust)});
    world.call(&admin, "iam", "CreateRole", input).ok();
    allow(&world, "log-stream:111111111111_CloudTrail_us-east-1*");
    world
}

/// AWS: CloudTrail user guide, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring".
fn allow(world: &World, streams: &str) {
    let resource = format!("arn:aws:logs:us-east-1:111111111111:log-group:trail:{streams}");
    let may = json!({"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": resource});
    let input = json!({"RoleName": "to-logs", "PolicyName": "write", "PolicyDocument": document(&may)});
    world.call(&world.admin(), "iam", "PutRolePolicy", input).ok();
}

fn create(world: &World, caller: &Caller, more: Value) -> Answered {
    let mut input = json!({"Name": "audit", "S3BucketName": "logs"});
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    world.call(caller, "cloudtrail", "CreateTrail", input)
}

fn to_logs() -> Value {
    json!({"CloudWatchLogsLogGroupArn": GROUP, "CloudWatchLogsRoleArn": ROLE, "IsMultiRegionTrail": true})
}

fn status(world: &World) -> Value {
    world.call(&world.admin(), "cloudtrail", "GetTrailStatus", json!({"Name": "audit"})).ok()
}

fn start(world: &World) {
    world.call(&world.admin(), "cloudtrail", "StartLogging", json!({"Name": "audit"})).ok();
}

fn logged(world: &World) -> Vec<String> {
    let stream = "111111111111_CloudTrail_us-east-1";
    let input = json!({"logGroupName": "trail", "logStreamName": stream, "startFromHead": true});
    let read = world.call(&world.admin(), "logs", "GetLogEvents", input).ok();
    let message = |event: &Value| serde_json::from_str::<Value>(event["message"].as_str().unwrap()).unwrap();
    let name = |event: &Value| message(event)["eventName"].as_str().unwrap().to_owned();
    read["events"].as_array().unwrap().iter().map(name).collect()
}

#[test]
fn every_event_comes_to_the_log_group_once() {
    let world = logs_world();
    let admin = world.admin();
    let made = create(&world, &admin, to_logs()).ok();
    assert_eq!(
        (&made["CloudWatchLogsLogGroupArn"], &made["CloudWatchLogsRoleArn"]),
        (&json!(GROUP), &json!(ROLE))
    );
    start(&world);
    world.call(&admin, "iam", "CreateUser", json!({"UserName": "bob"})).ok();
    world.call_in(&admin, "eu-west-1", "cloudtrail", "ListTrails", &json!({})).ok();
    world.advance(5 * MINUTE);
    let mut names = logged(&world);
    names.sort();
    // Events of all Regions come into the one stream.
    assert_eq!(names, ["CreateUser", "ListTrails", "StartLogging"]);
    let after = status(&world);
    assert_eq!(after["LatestCloudWatchLogsDeliveryTime"].as_f64().unwrap() as i64, world.now() / 1000);
    assert!(after.get("LatestCloudWatchLogsDeliveryError").is_none());
    // A delivery makes events itself; they come too, and then there is rest.
    world.advance(40 * MINUTE);
    let settled = logged(&world).len();
    world.advance(20 * MINUTE);
    // The one more is that of the look at the log group itself.
    assert!(logged(&world).len() <= settled + 2, "{:?}", logged(&world));
}

#[test]
fn a_log_group_that_refuses_loses_nothing_and_the_files_come() {
    let world = logs_world();
    create(&world, &world.admin(), to_logs()).ok();
    start(&world);
    allow(&world, "log-stream:other");
    world.advance(20 * MINUTE);
    let failed = status(&world);
    assert_eq!(failed["LatestCloudWatchLogsDeliveryError"], "AccessDeniedException");
    assert!(failed.get("LatestDeliveryError").is_none());
    assert!(!keys(&world).is_empty());
    allow(&world, "log-stream:*");
    world.advance(60 * MINUTE);
    assert!(status(&world).get("LatestCloudWatchLogsDeliveryError").is_none());
    let names = logged(&world);
    assert_eq!(names.iter().filter(|name| *name == "StartLogging").count(), 1, "{names:?}");
}

#[test]
fn group_and_role_are_checked_and_the_caller_must_pass_the_role() {
    let world = logs_world();
    let admin = world.admin();
    let code = |more: Value| create(&world, &admin, more).err().code;
    let group = "InvalidCloudWatchLogsLogGroupArnException";
    let role = "InvalidCloudWatchLogsRoleArnException";
    assert_eq!(code(json!({"CloudWatchLogsLogGroupArn": GROUP})), role);
    assert_eq!(code(json!({"CloudWatchLogsRoleArn": ROLE})), group);
    let with =
        |arn: &str, role: &str| json!({"CloudWatchLogsLogGroupArn": arn, "CloudWatchLogsRoleArn": role});
    assert_eq!(code(with("arn:aws:s3:::logs", ROLE)), group);
    assert_eq!(code(with(GROUP, "arn:aws:iam::111111111111:user/admin")), role);
    assert_eq!(code(with(GROUP, "arn:aws:iam::111111111111:role/none")), role);
    allow(&world, "log-stream:other");
    let refused = create(&world, &admin, to_logs()).err();
    assert_eq!(
        (refused.code.as_str(), refused.message.as_str()),
        (group, "Access denied. Check the permissions for your role.")
    );
    allow(&world, "log-stream:*");
    let ann = world.user(&admin, "ann");
    let put = |actions: &[&str]| {
        let document = document(&json!({"Effect": "Allow", "Action": actions, "Resource": "*"}));
        let input = json!({"UserName": "ann", "PolicyName": "p", "PolicyDocument": document});
        world.call(&admin, "iam", "PutUserPolicy", input).ok();
    };
    put(&["cloudtrail:*"]);
    let denied = create(&world, &ann, to_logs()).err();
    assert!(denied.code == "AccessDeniedException" && denied.message.contains("iam:PassRole"), "{denied:?}");
    put(&["cloudtrail:*", "iam:PassRole"]);
    create(&world, &ann, to_logs()).ok();
    let away = json!({"Name": "audit", "CloudWatchLogsLogGroupArn": "", "CloudWatchLogsRoleArn": ""});
    assert!(
        world.call(&admin, "cloudtrail", "UpdateTrail", away).ok().get("CloudWatchLogsRoleArn").is_none()
    );
}

fn topic_world() -> World {
    let world = world(vec![kage_sns::service(), kage_sqs::service()]);
    let admin = world.admin();
    world.call(&admin, "sns", "CreateTopic", json!({"Name": "files"})).ok();
    world.call(&admin, "sqs", "CreateQueue", json!({"QueueName": "told"})).ok();
    let queue = "arn:aws:sqs:us-east-1:111111111111:told";
    let may = json!({"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue});
    let url = world.call(&admin, "sqs", "GetQueueUrl", json!({"QueueName": "told"})).ok();
    let set = json!({"QueueUrl": url["QueueUrl"], "Attributes": {"Policy": document(&may)}});
    world.call(&admin, "sqs", "SetQueueAttributes", set).ok();
    let subscribe = json!({"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": queue});
    world.call(&admin, "sns", "Subscribe", subscribe).ok();
    world
}

/// AWS: CloudTrail user guide, "Amazon SNS topic policy for CloudTrail".
fn topic_policy(world: &World, principal: &str) {
    let condition =
        json!({"StringEquals": {"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:111111111111:trail/audit"}});
    let may = json!({"Effect": "Allow", "Principal": {"Service": principal}, "Action": "SNS:Publish", "Resource": TOPIC, "Condition": condition});
    let set = json!({"TopicArn": TOPIC, "AttributeName": "Policy", "AttributeValue": document(&may)});
    world.call(&world.admin(), "sns", "SetTopicAttributes", set).ok();
}

fn told(world: &World) -> Vec<String> {
    let admin = world.admin();
    let url = world.call(&admin, "sqs", "GetQueueUrl", json!({"QueueName": "told"})).ok();
    let input = json!({"QueueUrl": url["QueueUrl"], "MaxNumberOfMessages": 10});
    let read = world.call(&admin, "sqs", "ReceiveMessage", input).ok();
    let body = |message: &Value| {
        let envelope: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
        envelope["Message"].as_str().unwrap().to_owned()
    };
    read["Messages"].as_array().map(Vec::as_slice).unwrap_or_default().iter().map(body).collect()
}

#[test]
fn a_topic_is_told_of_each_file() {
    let world = topic_world();
    let admin = world.admin();
    for named in ["files", TOPIC, "none"] {
        let refused = create(&world, &admin, json!({"SnsTopicName": named})).err();
        assert_eq!(refused.code, "InsufficientSnsTopicPolicyException");
    }
    let bad = create(&world, &admin, json!({"SnsTopicName": "no topic!"})).err();
    assert_eq!(bad.code, "InvalidSnsTopicNameException");
    topic_policy(&world, "cloudtrail.amazonaws.com");
    let made = create(&world, &admin, json!({"SnsTopicName": "files"})).ok();
    assert_eq!((&made["SnsTopicARN"], &made["SnsTopicName"]), (&json!(TOPIC), &json!("files")));
    start(&world);
    world.advance(1000);
    assert_eq!(told(&world), ["CloudTrail validation message."]);
    world.advance(5 * MINUTE);
    let messages = told(&world);
    assert_eq!(messages.len(), 2, "the first is visible again: {messages:?}");
    let message: Value = serde_json::from_str(&messages[1]).unwrap();
    assert_eq!(message, json!({"s3Bucket": "logs", "s3ObjectKey": [keys(&world)[0]]}));
    let after = status(&world);
    assert!(after["LatestNotificationTime"].is_number(), "{after}");
    assert_eq!(after["LatestNotificationAttemptSucceeded"], after["LatestDeliveryAttemptSucceeded"]);
    // A topic that refuses keeps no file back.
    topic_policy(&world, "s3.amazonaws.com");
    world.advance(10 * MINUTE);
    let refused = status(&world);
    assert_eq!(refused["LatestNotificationError"], "AuthorizationError");
    assert!(keys(&world).len() >= 2);
}
