//! Registered consumers, and what is pushed to them.

use crate::{ok, put, refused, stream, text, world};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_test::{Caller, World};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:kinesis:us-east-1:111111111111:stream/s";

fn register(world: &World, admin: &Caller, name: &str) -> String {
    let answer = ok(world, admin, "RegisterStreamConsumer", json!({"StreamARN": ARN, "ConsumerName": name}));
    assert_eq!(answer["Consumer"]["ConsumerStatus"], "CREATING");
    world.advance(100);
    text(&answer["Consumer"]["ConsumerARN"])
}

fn position(consumer: &str, kind: &str) -> Value {
    json!({"ConsumerARN": consumer, "ShardId": "shardId-000000000000", "StartingPosition": {"Type": kind}})
}

/// The texts of the records of an event.
fn pushed(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().unwrap().iter();
    records.map(|r| String::from_utf8(STANDARD.decode(text(&r["Data"])).unwrap()).unwrap()).collect()
}

#[test]
fn consumers_are_registered_described_listed_and_deregistered() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let first = register(&world, &admin, "a");
    assert_eq!(first, format!("{ARN}/consumer/a:1767323045"));
    let second = register(&world, &admin, "b");
    let shown = ok(&world, &admin, "DescribeStreamConsumer", json!({"ConsumerARN": first}));
    assert_eq!(shown["ConsumerDescription"]["ConsumerStatus"], "ACTIVE");
    let by_name =
        ok(&world, &admin, "DescribeStreamConsumer", json!({"StreamARN": ARN, "ConsumerName": "b"}));
    assert_eq!(by_name["ConsumerDescription"]["ConsumerARN"], json!(second));
    let page = ok(&world, &admin, "ListStreamConsumers", json!({"StreamARN": ARN, "MaxResults": 1}));
    assert_eq!(page["Consumers"][0]["ConsumerName"], "a");
    let rest = json!({"StreamARN": ARN, "NextToken": page["NextToken"]});
    assert_eq!(ok(&world, &admin, "ListStreamConsumers", rest)["Consumers"][0]["ConsumerName"], "b");
    let taken = json!({"StreamARN": ARN, "ConsumerName": "a"});
    assert_eq!(refused(&world, &admin, "RegisterStreamConsumer", taken).0, "ResourceInUseException");
    assert_eq!(
        refused(&world, &admin, "DeleteStream", json!({"StreamName": "s"})).0,
        "ResourceInUseException"
    );
    ok(&world, &admin, "DeregisterStreamConsumer", json!({"ConsumerARN": first}));
    let going = ok(&world, &admin, "DescribeStreamConsumer", json!({"ConsumerARN": first}));
    assert_eq!(going["ConsumerDescription"]["ConsumerStatus"], "DELETING");
    world.advance(100);
    assert_eq!(
        refused(&world, &admin, "DescribeStreamConsumer", json!({"ConsumerARN": first})).0,
        "ResourceNotFoundException"
    );
    ok(&world, &admin, "DeleteStream", json!({"StreamName": "s", "EnforceConsumerDeletion": true}));
    world.advance(100);
    assert_eq!(
        refused(&world, &admin, "DescribeStreamConsumer", json!({"ConsumerARN": second})).0,
        "ResourceNotFoundException"
    );
}

#[test]
fn a_stream_has_twenty_consumers_five_at_a_time() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let input = |n: u32| json!({"StreamARN": ARN, "ConsumerName": format!("c{n}")});
    for n in 0..5 {
        ok(&world, &admin, "RegisterStreamConsumer", input(n));
    }
    assert_eq!(refused(&world, &admin, "RegisterStreamConsumer", input(5)).0, "LimitExceededException");
    world.advance(100);
    for n in 5..20 {
        register(&world, &admin, &format!("c{n}"));
    }
    assert_eq!(refused(&world, &admin, "RegisterStreamConsumer", input(20)).0, "LimitExceededException");
}

