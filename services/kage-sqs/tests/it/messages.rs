//! Messages of standard queues.

use crate::kit::{attribute, bodies, counts, data_events, queue, receive, says, send, set, world};
use kage_test::{Answered, Caller, MANAGEMENT, World};
use serde_json::{Value, json};

fn call(world: &World, admin: &Caller, operation: &str, url: &str, rest: Value) -> Answered {
    let mut input = rest;
    input["QueueUrl"] = json!(url);
    world.call(admin, "sqs", operation, input)
}

#[test]
fn a_message_is_sent_received_and_deleted() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    let sent = send(&world, &admin, &url, "message-1");
    assert_eq!(sent["MD5OfMessageBody"], "3d6b824fd8c1520e9a047d21fee6fb1f");
    world.advance(1_000);
    let received = receive(&world, &admin, &url);
    let message = &received[0];
    assert_eq!((&message["Body"], &message["MessageId"]), (&json!("message-1"), &sent["MessageId"]));
    assert_eq!(message["MD5OfBody"], sent["MD5OfMessageBody"]);
    assert_eq!(message["Attributes"]["SentTimestamp"], (world.now() - 1_000).to_string());
    assert_eq!(message["Attributes"]["ApproximateFirstReceiveTimestamp"], world.now().to_string());
    assert_eq!(message["Attributes"]["ApproximateReceiveCount"], "1");
    assert!(message["Attributes"]["SenderId"].as_str().unwrap().starts_with("AIDA"));
    assert_eq!(counts(&world, &admin, &url), ["0", "1", "0"]);
    assert!(receive(&world, &admin, &url).is_empty());
    call(&world, &admin, "DeleteMessage", &url, json!({"ReceiptHandle": message["ReceiptHandle"]})).ok();
    assert_eq!(counts(&world, &admin, &url), ["0", "0", "0"]);
    // Deleting it again works.
    call(&world, &admin, "DeleteMessage", &url, json!({"ReceiptHandle": message["ReceiptHandle"]})).ok();
    let wrong = call(&world, &admin, "DeleteMessage", &url, json!({"ReceiptHandle": "x"}));
    says(wrong, "ReceiptHandleIsInvalid", "The input receipt handle \"x\" is not a valid receipt handle.");
}

#[test]
fn calls_on_messages_are_data_events_without_bodies() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    let sent = send(&world, &admin, &url, "secret");
    receive(&world, &admin, &url);
    let events = data_events(&world, MANAGEMENT);
    let event = events.iter().find(|event| event["eventName"] == "SendMessage").unwrap();
    assert_eq!(
        event["requestParameters"],
        json!({"queueUrl": url, "messageBody": "HIDDEN_DUE_TO_SECURITY_REASONS"})
    );
    assert_eq!(event["responseElements"]["messageId"], sent["MessageId"]);
    let arn = format!("arn:aws:sqs:us-east-1:{MANAGEMENT}:q");
    assert_eq!(event["resources"], json!([{"accountId": MANAGEMENT, "type": "AWS::SQS::Queue", "ARN": arn}]));
    assert_eq!((&event["managementEvent"], &event["eventCategory"]), (&json!(false), &json!("Data")));
    let event = events.iter().find(|event| event["eventName"] == "ReceiveMessage").unwrap();
    assert_eq!((&event["responseElements"], &event["readOnly"]), (&Value::Null, &json!(true)));
    assert!(!json!(events).to_string().contains("secret"));
    assert!(world.events(MANAGEMENT).iter().all(|event| event["eventName"] != "SendMessage"));
}

