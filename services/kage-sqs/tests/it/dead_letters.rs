//! Dead-letter queues and the way back out of them.

use crate::kit::{attribute, bodies, counts, queue, receive, says, send, set, world};
use kage_test::{Answered, Caller, MANAGEMENT, World};
use serde_json::{Value, json};

fn arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:{MANAGEMENT}:{name}")
}

fn redrive(target: &str, receives: u32) -> String {
    json!({"deadLetterTargetArn": arn(target), "maxReceiveCount": receives}).to_string()
}

/// A queue `q` whose messages go to `dead` after one receive.
fn pair(world: &World, admin: &Caller) -> (String, String) {
    let dead = queue(world, admin, "dead", json!({}));
    let url =
        queue(world, admin, "q", json!({"RedrivePolicy": redrive("dead", 1), "VisibilityTimeout": "1"}));
    (url, dead)
}

/// Sends bodies and lets them go to the dead-letter queue.
fn bury(world: &World, admin: &Caller, url: &str, sent: &[&str]) {
    for body in sent {
        send(world, admin, url, body);
    }
    receive(world, admin, url);
    world.advance(1_000);
    assert!(receive(world, admin, url).is_empty());
}

#[test]
fn what_is_received_too_often_goes_to_the_dead_letter_queue() {
    let world = world();
    let admin = world.admin();
    let (url, dead) = pair(&world, &admin);
    let sent = send(&world, &admin, &url, "a");
    let first = receive(&world, &admin, &url);
    assert_eq!(first[0]["Attributes"]["ApproximateReceiveCount"], "1");
    world.advance(1_000);
    assert!(receive(&world, &admin, &url).is_empty());
    assert_eq!(counts(&world, &admin, &url), ["0", "0", "0"]);
    let buried = receive(&world, &admin, &dead);
    assert_eq!(bodies(&buried), ["a"]);
    assert_eq!(buried[0]["MessageId"], sent["MessageId"]);
    let attributes = &buried[0]["Attributes"];
    assert_eq!(attributes["DeadLetterQueueSourceArn"], arn("q"));
    // Recorded at AWS: LocalStack's validated test_dead_letter_queue_message_attributes: the count goes on.
    assert_eq!(attributes["ApproximateReceiveCount"], "2");
    assert_eq!(attributes["SentTimestamp"], (world.now() - 1_000).to_string());
    let sources = world.call(&admin, "sqs", "ListDeadLetterSourceQueues", json!({"QueueUrl": dead})).ok();
    assert_eq!(sources["queueUrls"], json!([url]));
    set(&world, &admin, &url, "RedrivePolicy", "").ok();
    let sources = world.call(&admin, "sqs", "ListDeadLetterSourceQueues", json!({"QueueUrl": dead})).ok();
    assert_eq!(sources["queueUrls"], json!([]));
}

