//! Who may do what.

use crate::kit::{allow, call, entries, queue_arn, says, subscribe, topic, world};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

/// Every operation with the action that it takes.
const OPERATIONS: [(&str, &str); 19] = [
    ("AddPermission", "AddPermission"),
    ("ConfirmSubscription", "ConfirmSubscription"),
    ("CreateTopic", "CreateTopic"),
    ("DeleteTopic", "DeleteTopic"),
    ("GetSubscriptionAttributes", "GetSubscriptionAttributes"),
    ("GetTopicAttributes", "GetTopicAttributes"),
    ("ListSubscriptions", "ListSubscriptions"),
    ("ListSubscriptionsByTopic", "ListSubscriptionsByTopic"),
    ("ListTagsForResource", "ListTagsForResource"),
    ("ListTopics", "ListTopics"),
    ("Publish", "Publish"),
    ("PublishBatch", "Publish"),
    ("RemovePermission", "RemovePermission"),
    ("SetSubscriptionAttributes", "SetSubscriptionAttributes"),
    ("SetTopicAttributes", "SetTopicAttributes"),
    ("Subscribe", "Subscribe"),
    ("TagResource", "TagResource"),
    ("Unsubscribe", "Unsubscribe"),
    ("UntagResource", "UntagResource"),
];

fn input(operation: &str, topic: &str, subscription: &str) -> Value {
    match operation {
        "CreateTopic" => json!({"Name": "t"}),
        "ConfirmSubscription" => json!({"TopicArn": topic, "Token": "ab"}),
        "ListSubscriptions" | "ListTopics" => json!({}),
        "Publish" => json!({"TopicArn": topic, "Message": "x"}),
        "PublishBatch" => {
            json!({"TopicArn": topic, "PublishBatchRequestEntries": [{"Id": "1", "Message": "x"}]})
        }
        "AddPermission" => {
            json!({"TopicArn": topic, "Label": "l", "AWSAccountId": [MANAGEMENT], "ActionName": ["Publish"]})
        }
        "RemovePermission" => json!({"TopicArn": topic, "Label": "l"}),
        "SetTopicAttributes" => {
            json!({"TopicArn": topic, "AttributeName": "DisplayName", "AttributeValue": "x"})
        }
        "Subscribe" => json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue_arn("q")}),
        "SetSubscriptionAttributes" => {
            json!({"SubscriptionArn": subscription, "AttributeName": "RawMessageDelivery", "AttributeValue": "true"})
        }
        "GetSubscriptionAttributes" | "Unsubscribe" => json!({"SubscriptionArn": subscription}),
        "TagResource" => json!({"ResourceArn": topic, "Tags": [{"Key": "k", "Value": "v"}]}),
        "UntagResource" => json!({"ResourceArn": topic, "TagKeys": ["k"]}),
        "ListTagsForResource" => json!({"ResourceArn": topic}),
        _ => json!({"TopicArn": topic}),
    }
}

#[test]
fn every_operation_takes_its_permission_and_is_recorded() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let bob = world.user(&admin, "bob");
    for (operation, action) in OPERATIONS {
        topic(&world, &admin, "t");
        let subscription = subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({}));
        let denied = call(&world, &bob, operation, input(operation, &arn, &subscription)).err();
        assert_eq!((denied.code.as_str(), denied.status), ("AuthorizationError", 403), "{operation}");
        let said = format!("is not authorized to perform: sns:{action}");
        assert!(denied.message.contains(&said), "{}", denied.message);
        allow(&world, &admin, "bob", json!([format!("sns:{action}")]));
        let code =
            call(&world, &bob, operation, input(operation, &arn, &subscription)).code().map(str::to_owned);
        assert_ne!(code.as_deref(), Some("AuthorizationError"), "{operation}");
        world.call(&admin, "iam", "DeleteUserPolicy", json!({"UserName": "bob", "PolicyName": "p"})).ok();
    }
    let names: Vec<Value> = world.events(MANAGEMENT).iter().map(|event| event["eventName"].clone()).collect();
    for (operation, _) in OPERATIONS.iter().filter(|(operation, _)| !operation.starts_with("Publish")) {
        assert!(names.contains(&json!(operation)), "{operation}");
    }
}