#[test]
fn a_message_comes_back_after_its_timeout() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({"VisibilityTimeout": "10"}));
    send(&world, &admin, &url, "a");
    let first = receive(&world, &admin, &url);
    world.advance(9_999);
    assert!(receive(&world, &admin, &url).is_empty());
    world.advance(1);
    let second = receive(&world, &admin, &url);
    assert_eq!(second[0]["Attributes"]["ApproximateReceiveCount"], "2");
    assert_ne!(second[0]["ReceiptHandle"], first[0]["ReceiptHandle"]);
    // With the older handle the call works and deletes nothing.
    call(&world, &admin, "DeleteMessage", &url, json!({"ReceiptHandle": first[0]["ReceiptHandle"]})).ok();
    assert_eq!(counts(&world, &admin, &url), ["0", "1", "0"]);
    // A handle still deletes when the timeout is over and nobody received the message again.
    world.advance(10_000);
    call(&world, &admin, "DeleteMessage", &url, json!({"ReceiptHandle": second[0]["ReceiptHandle"]})).ok();
    assert_eq!(counts(&world, &admin, &url), ["0", "0", "0"]);
}

#[test]
fn visibility_is_changed_up_to_twelve_hours() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    send(&world, &admin, &url, "a");
    let handle = receive(&world, &admin, &url)[0]["ReceiptHandle"].clone();
    let change = |timeout: i64| {
        let input = json!({"ReceiptHandle": handle, "VisibilityTimeout": timeout});
        call(&world, &admin, "ChangeMessageVisibility", &url, input)
    };
    change(100).ok();
    world.advance(99_000);
    assert!(receive(&world, &admin, &url).is_empty());
    let text = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
    says(change(43_200), "InvalidParameterValueException", text);
    let text = "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.";
    says(change(43_201), "InvalidParameterValueException", text);
    change(0).ok();
    let again = receive(&world, &admin, &url)[0]["ReceiptHandle"].clone();
    call(&world, &admin, "DeleteMessage", &url, json!({"ReceiptHandle": again})).ok();
    let gone = change(1).err();
    assert!(
        gone.message.ends_with("Message does not exist or is not available for visibility timeout change.")
    );
}

#[test]
fn a_timeout_of_zero_hides_nothing() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    send(&world, &admin, &url, "a");
    send(&world, &admin, &url, "b");
    for _ in 0..2 {
        let input = json!({"VisibilityTimeout": 0, "MaxNumberOfMessages": 10});
        let answer = call(&world, &admin, "ReceiveMessage", &url, input).ok();
        assert_eq!(bodies(answer["Messages"].as_array().unwrap()), ["a", "b"]);
    }
    assert_eq!(counts(&world, &admin, &url), ["2", "0", "0"]);
}

#[test]
fn delayed_messages_come_later() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({"DelaySeconds": "20"}));
    send(&world, &admin, &url, "queue");
    call(&world, &admin, "SendMessage", &url, json!({"MessageBody": "own", "DelaySeconds": 5})).ok();
    call(&world, &admin, "SendMessage", &url, json!({"MessageBody": "none", "DelaySeconds": 0})).ok();
    assert_eq!(counts(&world, &admin, &url), ["1", "0", "2"]);
    assert_eq!(bodies(&receive(&world, &admin, &url)), ["none"]);
    world.advance(5_000);
    assert_eq!(bodies(&receive(&world, &admin, &url)), ["own"]);
    world.advance(15_000);
    assert_eq!(bodies(&receive(&world, &admin, &url)), ["queue"]);
    let wrong = call(&world, &admin, "SendMessage", &url, json!({"MessageBody": "x", "DelaySeconds": 901}));
    let text =
        "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.";
    says(wrong, "InvalidParameterValueException", text);
}

#[test]
fn messages_end_with_their_retention_period() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({"MessageRetentionPeriod": "60"}));
    send(&world, &admin, &url, "old");
    world.advance(30_000);
    send(&world, &admin, &url, "new");
    world.advance(30_000);
    assert_eq!(bodies(&receive(&world, &admin, &url)), ["new"]);
    assert_eq!(counts(&world, &admin, &url), ["0", "1", "0"]);
    // The period of the queue counts as it is now.
    send(&world, &admin, &url, "kept");
    set(&world, &admin, &url, "MessageRetentionPeriod", "120").ok();
    world.advance(100_000);
    assert_eq!(bodies(&receive(&world, &admin, &url)), ["kept"]);
}

