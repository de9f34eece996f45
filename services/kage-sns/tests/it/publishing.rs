//! Publishing: what is taken, and in which form it arrives.

use crate::kit::{
    body, call, entries, numbered, publish, queue, queue_arn, receive, received, says, subscribe, topic,
    world,
};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameter";

#[test]
fn a_queue_gets_the_notification() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let url = queue(&world, &admin, "q", json!({}));
    let subscription = subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({}));
    let attributes = entries_of(&[("kind", "String", "big"), ("count", "Number", "3")]);
    let sent = publish(
        &world,
        &admin,
        &arn,
        "hello \"you\"",
        json!({"Subject": "S", "MessageAttributes": attributes}),
    );
    let messages = receive(&world, &admin, &url);
    assert_eq!(messages.len(), 1);
    let unsubscribe =
        format!("https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}");
    assert_eq!(
        body(&messages[0]),
        json!({
            "Type": "Notification", "MessageId": sent["MessageId"], "TopicArn": arn, "Subject": "S",
            "Message": "hello \"you\"", "Timestamp": "2026-01-02T03:04:05.000Z", "UnsubscribeURL": unsubscribe,
            "MessageAttributes": {
                "kind": {"Type": "String", "Value": "big"}, "count": {"Type": "Number", "Value": "3"},
            },
        })
    );
    assert_eq!(messages[0]["MessageAttributes"], Value::Null);
    // Delivery is SNS's own call, recorded for the owner of the queue.
    let stream = kage_record::stream_name(MANAGEMENT, "us-east-1", false);
    let events = world.write(|tx| kage_record::read(tx.reads(), &stream, 0, 100));
    let delivered =
        events.iter().map(|stored| &stored.event).find(|event| event["eventName"] == "SendMessage").unwrap();
    assert_eq!(delivered["userIdentity"], json!({"type": "AWSService", "invokedBy": "sns.amazonaws.com"}));
    let published =
        events.iter().map(|stored| &stored.event).find(|event| event["eventName"] == "Publish").unwrap();
    assert_eq!(published["requestParameters"]["message"], "HIDDEN_DUE_TO_SECURITY_REASONS");
    assert_eq!(
        published["resources"],
        json!([{"accountId": MANAGEMENT, "type": "AWS::SNS::Topic", "ARN": arn}])
    );
    assert_eq!(published["responseElements"]["messageId"], sent["MessageId"]);
}

fn entries_of(list: &[(&str, &str, &str)]) -> Value {
    let list: Vec<Value> = list
        .iter()
        .map(|(name, kind, value)| json!({"Name": name, "Value": {"DataType": kind, "StringValue": value}}))
        .collect();
    numbered(list)
}

#[test]
fn raw_delivery_passes_message_and_attributes() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let url = queue(&world, &admin, "q", json!({}));
    subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({"RawMessageDelivery": "true"}));
    let attributes = numbered(vec![
        json!({"Name": "a", "Value": {"DataType": "String", "StringValue": "x"}}),
        json!({"Name": "b", "Value": {"DataType": "Binary", "BinaryValue": "AAEC"}}),
    ]);
    publish(&world, &admin, &arn, "plain", json!({"MessageAttributes": attributes}));
    let message = receive(&world, &admin, &url).remove(0);
    assert_eq!(message["Body"], "plain");
    assert_eq!(
        message["MessageAttributes"],
        json!({"a": {"DataType": "String", "StringValue": "x"}, "b": {"DataType": "Binary", "BinaryValue": "AAEC"}})
    );
}

