//! Splits, merges, and what they leave.

use crate::{all, get, iterator, ok, put, refused, status, stream, text, world};
use kage_test::{Caller, World};
use serde_json::{Value, json};

/// Number, parent, adjacent parent, and whether it is open, of all shards.
fn lineage(world: &World, admin: &Caller, filter: Value) -> Vec<(u32, Option<u32>, Option<u32>, bool)> {
    let mut input = json!({"StreamName": "s"});
    if !filter.is_null() {
        input["ShardFilter"] = filter;
    }
    let answer = ok(world, admin, "ListShards", input);
    let number = |id: &Value| id.as_str().map(|id| id[8..].parse().unwrap());
    let shown = |shard: &Value| {
        let open = shard["SequenceNumberRange"]["EndingSequenceNumber"].is_null();
        (
            number(&shard["ShardId"]).unwrap(),
            number(&shard["ParentShardId"]),
            number(&shard["AdjacentParentShardId"]),
            open,
        )
    };
    answer["Shards"].as_array().unwrap().iter().map(shown).collect()
}

fn split(shard: &str, at: &str) -> Value {
    json!({"StreamName": "s", "ShardToSplit": shard, "NewStartingHashKey": at})
}

const MIDDLE: &str = "170141183460469231731687303715884105728";

#[test]
fn a_split_shard_keeps_its_records_and_names_its_children() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let before = put(&world, &admin, "a", "before");
    let at = iterator(&world, &admin, 0, "TRIM_HORIZON");
    ok(&world, &admin, "SplitShard", split("shardId-000000000000", MIDDLE));
    assert_eq!(status(&world, &admin), "UPDATING");
    put(&world, &admin, "a", "meanwhile");
    assert_eq!(
        refused(&world, &admin, "SplitShard", split("shardId-000000000000", MIDDLE)).0,
        "ResourceInUseException"
    );
    world.advance(100);
    let after = put(&world, &admin, "a", "after");
    put(&world, &admin, "b", "above");
    assert!(after > before, "children have higher sequence numbers");
    assert_eq!(
        lineage(&world, &admin, Value::Null),
        [(0, None, None, false), (1, Some(0), None, true), (2, Some(0), None, true)]
    );
    let end = get(&world, &admin, &at);
    assert_eq!(crate::data(&end), ["before", "meanwhile"]);
    assert!(end["NextShardIterator"].is_null());
    assert_eq!(end["ChildShards"][0]["ShardId"], "shardId-000000000001");
    assert_eq!(end["ChildShards"][0]["ParentShards"], json!(["shardId-000000000000"]));
    assert_eq!(end["ChildShards"][1]["HashKeyRange"]["StartingHashKey"], MIDDLE);
    assert_eq!(
        (all(&world, &admin, 1), all(&world, &admin, 2)),
        (vec!["after".to_owned()], vec!["above".to_owned()])
    );
}

#[test]
fn merged_shards_become_one() {
    let (world, admin) = world();
    stream(&world, &admin, 3);
    let merge = |a: u32, b: u32| json!({"StreamName": "s", "ShardToMerge": format!("shardId-{a:012}"), "AdjacentShardToMerge": format!("shardId-{b:012}")});
    let (code, message) = refused(&world, &admin, "MergeShards", merge(0, 2));
    assert_eq!(code, "InvalidArgumentException");
    assert!(message.ends_with("are not an adjacent pair of shards eligible for merging"), "{message}");
    ok(&world, &admin, "MergeShards", merge(1, 2));
    world.advance(100);
    let open = lineage(&world, &admin, json!({"Type": "AT_LATEST"}));
    assert_eq!(open, [(0, None, None, true), (3, Some(1), Some(2), true)]);
    put(&world, &admin, "b", "1");
    assert_eq!(all(&world, &admin, 3), ["1"]);
    assert_eq!(refused(&world, &admin, "MergeShards", merge(0, 1)).0, "InvalidArgumentException");
}

#[test]
fn a_split_is_refused_outside_the_range() {
    let (world, admin) = world();
    stream(&world, &admin, 2);
    let (code, message) = refused(&world, &admin, "SplitShard", split("shardId-000000000001", "5"));
    assert_eq!(code, "InvalidArgumentException");
    assert!(
        message.contains("NewStartingHashKey 5 used in SplitShard() on shard shardId-000000000001"),
        "{message}"
    );
    assert_eq!(
        refused(&world, &admin, "SplitShard", split("shardId-000000000007", "5")).0,
        "ResourceNotFoundException"
    );
}