#[test]
fn messages_past_their_retention_period_are_not_counted_though_nobody_receives() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({"MessageRetentionPeriod": "60"}));
    for _ in 0..250 {
        send(&world, &admin, &url, "old");
    }
    world.advance(30_000);
    send(&world, &admin, &url, "new");
    world.advance(30_000);
    assert_eq!(counts(&world, &admin, &url), ["1", "0", "0"]);
    world.advance(30_000);
    assert_eq!(counts(&world, &admin, &url), ["0", "0", "0"]);
}

#[test]
fn attributes_have_the_digests_that_sdks_compute() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    let attributes = json!({
        "Foo": {"DataType": "String", "StringValue": "Bar"}, "Foo.n": {"DataType": "Number.int", "StringValue": "-1.5"},
        "bytes": {"DataType": "Binary", "BinaryValue": "AAEC"},
    });
    let trace = json!({"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988"}});
    let input =
        json!({"MessageBody": "msg", "MessageAttributes": attributes, "MessageSystemAttributes": trace});
    let sent = call(&world, &admin, "SendMessage", &url, input).ok();
    assert_eq!(sent["MD5OfMessageSystemAttributes"].as_str().unwrap().len(), 32);
    let ask = |names: Value| {
        let input = json!({"MessageAttributeNames": names, "VisibilityTimeout": 0, "AttributeNames": ["AWSTraceHeader"]});
        call(&world, &admin, "ReceiveMessage", &url, input).ok()["Messages"][0].clone()
    };
    let all = ask(json!(["All"]));
    assert_eq!(all["MessageAttributes"], attributes);
    assert_eq!(all["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
    assert_eq!(all["Attributes"], json!({"AWSTraceHeader": "Root=1-5759e988"}));
    let one = ask(json!(["Foo"]));
    // Recorded at AWS: LocalStack's validated test_receive_message_message_system_attribute_names_filters.
    assert_eq!(one["MD5OfMessageAttributes"], "ae7155c6026991b6d54b11589678bf9c");
    assert_eq!(ask(json!(["Foo.*"]))["MessageAttributes"].as_object().unwrap().len(), 2);
    let none = ask(json!(["other"]));
    assert_eq!((&none["MD5OfMessageAttributes"], &none["MessageAttributes"]), (&Value::Null, &Value::Null));
}

#[test]
fn what_is_no_message_is_refused() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({"MaximumMessageSize": "1024"}));
    let refuse = |input: Value, code: &str, text: &str| {
        says(call(&world, &admin, "SendMessage", &url, input), code, text)
    };
    let invalid = "InvalidParameterValueException";
    let missing = "The request must contain the parameter MessageBody.";
    refuse(json!({"MessageBody": ""}), "MissingRequiredParameterException", missing);
    let long = "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.";
    refuse(json!({"MessageBody": "x".repeat(1025)}), invalid, long);
    let big = json!({"a": {"DataType": "String", "StringValue": "x".repeat(1017)}});
    refuse(json!({"MessageBody": "x", "MessageAttributes": big}), invalid, long);
    let other = call(&world, &admin, "SendMessage", &url, json!({"MessageBody": "\u{1}"}));
    assert_eq!(other.code(), Some("InvalidMessageContents"));
    let empty =
        json!({"MessageBody": "x", "MessageAttributes": {"e": {"DataType": "String", "StringValue": ""}}});
    refuse(empty, invalid, "Message (user) attribute 'e' must contain a non-empty value of type 'String'.");
    for attribute in [
        json!({"aws.x": {"DataType": "String", "StringValue": "v"}}),
        json!({"a..b": {"DataType": "String", "StringValue": "v"}}),
        json!({"a": {"DataType": "Text", "StringValue": "v"}}),
        json!({"a": {"DataType": "Number", "StringValue": "v"}}),
    ] {
        let input = json!({"MessageBody": "x", "MessageAttributes": attribute});
        assert_eq!(call(&world, &admin, "SendMessage", &url, input).code(), Some(invalid), "{attribute}");
    }
    let many: serde_json::Map<String, Value> =
        (0..11).map(|n| (format!("k{n}"), json!({"DataType": "String", "StringValue": "v"}))).collect();
    let text = "Number of message attributes [11] exceeds the allowed maximum [10].";
    refuse(json!({"MessageBody": "x", "MessageAttributes": many}), invalid, text);
    let text = "Value d for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type.";
    refuse(json!({"MessageBody": "x", "MessageDeduplicationId": "d"}), invalid, text);
    assert_eq!(counts(&world, &admin, &url), ["0", "0", "0"]);
    // The largest message of all: 1 MiB.
    set(&world, &admin, &url, "MaximumMessageSize", "1048576").ok();
    send(&world, &admin, &url, &"x".repeat(1_048_576));
    assert_eq!(receive(&world, &admin, &url)[0]["Body"].as_str().unwrap().len(), 1_048_576);
}

