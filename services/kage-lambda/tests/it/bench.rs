//! A double with Lambda and its neighbours.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kage_core::Outside;
use kage_sandbox::{ProcessSandbox, Settings};
use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};
use std::sync::Arc;

/// A double, its administrator, and a role for functions.
pub struct Bench {
    pub world: World,
    pub admin: Caller,
    pub role: String,
    _folder: tempfile::TempDir,
}

/// The ARN of a function of the management account.
pub fn arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:{MANAGEMENT}:function:{name}")
}

/// The ARN of a user of the management account.
pub fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{MANAGEMENT}:user/{name}")
}

/// An archive with `index.py`, in Base64.
pub fn zip(code: &str) -> String {
    archive(&[("index.py", 0o100_644, code.as_bytes())])
}

/// An archive of these files, in Base64.
pub fn archive(files: &[(&str, u32, &[u8])]) -> String {
    STANDARD.encode(kage_zip::pack(files).unwrap())
}

/// A policy of one statement.
pub fn allow(actions: Value, resource: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}).to_string()
}

impl Bench {
    pub fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = ProcessSandbox::new(Settings::new(folder.path().join("sandbox"))).unwrap();
        let outside = Outside { sandbox: Some(Arc::new(sandbox)), ..Outside::default() };
        let services = vec![
            kage_iam::service(),
            kage_sts::service(),
            kage_kms::service(),
            kage_kinesis::service(),
            kage_logs::service(),
            kage_s3::service(),
            kage_sqs::service(),
            kage_lambda::service(),
        ];
        let world = World::with_outside(services, outside);
        let admin = world.admin();
        let bench = Bench { world, admin, role: String::new(), _folder: folder };
        let logs = allow(json!("logs:*"), "*");
        let role = bench.make_role("app", "lambda.amazonaws.com", Some(&logs));
        Bench { role, ..bench }
    }

    /// A role that a service may assume.
    pub fn make_role(&self, name: &str, service: &str, policy: Option<&str>) -> String {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]});
        let input = json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()});
        let made = self.world.call(&self.admin, "iam", "CreateRole", input).ok();
        if let Some(policy) = policy {
            self.set_policy(name, policy);
        }
        made["Role"]["Arn"].as_str().unwrap().to_owned()
    }

    /// Sets the inline policy of a role.
    pub fn set_policy(&self, role: &str, policy: &str) {
        let input = json!({"RoleName": role, "PolicyName": "p", "PolicyDocument": policy});
        self.world.call(&self.admin, "iam", "PutRolePolicy", input).ok();
    }

    /// A user with an inline policy.
    pub fn user(&self, name: &str, policy: Option<&str>) -> Caller {
        let user = self.world.user(&self.admin, name);
        if let Some(policy) = policy {
            let input = json!({"UserName": name, "PolicyName": "p", "PolicyDocument": policy});
            self.world.call(&self.admin, "iam", "PutUserPolicy", input).ok();
        }
        user
    }

    pub fn call(&self, operation: &str, input: Value) -> kage_test::Answered {
        self.world.call(&self.admin, "lambda", operation, input)
    }

    /// What CreateFunction takes for a Python function.
    pub fn input(&self, name: &str, code: &str) -> Value {
        json!({"FunctionName": name, "Runtime": "python3.12", "Handler": "index.handler", "Role": self.role, "Code": {"ZipFile": zip(code)}})
    }

    /// A Python function that is ready.
    pub fn function(&self, name: &str, code: &str) -> Value {
        let made = self.call("CreateFunction", self.input(name, code)).ok();
        self.settle();
        made
    }

    /// Runs the jobs that are due and waits for their errands.
    pub fn settle(&self) {
        self.world.advance(0);
        self.world.pipeline.wait_for_errands();
        self.world.advance(0);
    }

    /// Invokes with a JSON event; the answer with its payload read.
    pub fn invoke(&self, caller: &Caller, name: &str, event: &Value) -> kage_test::Answered {
        let input = json!({"FunctionName": name, "Payload": event.to_string()});
        self.world.call(caller, "lambda", "Invoke", input)
    }

    /// The payload of an invocation that answered.
    #[track_caller]
    pub fn answer(&self, name: &str, event: &Value) -> Value {
        let answered = self.invoke(&self.admin, name, event).ok();
        assert_eq!(answered.get("FunctionError"), None, "{answered}");
        payload(&answered)
    }

    /// The messages of a function's log group, oldest first.
    pub fn log(&self, name: &str) -> Vec<String> {
        let input = json!({"logGroupName": format!("/aws/lambda/{name}")});
        let found = self.world.call(&self.admin, "logs", "FilterLogEvents", input).ok();
        let events = found["events"].as_array().unwrap();
        events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
    }

    /// The last management event.
    pub fn last(&self) -> Value {
        self.world.events(MANAGEMENT).pop().unwrap()
    }
}

/// The payload of an answer as JSON.
pub fn payload(answered: &Value) -> Value {
    match &answered["Payload"] {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        other => other.clone(),
    }
}
