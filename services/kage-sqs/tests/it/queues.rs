//! Queues: made, found, listed, changed, tagged, purged, deleted.

use crate::kit::{attribute, bodies, queue, receive, says, send, set, world};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

#[test]
fn a_queue_has_the_attributes_of_aws() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "orders", json!({"DelaySeconds": "5"}));
    assert_eq!(url, format!("https://sqs.us-east-1.amazonaws.com/{MANAGEMENT}/orders"));
    let input = json!({"QueueUrl": url, "AttributeNames": ["All"]});
    let shown = world.call(&admin, "sqs", "GetQueueAttributes", input).ok()["Attributes"].clone();
    let made = (world.now() / 1000).to_string();
    assert_eq!(
        shown,
        json!({
            "ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesDelayed": "0",
            "ApproximateNumberOfMessagesNotVisible": "0", "CreatedTimestamp": made, "DelaySeconds": "5",
            "LastModifiedTimestamp": made, "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600",
            "QueueArn": format!("arn:aws:sqs:us-east-1:{MANAGEMENT}:orders"),
            "ReceiveMessageWaitTimeSeconds": "0", "SqsManagedSseEnabled": "true", "VisibilityTimeout": "30",
        })
    );
    let none = world.call(&admin, "sqs", "GetQueueAttributes", json!({"QueueUrl": url})).ok();
    assert_eq!(none, json!({}));
    let wrong = json!({"QueueUrl": url, "AttributeNames": ["Colour"]});
    let wrong = world.call(&admin, "sqs", "GetQueueAttributes", wrong);
    says(wrong, "InvalidAttributeName", "Unknown Attribute Colour.");
    // Management events of what changes a queue name its parameters.
    let events = world.events(MANAGEMENT);
    let made = events.iter().find(|event| event["eventName"] == "CreateQueue").unwrap();
    assert_eq!(made["eventSource"], "sqs.amazonaws.com");
    assert_eq!(made["requestParameters"]["queueName"], "orders");
    assert_eq!(made["responseElements"]["queueUrl"], url);
}

#[test]
fn a_queue_is_named_by_the_path_of_any_url() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "orders", json!({}));
    for host in ["http://127.0.0.1:4566", "https://queue.amazonaws.com", "http://localhost/queue/us-east-1"] {
        send(&world, &admin, &format!("{host}/{MANAGEMENT}/orders"), "x");
    }
    assert_eq!(attribute(&world, &admin, &url, "ApproximateNumberOfMessages"), "3");
    let input = json!({"QueueUrl": "orders", "MessageBody": "x"});
    assert_eq!(world.call(&admin, "sqs", "SendMessage", input).code(), Some("InvalidAddress"));
    let gone = json!({"QueueUrl": format!("http://h/{MANAGEMENT}/none"), "MessageBody": "x"});
    says(
        world.call(&admin, "sqs", "SendMessage", gone),
        "QueueDoesNotExist",
        "The specified queue does not exist.",
    );
    let found = world.call(&admin, "sqs", "GetQueueUrl", json!({"QueueName": "orders"})).ok();
    assert_eq!(found["QueueUrl"], url);
    let none = world.call(&admin, "sqs", "GetQueueUrl", json!({"QueueName": "none"}));
    says(none, "QueueDoesNotExist", "The specified queue does not exist.");
}

#[test]
fn a_queue_is_made_once() {
    let world = world();
    let admin = world.admin();
    let create = |attributes: Value| {
        world.call(&admin, "sqs", "CreateQueue", json!({"QueueName": "q", "Attributes": attributes}))
    };
    create(json!({"DelaySeconds": "1"})).ok();
    create(json!({"DelaySeconds": "1"})).ok();
    create(json!({})).ok();
    let text = "A queue already exists with the same name and a different value for attribute DelaySeconds";
    says(create(json!({"DelaySeconds": "2"})), "QueueNameExists", text);
}

#[test]
fn names_and_attributes_keep_their_limits() {
    let world = world();
    let admin = world.admin();
    let create = |name: &str, attributes: Value| {
        world.call(&admin, "sqs", "CreateQueue", json!({"QueueName": name, "Attributes": attributes}))
    };
    let standard = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
    for name in ["", "a b", "a.fifo", &"a".repeat(81)] {
        says(create(name, json!({})), "InvalidParameterValueException", standard);
    }
    let fifo = create("a", json!({"FifoQueue": "true"})).err();
    assert!(fifo.message.contains("must end with .fifo suffix"), "{}", fifo.message);
    for (name, value) in [
        ("VisibilityTimeout", "43201"),
        ("DelaySeconds", "901"),
        ("DelaySeconds", "x"),
        ("MaximumMessageSize", "1023"),
        ("MaximumMessageSize", "1048577"),
        ("MessageRetentionPeriod", "59"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
        ("KmsDataKeyReusePeriodSeconds", "59"),
        ("SqsManagedSseEnabled", "yes"),
    ] {
        let said = format!("Invalid value for the parameter {name}.");
        says(create("q", json!({name: value})), "InvalidAttributeValue", &said);
    }
    says(create("q", json!({"FifoQueue": "false"})), "InvalidAttributeName", "Unknown Attribute FifoQueue.");
    says(create("q", json!({"QueueArn": "a"})), "InvalidAttributeName", "Unknown Attribute QueueArn.");
    let text = "You can specify the DeduplicationScope only when FifoQueue is set to true.";
    says(create("q", json!({"DeduplicationScope": "queue"})), "InvalidAttributeName", text);
    let url = queue(&world, &admin, "a.fifo", json!({"FifoQueue": "true"}));
    let text = "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.";
    says(set(&world, &admin, &url, "FifoQueue", "false"), "InvalidAttributeValue", text);
    let limit = set(&world, &admin, &url, "FifoThroughputLimit", "perMessageGroupId");
    assert_eq!(limit.code(), Some("InvalidAttributeValue"));
}

#[test]
fn attributes_change_and_are_forgotten() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    world.advance(5_000);
    set(&world, &admin, &url, "VisibilityTimeout", "7").ok();
    assert_eq!(attribute(&world, &admin, &url, "VisibilityTimeout"), "7");
    assert_eq!(attribute(&world, &admin, &url, "LastModifiedTimestamp"), (world.now() / 1000).to_string());
    set(&world, &admin, &url, "KmsMasterKeyId", "alias/a").ok();
    assert_eq!(attribute(&world, &admin, &url, "SqsManagedSseEnabled"), "false");
    assert_eq!(attribute(&world, &admin, &url, "KmsDataKeyReusePeriodSeconds"), "300");
    set(&world, &admin, &url, "SqsManagedSseEnabled", "true").ok();
    assert_eq!(attribute(&world, &admin, &url, "KmsMasterKeyId"), "");
    let both =
        json!({"QueueUrl": url, "Attributes": {"KmsMasterKeyId": "a", "SqsManagedSseEnabled": "true"}});
    let refused = world.call(&admin, "sqs", "SetQueueAttributes", both);
    assert_eq!(refused.code(), Some("InvalidAttributeName"));
}

