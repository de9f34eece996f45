//! Who may do what.

use crate::kit::{allow, attribute, data_events, policy, queue, receive, says, send, set, world};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

/// Every operation with the action that it takes.
const OPERATIONS: [(&str, &str); 20] = [
    ("AddPermission", "AddPermission"),
    ("ChangeMessageVisibility", "ChangeMessageVisibility"),
    ("ChangeMessageVisibilityBatch", "ChangeMessageVisibility"),
    ("CreateQueue", "CreateQueue"),
    ("DeleteMessage", "DeleteMessage"),
    ("DeleteMessageBatch", "DeleteMessage"),
    ("DeleteQueue", "DeleteQueue"),
    ("GetQueueAttributes", "GetQueueAttributes"),
    ("GetQueueUrl", "GetQueueUrl"),
    ("ListDeadLetterSourceQueues", "ListDeadLetterSourceQueues"),
    ("ListQueueTags", "ListQueueTags"),
    ("ListQueues", "ListQueues"),
    ("PurgeQueue", "PurgeQueue"),
    ("ReceiveMessage", "ReceiveMessage"),
    ("RemovePermission", "RemovePermission"),
    ("SendMessage", "SendMessage"),
    ("SendMessageBatch", "SendMessage"),
    ("SetQueueAttributes", "SetQueueAttributes"),
    ("TagQueue", "TagQueue"),
    ("UntagQueue", "UntagQueue"),
];

fn input(url: &str) -> Value {
    json!({
        "QueueUrl": url, "QueueName": "q", "MessageBody": "x", "ReceiptHandle": "h", "VisibilityTimeout": 1,
        "Attributes": {}, "Tags": {"a": "b"}, "TagKeys": ["a"], "Label": "l", "AWSAccountIds": [MANAGEMENT],
        "Actions": ["SendMessage"],
        "Entries": [{"Id": "1", "MessageBody": "x", "ReceiptHandle": "h", "VisibilityTimeout": 1}],
    })
}

#[test]
fn every_operation_takes_its_permission_and_is_recorded() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    let bob = world.user(&admin, "bob");
    let arn = format!("arn:aws:sqs:us-east-1:{MANAGEMENT}:q");
    for (operation, action) in OPERATIONS {
        let denied = world.call(&bob, "sqs", operation, input(&url)).err();
        assert_eq!((denied.code.as_str(), denied.status), ("AccessDenied", 403), "{operation}");
        let resource = if operation == "ListQueues" { "*" } else { &arn };
        let said = format!("is not authorized to perform: sqs:{action}");
        assert!(denied.message.contains(&said), "{}", denied.message);
        allow(&world, &admin, "bob", json!([format!("sqs:{action}")]), resource);
        let code = world.call(&bob, "sqs", operation, input(&url)).code().map(str::to_owned);
        assert_ne!(code.as_deref(), Some("AccessDenied"), "{operation}");
        if operation == "DeleteQueue" {
            world.advance(60_000);
            queue(&world, &admin, "q", json!({}));
        }
        world.call(&admin, "iam", "DeleteUserPolicy", json!({"UserName": "bob", "PolicyName": "p"})).ok();
    }
    let events = [world.events(MANAGEMENT), data_events(&world, MANAGEMENT)].concat();
    for (operation, _) in OPERATIONS {
        let recorded = |denied: bool| {
            let of = |event: &&Value| {
                event["eventName"] == operation && (event["errorCode"] == "AccessDenied") == denied
            };
            events.iter().find(of).unwrap_or_else(|| panic!("{operation} is not recorded"))
        };
        assert_eq!(recorded(true)["eventSource"], "sqs.amazonaws.com");
        let is_data = DATA.contains(&operation);
        assert_eq!(recorded(false)["managementEvent"], !is_data, "{operation}");
    }
}

/// AWS: SQS developer guide, "Logging Amazon SQS API calls using AWS CloudTrail": data events.
const DATA: [&str; 12] = [
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "DeleteMessage",
    "DeleteMessageBatch",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "ListQueueTags",
    "ListQueues",
    "ReceiveMessage",
    "SendMessage",
    "SendMessageBatch",
];

