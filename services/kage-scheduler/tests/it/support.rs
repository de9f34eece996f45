//! A double with Scheduler and a queue to listen at.

use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

/// The Region of the tests.
pub const EAST: &str = "us-east-1";
/// A minute of the double's clock.
pub const MINUTE: i64 = 60_000;

/// A double, its administrator, a queue and a role that may send there.
pub struct Double {
    /// The double.
    pub world: World,
    /// The administrator of the management account.
    pub admin: Caller,
    /// The role.
    pub role: String,
    /// The queue's URL.
    pub url: String,
    /// The queue's ARN.
    pub queue: String,
}

/// A trust policy for a service.
pub fn trust(service: &str, condition: &Value) -> String {
    let mut statement =
        json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"});
    if condition.is_object() {
        statement["Condition"] = condition.clone();
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

impl Double {
    /// A fresh one.
    pub fn new() -> Double {
        let services = vec![
            kage_iam::service(),
            kage_sts::service(),
            kage_sqs::service(),
            kage_events::service(),
            kage_scheduler::service(),
        ];
        let world = World::new(services);
        let admin = world.admin();
        let queue = format!("arn:aws:sqs:{EAST}:{MANAGEMENT}:heard");
        let made = world.call(&admin, "sqs", "CreateQueue", json!({"QueueName": "heard"})).ok();
        let url = made["QueueUrl"].as_str().unwrap().to_owned();
        let double = Double { role: String::new(), world, admin, url, queue };
        let role = double.role("sender", &trust("scheduler.amazonaws.com", &Value::Null), "sqs:*");
        Double { role, ..double }
    }

    /// A role with one permission; gives its ARN.
    pub fn role(&self, name: &str, trust: &str, action: &str) -> String {
        let iam = |operation: &str, input: Value| self.world.call(&self.admin, "iam", operation, input).ok();
        let made = iam("CreateRole", json!({"RoleName": name, "AssumeRolePolicyDocument": trust}));
        let allow = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": "*"}]});
        let policy = json!({"RoleName": name, "PolicyName": "p", "PolicyDocument": allow.to_string()});
        iam("PutRolePolicy", policy);
        made["Role"]["Arn"].as_str().unwrap().to_owned()
    }

    /// A call to Scheduler that must work.
    #[track_caller]
    pub fn scheduler(&self, operation: &str, input: Value) -> Value {
        self.world.call(&self.admin, "scheduler", operation, input).ok()
    }

    /// A call to Scheduler that must fail: code and text.
    #[track_caller]
    pub fn refused(&self, operation: &str, input: Value) -> (String, String) {
        let failure = self.world.call(&self.admin, "scheduler", operation, input).err();
        (failure.code, failure.message)
    }

    /// What a schedule says, with some of it changed.
    pub fn schedule(&self, name: &str, expression: &str, change: &Value) -> Value {
        let mut input = json!({
            "Name": name, "ScheduleExpression": expression, "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": self.queue, "RoleArn": self.role, "Input": "<aws.scheduler.scheduled-time>"},
        });
        for (key, value) in change.as_object().into_iter().flatten() {
            input[key] = value.clone();
        }
        input
    }

    /// Takes all messages of a queue.
    pub fn take(&self, url: &str) -> Vec<Value> {
        let mut out = Vec::new();
        loop {
            let input = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]});
            let answer = self.world.call(&self.admin, "sqs", "ReceiveMessage", input).ok();
            let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
            if messages.is_empty() {
                return out;
            }
            for message in messages {
                let handle = json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
                self.world.call(&self.admin, "sqs", "DeleteMessage", handle).ok();
                out.push(message);
            }
        }
    }

    /// The bodies of what the queue heard.
    pub fn heard(&self) -> Vec<String> {
        let bodies = self.take(&self.url).into_iter();
        bodies.map(|message| message["Body"].as_str().unwrap().to_owned()).collect()
    }
}
