//! FIFO queues.

use crate::kit::{attribute, bodies, counts, queue, receive, says, set, world};
use kage_test::{Answered, Caller, World};
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterValueException";

fn fifo(world: &World, admin: &Caller, attributes: Value) -> String {
    let mut attributes = attributes;
    attributes["FifoQueue"] = json!("true");
    queue(world, admin, "q.fifo", attributes)
}

fn send(world: &World, admin: &Caller, url: &str, group: &str, id: &str, body: &str) -> Answered {
    let input =
        json!({"QueueUrl": url, "MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": id});
    world.call(admin, "sqs", "SendMessage", input)
}

fn delete(world: &World, admin: &Caller, url: &str, message: &Value) -> Answered {
    let input = json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
    world.call(admin, "sqs", "DeleteMessage", input)
}

fn take(world: &World, admin: &Caller, url: &str, most: u32) -> Vec<Value> {
    let input = json!({"QueueUrl": url, "MaxNumberOfMessages": most});
    let answer = world.call(admin, "sqs", "ReceiveMessage", input).ok();
    answer["Messages"].as_array().cloned().unwrap_or_default()
}

#[test]
fn a_group_is_received_in_order_and_waits_for_its_first() {
    let world = world();
    let admin = world.admin();
    let url = fifo(&world, &admin, json!({}));
    for (group, body) in [("a", "a1"), ("b", "b1"), ("a", "a2"), ("a", "a3"), ("b", "b2")] {
        send(&world, &admin, &url, group, body, body).ok();
    }
    assert_eq!(bodies(&take(&world, &admin, &url, 1)), ["a1"]);
    // The rest of group a waits; group b does not.
    let b = take(&world, &admin, &url, 10);
    assert_eq!(bodies(&b), ["b1", "b2"]);
    assert!(take(&world, &admin, &url, 10).is_empty());
    delete(&world, &admin, &url, &b[0]).ok();
    assert!(take(&world, &admin, &url, 10).is_empty());
    assert_eq!(counts(&world, &admin, &url), ["2", "2", "0"]);
    world.advance(30_000);
    let again = receive(&world, &admin, &url);
    assert_eq!(bodies(&again), ["a1", "a2", "a3", "b2"]);
    let attributes = &again[1]["Attributes"];
    assert_eq!(
        (&attributes["MessageGroupId"], &attributes["MessageDeduplicationId"]),
        (&json!("a"), &json!("a2"))
    );
    let numbers: Vec<&str> =
        again.iter().map(|m| m["Attributes"]["SequenceNumber"].as_str().unwrap()).collect();
    assert!(numbers[0] < numbers[1] && numbers[1] < numbers[2], "{numbers:?}");
    assert_eq!(numbers[0].len(), 20);
}

#[test]
fn a_message_made_visible_comes_before_those_behind_it() {
    // Recorded at AWS: LocalStack's validated test_fifo_group_visibility_extends_with_change_message_visibility.
    let world = world();
    let admin = world.admin();
    let url = fifo(&world, &admin, json!({}));
    for body in ["foo", "bar", "baz"] {
        send(&world, &admin, &url, "g", body, body).ok();
    }
    let all = take(&world, &admin, &url, 10);
    let show = |message: &Value| {
        let input =
            json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0});
        world.call(&admin, "sqs", "ChangeMessageVisibility", input).ok();
    };
    show(&all[1]);
    assert!(take(&world, &admin, &url, 10).is_empty());
    show(&all[0]);
    assert_eq!(bodies(&take(&world, &admin, &url, 10)), ["foo", "bar"]);
}

#[test]
fn a_message_is_accepted_once_in_five_minutes() {
    let world = world();
    let admin = world.admin();
    let url = fifo(&world, &admin, json!({}));
    let first = send(&world, &admin, &url, "a", "id", "one").ok();
    let second = send(&world, &admin, &url, "b", "id", "two").ok();
    assert_eq!(
        (&first["MessageId"], &first["SequenceNumber"]),
        (&second["MessageId"], &second["SequenceNumber"])
    );
    let taken = take(&world, &admin, &url, 10);
    assert_eq!(bodies(&taken), ["one"]);
    // Also when the first one is gone.
    delete(&world, &admin, &url, &taken[0]).ok();
    world.advance(299_999);
    send(&world, &admin, &url, "a", "id", "three").ok();
    assert!(take(&world, &admin, &url, 10).is_empty());
    world.advance(1);
    let later = send(&world, &admin, &url, "a", "id", "four").ok();
    assert_ne!(later["MessageId"], first["MessageId"]);
    assert_eq!(bodies(&take(&world, &admin, &url, 10)), ["four"]);
}

