//! Deliveries: what targets are sent, who decides, what happens after a failure.

use crate::support::{Double, EAST, lets_rule, trust};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

#[test]
fn the_policy_of_the_queue_decides_for_each_rule() {
    // claims: LOG-EVENTBRIDGE-02
    let double = Double::new();
    let (url, arn) = double.queue("orders");
    let (dead_url, dead_arn) = double.open_queue("dead");
    let rule = double.rule_to("orders", &json!({"source": ["shop"]}), &arn);
    let with_dead_letters = json!([{"Id": "queue", "Arn": arn, "DeadLetterConfig": {"Arn": dead_arn}}]);
    double.events("PutTargets", json!({"Rule": "orders", "Targets": with_dead_letters}));
    // Without a policy nothing arrives: no retry, straight to the dead-letter queue.
    let id = double.put("shop", &json!({"n": 1}));
    double.settle();
    assert!(double.take(&url).is_empty());
    let dead = double.take(&dead_url);
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0]["Body"]["id"], id.as_str());
    let attribute = |name: &str| dead[0]["MessageAttributes"][name]["StringValue"].clone();
    assert_eq!(attribute("RULE_ARN"), rule.as_str());
    assert_eq!(attribute("TARGET_ARN"), arn.as_str());
    assert_eq!(attribute("ERROR_CODE"), "NO_PERMISSIONS");
    assert!(attribute("ERROR_MESSAGE").as_str().unwrap().contains("sqs:SendMessage"));
    assert_eq!(attribute("EXHAUSTED_RETRY_CONDITION"), Value::Null);
    double.world.advance(24 * 3_600_000);
    assert!(double.take(&dead_url).is_empty());
    // The policy for another rule does not help; that for this one does.
    double.set_policy(&url, &lets_rule(&arn, &format!("{rule}-other")));
    double.put("shop", &json!({"n": 2}));
    double.settle();
    assert!(double.take(&url).is_empty());
    double.set_policy(&url, &lets_rule(&arn, &rule));
    double.put("shop", &json!({"n": 3}));
    double.settle();
    assert_eq!(double.bodies(&url)[0]["detail"], json!({"n": 3}));
}

#[test]
fn a_missing_queue_is_no_resource() {
    let double = Double::new();
    let (dead_url, dead_arn) = double.open_queue("dead");
    let gone = format!("arn:aws:sqs:{EAST}:{MANAGEMENT}:gone");
    let role = double.role("sender", "events.amazonaws.com", "sqs:SendMessage", &gone);
    double.rule_to("gone", &json!({"source": ["shop"]}), &gone);
    let target = json!({"Id": "queue", "Arn": gone, "RoleArn": role, "DeadLetterConfig": {"Arn": dead_arn}});
    double.events("PutTargets", json!({"Rule": "gone", "Targets": [target]}));
    double.put("shop", &json!({}));
    double.settle();
    let dead = double.take(&dead_url);
    assert_eq!(dead[0]["MessageAttributes"]["ERROR_CODE"]["StringValue"], "NO_RESOURCE");
}

#[test]
fn inputs_are_made_of_the_event() {
    let double = Double::new();
    let (url, arn) = double.open_queue("inputs");
    double.rule_to("inputs", &json!({"source": ["shop"]}), &arn);
    let inputs = [
        (json!({"Input": "{\"fixed\": 1}"}), json!({"fixed": 1})),
        (json!({"InputPath": "$.detail.n"}), json!(7)),
        (
            json!({"InputTransformer": {
                "InputPathsMap": {"n": "$.detail.n", "what": "$.detail-type"},
                "InputTemplate": "{\"n\": <n>, \"text\": \"<what> of <aws.events.rule-name>\"}",
            }}),
            json!({"n": 7, "text": "Test of inputs"}),
        ),
    ];
    for (input, expected) in inputs {
        let mut target = json!({"Id": "queue", "Arn": arn});
        for (name, value) in input.as_object().unwrap() {
            target[name] = value.clone();
        }
        double.events("PutTargets", json!({"Rule": "inputs", "Targets": [target]}));
        let listed = double.events("ListTargetsByRule", json!({"Rule": "inputs"}));
        assert_eq!(listed["Targets"], json!([target]));
        double.put("shop", &json!({"n": 7}));
        double.settle();
        assert_eq!(double.bodies(&url), [expected]);
    }
}

#[test]
fn a_fifo_queue_gets_its_group() {
    let double = Double::new();
    let attributes = json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"});
    let input = json!({"QueueName": "line.fifo", "Attributes": attributes});
    let made = double.world.call(&double.admin, "sqs", "CreateQueue", input).ok();
    let url = made["QueueUrl"].as_str().unwrap();
    let arn = format!("arn:aws:sqs:{EAST}:{MANAGEMENT}:line.fifo");
    double.set_policy(url, &lets_rule(&arn, &format!("arn:aws:events:{EAST}:{MANAGEMENT}:rule/line")));
    double.events("PutRule", json!({"Name": "line", "EventPattern": "{\"source\": [\"shop\"]}"}));
    let plain = json!({"Rule": "line", "Targets": [{"Id": "q", "Arn": arn}]});
    let (code, text) = double.refused("PutTargets", plain);
    assert_eq!(
        (code.as_str(), text.as_str()),
        ("ValidationException", "Parameter(s) SqsParameters must be specified for target: q.")
    );
    let target = json!({"Id": "q", "Arn": arn, "SqsParameters": {"MessageGroupId": "g"}});
    double.events("PutTargets", json!({"Rule": "line", "Targets": [target]}));
    double.put("shop", &json!({"n": 1}));
    double.settle();
    assert_eq!(double.take(url)[0]["Attributes"]["MessageGroupId"], "g");
}

#[test]
fn a_role_is_assumed_where_a_target_has_one() {
    let double = Double::new();
    let (url, arn) = double.queue("roled");
    let role = double.role("sender", "ec2.amazonaws.com", "sqs:SendMessage", &arn);
    let (dead_url, dead_arn) = double.open_queue("dead");
    double.events("PutRule", json!({"Name": "roled", "EventPattern": "{\"source\": [\"shop\"]}"}));
    let target = json!({"Id": "q", "Arn": arn, "RoleArn": role, "DeadLetterConfig": {"Arn": dead_arn}});
    double.events("PutTargets", json!({"Rule": "roled", "Targets": [target]}));
    double.put("shop", &json!({"n": 1}));
    double.settle();
    let dead = double.take(&dead_url);
    assert_eq!(dead[0]["MessageAttributes"]["ERROR_CODE"]["StringValue"], "FAILED_TO_ASSUME_ROLE");
    let trusted = json!({"RoleName": "sender", "PolicyDocument": trust("events.amazonaws.com")});
    double.world.call(&double.admin, "iam", "UpdateAssumeRolePolicy", trusted).ok();
    double.put("shop", &json!({"n": 2}));
    double.settle();
    assert_eq!(double.bodies(&url)[0]["detail"], json!({"n": 2}));
    let events = double.world.events(MANAGEMENT);
    let assumed: Vec<&Value> = events.iter().filter(|event| event["eventName"] == "AssumeRole").collect();
    assert_eq!(assumed.len(), 2);
    assert_eq!(assumed[0]["errorCode"], "AccessDenied");
    assert_eq!(assumed[1]["userIdentity"]["invokedBy"], "events.amazonaws.com");
}