#[test]
fn receiving_keeps_its_limits() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    for (member, value, reason) in [
        ("MaxNumberOfMessages", 0, "Must be between 1 and 10, if provided."),
        ("MaxNumberOfMessages", 11, "Must be between 1 and 10, if provided."),
        ("WaitTimeSeconds", 21, "Must be >= 0 and <= 20, if provided."),
        ("VisibilityTimeout", 43_201, "Must be >= 0 and <= 43200, if provided."),
    ] {
        let text = format!("Value {value} for parameter {member} is invalid. Reason: {reason}");
        let answer = call(&world, &admin, "ReceiveMessage", &url, json!({member: value}));
        says(answer, "InvalidParameterValueException", &text);
    }
    for body in ["a", "b", "c"] {
        send(&world, &admin, &url, body);
    }
    // One message when no number is given, in the order of sending.
    let one = call(&world, &admin, "ReceiveMessage", &url, json!({})).ok();
    assert_eq!(bodies(one["Messages"].as_array().unwrap()), ["a"]);
    assert_eq!(one["Messages"][0]["Attributes"], Value::Null);
    assert_eq!(bodies(&receive(&world, &admin, &url)), ["b", "c"]);
    assert_eq!(call(&world, &admin, "ReceiveMessage", &url, json!({})).ok(), json!({}));
}

#[test]
fn batches_tell_of_each_entry() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    let entries = json!([
        {"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": ""}, {"Id": "3", "MessageBody": "c", "DelaySeconds": -1},
        {"Id": "4", "MessageBody": "d"},
    ]);
    let sent = call(&world, &admin, "SendMessageBatch", &url, json!({"Entries": entries})).ok();
    let ids = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|entry| entry["Id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (ids(&sent["Successful"]), ids(&sent["Failed"])),
        (vec!["1".into(), "4".into()], vec!["2".into(), "3".into()])
    );
    assert_eq!(
        (&sent["Failed"][0]["Code"], &sent["Failed"][0]["SenderFault"]),
        (&json!("MissingParameter"), &json!(true))
    );
    assert_eq!(sent["Failed"][1]["Code"], "InvalidParameterValue");
    let received = receive(&world, &admin, &url);
    assert_eq!(bodies(&received), ["a", "d"]);
    let handles = json!([
        {"Id": "x", "ReceiptHandle": received[0]["ReceiptHandle"], "VisibilityTimeout": 0},
        {"Id": "y", "ReceiptHandle": "none", "VisibilityTimeout": 0},
        {"Id": "z", "ReceiptHandle": received[1]["ReceiptHandle"]},
    ]);
    let changed =
        call(&world, &admin, "ChangeMessageVisibilityBatch", &url, json!({"Entries": handles})).ok();
    assert_eq!(
        (ids(&changed["Successful"]), ids(&changed["Failed"])),
        (vec!["x".into()], vec!["y".into(), "z".into()])
    );
    assert_eq!(counts(&world, &admin, &url), ["1", "1", "0"]);
    let handles = json!([{"Id": "x", "ReceiptHandle": received[0]["ReceiptHandle"]}, {"Id": "y", "ReceiptHandle": "none"}]);
    let deleted = call(&world, &admin, "DeleteMessageBatch", &url, json!({"Entries": handles})).ok();
    assert_eq!((ids(&deleted["Successful"]), ids(&deleted["Failed"])), (vec!["x".into()], vec!["y".into()]));
    assert_eq!(deleted["Failed"][0]["Code"], "ReceiptHandleIsInvalid");
    assert_eq!(counts(&world, &admin, &url), ["0", "1", "0"]);
}

