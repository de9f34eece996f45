//! FIFO topics.

use crate::kit::{body, call, entries, queue, queue_arn, receive, says, subscribe, text, world};
use kage_test::{Answered, Caller, World};
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameter";

fn topic(world: &World, admin: &Caller, attributes: Value) -> String {
    let mut attributes = attributes;
    attributes["FifoTopic"] = json!("true");
    let input = json!({"Name": "t.fifo", "Attributes": entries(&attributes)});
    text(&call(world, admin, "CreateTopic", input).ok()["TopicArn"])
}

fn publish(world: &World, admin: &Caller, arn: &str, message: &str, rest: Value) -> Answered {
    let mut input = rest;
    input["TopicArn"] = json!(arn);
    input["Message"] = json!(message);
    call(world, admin, "Publish", input)
}

#[test]
fn order_and_duplicates_are_kept_on_the_way() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, json!({}));
    let url = queue(&world, &admin, "q.fifo", json!({"FifoQueue": "true"}));
    subscribe(&world, &admin, &arn, "sqs", &queue_arn("q.fifo"), json!({}));
    let send = |id: &str, message: &str| {
        let rest = json!({"MessageGroupId": "g", "MessageDeduplicationId": id});
        publish(&world, &admin, &arn, message, rest).ok()
    };
    let first = send("1", "one");
    send("2", "two");
    let again = send("1", "changed");
    assert_eq!(again, first);
    world.advance(0);
    let messages = receive(&world, &admin, &url);
    let bodies: Vec<Value> = messages.iter().map(body).collect();
    assert_eq!((&bodies[0]["Message"], &bodies[1]["Message"]), (&json!("one"), &json!("two")));
    assert_eq!((bodies.len(), &bodies[0]["SequenceNumber"]), (2, &first["SequenceNumber"]));
    let attributes = &messages[0]["Attributes"];
    assert_eq!(
        (&attributes["MessageGroupId"], &attributes["MessageDeduplicationId"]),
        (&json!("g"), &json!("1"))
    );
}

#[test]
fn a_message_needs_a_group_and_an_id() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, json!({}));
    let text = "Invalid parameter: The MessageGroupId parameter is required for FIFO topics";
    says(publish(&world, &admin, &arn, "x", json!({})), INVALID, text);
    let text = "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly";
    says(publish(&world, &admin, &arn, "x", json!({"MessageGroupId": "g"})), INVALID, text);
    let set = |name: &str, value: &str| {
        let input = json!({"TopicArn": arn, "AttributeName": name, "AttributeValue": value});
        call(&world, &admin, "SetTopicAttributes", input).ok()
    };
    set("ContentBasedDeduplication", "true");
    let send = |group: &str| {
        publish(&world, &admin, &arn, "x", json!({"MessageGroupId": group})).ok()["MessageId"].clone()
    };
    assert_eq!(send("g"), send("h"));
    set("FifoThroughputScope", "MessageGroup");
    let first = send("i");
    assert_ne!(first, send("j"));
    assert_eq!(first, send("i"));
}

#[test]
fn only_queues_are_subscribed_and_standard_ones_get_no_ids() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, json!({"ContentBasedDeduplication": "true"}));
    let mail = json!({"TopicArn": arn, "Protocol": "email", "Endpoint": "a@example.com"});
    assert_eq!(call(&world, &admin, "Subscribe", mail).code(), Some(INVALID));
    let url = queue(&world, &admin, "q", json!({}));
    subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({}));
    publish(&world, &admin, &arn, "x", json!({"MessageGroupId": "g"})).ok();
    world.advance(0);
    let message = receive(&world, &admin, &url).remove(0);
    assert_eq!(message["Attributes"]["MessageDeduplicationId"], Value::Null);
    let dead = json!({"deadLetterTargetArn": queue_arn("dead")}).to_string();
    let own = json!({
        "TopicArn": arn, "Protocol": "sqs", "Endpoint": queue_arn("q.fifo"),
        "Attributes": entries(&json!({"RedrivePolicy": dead})),
    });
    let refused = call(&world, &admin, "Subscribe", own).err();
    assert!(refused.message.contains("must use a FIFO queue as DLQ"), "{}", refused.message);
}