#[test]
fn redrive_policies_are_checked() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    queue(&world, &admin, "dead.fifo", json!({"FifoQueue": "true"}));
    queue(&world, &admin, "dead", json!({}));
    let refuse = |text: &str, reason: &str| {
        let said = format!("Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}");
        says(set(&world, &admin, &url, "RedrivePolicy", text), "InvalidParameterValueException", &said);
    };
    refuse("x", "Redrive policy is not a valid JSON map.");
    refuse("{}", "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
    let lacks = json!({"deadLetterTargetArn": arn("dead")}).to_string();
    refuse(&lacks, "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
    let zero = redrive("dead", 0);
    refuse(&zero, "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.");
    refuse(&redrive("none", 3), "Dead letter target does not exist.");
    refuse(&redrive("dead.fifo", 3), "Dead-letter queue must be same type of queue as the source.");
    let text = json!({"deadLetterTargetArn": arn("dead"), "maxReceiveCount": "5"}).to_string();
    set(&world, &admin, &url, "RedrivePolicy", &text).ok();
    assert_eq!(attribute(&world, &admin, &url, "RedrivePolicy"), text);
}

#[test]
fn a_dead_letter_queue_says_who_may_use_it() {
    let world = world();
    let admin = world.admin();
    let dead = queue(&world, &admin, "dead", json!({}));
    let url = queue(&world, &admin, "q", json!({}));
    let try_it = || set(&world, &admin, &url, "RedrivePolicy", &redrive("dead", 3));
    let allow = |policy: Value| set(&world, &admin, &dead, "RedriveAllowPolicy", &policy.to_string());
    allow(json!({"redrivePermission": "denyAll"})).ok();
    assert!(try_it().err().message.ends_with("Dead-letter queue does not permit this queue to use it."));
    allow(json!({"redrivePermission": "byQueue", "sourceQueueArns": [arn("other")]})).ok();
    assert_eq!(try_it().code(), Some("InvalidParameterValueException"));
    allow(json!({"redrivePermission": "byQueue", "sourceQueueArns": [arn("q")]})).ok();
    try_it().ok();
    for wrong in [
        json!({}),
        json!({"redrivePermission": "byQueue"}),
        json!({"redrivePermission": "denyAll", "sourceQueueArns": [arn("q")]}),
    ] {
        assert_eq!(allow(wrong).code(), Some("InvalidParameterValueException"));
    }
}

fn start(world: &World, admin: &Caller, rest: Value) -> Answered {
    let mut input = rest;
    input["SourceArn"] = json!(arn("dead"));
    world.call(admin, "sqs", "StartMessageMoveTask", input)
}

fn tasks(world: &World, admin: &Caller) -> Value {
    let input = json!({"SourceArn": arn("dead"), "MaxResults": 10});
    world.call(admin, "sqs", "ListMessageMoveTasks", input).ok()["Results"].clone()
}

#[test]
fn a_move_task_brings_messages_back_to_their_source() {
    let world = world();
    let admin = world.admin();
    let (url, dead) = pair(&world, &admin);
    bury(&world, &admin, &url, &["a", "b"]);
    start(&world, &admin, json!({})).ok();
    let began = world.now();
    world.advance(0);
    assert_eq!(
        tasks(&world, &admin),
        json!([{
            "ApproximateNumberOfMessagesMoved": 2, "ApproximateNumberOfMessagesToMove": 2, "SourceArn": arn("dead"),
            "StartedTimestamp": began, "Status": "COMPLETED",
        }])
    );
    assert_eq!(counts(&world, &admin, &dead), ["0", "0", "0"]);
    let back = receive(&world, &admin, &url);
    assert_eq!(bodies(&back), ["a", "b"]);
    assert_eq!(back[0]["Attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(back[0]["Attributes"]["DeadLetterQueueSourceArn"], Value::Null);
}

#[test]
fn a_move_task_keeps_its_rate_and_can_be_cancelled() {
    let world = world();
    let admin = world.admin();
    let (url, _) = pair(&world, &admin);
    let other = queue(&world, &admin, "other", json!({}));
    bury(&world, &admin, &url, &["a", "b", "c", "d"]);
    let input = json!({"DestinationArn": arn("other"), "MaxNumberOfMessagesPerSecond": 1});
    let handle = start(&world, &admin, input).ok()["TaskHandle"].clone();
    let text = "There is already a task running. Only one active task is allowed for a source queue arn at a given time.";
    says(start(&world, &admin, json!({})), "InvalidParameterValueException", text);
    world.advance(1_000);
    let running = tasks(&world, &admin)[0].clone();
    assert_eq!(
        (&running["Status"], &running["ApproximateNumberOfMessagesMoved"]),
        (&json!("RUNNING"), &json!(2))
    );
    assert_eq!(running["TaskHandle"], handle);
    assert_eq!(running["MaxNumberOfMessagesPerSecond"], 1);
    let cancel = || world.call(&admin, "sqs", "CancelMessageMoveTask", json!({"TaskHandle": handle}));
    assert_eq!(cancel().ok()["ApproximateNumberOfMessagesMoved"], 2);
    world.advance(10_000);
    assert_eq!(tasks(&world, &admin)[0]["Status"], "CANCELLED");
    assert_eq!(bodies(&receive(&world, &admin, &other)), ["a", "b"]);
    assert_eq!(cancel().code(), Some("UnsupportedOperation"));
}

#[test]
fn a_move_task_fails_when_its_destination_goes() {
    let world = world();
    let admin = world.admin();
    let (url, _) = pair(&world, &admin);
    let other = queue(&world, &admin, "other", json!({}));
    bury(&world, &admin, &url, &["a", "b", "c"]);
    start(&world, &admin, json!({"DestinationArn": arn("other"), "MaxNumberOfMessagesPerSecond": 1})).ok();
    world.advance(0);
    world.call(&admin, "sqs", "DeleteQueue", json!({"QueueUrl": other})).ok();
    world.advance(5_000);
    let failed = tasks(&world, &admin)[0].clone();
    assert_eq!(
        (&failed["Status"], &failed["ApproximateNumberOfMessagesMoved"]),
        (&json!("FAILED"), &json!(1))
    );
    assert_eq!(failed["FailureReason"], "AWS.SimpleQueueService.NonExistentQueue");
    assert_eq!(tasks(&world, &admin).as_array().unwrap().len(), 1);
}

#[test]
fn move_tasks_need_their_queues() {
    let world = world();
    let admin = world.admin();
    queue(&world, &admin, "dead", json!({}));
    let not_dead = "Source queue must be configured as a Dead Letter Queue.";
    says(start(&world, &admin, json!({})), "InvalidParameterValueException", not_dead);
    let gone = "The resource that you specified for the DestinationArn parameter doesn't exist.";
    says(start(&world, &admin, json!({"DestinationArn": arn("none")})), "ResourceNotFoundException", gone);
    let none = world.call(&admin, "sqs", "StartMessageMoveTask", json!({"SourceArn": arn("none")}));
    says(
        none,
        "ResourceNotFoundException",
        "The resource that you specified for the SourceArn parameter doesn't exist.",
    );
    let cancel =
        |handle: &str| world.call(&admin, "sqs", "CancelMessageMoveTask", json!({"TaskHandle": handle}));
    says(cancel("x"), "InvalidParameterValueException", "Value for parameter TaskHandle is invalid.");
    // {"taskId": "x", "sourceArn": …} of a queue that is there.
    let text = json!({"taskId": "x", "sourceArn": arn("dead")}).to_string();
    let handle = base64(text.as_bytes());
    says(cancel(&handle), "ResourceNotFoundException", "Task does not exist.");
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
