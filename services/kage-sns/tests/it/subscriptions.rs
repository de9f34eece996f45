//! Subscriptions: made, confirmed, changed, ended.

use crate::kit::{
    body, call, entries, mailbox, publish, queue, queue_arn, receive, says, subscribe, text, topic, world,
};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameter";

#[test]
fn a_queue_of_the_account_is_subscribed_at_once() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let subscription =
        subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({"RawMessageDelivery": "true"}));
    assert!(subscription.starts_with(&format!("{arn}:")));
    let shown =
        call(&world, &admin, "GetSubscriptionAttributes", json!({"SubscriptionArn": subscription})).ok();
    // Recorded at AWS: LocalStack's validated test_create_subscriptions_with_attributes.
    assert_eq!(
        shown["Attributes"],
        json!({
            "ConfirmationWasAuthenticated": "true", "Endpoint": queue_arn("q"), "Owner": MANAGEMENT,
            "PendingConfirmation": "false", "Protocol": "sqs", "RawMessageDelivery": "true",
            "SubscriptionArn": subscription, "SubscriptionPrincipal": format!("arn:aws:iam::{MANAGEMENT}:user/admin"),
            "TopicArn": arn,
        })
    );
    assert_eq!(subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({})), subscription);
    let again = json!({
        "TopicArn": arn, "Protocol": "sqs", "Endpoint": queue_arn("q"),
        "Attributes": entries(&json!({"RawMessageDelivery": "false"})),
    });
    let text = "Invalid parameter: Attributes Reason: Subscription already exists with different attributes";
    says(call(&world, &admin, "Subscribe", again), INVALID, text);
    let listed = json!([{
        "SubscriptionArn": subscription, "Owner": MANAGEMENT, "Protocol": "sqs", "Endpoint": queue_arn("q"),
        "TopicArn": arn,
    }]);
    assert_eq!(call(&world, &admin, "ListSubscriptions", json!({})).ok()["Subscriptions"], listed);
    let by_topic = call(&world, &admin, "ListSubscriptionsByTopic", json!({"TopicArn": arn})).ok();
    assert_eq!(by_topic["Subscriptions"], listed);
    call(&world, &admin, "Unsubscribe", json!({"SubscriptionArn": subscription})).ok();
    call(&world, &admin, "Unsubscribe", json!({"SubscriptionArn": subscription})).ok();
    let gone = call(&world, &admin, "GetSubscriptionAttributes", json!({"SubscriptionArn": subscription}));
    says(gone, "NotFound", "Subscription does not exist");
    let shown = call(&world, &admin, "GetTopicAttributes", json!({"TopicArn": arn})).ok();
    assert_eq!(shown["Attributes"]["SubscriptionsDeleted"], "1");
}

#[test]
fn endpoints_fit_their_protocol() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let try_it = |protocol: &str, endpoint: &str| {
        call(
            &world,
            &admin,
            "Subscribe",
            json!({"TopicArn": arn, "Protocol": protocol, "Endpoint": endpoint}),
        )
    };
    let text = "Invalid parameter: Amazon SNS does not support this protocol string: pigeon";
    says(try_it("pigeon", "x"), INVALID, text);
    says(
        try_it("sqs", "https://sqs.us-east-1.amazonaws.com/1/q"),
        INVALID,
        "Invalid parameter: SQS endpoint ARN",
    );
    assert_eq!(try_it("lambda", &queue_arn("q")).code(), Some(INVALID));
    assert_eq!(try_it("http", "https://a").code(), Some(INVALID));
    assert_eq!(try_it("email", "a").code(), Some(INVALID));
    let fifo = "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics";
    says(try_it("sqs", &queue_arn("q.fifo")), INVALID, fifo);
    for protocol in ["sms", "firehose", "application"] {
        let refused = try_it(protocol, "x").err();
        assert_eq!(
            (refused.status, refused.message),
            (501, format!("the protocol {protocol} is not modelled"))
        );
    }
    let unknown = json!({"TopicArn": format!("{arn}x"), "Protocol": "sqs", "Endpoint": queue_arn("q")});
    says(call(&world, &admin, "Subscribe", unknown), "NotFound", "Topic does not exist");
}

