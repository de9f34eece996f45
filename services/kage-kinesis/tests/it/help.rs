//! What the tests share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_test::{Caller, World};
use serde_json::{Value, json};

/// A double with Kinesis and what it needs.
pub fn world() -> (World, Caller) {
    let world = World::new(vec![kage_iam::service(), kage_kms::service(), kage_kinesis::service()]);
    let admin = world.admin();
    (world, admin)
}

/// A call of Kinesis that must work.
#[track_caller]
pub fn ok(world: &World, caller: &Caller, operation: &str, input: Value) -> Value {
    world.call(caller, "kinesis", operation, input).ok()
}

/// The code and text of a call of Kinesis that must fail.
#[track_caller]
pub fn refused(world: &World, caller: &Caller, operation: &str, input: Value) -> (String, String) {
    let failure = world.call(caller, "kinesis", operation, input).err();
    (failure.code, failure.message)
}

/// A stream `s` with so many shards.
#[track_caller]
pub fn stream(world: &World, caller: &Caller, shards: i32) {
    ok(world, caller, "CreateStream", json!({"StreamName": "s", "ShardCount": shards}));
    world.advance(100);
}

/// Puts one record and gives its sequence number.
#[track_caller]
pub fn put(world: &World, caller: &Caller, key: &str, data: &str) -> String {
    let input = json!({"StreamName": "s", "PartitionKey": key, "Data": STANDARD.encode(data)});
    text(&ok(world, caller, "PutRecord", input)["SequenceNumber"])
}

/// An iterator of shard `shard` of stream `s`.
#[track_caller]
pub fn iterator(world: &World, caller: &Caller, shard: u32, kind: &str) -> String {
    let input = json!({
        "StreamName": "s",
        "ShardId": format!("shardId-{shard:012}"),
        "ShardIteratorType": kind,
    });
    text(&ok(world, caller, "GetShardIterator", input)["ShardIterator"])
}

/// What an iterator gives.
#[track_caller]
pub fn get(world: &World, caller: &Caller, iterator: &str) -> Value {
    ok(world, caller, "GetRecords", json!({"ShardIterator": iterator}))
}

/// The data of the records of an answer.
pub fn data(answer: &Value) -> Vec<String> {
    let plain = |record: &Value| STANDARD.decode(text(&record["Data"])).unwrap();
    let records = answer["Records"].as_array().unwrap();
    records.iter().map(|record| String::from_utf8(plain(record)).unwrap()).collect()
}

/// Everything in a shard of stream `s`, from the trim horizon. One second passes, so that it can be read again.
#[track_caller]
pub fn all(world: &World, caller: &Caller, shard: u32) -> Vec<String> {
    let found = data(&get(world, caller, &iterator(world, caller, shard, "TRIM_HORIZON")));
    world.advance(1000);
    found
}

/// A text of an answer.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The state of stream `s`.
pub fn status(world: &World, caller: &Caller) -> String {
    let shown = ok(world, caller, "DescribeStreamSummary", json!({"StreamName": "s"}));
    text(&shown["StreamDescriptionSummary"]["StreamStatus"])
}
