//! Retention, mode, monitoring, tags, account settings.

use crate::{all, ok, put, refused, status, stream, world};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:kinesis:us-east-1:111111111111:stream/s";
const HOUR: i64 = 3_600_000;

fn hours(hours: i32) -> Value {
    json!({"StreamName": "s", "RetentionPeriodHours": hours})
}

#[test]
fn records_expire_by_the_clock() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    for n in 0..5 {
        put(&world, &admin, "k", &n.to_string());
        world.advance(HOUR);
    }
    // The records are 5, 4, 3, 2 and 1 hours old.
    world.advance(20 * HOUR);
    assert_eq!(all(&world, &admin, 0), ["1", "2", "3", "4"]);
    // Reading took a second.
    world.advance(2 * HOUR - 1000);
    assert_eq!(all(&world, &admin, 0), ["3", "4"]);
    assert_eq!(all(&world, &admin, 0), ["4"]);
}

#[test]
fn a_longer_retention_brings_nothing_back() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    put(&world, &admin, "k", "gone");
    world.advance(10 * HOUR);
    put(&world, &admin, "k", "kept");
    world.advance(20 * HOUR);
    ok(&world, &admin, "IncreaseStreamRetentionPeriod", hours(48));
    assert_eq!(status(&world, &admin), "UPDATING");
    world.advance(100);
    assert_eq!(all(&world, &admin, 0), ["kept"]);
    world.advance(20 * HOUR);
    assert_eq!(all(&world, &admin, 0), ["kept"]);
    ok(&world, &admin, "DecreaseStreamRetentionPeriod", hours(24));
    world.advance(100);
    assert_eq!(all(&world, &admin, 0), [""; 0]);
    ok(&world, &admin, "IncreaseStreamRetentionPeriod", hours(8760));
    world.advance(100);
    assert_eq!(all(&world, &admin, 0), [""; 0]);
}

#[test]
fn retention_has_limits_and_directions() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    ok(&world, &admin, "IncreaseStreamRetentionPeriod", hours(48));
    world.advance(100);
    let text = |operation: &str, asked: i32| {
        let (code, message) = refused(&world, &admin, operation, hours(asked));
        assert_eq!(code, "InvalidArgumentException");
        message
    };
    let (more, less) = ("IncreaseStreamRetentionPeriod", "DecreaseStreamRetentionPeriod");
    assert!(text(less, 23).starts_with("Minimum allowed retention period is 24 hours."));
    assert!(text(more, 8761).starts_with("Maximum allowed retention period is 8760 hours."));
    assert!(text(more, 30).contains("can not be shorter than existing retention period (48 hours)"));
    assert!(text(less, 60).contains("can not be longer than existing retention period (48 hours)"));
}

#[test]
fn the_mode_changes_twice_a_day_and_keeps_the_shards() {
    let (world, admin) = world();
    stream(&world, &admin, 2);
    let mode = |mode: &str| json!({"StreamARN": ARN, "StreamModeDetails": {"StreamMode": mode}});
    let spread = json!({"StreamARN": ARN, "RecordDistributionStrategy": "AUTO"});
    assert_eq!(
        refused(&world, &admin, "UpdateStreamRecordDistributionStrategy", spread.clone()).0,
        "InvalidArgumentException"
    );
    ok(&world, &admin, "UpdateStreamMode", mode("ON_DEMAND"));
    world.advance(100);
    let shown = ok(&world, &admin, "DescribeStreamSummary", json!({"StreamName": "s"}));
    let shown = &shown["StreamDescriptionSummary"];
    assert_eq!(
        (&shown["OpenShardCount"], &shown["StreamModeDetails"]["StreamMode"]),
        (&json!(2), &json!("ON_DEMAND"))
    );
    ok(&world, &admin, "UpdateStreamRecordDistributionStrategy", spread);
    for _ in 0..40 {
        ok(&world, &admin, "PutRecord", json!({"StreamName": "s", "Data": "MQ=="}));
    }
    let (first, second) = (all(&world, &admin, 0).len(), all(&world, &admin, 1).len());
    assert!(first > 0 && second > 0 && first + second == 40, "{first} and {second}");
    ok(&world, &admin, "UpdateStreamMode", mode("PROVISIONED"));
    world.advance(100);
    assert_eq!(refused(&world, &admin, "UpdateStreamMode", mode("ON_DEMAND")).0, "LimitExceededException");
    world.advance(24 * HOUR);
    ok(&world, &admin, "UpdateStreamMode", mode("ON_DEMAND"));
}