#[test]
fn batches_are_refused_as_a_whole() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    let send = |entries: Value| call(&world, &admin, "SendMessageBatch", &url, json!({"Entries": entries}));
    let entry = |id: &str, body: &str| json!({"Id": id, "MessageBody": body});
    let many: Vec<Value> = (0..11).map(|n| entry(&n.to_string(), "x")).collect();
    let text = "Maximum number of entries per request are 10. You have sent 11.";
    says(send(json!(many)), "TooManyEntriesInBatchRequest", text);
    let text = "There should be at least one SendMessageBatchRequestEntry in the request.";
    says(send(json!([])), "EmptyBatchRequest", text);
    says(send(json!([entry("a", "x"), entry("a", "y")])), "BatchEntryIdsNotDistinct", "Id a repeated.");
    assert_eq!(send(json!([entry("a b", "x")])).code(), Some("InvalidBatchEntryId"));
    let text = "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.";
    let long = json!([entry("a", &"x".repeat(1_000_000)), entry("b", &"x".repeat(48_577))]);
    says(send(long), "BatchRequestTooLong", text);
    assert_eq!(attribute(&world, &admin, &url, "ApproximateNumberOfMessages"), "0");
}

#[test]
fn a_long_poll_ends_when_a_message_is_sent_or_becomes_visible() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({"VisibilityTimeout": "5"}));
    let poll = || call(&world, &admin, "ReceiveMessage", &url, json!({"WaitTimeSeconds": 20})).ok();
    let began = world.pipeline.world().clock.wall().milliseconds();
    for round in 0..10 {
        let body = format!("sent {round}");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(poll);
            // Meanwhile the poll comes to its wait, in most of the rounds.
            for _ in 0..5 {
                world.call(&admin, "sqs", "ListQueues", json!({})).ok();
            }
            send(&world, &admin, &url, &body);
            let message = waiting.join().unwrap()["Messages"][0].clone();
            assert_eq!(message["Body"], body);
            let waiting = scope.spawn(poll);
            world.advance(5_000);
            let message = waiting.join().unwrap()["Messages"][0].clone();
            assert_eq!(message["Body"], body);
            call(&world, &admin, "DeleteMessage", &url, json!({"ReceiptHandle": message["ReceiptHandle"]}))
                .ok();
        });
    }
    // A poll that nobody woke would have taken 20 seconds.
    let took = world.pipeline.world().clock.wall().milliseconds() - began;
    assert!(took < 20_000, "{took} ms");
    // Without a message the answer is empty when the patience ends.
    let empty = call(&world, &admin, "ReceiveMessage", &url, json!({"WaitTimeSeconds": 1})).ok();
    assert_eq!(empty, json!({}));
    // A poll is recorded once, whatever it waited.
    let polls = data_events(&world, MANAGEMENT);
    assert_eq!(polls.iter().filter(|event| event["eventName"] == "ReceiveMessage").count(), 21);
}