#[test]
fn attributes_keep_their_rules() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let subscription = subscribe(&world, &admin, &arn, "sqs", &queue_arn("q"), json!({}));
    let set = |name: &str, value: &str| {
        let input = json!({"SubscriptionArn": subscription, "AttributeName": name, "AttributeValue": value});
        call(&world, &admin, "SetSubscriptionAttributes", input)
    };
    // Recorded at AWS: LocalStack's validated test_validate_set_sub_attributes and test_sns_filter_policy.
    says(set("Colour", "red"), INVALID, "Invalid parameter: AttributeName");
    let text = "Invalid parameter: RawMessageDelivery: Invalid value [test-ValUe]. Must be true or false.";
    says(set("RawMessageDelivery", "test-ValUe"), INVALID, text);
    let text = "Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn";
    says(set("RedrivePolicy", r#"{"deadLetterTargetArn": "fake-arn"}"#), INVALID, text);
    let text = "Invalid parameter: FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes";
    says(set("FilterPolicyScope", "RandomValue"), INVALID, text);
    let text =
        "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy";
    says(set("FilterPolicy", r#"{"a": {"b": ["c"]}}"#), INVALID, text);
    set("FilterPolicyScope", "MessageBody").ok();
    set("FilterPolicy", r#"{"a": {"b": ["c"]}}"#).ok();
    assert_eq!(set("FilterPolicyScope", "MessageAttributes").code(), Some(INVALID));
    let shown =
        call(&world, &admin, "GetSubscriptionAttributes", json!({"SubscriptionArn": subscription})).ok();
    assert_eq!(shown["Attributes"]["FilterPolicyScope"], "MessageBody");
    set("FilterPolicy", "{}").ok();
    let shown =
        call(&world, &admin, "GetSubscriptionAttributes", json!({"SubscriptionArn": subscription})).ok();
    assert_eq!(shown["Attributes"]["FilterPolicy"], Value::Null);
    let input = json!({
        "TopicArn": arn, "Protocol": "sqs", "Endpoint": queue_arn("r"),
        "Attributes": entries(&json!({"RawMessageDelivery": "wrongvalue"})),
    });
    let text = "Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. Must be true or false.";
    says(call(&world, &admin, "Subscribe", input), INVALID, text);
    assert_eq!(set("ReplayPolicy", "{}").err().status, 501);
}

#[test]
fn an_address_confirms_from_its_mailbox() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let input = json!({"TopicArn": arn, "Protocol": "email", "Endpoint": "ann@example.com"});
    let made = call(&world, &admin, "Subscribe", input).ok();
    assert_eq!(made["SubscriptionArn"], "pending confirmation");
    publish(&world, &admin, &arn, "too early", json!({}));
    let listed = call(&world, &admin, "ListSubscriptions", json!({})).ok();
    assert_eq!(listed["Subscriptions"][0]["SubscriptionArn"], "PendingConfirmation");
    let mail = mailbox(&world, "ann@example.com");
    assert_eq!(mail.len(), 1);
    assert_eq!(mail[0]["Subject"], "AWS Notification - Subscription Confirmation");
    let url = mail[0]["Body"].as_str().unwrap().split_once("https://").unwrap().1.trim();
    let token = url.split_once("Token=").unwrap().1.split('&').next().unwrap();
    let confirm =
        |token: &str| call(&world, &admin, "ConfirmSubscription", json!({"TopicArn": arn, "Token": token}));
    says(confirm("not a token"), INVALID, "Invalid token");
    says(confirm(&"ab".repeat(96)), INVALID, "Invalid parameter: Token");
    let confirmed = text(&confirm(token).ok()["SubscriptionArn"]);
    assert!(confirmed.starts_with(&format!("{arn}:")));
    publish(&world, &admin, &arn, "hello", json!({"Subject": "A subject"}));
    let mail = mailbox(&world, "ann@example.com");
    let shown = ["Type", "From", "To", "Subject", "Body"].map(|name| mail[1][name].as_str().unwrap());
    let expected = [
        "Notification",
        "AWS Notifications <no-reply@sns.amazonaws.com>",
        "ann@example.com",
        "A subject",
        "hello",
    ];
    assert_eq!(shown, expected);
    // A token confirms once.
    says(confirm(token), INVALID, "Invalid parameter: Token");
}

#[test]
fn a_subscription_that_nobody_confirms_ends_after_two_days() {
    let world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let subscription = subscribe(&world, &admin, &arn, "email-json", "bob@example.com", json!({}));
    let ended = call(&world, &admin, "Unsubscribe", json!({"SubscriptionArn": subscription}));
    assert_eq!(ended.code(), Some(INVALID));
    world.advance(172_799_999);
    let json: Value =
        serde_json::from_str(mailbox(&world, "bob@example.com")[0]["Body"].as_str().unwrap()).unwrap();
    assert_eq!((&json["Type"], &json["TopicArn"]), (&json!("SubscriptionConfirmation"), &json!(arn)));
    world.advance(1);
    assert_eq!(call(&world, &admin, "ListSubscriptions", json!({})).ok()["Subscriptions"], json!([]));
}

#[test]
fn a_queue_of_another_account_must_agree() {
    let mut world = world();
    let admin = world.admin();
    let arn = topic(&world, &admin, "t");
    let (other, stranger) = world.account();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": "*", "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
        }],
    });
    let input = json!({"QueueName": "theirs", "Attributes": {"Policy": policy.to_string()}});
    let url = text(&world.call(&stranger, "sqs", "CreateQueue", input).ok()["QueueUrl"]);
    let endpoint = format!("arn:aws:sqs:us-east-1:{other}:theirs");
    let subscription = subscribe(&world, &admin, &arn, "sqs", &endpoint, json!({}));
    world.advance(0);
    let asked = body(&receive(&world, &stranger, &url)[0]);
    assert_eq!(asked["Type"], "SubscriptionConfirmation");
    publish(&world, &admin, &arn, "too early", json!({}));
    assert!(receive(&world, &stranger, &url).is_empty());
    let input = json!({"TopicArn": arn, "Token": asked["Token"]});
    let confirmed = call(&world, &stranger, "ConfirmSubscription", input).ok();
    assert_eq!(confirmed["SubscriptionArn"], subscription);
    publish(&world, &admin, &arn, "now", json!({}));
    assert_eq!(body(&receive(&world, &stranger, &url)[0])["Message"], "now");
    // Who subscribes an endpoint of its own need not be asked, when the topic lets it in.
    let allow = json!({
        "TopicArn": arn, "Label": "in", "AWSAccountId": [other], "ActionName": ["Subscribe"],
    });
    call(&world, &admin, "AddPermission", allow).ok();
    queue(&world, &stranger, "second", json!({}));
    let own = format!("arn:aws:sqs:us-east-1:{other}:second");
    let made = subscribe(&world, &stranger, &arn, "sqs", &own, json!({}));
    let shown = call(&world, &stranger, "GetSubscriptionAttributes", json!({"SubscriptionArn": made})).ok();
    assert_eq!(
        (&shown["Attributes"]["PendingConfirmation"], &shown["Attributes"]["Owner"]),
        (&json!("false"), &json!(other))
    );
    // Owner of the subscription and owner of the topic may end it; the topic's owner sees it in the topic.
    let listed = call(&world, &stranger, "ListSubscriptions", json!({})).ok();
    assert_eq!(listed["Subscriptions"].as_array().unwrap().len(), 1);
    let shown =
        call(&world, &stranger, "GetSubscriptionAttributes", json!({"SubscriptionArn": subscription}));
    assert_eq!(shown.code(), Some("AuthorizationError"));
    call(&world, &admin, "Unsubscribe", json!({"SubscriptionArn": made})).ok();
}