#[test]
fn warm_throughput_needs_a_commitment() {
    let (world, admin) = world();
    let create = json!({"StreamName": "s", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "WarmThroughputMiBps": 6});
    assert_eq!(refused(&world, &admin, "CreateStream", create.clone()).0, "ValidationException");
    let set = |status: &str| json!({"MinimumThroughputBillingCommitment": {"Status": status}});
    let status = |answer: Value| answer["MinimumThroughputBillingCommitment"]["Status"].clone();
    assert_eq!(status(ok(&world, &admin, "DescribeAccountSettings", json!({}))), "DISABLED");
    assert_eq!(status(ok(&world, &admin, "UpdateAccountSettings", set("ENABLED"))), "ENABLED");
    ok(&world, &admin, "CreateStream", create);
    world.advance(100);
    let warm = json!({"StreamName": "s", "WarmThroughputMiBps": 8});
    ok(&world, &admin, "UpdateStreamWarmThroughput", warm.clone());
    world.advance(100);
    let shown = ok(&world, &admin, "DescribeStreamSummary", json!({"StreamName": "s"}));
    let shown = &shown["StreamDescriptionSummary"];
    assert_eq!(shown["WarmThroughput"], json!({"TargetMiBps": 8, "CurrentMiBps": 8}));
    let ended = status(ok(&world, &admin, "UpdateAccountSettings", set("DISABLED")));
    assert_eq!(ended, "ENABLED_UNTIL_EARLIEST_ALLOWED_END");
    world.advance(24 * HOUR);
    assert_eq!(status(ok(&world, &admin, "DescribeAccountSettings", json!({}))), "DISABLED");
    assert_eq!(refused(&world, &admin, "UpdateStreamWarmThroughput", warm).0, "ValidationException");
}

#[test]
fn shard_level_metrics_are_turned_on_and_off() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let metrics = |names: Value| json!({"StreamName": "s", "ShardLevelMetrics": names});
    let on = ok(&world, &admin, "EnableEnhancedMonitoring", metrics(json!(["ALL"])));
    assert_eq!(on["CurrentShardLevelMetrics"], json!([]));
    assert_eq!(on["DesiredShardLevelMetrics"].as_array().unwrap().len(), 7);
    world.advance(100);
    let off = ok(&world, &admin, "DisableEnhancedMonitoring", metrics(json!(["IncomingBytes"])));
    assert_eq!(off["DesiredShardLevelMetrics"].as_array().unwrap().len(), 6);
    world.advance(100);
    let shown = ok(&world, &admin, "DescribeStream", json!({"StreamName": "s"}));
    let shown = &shown["StreamDescription"]["EnhancedMonitoring"][0]["ShardLevelMetrics"];
    assert!(!shown.as_array().unwrap().contains(&json!("IncomingBytes")));
}

#[test]
fn tags_are_set_by_both_apis() {
    let (world, admin) = world();
    ok(&world, &admin, "CreateStream", json!({"StreamName": "s", "ShardCount": 1, "Tags": {"a": "1"}}));
    world.advance(100);
    ok(&world, &admin, "AddTagsToStream", json!({"StreamName": "s", "Tags": {"b": "2"}}));
    ok(&world, &admin, "TagResource", json!({"ResourceARN": ARN, "Tags": {"c": "3"}}));
    let page = ok(&world, &admin, "ListTagsForStream", json!({"StreamName": "s", "Limit": 2}));
    assert_eq!((&page["HasMoreTags"], &page["Tags"][1]["Key"]), (&json!(true), &json!("b")));
    ok(&world, &admin, "RemoveTagsFromStream", json!({"StreamName": "s", "TagKeys": ["a"]}));
    ok(&world, &admin, "UntagResource", json!({"ResourceARN": ARN, "TagKeys": ["b"]}));
    let rest = ok(&world, &admin, "ListTagsForResource", json!({"ResourceARN": ARN}));
    assert_eq!(rest["Tags"], json!([{"Key": "c", "Value": "3"}]));
    let add =
        |tags: Value| refused(&world, &admin, "AddTagsToStream", json!({"StreamName": "s", "Tags": tags})).0;
    assert_eq!(add(json!({"a%": "1"})), "InvalidArgumentException");
    assert_eq!(add(json!({"aws:x": "1"})), "InvalidArgumentException");
    let many: serde_json::Map<String, Value> = (0..50).map(|n| (format!("t{n}"), json!("x"))).collect();
    assert_eq!(add(Value::Object(many)), "InvalidArgumentException");
}