#[test]
fn scaling_splits_and_merges_until_all_ranges_are_equal() {
    let (world, admin) = world();
    stream(&world, &admin, 2);
    let scale = |target: u32| json!({"StreamName": "s", "TargetShardCount": target, "ScalingType": "UNIFORM_SCALING"});
    let (code, message) = refused(&world, &admin, "UpdateShardCount", scale(5));
    assert_eq!(code, "LimitExceededException");
    assert_eq!(
        message,
        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 2, Target shard count: 5"
    );
    put(&world, &admin, "a", "kept");
    let answer = ok(&world, &admin, "UpdateShardCount", scale(3));
    assert_eq!((&answer["CurrentShardCount"], &answer["TargetShardCount"]), (&json!(2), &json!(3)));
    world.advance(100);
    let open = |world: &World| {
        let answer =
            ok(world, &admin, "ListShards", json!({"StreamName": "s", "ShardFilter": {"Type": "AT_LATEST"}}));
        let mut starts: Vec<u128> = answer["Shards"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| text(&s["HashKeyRange"]["StartingHashKey"]).parse().unwrap())
            .collect();
        starts.sort_unstable();
        starts
    };
    let third = 113_427_455_640_312_821_154_458_202_477_256_070_485;
    assert_eq!(open(&world), [0, third, 2 * third]);
    let shown = ok(&world, &admin, "DescribeStreamSummary", json!({"StreamName": "s"}));
    assert_eq!(shown["StreamDescriptionSummary"]["OpenShardCount"], 3);
    assert_eq!(all(&world, &admin, 0), ["kept"]);
    ok(&world, &admin, "UpdateShardCount", scale(2));
    world.advance(100);
    assert_eq!(open(&world), [0, 1 << 127]);
    // Records still find a shard, whatever their hash key.
    for key in ["a", "b", "c", "d", "e"] {
        put(&world, &admin, key, "x");
    }
    for target in [1, 2, 1, 2, 1, 2, 1, 2] {
        ok(&world, &admin, "UpdateShardCount", scale(target));
        world.advance(100);
    }
    let (code, message) = refused(&world, &admin, "UpdateShardCount", scale(1));
    assert_eq!(code, "LimitExceededException", "ten times a day");
    assert!(message.contains("24-hour"), "{message}");
    world.advance(24 * 3_600_000);
    ok(&world, &admin, "UpdateShardCount", scale(1));
}

#[test]
fn filters_choose_shards_by_their_lives() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let born = world.now();
    world.advance(10_000);
    ok(&world, &admin, "SplitShard", split("shardId-000000000000", MIDDLE));
    world.advance(10_000);
    let numbers = |filter: Value| -> Vec<u32> {
        lineage(&world, &admin, filter).into_iter().map(|shard| shard.0).collect()
    };
    let at = |kind: &str, ms: i64| json!({"Type": kind, "Timestamp": ms as f64 / 1000.0});
    assert_eq!(numbers(json!({"Type": "AT_TRIM_HORIZON"})), [0]);
    assert_eq!(numbers(json!({"Type": "FROM_TRIM_HORIZON"})), [0, 1, 2]);
    assert_eq!(numbers(json!({"Type": "AT_LATEST"})), [1, 2]);
    assert_eq!(numbers(json!({"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000001"})), [2]);
    assert_eq!(numbers(at("AT_TIMESTAMP", born + 5000)), [0]);
    assert_eq!(numbers(at("AT_TIMESTAMP", born + 15_000)), [1, 2]);
    assert_eq!(numbers(at("FROM_TIMESTAMP", born + 5000)), [0, 1, 2]);
    assert_eq!(numbers(at("FROM_TIMESTAMP", born + 15_000)), [1, 2]);
    let input = json!({"StreamName": "s", "ShardFilter": {"Type": "AT_TIMESTAMP"}});
    assert_eq!(refused(&world, &admin, "ListShards", input).0, "InvalidArgumentException");
    // A closed shard goes with its last record.
    world.advance(24 * 3_600_000);
    assert_eq!(numbers(Value::Null), [1, 2]);
    let described = ok(&world, &admin, "DescribeStream", json!({"StreamName": "s"}));
    assert_eq!(described["StreamDescription"]["Shards"].as_array().unwrap().len(), 2);
}

#[test]
fn shards_are_listed_in_pages() {
    let (world, admin) = world();
    stream(&world, &admin, 5);
    let first = ok(
        &world,
        &admin,
        "ListShards",
        json!({"StreamName": "s", "MaxResults": 2, "ShardFilter": {"Type": "AT_LATEST"}}),
    );
    let token = text(&first["NextToken"]);
    assert_eq!(
        refused(&world, &admin, "ListShards", json!({"StreamName": "s", "NextToken": token})).0,
        "InvalidArgumentException"
    );
    let rest = ok(&world, &admin, "ListShards", json!({"NextToken": token}));
    let count = |answer: &Value| answer["Shards"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&rest)), (2, 3));
    assert_eq!(rest["Shards"][0]["ShardId"], "shardId-000000000002");
    assert!(rest["NextToken"].is_null());
    let described = ok(
        &world,
        &admin,
        "DescribeStream",
        json!({"StreamName": "s", "Limit": 2, "ExclusiveStartShardId": "shardId-000000000001"}),
    );
    let described = &described["StreamDescription"];
    assert_eq!(
        (&described["HasMoreShards"], &described["Shards"][0]["ShardId"]),
        (&json!(true), &json!("shardId-000000000002"))
    );
    world.advance(300_001);
    assert_eq!(
        refused(&world, &admin, "ListShards", json!({"NextToken": token})).0,
        "ExpiredNextTokenException"
    );
}
