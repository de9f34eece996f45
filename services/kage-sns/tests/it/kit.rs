//! What the tests have in common.

use kage_core::Service;
use kage_test::{Answered, Caller, MANAGEMENT, World};
use serde_json::{Value, json};

/// The services of these tests.
pub fn services() -> Vec<Service> {
    vec![kage_iam::service(), kage_kms::service(), kage_sqs::service(), kage_sns::service()]
}

/// A double with SNS and what it asks.
pub fn world() -> World {
    World::new(services())
}

/// A call to SNS.
pub fn call(world: &World, caller: &Caller, operation: &str, input: Value) -> Answered {
    world.call(caller, "sns", operation, input)
}

/// A topic of the caller; gives its ARN.
pub fn topic(world: &World, caller: &Caller, name: &str) -> String {
    text(&call(world, caller, "CreateTopic", json!({"Name": name})).ok()["TopicArn"])
}

/// A text of an answer.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The ARN of a queue of the management account.
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:{MANAGEMENT}:{name}")
}

/// A queue into which topics of the account may deliver; gives its URL.
pub fn queue(world: &World, caller: &Caller, name: &str, attributes: Value) -> String {
    let mut attributes = attributes;
    let source = format!("arn:aws:sns:us-east-1:{MANAGEMENT}:*");
    attributes["Policy"] = json!(
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
                "Resource": "*", "Condition": {"ArnLike": {"aws:SourceArn": source}},
            }],
        })
        .to_string()
    );
    let input = json!({"QueueName": name, "Attributes": attributes});
    text(&world.call(caller, "sqs", "CreateQueue", input).ok()["QueueUrl"])
}

/// A subscription of an endpoint; gives its ARN.
pub fn subscribe(
    world: &World,
    caller: &Caller,
    topic: &str,
    protocol: &str,
    endpoint: &str,
    attributes: Value,
) -> String {
    let input = json!({
        "TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint, "Attributes": entries(&attributes),
        "ReturnSubscriptionArn": true,
    });
    text(&call(world, caller, "Subscribe", input).ok()["SubscriptionArn"])
}

/// A map as the query protocol has it.
pub fn entries(map: &Value) -> Value {
    let list = map.as_object().unwrap().iter().map(|(key, value)| json!({"key": key, "value": value}));
    numbered(list.collect())
}

/// Entries of a map that is written as `entry.1`, `entry.2`, ….
pub fn numbered(list: Vec<Value>) -> Value {
    let numbers = (1..).map(|number: u32| number.to_string());
    json!({ "entry": numbers.zip(list).collect::<serde_json::Map<String, Value>>() })
}

/// Publishes and lets the deliveries run.
pub fn publish(world: &World, caller: &Caller, topic: &str, message: &str, rest: Value) -> Value {
    let mut input = rest;
    input["TopicArn"] = json!(topic);
    input["Message"] = json!(message);
    let answer = call(world, caller, "Publish", input).ok();
    world.advance(0);
    answer
}

/// Receives all messages of a queue.
pub fn receive(world: &World, caller: &Caller, url: &str) -> Vec<Value> {
    let input = json!({
        "QueueUrl": url, "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"],
        "MessageAttributeNames": ["All"],
    });
    let answer = world.call(caller, "sqs", "ReceiveMessage", input).ok();
    answer["Messages"].as_array().cloned().unwrap_or_default()
}

/// The body of a message as JSON.
pub fn body(message: &Value) -> Value {
    serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()
}

/// The `Message` of each notification in a queue.
pub fn received(world: &World, caller: &Caller, url: &str) -> Vec<String> {
    receive(world, caller, url).iter().map(|message| text(&body(message)["Message"])).collect()
}

/// What a failure says.
#[track_caller]
pub fn says(answered: Answered, code: &str, message: &str) {
    let failure = answered.err();
    assert_eq!((failure.code.as_str(), failure.message.as_str()), (code, message));
}

/// What stands in the mailbox of an address.
pub fn mailbox(world: &World, address: &str) -> Vec<Value> {
    let entries = world.write(|tx| Ok(tx.reads().stream_read(&format!("mailbox/{address}"), 0, 100)?));
    entries.iter().map(|(_, bytes)| serde_json::from_slice(bytes).unwrap()).collect()
}

/// Gives a user an inline policy.
pub fn allow(world: &World, admin: &Caller, user: &str, actions: Value) {
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    let document = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let input = json!({"UserName": user, "PolicyName": "p", "PolicyDocument": document});
    world.call(admin, "iam", "PutUserPolicy", input).ok();
}
