//! What the tests have in common.

use kage_test::{Answered, Caller, World};
use serde_json::{Value, json};

/// Milliseconds of a day.
pub const DAY: i64 = 86_400_000;

/// A double with what these tests use.
pub fn world() -> World {
    World::new(vec![
        kage_logs::service(),
        kage_iam::service(),
        kage_sts::service(),
        kage_kms::service(),
        kage_cloudwatch::service(),
        kage_kinesis::service(),
    ])
}

/// A double with its administrator.
pub struct Logs {
    /// The double.
    pub world: World,
    /// Its administrator.
    pub admin: Caller,
}

impl Logs {
    /// A fresh double with a group `g` that holds a stream `s`.
    pub fn new() -> Logs {
        let logs = Logs::empty();
        logs.ok("CreateLogGroup", json!({"logGroupName": "g"}));
        logs.ok("CreateLogStream", json!({"logGroupName": "g", "logStreamName": "s"}));
        logs
    }

    /// A fresh double.
    pub fn empty() -> Logs {
        let world = world();
        let admin = world.admin();
        Logs { world, admin }
    }

    /// A call of the administrator.
    #[track_caller]
    pub fn call(&self, operation: &str, input: Value) -> Answered {
        self.world.call(&self.admin, "logs", operation, input)
    }

    /// A call of the administrator that must work.
    #[track_caller]
    pub fn ok(&self, operation: &str, input: Value) -> Value {
        self.call(operation, input).ok()
    }

    /// A call of the administrator that must fail so.
    #[track_caller]
    pub fn fails(&self, operation: &str, input: Value, code: &str, message: &str) {
        let failure = self.call(operation, input).err();
        assert_eq!((failure.code.as_str(), failure.message.as_str()), (code, message));
    }

    /// Puts events, each at so many milliseconds from now, to stream `s` of group `g`.
    #[track_caller]
    pub fn put(&self, events: &[(i64, &str)]) -> Value {
        self.put_to("s", events)
    }

    /// The same to another stream.
    #[track_caller]
    pub fn put_to(&self, stream: &str, events: &[(i64, &str)]) -> Value {
        let input = json!({"logGroupName": "g", "logStreamName": stream, "logEvents": self.events(events)});
        self.ok("PutLogEvents", input)
    }

    /// Events as the API takes them.
    pub fn events(&self, events: &[(i64, &str)]) -> Value {
        let event =
            |(at, message): &(i64, &str)| json!({"timestamp": self.world.now() + at, "message": message});
        events.iter().map(event).collect()
    }

    /// The messages that `FilterLogEvents` finds in group `g`.
    #[track_caller]
    pub fn filter(&self, pattern: &str) -> Vec<String> {
        messages(&self.ok("FilterLogEvents", json!({"logGroupName": "g", "filterPattern": pattern})))
    }
}

/// The messages of an answer.
pub fn messages(answer: &Value) -> Vec<String> {
    let events = answer["events"].as_array().unwrap();
    events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

/// An identity policy of one statement.
pub fn allow(actions: Value, resource: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": resource }],
    })
    .to_string()
}

/// Gives a user a policy.
pub fn give(world: &World, admin: &Caller, user: &str, policy: &str) {
    let input = json!({"UserName": user, "PolicyName": "p", "PolicyDocument": policy});
    world.call(admin, "iam", "PutUserPolicy", input).ok();
}
