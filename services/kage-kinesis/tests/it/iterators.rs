//! Iterators of all types, and how they end.

use crate::{all, data, get, iterator, ok, put, refused, stream, text, world};
use serde_json::{Value, json};

fn at(kind: &str, member: &str, value: Value) -> Value {
    let mut input = json!({"StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": kind});
    input[member] = value;
    input
}

#[test]
fn all_five_types_begin_where_they_say() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let mut numbers = Vec::new();
    let mut times = Vec::new();
    for n in 0..3 {
        times.push(world.now());
        numbers.push(put(&world, &admin, "k", &n.to_string()));
        world.advance(2000);
    }
    let read = |input: Value| {
        let iterator = text(&ok(&world, &admin, "GetShardIterator", input)["ShardIterator"]);
        let found = data(&get(&world, &admin, &iterator));
        world.advance(1000);
        found
    };
    assert_eq!(all(&world, &admin, 0), ["0", "1", "2"]);
    assert_eq!(read(at("AT_SEQUENCE_NUMBER", "StartingSequenceNumber", json!(numbers[1]))), ["1", "2"]);
    assert_eq!(read(at("AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber", json!(numbers[1]))), ["2"]);
    let seconds = |ms: i64| json!(ms as f64 / 1000.0);
    assert_eq!(read(at("AT_TIMESTAMP", "Timestamp", seconds(times[1]))), ["1", "2"]);
    assert_eq!(read(at("AT_TIMESTAMP", "Timestamp", seconds(times[1] + 1))), ["2"]);
    assert_eq!(read(at("AT_TIMESTAMP", "Timestamp", seconds(0))), ["0", "1", "2"]);
    assert_eq!(data(&get(&world, &admin, &iterator(&world, &admin, 0, "LATEST"))), [""; 0]);
    // The shard's own starting number is the place before its first record.
    let shards = ok(&world, &admin, "ListShards", json!({"StreamName": "s"}));
    let first = shards["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"].clone();
    world.advance(1000);
    assert_eq!(read(at("AT_SEQUENCE_NUMBER", "StartingSequenceNumber", first)), ["0", "1", "2"]);
}

#[test]
fn positions_that_are_none_are_refused() {
    let (world, admin) = world();
    stream(&world, &admin, 2);
    let number = put(&world, &admin, "a", "1");
    let refuse = |input: Value| refused(&world, &admin, "GetShardIterator", input);
    let (code, message) = refuse(at("LATEST", "StartingSequenceNumber", json!(number)));
    assert_eq!(code, "InvalidArgumentException");
    assert!(message.ends_with("Request specified LATEST and also a StartingSequenceNumber."), "{message}");
    let (_, message) = refuse(
        json!({"StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": "AT_SEQUENCE_NUMBER"}),
    );
    assert!(message.ends_with("and no StartingSequenceNumber."), "{message}");
    assert!(
        refuse(at("AT_SEQUENCE_NUMBER", "StartingSequenceNumber", json!("5"))).1.ends_with("is invalid.")
    );
    let mut other = at("AT_SEQUENCE_NUMBER", "StartingSequenceNumber", json!(number));
    other["ShardId"] = json!("shardId-000000000001");
    assert_eq!(
        refuse(other).1,
        "Invalid StartingSequenceNumber. It encodes shardId-000000000000, while it was used in a call to a shard with shardId-000000000001"
    );
    let recorded = json!("49590338271490256608559692538361571095921575989136588898");
    let mut foreign = at("AT_SEQUENCE_NUMBER", "StartingSequenceNumber", recorded);
    assert!(refuse(foreign.clone()).1.contains("It encodes shardId-000000000006"));
    foreign["StartingSequenceNumber"] = json!("49590338271490256608559692538361294095544909552521936898");
    assert!(refuse(foreign).1.contains("shardId-"));
    let future = json!((world.now() + 1) as f64 / 1000.0);
    assert!(refuse(at("AT_TIMESTAMP", "Timestamp", future)).1.starts_with("The timestampInMillis parameter"));
    let gone = json!({"StreamName": "s", "ShardId": "shardId-000000000009", "ShardIteratorType": "LATEST"});
    assert_eq!(
        refuse(gone),
        (
            "ResourceNotFoundException".to_owned(),
            "Shard shardId-000000000009 in stream s under account 111111111111 does not exist".to_owned()
        )
    );
}

#[test]
fn an_iterator_is_good_for_five_minutes() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let at = iterator(&world, &admin, 0, "TRIM_HORIZON");
    world.advance(300_000);
    get(&world, &admin, &at);
    world.advance(1);
    let (code, message) = refused(&world, &admin, "GetRecords", json!({"ShardIterator": at}));
    assert_eq!(code, "ExpiredIteratorException");
    assert_eq!(
        message,
        "Iterator expired. The iterator was created at time Fri Jan 02 03:04:05 UTC 2026 while right now it is Fri Jan 02 03:09:05 UTC 2026 which is further in the future than the tolerated delay of 300000 milliseconds."
    );
    let (code, message) = refused(&world, &admin, "GetRecords", json!({"ShardIterator": "AAAA"}));
    assert_eq!((code.as_str(), message.as_str()), ("InvalidArgumentException", "Invalid ShardIterator."));
}

#[test]
fn a_dry_run_only_says_that_it_would_work() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let mut input = json!({"StreamName": "s", "PartitionKey": "k", "Data": "MQ==", "DryRun": true});
    assert_eq!(refused(&world, &admin, "PutRecord", input.clone()).0, "DryRunOperationException");
    input["StreamName"] = json!("none");
    assert_eq!(refused(&world, &admin, "PutRecord", input).0, "ResourceNotFoundException");
    assert_eq!(all(&world, &admin, 0), [""; 0]);
}
