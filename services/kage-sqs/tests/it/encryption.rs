//! Encryption at rest.

use crate::kit::{allow, bodies, queue, receive, send, set, world};
use kage_store::Reads as _;
use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

/// Whether any row of the store holds this text.
fn stands_in_the_store(world: &World, text: &str) -> bool {
    let reads = world.pipeline.world().store.read();
    reads.spaces().iter().any(|space| {
        let holds = |value: &[u8]| value.windows(text.len()).any(|part| part == text.as_bytes());
        reads.prefix(space, &[]).any(|(_, value)| holds(value))
    })
}

fn key(world: &World, admin: &Caller) -> String {
    world.call(admin, "kms", "CreateKey", json!({})).ok()["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

fn calls(world: &World, name: &str) -> Vec<Value> {
    let events = world.events(MANAGEMENT);
    events.into_iter().filter(|event| event["eventName"] == name).collect()
}

#[test]
fn bodies_are_encrypted_unless_that_is_switched_off() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", json!({}));
    send(&world, &admin, &url, "a body under the managed key");
    assert!(!stands_in_the_store(&world, "a body under"));
    set(&world, &admin, &url, "SqsManagedSseEnabled", "false").ok();
    send(&world, &admin, &url, "plain body");
    assert!(stands_in_the_store(&world, "plain body"));
    assert_eq!(bodies(&receive(&world, &admin, &url)), ["a body under the managed key", "plain body"]);
}

#[test]
fn a_kms_key_is_asked_as_the_caller_and_its_data_key_is_used_again() {
    // claims: DATA-KMS-24
    let world = world();
    let admin = world.admin();
    let arn = key(&world, &admin);
    let url =
        queue(&world, &admin, "q", json!({"KmsMasterKeyId": arn, "KmsDataKeyReusePeriodSeconds": "60"}));
    send(&world, &admin, &url, "a body under a data key");
    send(&world, &admin, &url, "another");
    assert!(!stands_in_the_store(&world, "a body under"));
    let made = calls(&world, "GenerateDataKey");
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["userIdentity"]["invokedBy"], "sqs.amazonaws.com");
    assert_eq!(made[0]["userIdentity"]["userName"], "admin");
    let queue_arn = format!("arn:aws:sqs:us-east-1:{MANAGEMENT}:q");
    assert_eq!(made[0]["requestParameters"]["encryptionContext"]["aws:sqs:arn"], queue_arn);
    assert_eq!(calls(&world, "Decrypt").len(), 1);
    assert_eq!(receive(&world, &admin, &url).len(), 2);
    assert_eq!(calls(&world, "Decrypt").len(), 2);
    world.advance(60_000);
    send(&world, &admin, &url, "later");
    assert_eq!(calls(&world, "GenerateDataKey").len(), 2);
    // A key that is switched off stops both, once the data keys are too old.
    world.advance(60_000);
    world.call(&admin, "kms", "DisableKey", json!({"KeyId": arn})).ok();
    let refused =
        world.call(&admin, "sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": "x"})).err();
    assert_eq!((refused.code.as_str(), refused.message), ("KmsDisabled", format!("{arn} is disabled.")));
    assert_eq!(
        world.call(&admin, "sqs", "ReceiveMessage", json!({"QueueUrl": url})).code(),
        Some("KmsDisabled")
    );
    world.call(&admin, "kms", "EnableKey", json!({"KeyId": arn})).ok();
    assert_eq!(receive(&world, &admin, &url).len(), 3);
}

#[test]
fn producers_and_consumers_need_the_key_themselves() {
    let world = world();
    let admin = world.admin();
    let arn = key(&world, &admin);
    let url = queue(&world, &admin, "q", json!({"KmsMasterKeyId": arn}));
    let bob = world.user(&admin, "bob");
    allow(&world, &admin, "bob", json!(["sqs:*", "kms:GenerateDataKey"]), "*");
    let try_to_send = || world.call(&bob, "sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": "x"}));
    // Without kms:Decrypt the new data key cannot be verified.
    let refused = try_to_send().err();
    assert_eq!(refused.code, "KmsAccessDenied");
    assert!(refused.message.contains("is not authorized to perform: kms:Decrypt"), "{}", refused.message);
    allow(&world, &admin, "bob", json!(["sqs:*", "kms:GenerateDataKey", "kms:Decrypt"]), "*");
    try_to_send().ok();
    allow(&world, &admin, "bob", json!(["sqs:*"]), "*");
    // The data key lives on for its reuse period.
    try_to_send().ok();
    assert_eq!(
        world.call(&bob, "sqs", "ReceiveMessage", json!({"QueueUrl": url})).code(),
        Some("KmsAccessDenied")
    );
    // Nothing of a refused receive is kept.
    assert_eq!(receive(&world, &admin, &url).len(), 2);
}

#[test]
fn a_message_stays_encrypted_as_it_was_sent() {
    let world = world();
    let admin = world.admin();
    let arn = key(&world, &admin);
    let url = queue(&world, &admin, "q", json!({"KmsMasterKeyId": arn}));
    send(&world, &admin, &url, "a body under a data key");
    set(&world, &admin, &url, "KmsMasterKeyId", "").ok();
    let decrypts = calls(&world, "Decrypt").len();
    assert_eq!(bodies(&receive(&world, &admin, &url)), ["a body under a data key"]);
    assert_eq!(calls(&world, "Decrypt").len(), decrypts + 1);
    let missing = queue(&world, &admin, "r", json!({"KmsMasterKeyId": "alias/none"}));
    let refused = world.call(&admin, "sqs", "SendMessage", json!({"QueueUrl": missing, "MessageBody": "x"}));
    assert_eq!(refused.code(), Some("KmsNotFound"));
    let managed = queue(&world, &admin, "s", json!({"KmsMasterKeyId": "alias/aws/sqs"}));
    send(&world, &admin, &managed, "x");
    assert_eq!(bodies(&receive(&world, &admin, &managed)), ["x"]);
}