// claims: ANA-KINESIS-04
#[test]
fn a_subscription_pushes_records_until_five_minutes_are_over() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let consumer = register(&world, &admin, "a");
    put(&world, &admin, "k", "1");
    let mut events =
        world.listen(&admin, "kinesis", "SubscribeToShard", &position(&consumer, "TRIM_HORIZON"));
    assert_eq!(events.next_event().unwrap().0, "initial-response");
    let (kind, event) = events.next_event().unwrap();
    assert_eq!((kind.as_str(), pushed(&event)), ("SubscribeToShardEvent", vec!["1".to_owned()]));
    assert_eq!(event["ContinuationSequenceNumber"], event["Records"][0]["SequenceNumber"]);
    assert_eq!(event["MillisBehindLatest"], 0);
    put(&world, &admin, "k", "2");
    put(&world, &admin, "k", "3");
    assert_eq!(pushed(&events.next_event().unwrap().1), ["2", "3"]);
    // Pushing takes nothing from those who poll.
    assert_eq!(crate::all(&world, &admin, 0).len(), 3);
    world.advance(300_000);
    assert!(events.next_event().is_none(), "it ended");
    put(&world, &admin, "k", "4");
    assert!(events.next_event().is_none());
}

// claims: ANA-KINESIS-04
#[test]
fn a_put_wakes_who_waits() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let consumer = register(&world, &admin, "a");
    let mut events = world.listen(&admin, "kinesis", "SubscribeToShard", &position(&consumer, "LATEST"));
    events.next_event().unwrap();
    let (said, heard) = std::sync::mpsc::channel();
    let waiting = std::thread::spawn(move || {
        said.send(None).unwrap();
        // The first answer may be that it waited.
        let event = events.next_event().or_else(|| events.next_event());
        said.send(event).unwrap();
    });
    assert!(heard.recv().unwrap().is_none());
    put(&world, &admin, "k", "1");
    // Less than the five seconds after which silence is broken without a wake.
    let (_, event) = heard.recv_timeout(std::time::Duration::from_secs(4)).unwrap().unwrap();
    assert_eq!(pushed(&event), ["1"]);
    waiting.join().unwrap();
}

#[test]
fn the_end_of_a_shard_names_its_children_and_ends_the_subscription() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let consumer = register(&world, &admin, "a");
    put(&world, &admin, "k", "1");
    let middle = "170141183460469231731687303715884105728";
    ok(
        &world,
        &admin,
        "SplitShard",
        json!({"StreamName": "s", "ShardToSplit": "0", "NewStartingHashKey": middle}),
    );
    world.advance(100);
    let mut events =
        world.listen(&admin, "kinesis", "SubscribeToShard", &position(&consumer, "TRIM_HORIZON"));
    events.next_event().unwrap();
    let (_, event) = events.next_event().unwrap();
    assert_eq!(event["ChildShards"].as_array().unwrap().len(), 2);
    assert!(event.get("ContinuationSequenceNumber").is_none(), "KCL takes the missing number for the end");
    assert!(events.next_event().is_none());
}

#[test]
fn a_later_subscription_takes_over() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let consumer = register(&world, &admin, "a");
    put(&world, &admin, "k", "1");
    let input = position(&consumer, "TRIM_HORIZON");
    let mut first = world.listen(&admin, "kinesis", "SubscribeToShard", &input);
    first.next_event().unwrap();
    assert_eq!(refused(&world, &admin, "SubscribeToShard", input.clone()).0, "ResourceInUseException");
    world.advance(5000);
    let mut second = world.listen(&admin, "kinesis", "SubscribeToShard", &input);
    let (kind, _) = first.next_event().unwrap();
    assert_eq!(kind, "ResourceInUseException");
    second.next_event().unwrap();
    assert_eq!(pushed(&second.next_event().unwrap().1), ["1"]);
    ok(&world, &admin, "DeregisterStreamConsumer", json!({"ConsumerARN": consumer}));
    world.advance(100);
    assert_eq!(second.next_event().unwrap().0, "ResourceNotFoundException");
}

