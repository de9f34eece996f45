//! Server-side encryption under a KMS key.

use crate::{all, get, iterator, ok, put, refused, status, stream, text, world};
use kage_test::{Caller, World};
use serde_json::{Value, json};

fn key(world: &World, admin: &Caller) -> String {
    text(&world.call(admin, "kms", "CreateKey", json!({})).ok()["KeyMetadata"]["Arn"])
}

fn encrypt(world: &World, admin: &Caller, key: &str) {
    let input = json!({"StreamName": "s", "EncryptionType": "KMS", "KeyId": key});
    ok(world, admin, "StartStreamEncryption", input);
    world.advance(100);
}

/// A user who may do these actions on everything.
fn user(world: &World, admin: &Caller, name: &str, actions: Value) -> Caller {
    let user = world.user(admin, name);
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    });
    let input = json!({"UserName": name, "PolicyName": "p", "PolicyDocument": policy.to_string()});
    world.call(admin, "iam", "PutUserPolicy", input).ok();
    user
}

fn one(data: &str) -> Value {
    json!({"StreamName": "s", "PartitionKey": "k", "Data": data})
}

// claims: ANA-KINESIS-02
#[test]
fn records_are_encrypted_from_the_moment_it_is_started() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    put(&world, &admin, "k", "plain-text-before");
    let key = key(&world, &admin);
    let input = json!({"StreamName": "s", "EncryptionType": "KMS", "KeyId": key});
    ok(&world, &admin, "StartStreamEncryption", input);
    assert_eq!(status(&world, &admin), "UPDATING");
    world.advance(100);
    let shown = ok(&world, &admin, "DescribeStreamSummary", json!({"StreamName": "s"}));
    let shown = &shown["StreamDescriptionSummary"];
    assert_eq!((&shown["EncryptionType"], &shown["KeyId"]), (&json!("KMS"), &json!(key)));
    let answer = ok(&world, &admin, "PutRecord", one("c2VjcmV0LWFmdGVy"));
    assert_eq!(answer["EncryptionType"], "KMS");
    let read = get(&world, &admin, &iterator(&world, &admin, 0, "TRIM_HORIZON"));
    assert_eq!(crate::data(&read), ["plain-text-before", "secret-after"]);
    assert_eq!(
        (&read["Records"][0]["EncryptionType"], &read["Records"][1]["EncryptionType"]),
        (&Value::Null, &json!("KMS"))
    );
    // What is stored shows the first record and not the second.
    let entries = world.write(|tx| {
        let reads = tx.reads();
        let names = reads.streams();
        let name = names.iter().find(|name| name.starts_with("kinesis/")).unwrap();
        Ok(reads.stream_read(name, 0, 10)?)
    });
    let holds = |index: usize, text: &[u8]| entries[index].1.windows(text.len()).any(|part| part == text);
    assert!(holds(0, b"plain-text-before") && !holds(1, b"secret-after"));
    ok(
        &world,
        &admin,
        "StopStreamEncryption",
        json!({"StreamName": "s", "EncryptionType": "KMS", "KeyId": key}),
    );
    world.advance(1000);
    assert!(ok(&world, &admin, "PutRecord", one("MQ==")).get("EncryptionType").is_none());
    assert_eq!(all(&world, &admin, 0).len(), 3, "what was encrypted can still be read");
}

