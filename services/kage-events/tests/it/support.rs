//! A double with EventBridge and queues to listen at.

use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

/// The Region of the tests.
pub const EAST: &str = "us-east-1";

/// A double and its administrator.
pub struct Double {
    /// The double.
    pub world: World,
    /// The administrator of the management account.
    pub admin: Caller,
}

/// The policy of a queue that lets EventBridge send for one rule.
pub fn lets_rule(queue_arn: &str, rule_arn: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": queue_arn, "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
        }],
    })
    .to_string()
}

/// A trust policy for a service.
pub fn trust(service: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})
    .to_string()
}

impl Double {
    /// A role that a service may assume, with one permission; gives its ARN.
    pub fn role(&self, name: &str, service: &str, action: &str, resource: &str) -> String {
        let iam = |operation: &str, input: Value| self.world.call(&self.admin, "iam", operation, input).ok();
        let made = iam("CreateRole", json!({"RoleName": name, "AssumeRolePolicyDocument": trust(service)}));
        let allow = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": resource}]});
        let policy = json!({"RoleName": name, "PolicyName": "p", "PolicyDocument": allow.to_string()});
        iam("PutRolePolicy", policy);
        made["Role"]["Arn"].as_str().unwrap().to_owned()
    }

    /// A fresh one.
    pub fn new() -> Double {
        Double::with(Vec::new())
    }

    /// A fresh one with more services.
    pub fn with(more: Vec<kage_core::Service>) -> Double {
        Double::outside(more, kage_core::Outside::default())
    }

    /// A fresh one with more services and doors to the outside.
    pub fn outside(more: Vec<kage_core::Service>, outside: kage_core::Outside) -> Double {
        let mut services =
            vec![kage_iam::service(), kage_sts::service(), kage_sqs::service(), kage_events::service()];
        services.extend(more);
        let world = World::with_outside(services, outside);
        let admin = world.admin();
        Double { world, admin }
    }

    /// A call to EventBridge that must work.
    #[track_caller]
    pub fn events(&self, operation: &str, input: Value) -> Value {
        self.world.call(&self.admin, "events", operation, input).ok()
    }

    /// A call to EventBridge that must fail: code and text.
    #[track_caller]
    pub fn refused(&self, operation: &str, input: Value) -> (String, String) {
        let failure = self.world.call(&self.admin, "events", operation, input).err();
        (failure.code, failure.message)
    }

    /// A queue: its URL and ARN.
    pub fn queue(&self, name: &str) -> (String, String) {
        let made = self.world.call(&self.admin, "sqs", "CreateQueue", json!({"QueueName": name})).ok();
        (made["QueueUrl"].as_str().unwrap().to_owned(), format!("arn:aws:sqs:{EAST}:{MANAGEMENT}:{name}"))
    }

    /// A queue that any rule of the account may send to.
    pub fn open_queue(&self, name: &str) -> (String, String) {
        let (url, arn) = self.queue(name);
        self.set_policy(&url, &lets_rule(&arn, "arn:aws:events:*:*:rule/*").replace("ArnEquals", "ArnLike"));
        (url, arn)
    }

    /// Sets the policy of a queue.
    pub fn set_policy(&self, url: &str, policy: &str) {
        let input = json!({"QueueUrl": url, "Attributes": {"Policy": policy}});
        self.world.call(&self.admin, "sqs", "SetQueueAttributes", input).ok();
    }

    /// Takes all messages of a queue: bodies as JSON, with attributes.
    pub fn take(&self, url: &str) -> Vec<Value> {
        let mut out = Vec::new();
        loop {
            let input = json!({
                "QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0,
                "MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"],
            });
            let answer = self.world.call(&self.admin, "sqs", "ReceiveMessage", input).ok();
            let Some(messages) = answer["Messages"].as_array().filter(|found| !found.is_empty()) else {
                return out;
            };
            for message in messages {
                let handle = json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
                self.world.call(&self.admin, "sqs", "DeleteMessage", handle).ok();
                let mut message = message.clone();
                let text = message["Body"].as_str().unwrap_or_default().to_owned();
                message["Body"] = serde_json::from_str(&text).unwrap_or(Value::String(text));
                out.push(message);
            }
        }
    }

    /// The bodies of all messages of a queue.
    pub fn bodies(&self, url: &str) -> Vec<Value> {
        self.take(url).into_iter().map(|mut message| message["Body"].take()).collect()
    }

    /// A rule with a queue as its only target.
    pub fn rule_to(&self, rule: &str, pattern: &Value, queue_arn: &str) -> String {
        let made = self.events("PutRule", json!({"Name": rule, "EventPattern": pattern.to_string()}));
        let targets = json!([{"Id": "queue", "Arn": queue_arn}]);
        self.events("PutTargets", json!({"Rule": rule, "Targets": targets}));
        made["RuleArn"].as_str().unwrap().to_owned()
    }

    /// Puts one event on the default bus; gives its id.
    pub fn put(&self, source: &str, detail: &Value) -> String {
        let entry = json!({"Source": source, "DetailType": "Test", "Detail": detail.to_string()});
        let out = self.events("PutEvents", json!({"Entries": [entry]}));
        assert_eq!(out["FailedEntryCount"], 0, "{out}");
        out["Entries"][0]["EventId"].as_str().unwrap().to_owned()
    }

    /// Lets what is due happen, also behind two buses.
    pub fn settle(&self) {
        self.world.advance(500);
    }
}
