//! Topics: made, changed, tagged, listed, deleted.

use crate::kit::{call, entries, says, text, topic, world};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameter";

#[test]
fn a_topic_has_the_attributes_of_aws() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "news");
    assert_eq!(arn, format!("arn:aws:sns:us-east-1:{MANAGEMENT}:news"));
    let shown =
        call(&world, &admin, "GetTopicAttributes", json!({"TopicArn": arn})).ok()["Attributes"].clone();
    let policy: Value = serde_json::from_str(shown["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(policy["Statement"][0]["Condition"]["StringEquals"]["AWS:SourceOwner"], MANAGEMENT);
    assert_eq!(policy["Statement"][0]["Resource"], arn);
    let delivery: Value = serde_json::from_str(shown["EffectiveDeliveryPolicy"].as_str().unwrap()).unwrap();
    assert_eq!(delivery["http"]["defaultHealthyRetryPolicy"]["numRetries"], 3);
    let names: Vec<&String> = shown.as_object().unwrap().keys().collect();
    // Recorded at AWS: LocalStack's validated test_create_topic_test_arn.
    let expected = [
        "DisplayName",
        "EffectiveDeliveryPolicy",
        "Owner",
        "Policy",
        "SubscriptionsConfirmed",
        "SubscriptionsDeleted",
        "SubscriptionsPending",
        "TopicArn",
    ];
    assert_eq!(names, expected);
    let events = world.events(MANAGEMENT);
    let made = events.iter().find(|event| event["eventName"] == "CreateTopic").unwrap();
    assert_eq!(
        (&made["eventSource"], &made["requestParameters"]["name"]),
        (&json!("sns.amazonaws.com"), &json!("news"))
    );
    assert_eq!(made["responseElements"]["topicArn"], arn);
}

#[test]
fn a_topic_is_made_once() {
    let world = world();
    let admin = world.admin();
    let create = |attributes: Value, tags: Value| {
        let input = json!({"Name": "t", "Attributes": entries(&attributes), "Tags": tags});
        call(&world, &admin, "CreateTopic", input)
    };
    let tag = json!([{"Key": "k", "Value": "v"}]);
    create(json!({"DisplayName": "One"}), tag.clone()).ok();
    create(json!({"DisplayName": "One"}), json!([])).ok();
    let differs = "Invalid parameter: Attributes Reason: Topic already exists with different attributes";
    says(create(json!({"DisplayName": "Two"}), tag), INVALID, differs);
    let differs = "Invalid parameter: Tags Reason: Topic already exists with different tags";
    says(create(json!({}), json!([{"Key": "k", "Value": "w"}])), INVALID, differs);
}

#[test]
fn names_and_attributes_keep_their_rules() {
    let world = world();
    let admin = world.admin();
    for name in ["a b", "a.fifo", ".", &"a".repeat(257)] {
        says(
            call(&world, &admin, "CreateTopic", json!({"Name": name})),
            INVALID,
            "Invalid parameter: Topic Name",
        );
    }
    let fifo = json!({"Name": "a", "Attributes": entries(&json!({"FifoTopic": "true"}))});
    says(call(&world, &admin, "CreateTopic", fifo), INVALID, "Invalid parameter: Topic Name");
    let arn = topic(&world, &admin, "t");
    let set = |name: &str, value: &str| {
        let input = json!({"TopicArn": arn, "AttributeName": name, "AttributeValue": value});
        call(&world, &admin, "SetTopicAttributes", input)
    };
    set("DisplayName", "News").ok();
    set("MaximumMessageSize", "1048576").ok();
    set("SignatureVersion", "2").ok();
    set("TracingConfig", "Active").ok();
    let shown =
        call(&world, &admin, "GetTopicAttributes", json!({"TopicArn": arn})).ok()["Attributes"].clone();
    assert_eq!((&shown["DisplayName"], &shown["MaximumMessageSize"]), (&json!("News"), &json!("1048576")));
    says(set("FifoTopic", "true"), INVALID, "Invalid parameter: AttributeName");
    says(set("Colour", "red"), INVALID, "Invalid parameter: AttributeName");
    for (name, value) in [
        ("MaximumMessageSize", "1023"),
        ("SignatureVersion", "3"),
        ("TracingConfig", "x"),
        ("DeliveryPolicy", "{"),
    ] {
        assert_eq!(set(name, value).code(), Some(INVALID), "{name}");
    }
    let refused = set("LambdaSuccessFeedbackRoleArn", "arn:aws:iam::111111111111:role/r").err();
    assert_eq!(
        (refused.status, refused.message.as_str()),
        (501, "LambdaSuccessFeedbackRoleArn is not modelled")
    );
    let gone = json!({"TopicArn": format!("{arn}x")});
    says(call(&world, &admin, "GetTopicAttributes", gone), "NotFound", "Topic does not exist");
    let wrong = "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1";
    says(call(&world, &admin, "GetTopicAttributes", json!({"TopicArn": "t"})), INVALID, wrong);
}

#[test]
fn tags_are_set_and_removed() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let tag = |tags: Value| call(&world, &admin, "TagResource", json!({"ResourceArn": arn, "Tags": tags}));
    tag(json!([{"Key": "k1", "Value": "v1"}, {"Key": "k2", "Value": "v2"}])).ok();
    call(&world, &admin, "UntagResource", json!({"ResourceArn": arn, "TagKeys": ["k1"]})).ok();
    let listed = call(&world, &admin, "ListTagsForResource", json!({"ResourceArn": arn})).ok();
    assert_eq!(listed["Tags"], json!([{"Key": "k2", "Value": "v2"}]));
    let twice = json!([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]);
    says(tag(twice), INVALID, "Invalid parameter: Duplicated keys are not allowed.");
    let many: Vec<Value> = (0..50).map(|n| json!({"Key": format!("k-{n}"), "Value": "v"})).collect();
    assert_eq!(tag(json!(many)).code(), Some("TagLimitExceeded"));
    let gone = json!({"ResourceArn": format!("{arn}x")});
    says(call(&world, &admin, "ListTagsForResource", gone), "ResourceNotFound", "Resource does not exist");
}