// claims: ANA-KINESIS-02
#[test]
fn producers_need_to_generate_keys_and_consumers_to_decrypt() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let key = key(&world, &admin);
    encrypt(&world, &admin, &key);
    let bare = user(&world, &admin, "bare", json!(["kinesis:*"]));
    let producer = user(&world, &admin, "producer", json!(["kinesis:PutRecord", "kms:GenerateDataKey"]));
    let consumer = user(&world, &admin, "consumer", json!(["kinesis:Get*", "kms:Decrypt"]));
    let (code, message) = refused(&world, &bare, "PutRecord", one("MQ=="));
    assert_eq!(code, "KMSAccessDeniedException");
    assert!(message.contains("user/bare is not authorized to perform: kms:GenerateDataKey"), "{message}");
    ok(&world, &producer, "PutRecord", one("MQ=="));
    ok(&world, &producer, "PutRecord", one("Mg=="));
    let at = iterator(&world, &admin, 0, "TRIM_HORIZON");
    let (code, message) = refused(&world, &bare, "GetRecords", json!({"ShardIterator": at}));
    assert_eq!(code, "KMSAccessDeniedException");
    assert!(message.contains("kms:Decrypt"), "{message}");
    assert_eq!(crate::data(&get(&world, &consumer, &at)), ["1", "2"]);
    // The records say under which context, and that Kinesis asked for the caller.
    let events = world.events("111111111111");
    let asked =
        events.iter().rfind(|event| event["eventName"] == "Decrypt" && event["errorCode"].is_null()).unwrap();
    assert_eq!(
        asked["requestParameters"]["encryptionContext"]["aws:kinesis:arn"],
        "arn:aws:kinesis:us-east-1:111111111111:stream/s"
    );
    assert_eq!(asked["userIdentity"]["userName"], "consumer");
}

// claims: ANA-KINESIS-02
#[test]
fn a_disabled_key_stops_puts_and_gets() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let key = key(&world, &admin);
    encrypt(&world, &admin, &key);
    ok(&world, &admin, "PutRecord", one("MQ=="));
    let at = iterator(&world, &admin, 0, "TRIM_HORIZON");
    world.call(&admin, "kms", "DisableKey", json!({"KeyId": key})).ok();
    assert_eq!(refused(&world, &admin, "PutRecord", one("MQ==")).0, "KMSDisabledException");
    let many = json!({"StreamName": "s", "Records": [{"PartitionKey": "k", "Data": "MQ=="}]});
    assert_eq!(refused(&world, &admin, "PutRecords", many).0, "KMSDisabledException");
    assert_eq!(refused(&world, &admin, "GetRecords", json!({"ShardIterator": at})).0, "KMSDisabledException");
    world.call(&admin, "kms", "EnableKey", json!({"KeyId": key})).ok();
    assert_eq!(crate::data(&get(&world, &admin, &at)), ["1"]);
    world.call(&admin, "kms", "ScheduleKeyDeletion", json!({"KeyId": key})).ok();
    assert_eq!(refused(&world, &admin, "PutRecord", one("MQ==")).0, "KMSInvalidStateException");
}

// claims: ANA-KINESIS-02
#[test]
fn the_managed_key_serves_whoever_may_use_the_stream() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    encrypt(&world, &admin, "alias/aws/kinesis");
    let bare = user(&world, &admin, "bare", json!(["kinesis:*"]));
    ok(&world, &bare, "PutRecord", one("MQ=="));
    assert_eq!(all(&world, &bare, 0), ["1"]);
}

#[test]
fn keys_that_are_none_are_refused_when_encryption_starts() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let start = |key: &str| {
        refused(
            &world,
            &admin,
            "StartStreamEncryption",
            json!({"StreamName": "s", "EncryptionType": "KMS", "KeyId": key}),
        )
        .0
    };
    assert_eq!(start("alias/none"), "KMSNotFoundException");
    let key = key(&world, &admin);
    world.call(&admin, "kms", "DisableKey", json!({"KeyId": key})).ok();
    assert_eq!(start(&key), "KMSDisabledException");
    let stop = json!({"StreamName": "s", "EncryptionType": "KMS", "KeyId": key});
    assert_eq!(refused(&world, &admin, "StopStreamEncryption", stop).0, "InvalidArgumentException");
}

#[test]
fn data_keys_change_every_five_minutes() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let key = key(&world, &admin);
    encrypt(&world, &admin, &key);
    for _ in 0..3 {
        put(&world, &admin, "k", "x");
        world.advance(200_000);
    }
    let before = world.events("111111111111").len();
    assert_eq!(all(&world, &admin, 0).len(), 3);
    let decrypts =
        world.events("111111111111")[before..].iter().filter(|event| event["eventName"] == "Decrypt").count();
    assert_eq!(decrypts, 2, "the first two records share a data key");
}
