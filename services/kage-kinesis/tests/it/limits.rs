//! The throughput of a shard, on a clock that stands still until it is moved.

use crate::{data, get, iterator, ok, refused, stream, text, world};
use serde_json::{Value, json};

fn many(count: usize, size: usize) -> Value {
    let record = json!({"PartitionKey": "k", "Data": "A".repeat(size)});
    json!({"StreamName": "s", "Records": vec![record; count]})
}

// claims: ANA-KINESIS-01
#[test]
fn the_thousand_and_first_record_of_a_second_is_refused() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    for _ in 0..2 {
        assert_eq!(ok(&world, &admin, "PutRecords", many(500, 4))["FailedRecordCount"], 0);
    }
    let answer = ok(&world, &admin, "PutRecords", many(3, 4));
    assert_eq!(answer["FailedRecordCount"], 3);
    assert_eq!(answer["Records"][0]["ErrorCode"], "ProvisionedThroughputExceededException");
    assert_eq!(
        answer["Records"][0]["ErrorMessage"],
        "Rate exceeded for shard shardId-000000000000 in stream s under account 111111111111."
    );
    assert!(answer["Records"][0].get("SequenceNumber").is_none());
    let one = json!({"StreamName": "s", "PartitionKey": "k", "Data": "MQ=="});
    assert_eq!(refused(&world, &admin, "PutRecord", one.clone()).0, "ProvisionedThroughputExceededException");
    // The clock stood still; a second later there is room again.
    world.advance(1000);
    ok(&world, &admin, "PutRecord", one);
}

// claims: ANA-KINESIS-01
#[test]
fn a_mebibyte_a_second_is_taken_and_the_rest_fails_by_record() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    // 400,000 letters are 300,000 bytes: three records fit.
    let answer = ok(&world, &admin, "PutRecords", many(5, 400_000));
    assert_eq!(answer["FailedRecordCount"], 2);
    let codes: Vec<bool> =
        answer["Records"].as_array().unwrap().iter().map(|r| r["ErrorCode"].is_null()).collect();
    assert_eq!(codes, [true, true, true, false, false]);
    let read = get(&world, &admin, &iterator(&world, &admin, 0, "TRIM_HORIZON"));
    assert_eq!(read["Records"].as_array().unwrap().len(), 3, "what failed was not written");
}

#[test]
fn other_shards_have_throughput_of_their_own() {
    let (world, admin) = world();
    stream(&world, &admin, 2);
    ok(&world, &admin, "PutRecords", many(500, 4));
    let mut other = many(500, 4);
    for record in other["Records"].as_array_mut().unwrap() {
        record["PartitionKey"] = json!("a");
    }
    let mixed = ok(&world, &admin, "PutRecords", many(500, 4));
    assert_eq!(mixed["FailedRecordCount"], 0);
    assert_eq!(ok(&world, &admin, "PutRecords", many(1, 4))["FailedRecordCount"], 1);
    // "k" begins with 8c, "a" with 0c.
    assert_eq!(ok(&world, &admin, "PutRecords", other)["FailedRecordCount"], 0);
}

#[test]
fn a_shard_is_read_five_times_a_second_and_less_after_much() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let at = iterator(&world, &admin, 0, "TRIM_HORIZON");
    for _ in 0..5 {
        get(&world, &admin, &at);
    }
    let (code, message) = refused(&world, &admin, "GetRecords", json!({"ShardIterator": at}));
    assert_eq!(code, "ProvisionedThroughputExceededException");
    assert!(message.contains("shardId-000000000000 in stream s under account 111111111111"), "{message}");
    // 1,048,575 bytes and one letter of the partition key: a mebibyte.
    for _ in 0..11 {
        world.advance(1000);
        ok(&world, &admin, "PutRecords", many(1, 1_398_100));
    }
    let first = get(&world, &admin, &at);
    assert_eq!(first["Records"].as_array().unwrap().len(), 10, "10 MiB at most");
    let next = text(&first["NextShardIterator"]);
    world.advance(4000);
    assert!(
        refused(&world, &admin, "GetRecords", json!({"ShardIterator": next})).0.starts_with("Provisioned")
    );
    world.advance(1000);
    assert_eq!(data(&get(&world, &admin, &next)).len(), 1);
}

#[test]
fn a_page_holds_as_many_records_as_are_asked_for() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    ok(&world, &admin, "PutRecords", many(300, 4));
    let at = iterator(&world, &admin, 0, "TRIM_HORIZON");
    let page = ok(&world, &admin, "GetRecords", json!({"ShardIterator": at, "Limit": 123}));
    assert_eq!(page["Records"].as_array().unwrap().len(), 123);
    let rest = get(&world, &admin, &text(&page["NextShardIterator"]));
    assert_eq!(rest["Records"].as_array().unwrap().len(), 177);
    let refused = refused(&world, &admin, "GetRecords", json!({"ShardIterator": at, "Limit": 10_001}));
    assert_eq!(refused.0, "ValidationException");
}