#[test]
fn an_encrypted_stream_judges_a_subscription_when_it_begins() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let consumer = register(&world, &admin, "a");
    let key = text(&world.call(&admin, "kms", "CreateKey", json!({})).ok()["KeyMetadata"]["Arn"]);
    let start = json!({"StreamName": "s", "EncryptionType": "KMS", "KeyId": key});
    ok(&world, &admin, "StartStreamEncryption", start);
    world.advance(100);
    put(&world, &admin, "k", "1");
    let input = position(&consumer, "TRIM_HORIZON");
    let bob = world.user(&admin, "bob");
    let allow = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}]});
    let policy = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": allow.to_string()});
    world.call(&admin, "iam", "PutUserPolicy", policy).ok();
    assert_eq!(refused(&world, &bob, "SubscribeToShard", input.clone()).0, "KMSAccessDeniedException");
    let mut events = world.listen(&admin, "kinesis", "SubscribeToShard", &input);
    events.next_event().unwrap();
    assert_eq!(pushed(&events.next_event().unwrap().1), ["1"]);
    // A younger data key was not judged: the subscription ends, and a new one may follow at once.
    world.advance(299_000);
    put(&world, &admin, "k", "2");
    assert!(events.next_event().is_some_and(|(_, event)| pushed(&event) == ["2"]), "still the same data key");
    world.advance(999);
    put(&world, &admin, "k", "3");
    let mut again = world.listen(&admin, "kinesis", "SubscribeToShard", &input);
    again.next_event().unwrap();
    assert_eq!(pushed(&again.next_event().unwrap().1), ["1", "2", "3"]);
    world.advance(100_000);
    put(&world, &admin, "k", "4");
    assert!(again.next_event().is_none());
    let mut last = world.listen(&admin, "kinesis", "SubscribeToShard", &input);
    last.next_event().unwrap();
    assert_eq!(pushed(&last.next_event().unwrap().1).len(), 4);
}

#[test]
fn consumers_have_tags_and_policies_of_their_own() {
    let (mut world, admin) = world();
    let (other, stranger) = world.account();
    stream(&world, &admin, 1);
    let tagged = json!({"StreamARN": ARN, "ConsumerName": "a", "Tags": {"x": "1"}});
    let consumer = text(&ok(&world, &admin, "RegisterStreamConsumer", tagged)["Consumer"]["ConsumerARN"]);
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{other}:root")},
        "Action": ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"], "Resource": consumer}]});
    let put_policy = json!({"ResourceARN": consumer, "Policy": policy.to_string()});
    let (code, message) = refused(&world, &admin, "PutResourcePolicy", put_policy.clone());
    assert_eq!(code, "ResourceInUseException");
    assert_eq!(
        message,
        "Consumer a with creation timestamp 1767323045 under stream s and account 111111111111 is not in ACTIVE status."
    );
    world.advance(100);
    let tags = ok(&world, &admin, "ListTagsForResource", json!({"ResourceARN": consumer}));
    assert_eq!(tags["Tags"], json!([{"Key": "x", "Value": "1"}]));
    assert_eq!(
        refused(&world, &stranger, "DescribeStreamConsumer", json!({"ConsumerARN": consumer})).0,
        "AccessDeniedException"
    );
    ok(&world, &admin, "PutResourcePolicy", put_policy);
    ok(&world, &stranger, "DescribeStreamConsumer", json!({"ConsumerARN": consumer}));
    put(&world, &admin, "k", "1");
    let mut events =
        world.listen(&stranger, "kinesis", "SubscribeToShard", &position(&consumer, "TRIM_HORIZON"));
    events.next_event().unwrap();
    assert_eq!(pushed(&events.next_event().unwrap().1), ["1"]);
    assert_eq!(
        refused(&world, &stranger, "DeregisterStreamConsumer", json!({"ConsumerARN": consumer})).0,
        "AccessDeniedException"
    );
}
