//! What alarms do: notifications and functions.

use crate::alarms::{alarm, history};
use crate::call;
use kage_store::Reads;
use kage_test::{MANAGEMENT, World};
use serde_json::{Value, json};

#[test]
fn a_topic_hears_of_the_alarm_or_the_history_tells_why_not() {
    // claims: LOG-CLOUDWATCH-02
    let world = World::new(vec![
        kage_cloudwatch::service(),
        kage_iam::service(),
        kage_sns::service(),
        kage_sqs::service(),
    ]);
    let admin = world.admin();
    let topic = world.call(&admin, "sns", "CreateTopic", json!({ "Name": "ops" })).ok()["TopicArn"].clone();
    let queue =
        world.call(&admin, "sqs", "CreateQueue", json!({ "QueueName": "ops" })).ok()["QueueUrl"].clone();
    let queue_arn = format!("arn:aws:sqs:us-east-1:{MANAGEMENT}:ops");
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "sqs:SendMessage", "Resource": queue_arn,
    }] });
    let attributes = json!({ "Policy": policy.to_string() });
    world
        .call(&admin, "sqs", "SetQueueAttributes", json!({ "QueueUrl": queue, "Attributes": attributes }))
        .ok();
    let subscription = json!({ "TopicArn": topic, "Protocol": "sqs", "Endpoint": queue_arn });
    world.call(&admin, "sns", "Subscribe", subscription).ok();
    // The topic lets in CloudWatch for this account only.
    let allow = |account: &str| {
        let policy = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "cloudwatch.amazonaws.com" }, "Action": "sns:Publish", "Resource": topic,
            "Condition": { "StringEquals": { "aws:SourceAccount": account },
                "ArnLike": { "aws:SourceArn": format!("arn:aws:cloudwatch:us-east-1:{account}:alarm:*") } },
        }] });
        let input =
            json!({ "TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy.to_string() });
        world.call(&admin, "sns", "SetTopicAttributes", input).ok();
    };
    allow("999999999999");
    alarm(&world, &admin, "high", json!({ "AlarmActions": [topic], "OKActions": [topic] }));
    let set = |value: &str| {
        let input = json!({ "AlarmName": "high", "StateValue": value, "StateReason": "testing" });
        call(&world, &admin, "SetAlarmState", input);
    };
    let messages = || {
        world.advance(1_000);
        let out = world
            .call(&admin, "sqs", "ReceiveMessage", json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10 }))
            .ok();
        let messages = out["Messages"].as_array().cloned().unwrap_or_default();
        messages
            .iter()
            .map(|one| serde_json::from_str(one["Body"].as_str().unwrap()).unwrap())
            .collect::<Vec<Value>>()
    };
    set("OK");
    assert!(messages().is_empty());
    let told = history(&world, &admin, "high", "Action");
    assert!(
        told[0].starts_with(&format!("Failed to execute action {}", topic.as_str().unwrap())),
        "{told:?}"
    );
    let denied = world
        .events(MANAGEMENT)
        .into_iter()
        .find(|event| event["eventSource"] == "sns.amazonaws.com" && event["errorCode"].is_string());
    allow(MANAGEMENT);
    set("ALARM");
    let heard = messages();
    assert_eq!(heard.len(), 1, "{denied:?}");
    assert_eq!(heard[0]["Subject"], "ALARM: \"high\" in US East (N. Virginia)");
    let message: Value = serde_json::from_str(heard[0]["Message"].as_str().unwrap()).unwrap();
    let member = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (member("NewStateValue"), member("OldStateValue"), member("NewStateReason")),
        ("ALARM".into(), "OK".into(), "testing".into())
    );
    assert_eq!(
        (&message["Trigger"]["MetricName"], &message["Trigger"]["Statistic"]),
        (&json!("Load"), &json!("SUM"))
    );
    assert_eq!(
        history(&world, &admin, "high", "Action")[1],
        format!("Successfully executed action {}", topic.as_str().unwrap())
    );
    // Switched off, it acts no more.
    call(&world, &admin, "DisableAlarmActions", json!({ "AlarmNames": ["high"] }));
    set("OK");
    assert!(messages().is_empty());
    call(&world, &admin, "EnableAlarmActions", json!({ "AlarmNames": ["high"] }));
    set("ALARM");
    assert_eq!(messages().len(), 1);
}

/// A zip file with one Python file.
const CODE: &str = "UEsDBBQAAAAAAIIYIlwilQD0FwAAABcAAAAIAAAAaW5kZXgucHlkZWYgaGFuZGxlcihlLCBjKTogcGFzc1BLAQIUAxQAAAAAAIIYIlwilQD0FwAAABcAAAAIAAAAAAAAAAAAAACkgQAAAABpbmRleC5weVBLBQYAAAAAAQABADYAAAA9AAAAAAA=";

#[test]
fn a_function_is_called_if_its_policy_lets_the_alarm() {
    // claims: LOG-CLOUDWATCH-02
    let services =
        vec![kage_cloudwatch::service(), kage_iam::service(), kage_lambda::service(), kage_sts::service()];
    let world = World::new(services);
    let admin = world.admin();
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole",
    }] });
    let input = json!({ "RoleName": "app", "AssumeRolePolicyDocument": trust.to_string() });
    let role = world.call(&admin, "iam", "CreateRole", input).ok()["Role"]["Arn"].clone();
    let input = json!({
        "FunctionName": "react", "Runtime": "python3.12", "Handler": "index.handler", "Role": role,
        "Code": { "ZipFile": CODE },
    });
    let function = world.call(&admin, "lambda", "CreateFunction", input).ok()["FunctionArn"].clone();
    world.advance(0);
    alarm(&world, &admin, "high", json!({ "AlarmActions": [function], "OKActions": [function] }));
    let set = |value: &str| {
        let input = json!({ "AlarmName": "high", "StateValue": value, "StateReason": "testing" });
        call(&world, &admin, "SetAlarmState", input);
    };
    set("OK");
    let input = json!({
        "FunctionName": "react", "StatementId": "alarm", "Action": "lambda:InvokeFunction",
        "Principal": "lambda.alarms.cloudwatch.amazonaws.com", "SourceAccount": MANAGEMENT,
        "SourceArn": format!("arn:aws:cloudwatch:us-east-1:{MANAGEMENT}:alarm:high"),
    });
    world.call(&admin, "lambda", "AddPermission", input).ok();
    set("ALARM");
    let told = history(&world, &admin, "high", "Action");
    let function = function.as_str().unwrap();
    assert!(told[0].starts_with(&format!("Failed to execute action {function}")), "{told:?}");
    assert_eq!(told[1..], [format!("Successfully executed action {function}")]);
    // What the function will get.
    let store = world.pipeline.world().store.read();
    let rows: Vec<Value> = store
        .prefix("lambda.events", &[])
        .map(|(_, row)| serde_json::from_slice(&row[1..]).unwrap())
        .collect();
    assert_eq!(rows.len(), 1);
    let event: Value = serde_json::from_str(rows[0]["payload"].as_str().unwrap()).unwrap();
    assert_eq!(event["source"], "aws.cloudwatch");
    assert_eq!(event["alarmArn"], format!("arn:aws:cloudwatch:us-east-1:{MANAGEMENT}:alarm:high"));
    assert_eq!(
        (&event["alarmData"]["state"]["value"], &event["alarmData"]["previousState"]["value"]),
        (&json!("ALARM"), &json!("OK"))
    );
}