#[test]
fn duplicates_are_told_by_body_or_by_group_when_the_queue_says_so() {
    let world = world();
    let admin = world.admin();
    let url = fifo(&world, &admin, json!({}));
    let plain = |group: &str, body: &str| {
        let input = json!({"QueueUrl": url, "MessageBody": body, "MessageGroupId": group});
        world.call(&admin, "sqs", "SendMessage", input)
    };
    let text = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly";
    says(plain("a", "x"), INVALID, text);
    set(&world, &admin, &url, "ContentBasedDeduplication", "true").ok();
    let first = plain("a", "x").ok();
    assert_eq!(plain("a", "x").ok()["MessageId"], first["MessageId"]);
    assert_eq!(plain("b", "x").ok()["MessageId"], first["MessageId"]);
    let attributes =
        json!({"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"});
    world.call(&admin, "sqs", "SetQueueAttributes", json!({"QueueUrl": url, "Attributes": attributes})).ok();
    assert_eq!(attribute(&world, &admin, &url, "FifoThroughputLimit"), "perMessageGroupId");
    let other = plain("c", "x").ok();
    assert_ne!(other["MessageId"], first["MessageId"]);
    assert_eq!(plain("c", "x").ok()["MessageId"], other["MessageId"]);
}

#[test]
fn what_a_fifo_queue_does_not_take() {
    let world = world();
    let admin = world.admin();
    let url = fifo(&world, &admin, json!({"DelaySeconds": "10"}));
    let none = world.call(&admin, "sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": "x"}));
    says(none, "MissingRequiredParameterException", "The request must contain the parameter MessageGroupId.");
    let text = "Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.";
    says(send(&world, &admin, &url, "a b", "id", "x"), INVALID, text);
    let long = send(&world, &admin, &url, "g", &"i".repeat(129), "x");
    assert_eq!(long.code(), Some(INVALID));
    let delay = |seconds: i32| {
        let input = json!({"QueueUrl": url, "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d", "DelaySeconds": seconds});
        world.call(&admin, "sqs", "SendMessage", input)
    };
    let text = "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.";
    says(delay(2), INVALID, text);
    // A delay of 0 is the queue's.
    delay(0).ok();
    assert!(take(&world, &admin, &url, 10).is_empty());
    world.advance(10_000);
    let taken = take(&world, &admin, &url, 10);
    assert_eq!(bodies(&taken), ["x"]);
    // Its handles end with the visibility timeout.
    world.advance(30_000);
    let failure = delete(&world, &admin, &url, &taken[0]).err();
    assert!(failure.message.ends_with("Reason: The receipt handle has expired."), "{}", failure.message);
    assert_eq!(counts(&world, &admin, &url), ["1", "0", "0"]);
}

#[test]
fn the_same_attempt_gives_the_same_messages() {
    let world = world();
    let admin = world.admin();
    let url = fifo(&world, &admin, json!({}));
    for body in ["a", "b"] {
        send(&world, &admin, &url, "g", body, body).ok();
    }
    let attempt = |id: &str| {
        let input = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "ReceiveRequestAttemptId": id});
        world.call(&admin, "sqs", "ReceiveMessage", input).ok()["Messages"].clone()
    };
    let first = attempt("one");
    world.advance(20_000);
    assert_eq!(attempt("one"), first);
    assert_eq!(attempt("two"), Value::Null);
    // A change of one message ends that.
    delete(&world, &admin, &url, &first[0]).ok();
    assert_eq!(attempt("one"), Value::Null);
    let standard = queue(&world, &admin, "s", json!({}));
    let input = json!({"QueueUrl": standard, "ReceiveRequestAttemptId": "x"});
    assert_eq!(world.call(&admin, "sqs", "ReceiveMessage", input).code(), Some(INVALID));
}

#[test]
fn a_standard_queue_takes_groups_and_is_fair_without_order() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "s", json!({}));
    for body in ["1", "2"] {
        let input = json!({"QueueUrl": url, "MessageBody": body, "MessageGroupId": "tenant"});
        assert_eq!(world.call(&admin, "sqs", "SendMessage", input).ok()["SequenceNumber"], Value::Null);
    }
    assert_eq!(take(&world, &admin, &url, 1).len(), 1);
    let second = receive(&world, &admin, &url);
    assert_eq!((second.len(), &second[0]["Attributes"]["MessageGroupId"]), (1, &json!("tenant")));
}