#[test]
fn a_move_task_takes_the_permissions_of_what_it_does() {
    let world = world();
    let admin = world.admin();
    let arn = |name: &str| format!("arn:aws:sqs:us-east-1:{MANAGEMENT}:{name}");
    queue(&world, &admin, "dead", json!({}));
    queue(&world, &admin, "other", json!({}));
    let redrive = json!({"deadLetterTargetArn": arn("dead"), "maxReceiveCount": 1}).to_string();
    queue(&world, &admin, "q", json!({"RedrivePolicy": redrive}));
    let bob = world.user(&admin, "bob");
    let start = || {
        let input = json!({"SourceArn": arn("dead"), "DestinationArn": arn("other")});
        world.call(&bob, "sqs", "StartMessageMoveTask", input)
    };
    let actions =
        ["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "SendMessage"];
    for (place, action) in actions.iter().enumerate() {
        let denied = start().err();
        assert!(denied.message.contains(&format!("perform: sqs:{action} ")), "{}", denied.message);
        let given: Vec<String> = actions[..=place].iter().map(|action| format!("sqs:{action}")).collect();
        allow(&world, &admin, "bob", json!(given), "*");
    }
    let handle = start().ok()["TaskHandle"].clone();
    for (operation, input) in [
        ("ListMessageMoveTasks", json!({"SourceArn": arn("dead")})),
        ("CancelMessageMoveTask", json!({"TaskHandle": handle})),
    ] {
        assert_eq!(world.call(&bob, "sqs", operation, input.clone()).code(), Some("AccessDenied"));
        world.call(&admin, "sqs", operation, input).ok();
    }
    let names: Vec<Value> = world.events(MANAGEMENT).iter().map(|event| event["eventName"].clone()).collect();
    for name in ["StartMessageMoveTask", "ListMessageMoveTasks", "CancelMessageMoveTask"] {
        assert!(names.contains(&json!(name)), "{name}");
    }
}

#[test]
fn a_queue_policy_lets_other_accounts_in() {
    // claims: ID-POLICY-02
    let mut world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    let arn = attribute(&world, &admin, &url, "QueueArn");
    let (other, stranger) = world.account();
    let send_as =
        || world.call(&stranger, "sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": "x"}));
    assert_eq!(send_as().code(), Some("AccessDenied"));
    set(&world, &admin, &url, "Policy", &policy("Allow", json!({"AWS": other}), "sqs:*", &arn)).ok();
    send_as().ok();
    assert_eq!(receive(&world, &admin, &url).len(), 1);
    // Both accounts have the event, under one id.
    let of = |account: &str| {
        let events = data_events(&world, account);
        let sent = events.into_iter().rev().find(|event| event["eventName"] == "SendMessage").unwrap();
        (sent["sharedEventID"].clone(), sent["resources"][0]["ARN"].clone())
    };
    assert_eq!((of(&other), of(MANAGEMENT).1), (of(MANAGEMENT), json!(arn)));
    // What is the owner's alone stays so, whatever the policy says.
    for (operation, rest) in [
        ("DeleteQueue", json!({})),
        ("TagQueue", json!({"Tags": {"a": "b"}})),
        ("ListQueueTags", json!({})),
        ("SetQueueAttributes", json!({"Attributes": {"DelaySeconds": "1"}})),
        ("RemovePermission", json!({"Label": "l"})),
    ] {
        let mut input = rest;
        input["QueueUrl"] = json!(url);
        assert_eq!(
            world.call(&stranger, "sqs", operation, input).code(),
            Some("AccessDenied"),
            "{operation}"
        );
    }
    let found = json!({"QueueName": "q", "QueueOwnerAWSAccountId": MANAGEMENT});
    assert_eq!(world.call(&stranger, "sqs", "GetQueueUrl", found).ok()["QueueUrl"], url);
    // A denial outweighs what identity policies allow.
    set(&world, &admin, &url, "Policy", &policy("Deny", json!("*"), "sqs:SendMessage", &arn)).ok();
    let denied = world.call(&admin, "sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": "x"})).err();
    assert!(
        denied.message.contains("with an explicit deny in a resource-based policy"),
        "{}",
        denied.message
    );
}