#[test]
fn queues_are_listed_by_prefix_and_page() {
    let world = world();
    let admin = world.admin();
    for name in ["a-1", "a-2", "a-3", "b"] {
        queue(&world, &admin, name, json!({}));
    }
    let list = |input: Value| world.call(&admin, "sqs", "ListQueues", input).ok();
    let names = |answer: &Value| -> Vec<String> {
        let urls = answer["QueueUrls"].as_array().unwrap();
        urls.iter().map(|url| url.as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&list(json!({}))), ["a-1", "a-2", "a-3", "b"]);
    let first = list(json!({"QueueNamePrefix": "a", "MaxResults": 2}));
    assert_eq!(names(&first), ["a-1", "a-2"]);
    let rest = list(json!({"QueueNamePrefix": "a", "MaxResults": 2, "NextToken": first["NextToken"]}));
    assert_eq!((names(&rest), &rest["NextToken"]), (vec!["a-3".to_owned()], &Value::Null));
    assert_eq!(list(json!({"QueueNamePrefix": "z"})), json!({}));
    let refused = world.call(&admin, "sqs", "ListQueues", json!({"MaxResults": 1001}));
    assert_eq!(refused.code(), Some("InvalidParameterValueException"));
}

#[test]
fn tags_are_set_and_removed() {
    let world = world();
    let admin = world.admin();
    let input = json!({"QueueName": "q", "tags": {"team": "red"}});
    let url = world.call(&admin, "sqs", "CreateQueue", input).ok()["QueueUrl"].clone();
    let tag = |tags: Value| world.call(&admin, "sqs", "TagQueue", json!({"QueueUrl": url, "Tags": tags}));
    let list = || world.call(&admin, "sqs", "ListQueueTags", json!({"QueueUrl": url})).ok();
    tag(json!({"team": "blue", "stage": ""})).ok();
    assert_eq!(list(), json!({"Tags": {"stage": "", "team": "blue"}}));
    world.call(&admin, "sqs", "UntagQueue", json!({"QueueUrl": url, "TagKeys": ["team", "stage"]})).ok();
    assert_eq!(list(), json!({}));
    assert_eq!(tag(json!({"aws:x": "1"})).code(), Some("InvalidParameterValueException"));
    let many: serde_json::Map<String, Value> = (0..51).map(|n| (format!("k{n}"), json!("v"))).collect();
    says(tag(Value::Object(many)), "InvalidParameterValueException", "Too many tags added for queue q.");
    assert_eq!(list(), json!({}));
}

#[test]
fn a_purge_empties_the_queue_once_a_minute() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    for body in ["a", "b", "c"] {
        send(&world, &admin, &url, body);
    }
    receive(&world, &admin, &url);
    let purge = || world.call(&admin, "sqs", "PurgeQueue", json!({"QueueUrl": url}));
    purge().ok();
    assert_eq!(crate::kit::counts(&world, &admin, &url), ["0", "0", "0"]);
    let text = "Only one PurgeQueue operation on q is allowed every 60 seconds.";
    says(purge(), "PurgeQueueInProgress", text);
    send(&world, &admin, &url, "d");
    assert_eq!(bodies(&receive(&world, &admin, &url)), ["d"]);
    world.advance(60_000);
    purge().ok();
    assert_eq!(crate::kit::counts(&world, &admin, &url), ["0", "0", "0"]);
}

#[test]
fn a_deleted_queue_leaves_its_name_for_a_minute() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    send(&world, &admin, &url, "a");
    world.call(&admin, "sqs", "DeleteQueue", json!({"QueueUrl": url})).ok();
    let gone = "The specified queue does not exist.";
    says(world.call(&admin, "sqs", "ReceiveMessage", json!({"QueueUrl": url})), "QueueDoesNotExist", gone);
    says(world.call(&admin, "sqs", "DeleteQueue", json!({"QueueUrl": url})), "QueueDoesNotExist", gone);
    let create = || world.call(&admin, "sqs", "CreateQueue", json!({"QueueName": "q"}));
    let text =
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
    says(create(), "QueueDeletedRecently", text);
    world.advance(60_000);
    create().ok();
    assert_eq!(crate::kit::counts(&world, &admin, &url), ["0", "0", "0"]);
}
