//! What the tests have in common.

use kage_test::{Caller, World};
use serde_json::{Value, json};

/// A double with SQS and what it asks.
pub fn world() -> World {
    World::new(vec![kage_iam::service(), kage_kms::service(), kage_sqs::service()])
}

/// A queue of the caller with these attributes; gives its URL.
pub fn queue(world: &World, caller: &Caller, name: &str, attributes: Value) -> String {
    let made = world.call(caller, "sqs", "CreateQueue", json!({"QueueName": name, "Attributes": attributes}));
    made.ok()["QueueUrl"].as_str().unwrap().to_owned()
}

/// Sends a body.
pub fn send(world: &World, caller: &Caller, url: &str, body: &str) -> Value {
    world.call(caller, "sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": body})).ok()
}

/// Receives up to ten messages with all their attributes.
pub fn receive(world: &World, caller: &Caller, url: &str) -> Vec<Value> {
    let input = json!({
        "QueueUrl": url, "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"],
        "MessageAttributeNames": ["All"],
    });
    let answer = world.call(caller, "sqs", "ReceiveMessage", input).ok();
    answer["Messages"].as_array().cloned().unwrap_or_default()
}

/// The bodies of messages.
pub fn bodies(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["Body"].as_str().unwrap()).collect()
}

/// An attribute of a queue; empty when it is not set.
pub fn attribute(world: &World, caller: &Caller, url: &str, name: &str) -> String {
    let input = json!({"QueueUrl": url, "AttributeNames": [name]});
    let answer = world.call(caller, "sqs", "GetQueueAttributes", input).ok();
    answer["Attributes"][name].as_str().unwrap_or_default().to_owned()
}

/// Sets one attribute of a queue.
pub fn set(world: &World, caller: &Caller, url: &str, name: &str, value: &str) -> kage_test::Answered {
    let input = json!({"QueueUrl": url, "Attributes": {name: value}});
    world.call(caller, "sqs", "SetQueueAttributes", input)
}

/// Visible, in flight and delayed messages of a queue.
pub fn counts(world: &World, caller: &Caller, url: &str) -> [String; 3] {
    ["", "NotVisible", "Delayed"]
        .map(|what| attribute(world, caller, url, &format!("ApproximateNumberOfMessages{what}")))
}

/// Data events of an account, oldest first.
pub fn data_events(world: &World, account: &str) -> Vec<Value> {
    let stream = kage_record::stream_name(account, "us-east-1", false);
    let stored = world.write(|tx| kage_record::read(tx.reads(), &stream, 0, 10_000));
    stored.into_iter().map(|stored| stored.event).collect()
}

/// A policy of one statement for a principal.
pub fn policy(effect: &str, principal: Value, action: &str, arn: &str) -> String {
    let statement = json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": arn});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// Gives a user an inline policy.
pub fn allow(world: &World, admin: &Caller, user: &str, actions: Value, resource: &str) {
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": resource});
    let document = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let input = json!({"UserName": user, "PolicyName": "p", "PolicyDocument": document});
    world.call(admin, "iam", "PutUserPolicy", input).ok();
}

/// What a failure says.
#[track_caller]
pub fn says(answered: kage_test::Answered, code: &str, message: &str) {
    let failure = answered.err();
    assert_eq!((failure.code.as_str(), failure.message.as_str()), (code, message));
}