#[test]
fn topics_are_listed_in_pages_of_100() {
    let world = world();
    let admin = world.admin();
    for number in 0..101 {
        topic(&world, &admin, &format!("t-{number:03}"));
    }
    let first = call(&world, &admin, "ListTopics", json!({})).ok();
    assert_eq!(first["Topics"].as_array().unwrap().len(), 100);
    let rest = call(&world, &admin, "ListTopics", json!({"NextToken": first["NextToken"]})).ok();
    assert!(text(&rest["Topics"][0]["TopicArn"]).ends_with("t-100"));
    assert_eq!(rest["NextToken"], Value::Null);
    says(
        call(&world, &admin, "ListTopics", json!({"NextToken": "?"})),
        INVALID,
        "Invalid parameter: NextToken",
    );
}

#[test]
fn a_deleted_topic_takes_its_subscriptions_along() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let queue = crate::kit::queue_arn("q");
    let subscription = crate::kit::subscribe(&world, &admin, &arn, "sqs", &queue, json!({}));
    call(&world, &admin, "DeleteTopic", json!({"TopicArn": arn})).ok();
    call(&world, &admin, "DeleteTopic", json!({"TopicArn": arn})).ok();
    let publish = call(&world, &admin, "Publish", json!({"TopicArn": arn, "Message": "x"}));
    says(publish, "NotFound", "Topic does not exist");
    let shown = call(&world, &admin, "GetSubscriptionAttributes", json!({"SubscriptionArn": subscription}));
    says(shown, "NotFound", "Subscription does not exist");
    assert_eq!(call(&world, &admin, "ListSubscriptions", json!({})).ok()["Subscriptions"], json!([]));
    assert_eq!(topic(&world, &admin, "t"), arn);
    let listed = call(&world, &admin, "ListSubscriptionsByTopic", json!({"TopicArn": arn})).ok();
    assert_eq!(listed["Subscriptions"], json!([]));
}