#[test]
fn a_policy_names_principals_that_exist() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    let arn = attribute(&world, &admin, &url, "QueueArn");
    let bob = world.user(&admin, "bob");
    let user = format!("arn:aws:iam::{MANAGEMENT}:user/bob");
    let put = |principal: &str| {
        set(
            &world,
            &admin,
            &url,
            "Policy",
            &policy("Allow", json!({"AWS": principal}), "sqs:SendMessage", &arn),
        )
    };
    put(&user).ok();
    send(&world, &bob, &url, "x");
    assert!(attribute(&world, &admin, &url, "Policy").contains(&user));
    assert_eq!(put(&format!("arn:aws:iam::{MANAGEMENT}:user/none")).code(), Some("InvalidAttributeValue"));
    assert_eq!(set(&world, &admin, &url, "Policy", "{").code(), Some("InvalidAttributeValue"));
    // A user of the same name is another user.
    let keys = world.call(&admin, "iam", "ListAccessKeys", json!({"UserName": "bob"})).ok();
    let id = keys["AccessKeyMetadata"][0]["AccessKeyId"].clone();
    world.call(&admin, "iam", "DeleteAccessKey", json!({"UserName": "bob", "AccessKeyId": id})).ok();
    world.call(&admin, "iam", "DeleteUser", json!({"UserName": "bob"})).ok();
    let again = world.user(&admin, "bob");
    let denied = world.call(&again, "sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": "x"}));
    assert_eq!(denied.code(), Some("AccessDenied"));
    set(&world, &admin, &url, "Policy", "").ok();
    assert_eq!(attribute(&world, &admin, &url, "Policy"), "");
}

#[test]
fn permissions_are_statements_of_the_policy() {
    let mut world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    let (other, stranger) = world.account();
    let add = |label: &str, actions: Value| {
        let input = json!({"QueueUrl": url, "Label": label, "AWSAccountIds": [other], "Actions": actions});
        world.call(&admin, "sqs", "AddPermission", input)
    };
    let remove =
        |label: &str| world.call(&admin, "sqs", "RemovePermission", json!({"QueueUrl": url, "Label": label}));
    add("senders", json!(["SendMessage"])).ok();
    send(&world, &stranger, &url, "x");
    let arn = attribute(&world, &admin, &url, "QueueArn");
    let text: Value = serde_json::from_str(&attribute(&world, &admin, &url, "Policy")).unwrap();
    assert_eq!(
        text,
        json!({
            "Version": "2008-10-17", "Id": format!("{arn}/SQSDefaultPolicy"),
            "Statement": [{
                "Sid": "senders", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{other}:root")},
                "Action": "SQS:SendMessage", "Resource": arn,
            }],
        })
    );
    let text = "Value senders for parameter Label is invalid. Reason: Already exists.";
    says(add("senders", json!(["SendMessage"])), "InvalidParameterValueException", text);
    let text = "Value SQS:DeleteQueue for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.";
    says(add("more", json!(["DeleteQueue"])), "InvalidParameterValueException", text);
    assert_eq!(add("more", json!(["Fly"])).code(), Some("InvalidParameterValueException"));
    let text = "Value none for parameter Label is invalid. Reason: can't find label.";
    says(remove("none"), "InvalidParameterValueException", text);
    remove("senders").ok();
    assert_eq!(attribute(&world, &admin, &url, "Policy"), "");
    let denied = world.call(&stranger, "sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": "x"}));
    assert_eq!(denied.code(), Some("AccessDenied"));
}

#[test]
fn tags_decide() {
    let world = world();
    let admin = world.admin();
    for (name, team) in [("red", "red"), ("blue", "blue")] {
        let input = json!({"QueueName": name, "tags": {"team": team}});
        world.call(&admin, "sqs", "CreateQueue", input).ok();
    }
    let bob = world.user(&admin, "bob");
    let statement = json!([
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}},
        {"Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": "*"},
    ]);
    let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    let input = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": document});
    world.call(&admin, "iam", "PutUserPolicy", input).ok();
    let try_to_send = |name: &str| {
        let url = format!("http://h/{MANAGEMENT}/{name}");
        world.call(&bob, "sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": "x"}))
    };
    try_to_send("red").ok();
    assert_eq!(try_to_send("blue").code(), Some("AccessDenied"));
    // Tags at creation take sqs:TagQueue.
    world.call(&bob, "sqs", "CreateQueue", json!({"QueueName": "a"})).ok();
    let tagged = world.call(&bob, "sqs", "CreateQueue", json!({"QueueName": "b", "tags": {"t": "v"}})).err();
    assert!(tagged.message.contains("sqs:TagQueue"), "{}", tagged.message);
}