#[test]
fn each_protocol_gets_its_own_message() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let url = queue(&world, &admin, "q", json!({}));
    subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({}));
    let structured = |message: &str| {
        let input = json!({"TopicArn": arn, "Message": message, "MessageStructure": "json"});
        call(&world, &admin, "Publish", input)
    };
    structured(r#"{"default": "d", "sqs": "for queues", "email": "for mail"}"#).ok();
    structured(r#"{"default": "d", "sqs": {"not": "a text"}}"#).ok();
    world.advance(0);
    assert_eq!(received(&world, &admin, &url), ["for queues", "d"]);
    let text = "Invalid parameter: Message Structure - No default entry in JSON message body";
    says(structured(r#"{"sqs": "x"}"#), INVALID, text);
    says(structured(r#"{"default": {}}"#), INVALID, text);
    says(
        structured("x"),
        INVALID,
        "Invalid parameter: Message Structure - JSON message body failed to parse",
    );
}

#[test]
fn filters_look_at_attributes_or_body() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let filtered = |name: &str, policy: Value, scope: &str| {
        let url = queue(&world, &admin, name, json!({}));
        let attributes = json!({"FilterPolicy": policy.to_string(), "FilterPolicyScope": scope});
        subscribe(&world, &admin, &arn, "sqs", &queue_arn(name), attributes);
        url
    };
    let by_attribute = filtered(
        "a",
        json!({"kind": ["big", {"prefix": "hu"}], "count": [{"numeric": [">", 2]}]}),
        "MessageAttributes",
    );
    let by_body = filtered("b", json!({"order": {"state": [{"anything-but": "done"}]}}), "MessageBody");
    let either = filtered("c", json!({"$or": [{"kind": ["small"]}, {"count": [1]}]}), "MessageAttributes");
    let big = entries_of(&[("kind", "String", "huge"), ("count", "Number", "3")]);
    publish(&world, &admin, &arn, "one", json!({"MessageAttributes": big}));
    let small = entries_of(&[("kind", "String", "small"), ("count", "Number", "9")]);
    publish(&world, &admin, &arn, r#"{"order": {"state": "new"}}"#, json!({"MessageAttributes": small}));
    publish(&world, &admin, &arn, r#"{"order": {"state": "done"}}"#, json!({}));
    assert_eq!(received(&world, &admin, &by_attribute), ["one"]);
    assert_eq!(received(&world, &admin, &by_body), [r#"{"order": {"state": "new"}}"#]);
    assert_eq!(received(&world, &admin, &either).len(), 1);
}

#[test]
fn what_is_no_message_is_refused() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let try_it = |rest: Value| {
        let mut input = rest;
        input["TopicArn"] = json!(arn);
        call(&world, &admin, "Publish", input)
    };
    says(try_it(json!({"Message": ""})), INVALID, "Invalid parameter: Empty message");
    says(try_it(json!({"Message": "x".repeat(262_145)})), INVALID, "Invalid parameter: Message too long");
    for subject in ["", "a\nb", &"x".repeat(101)] {
        says(try_it(json!({"Message": "x", "Subject": subject})), INVALID, "Invalid parameter: Subject");
    }
    let text = "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type";
    says(try_it(json!({"Message": "x", "MessageDeduplicationId": "d"})), INVALID, text);
    let attribute = |name: &str, kind: &str, value: &str| {
        try_it(json!({"Message": "x", "MessageAttributes": entries_of(&[(name, kind, value)])}))
    };
    // Recorded at AWS: LocalStack's validated test_message_attributes_….
    for (name, kind, value, text) in [
        ("a.", "String", "v", "Invalid message attribute name ending with character '.' was found."),
        ("a..b", "String", "v", "Message attribute name can not have successive '.' character."),
        (
            "attr1",
            "Text",
            "v",
            "The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
        ),
        (
            "attr1",
            "String",
            "",
            "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'.",
        ),
        ("attr1", "Binary", "v", "The message attribute 'attr1' with type 'Binary' must use field 'Binary'."),
    ] {
        says(attribute(name, kind, value), "ParameterValueInvalid", text);
    }
    let target = json!({"TargetArn": arn, "Message": "x"});
    call(&world, &admin, "Publish", target).ok();
    let endpoint =
        json!({"TargetArn": "arn:aws:sns:us-east-1:111111111111:endpoint/APNS/a/b", "Message": "x"});
    let text = "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified";
    says(call(&world, &admin, "Publish", endpoint), INVALID, text);
    let phone = call(&world, &admin, "Publish", json!({"PhoneNumber": "+15555550100", "Message": "x"})).err();
    assert_eq!((phone.status, phone.message.as_str()), (501, "PhoneNumber is not modelled"));
}

#[test]
fn batches_tell_of_each_entry() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let url = queue(&world, &admin, "q", json!({}));
    subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({}));
    let batch = |list: Value| {
        call(&world, &admin, "PublishBatch", json!({"TopicArn": arn, "PublishBatchRequestEntries": list}))
    };
    let entry = |id: &str, message: &str| json!({"Id": id, "Message": message});
    let answer = batch(json!([entry("1", "a"), entry("2", ""), entry("3", "c")])).ok();
    world.advance(0);
    assert_eq!(received(&world, &admin, &url), ["a", "c"]);
    assert_eq!(answer["Successful"].as_array().unwrap().len(), 2);
    assert_eq!(
        answer["Failed"],
        json!([{"Id": "2", "Code": "InvalidParameter", "Message": "Invalid parameter: Empty message", "SenderFault": true}])
    );
    let many: Vec<Value> = (0..11).map(|n| entry(&n.to_string(), "x")).collect();
    let text = "The batch request contains more entries than permissible.";
    says(batch(json!(many)), "TooManyEntriesInBatchRequest", text);
    let text = "Two or more batch entries in the request have the same Id.";
    says(batch(json!([entry("a", "x"), entry("a", "y")])), "BatchEntryIdsNotDistinct", text);
    let text = "The Id of a batch entry in the batch request contains an impermissible character: message.id";
    says(batch(json!([entry("message.id", "x")])), "InvalidBatchEntryId", text);
    let long = json!([entry("a", &"x".repeat(200_000)), entry("b", &"x".repeat(62_145))]);
    let text = "The length of all the messages put together is more than the limit.";
    says(batch(long), "BatchRequestTooLong", text);
}

#[test]
fn a_kms_key_is_the_publishers_matter() {
    let world = world();
    let admin = world.admin();
    let key = world.call(&admin, "kms", "CreateKey", json!({})).ok()["KeyMetadata"]["Arn"].clone();
    let input = json!({"Name": "t", "Attributes": entries(&json!({"KmsMasterKeyId": key}))});
    let arn = crate::kit::text(&call(&world, &admin, "CreateTopic", input).ok()["TopicArn"]);
    let url = queue(&world, &admin, "q", json!({}));
    subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({}));
    let bob = world.user(&admin, "bob");
    crate::kit::allow(&world, &admin, "bob", json!(["sns:Publish"]));
    let denied = call(&world, &bob, "Publish", json!({"TopicArn": arn, "Message": "x"})).err();
    assert_eq!(denied.code, "KMSAccessDenied");
    assert!(denied.message.contains("kms:GenerateDataKey"), "{}", denied.message);
    publish(&world, &admin, &arn, "sealed", json!({}));
    assert_eq!(received(&world, &admin, &url), ["sealed"]);
    let events = world.events(MANAGEMENT);
    let made =
        events.iter().filter(|event| event["eventName"] == "GenerateDataKey" && event["errorCode"].is_null());
    let made: Vec<&Value> = made.collect();
    assert_eq!(made[0]["requestParameters"]["encryptionContext"]["aws:sns:topicArn"], arn);
    assert_eq!(made[0]["userIdentity"]["invokedBy"], "sns.amazonaws.com");
}