#[test]
fn a_topic_policy_lets_other_accounts_in() {
    let mut world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let (other, stranger) = world.account();
    let publish = || call(&world, &stranger, "Publish", json!({"TopicArn": arn, "Message": "x"}));
    // The default policy lets nobody else in.
    assert_eq!(publish().code(), Some("AuthorizationError"));
    let add = |label: &str, actions: Value| {
        let input = json!({"TopicArn": arn, "Label": label, "AWSAccountId": [other], "ActionName": actions});
        call(&world, &admin, "AddPermission", input)
    };
    add("publishers", json!(["Publish"])).ok();
    publish().ok();
    says(
        add("publishers", json!(["Publish"])),
        "InvalidParameter",
        "Invalid parameter: Statement already exists",
    );
    let text_of_scope = "Invalid parameter: Policy statement action out of service scope!";
    says(add("more", json!(["CreateTopic"])), "InvalidParameter", text_of_scope);
    let shown = call(&world, &admin, "GetTopicAttributes", json!({"TopicArn": arn})).ok();
    let policy: Value = serde_json::from_str(shown["Attributes"]["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(
        policy["Statement"][1],
        json!({
            "Sid": "publishers", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{other}:root")},
            "Action": "SNS:Publish", "Resource": arn,
        })
    );
    call(&world, &admin, "RemovePermission", json!({"TopicArn": arn, "Label": "publishers"})).ok();
    assert_eq!(publish().code(), Some("AuthorizationError"));
    let set = |policy: &str| {
        let input = json!({"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": policy});
        call(&world, &admin, "SetTopicAttributes", input)
    };
    let statement = |effect: &str, principal: Value, action: &str| {
        let statement = json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": arn});
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    says(set(&statement("Allow", json!("*"), "sqs:SendMessage")), "InvalidParameter", text_of_scope);
    assert_eq!(set("{").code(), Some("InvalidParameter"));
    let nobody = json!({"AWS": format!("arn:aws:iam::{MANAGEMENT}:user/none")});
    assert_eq!(set(&statement("Allow", nobody, "sns:Publish")).code(), Some("InvalidParameter"));
    set(&statement("Deny", json!({"AWS": "*"}), "sns:Publish")).ok();
    let denied = call(&world, &admin, "Publish", json!({"TopicArn": arn, "Message": "x"})).err();
    assert!(
        denied.message.contains("with an explicit deny in a resource-based policy"),
        "{}",
        denied.message
    );
}

#[test]
fn conditions_see_protocol_and_endpoint() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let bob = world.user(&admin, "bob");
    let statement = json!({
        "Effect": "Allow", "Action": "sns:Subscribe", "Resource": arn,
        "Condition": {"StringEquals": {"sns:Protocol": "email"}, "StringLike": {"sns:Endpoint": "*@example.com"}},
    });
    let document = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let input = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": document});
    world.call(&admin, "iam", "PutUserPolicy", input).ok();
    let try_it = |protocol: &str, endpoint: &str| {
        call(&world, &bob, "Subscribe", json!({"TopicArn": arn, "Protocol": protocol, "Endpoint": endpoint}))
    };
    try_it("email", "a@example.com").ok();
    assert_eq!(try_it("email", "a@example.org").code(), Some("AuthorizationError"));
    assert_eq!(try_it("sqs", &queue_arn("q")).code(), Some("AuthorizationError"));
}

#[test]
fn tags_at_creation_take_their_own_permission() {
    let world = world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    allow(&world, &admin, "bob", json!(["sns:CreateTopic"]));
    call(&world, &bob, "CreateTopic", json!({"Name": "a"})).ok();
    let tagged =
        json!({"Name": "b", "Tags": [{"Key": "k", "Value": "v"}], "Attributes": entries(&json!({}))});
    let denied = call(&world, &bob, "CreateTopic", tagged).err();
    assert!(denied.message.contains("sns:TagResource"), "{}", denied.message);
}

#[test]
fn actions_and_their_resources_are_those_of_the_reference() {
    // The service authorization reference: which of the actions have a resource.
    for (_, action) in OPERATIONS {
        let known = kage_iam_data::action("sns", action).unwrap_or_else(|| panic!("no action {action}"));
        let bare = ["ListTopics", "ListSubscriptions"];
        assert_eq!(known.resources.is_empty(), bare.contains(&action), "{action}");
    }
}
