//! The life of a stream.

use crate::{ok, put, refused, status, stream, text, world};
use serde_json::json;

#[test]
fn a_stream_comes_into_being_and_goes_away() {
    let (world, admin) = world();
    ok(&world, &admin, "CreateStream", json!({"StreamName": "s", "ShardCount": 3}));
    assert_eq!(status(&world, &admin), "CREATING");
    let (code, message) =
        refused(&world, &admin, "PutRecord", json!({"StreamName": "s", "PartitionKey": "k", "Data": ""}));
    assert_eq!(code, "ResourceNotFoundException");
    assert_eq!(message, "Stream s under account 111111111111 not found.");
    world.advance(100);
    let shown = ok(&world, &admin, "DescribeStream", json!({"StreamName": "s"}))["StreamDescription"].clone();
    assert_eq!(shown["StreamStatus"], "ACTIVE");
    assert_eq!(shown["StreamARN"], "arn:aws:kinesis:us-east-1:111111111111:stream/s");
    assert_eq!((&shown["RetentionPeriodHours"], &shown["EncryptionType"]), (&json!(24), &json!("NONE")));
    assert_eq!(shown["StreamModeDetails"]["StreamMode"], "PROVISIONED");
    assert_eq!(shown["Shards"].as_array().unwrap().len(), 3);
    assert_eq!(
        shown["Shards"][1]["HashKeyRange"]["StartingHashKey"],
        "113427455640312821154458202477256070485"
    );
    assert_eq!(shown["HasMoreShards"], false);
    ok(&world, &admin, "DeleteStream", json!({"StreamName": "s"}));
    assert_eq!(status(&world, &admin), "DELETING");
    world.advance(100);
    assert_eq!(
        refused(&world, &admin, "DescribeStreamSummary", json!({"StreamName": "s"})).0,
        "ResourceNotFoundException"
    );
}

#[test]
fn a_new_stream_of_the_same_name_is_another_one() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let at = crate::iterator(&world, &admin, 0, "TRIM_HORIZON");
    put(&world, &admin, "k", "old");
    ok(&world, &admin, "DeleteStream", json!({"StreamName": "s"}));
    world.advance(100);
    stream(&world, &admin, 1);
    assert_eq!(
        refused(&world, &admin, "GetRecords", json!({"ShardIterator": at})).0,
        "ResourceNotFoundException"
    );
    assert_eq!(crate::all(&world, &admin, 0), [""; 0]);
}

#[test]
fn names_are_taken_once_and_limits_hold() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let create = |input| refused(&world, &admin, "CreateStream", input);
    let (code, message) = create(json!({"StreamName": "s", "ShardCount": 1}));
    assert_eq!(code, "ResourceInUseException");
    assert_eq!(message, "Stream s under account 111111111111 already exists.");
    assert_eq!(create(json!({"StreamName": "t"})).0, "ValidationException");
    let (code, message) = create(json!({"StreamName": "t", "ShardCount": 20_000}));
    assert_eq!(code, "LimitExceededException");
    assert!(message.contains("Current shard count for the account: 1. Limit: 20000."), "{message}");
    for n in 0..5 {
        ok(&world, &admin, "CreateStream", json!({"StreamName": format!("n{n}"), "ShardCount": 1}));
    }
    assert_eq!(create(json!({"StreamName": "n5", "ShardCount": 1})).0, "LimitExceededException");
    world.advance(100);
    ok(&world, &admin, "CreateStream", json!({"StreamName": "n5", "ShardCount": 1}));
    assert_eq!(create(json!({"StreamName": "bad name", "ShardCount": 1})).0, "ValidationException");
}

// claims: ANA-KINESIS-01
#[test]
fn an_on_demand_stream_has_four_shards_of_awss_choice() {
    let (world, admin) = world();
    let mode = json!({"StreamMode": "ON_DEMAND"});
    let with_count = json!({"StreamName": "s", "ShardCount": 1, "StreamModeDetails": mode});
    assert_eq!(refused(&world, &admin, "CreateStream", with_count).0, "ValidationException");
    ok(&world, &admin, "CreateStream", json!({"StreamName": "s", "StreamModeDetails": mode}));
    world.advance(100);
    let shown = ok(&world, &admin, "DescribeStreamSummary", json!({"StreamName": "s"}));
    let shown = &shown["StreamDescriptionSummary"];
    assert_eq!((&shown["OpenShardCount"], &shown["StreamModeDetails"]), (&json!(4), &mode));
    let count = json!({"StreamName": "s", "TargetShardCount": 8, "ScalingType": "UNIFORM_SCALING"});
    let (code, message) = refused(&world, &admin, "UpdateShardCount", count);
    assert_eq!(code, "ValidationException");
    assert!(message.contains("is in On-Demand mode"), "{message}");
    let limits = ok(&world, &admin, "DescribeLimits", json!({}));
    assert_eq!((&limits["OnDemandStreamCount"], &limits["OpenShardCount"]), (&json!(1), &json!(0)));
}

#[test]
fn lists_have_pages_and_tokens_that_end() {
    let (world, admin) = world();
    for name in ["a", "b", "c"] {
        ok(&world, &admin, "CreateStream", json!({"StreamName": name, "ShardCount": 1}));
    }
    let page = ok(&world, &admin, "ListStreams", json!({"Limit": 2}));
    assert_eq!((&page["StreamNames"], &page["HasMoreStreams"]), (&json!(["a", "b"]), &json!(true)));
    assert_eq!(page["StreamSummaries"][0]["StreamStatus"], "CREATING");
    let token = text(&page["NextToken"]);
    let rest = ok(&world, &admin, "ListStreams", json!({"NextToken": token}));
    assert_eq!((&rest["StreamNames"], &rest["HasMoreStreams"]), (&json!(["c"]), &json!(false)));
    let after = ok(&world, &admin, "ListStreams", json!({"ExclusiveStartStreamName": "b"}));
    assert_eq!(after["StreamNames"], json!(["c"]));
    world.advance(300_001);
    assert_eq!(
        refused(&world, &admin, "ListStreams", json!({"NextToken": token})).0,
        "ExpiredNextTokenException"
    );
    assert_eq!(
        refused(&world, &admin, "ListStreams", json!({"NextToken": "x"})).0,
        "InvalidArgumentException"
    );
}

#[test]
fn streams_are_named_by_name_or_arn_in_their_own_region() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let arn = "arn:aws:kinesis:us-east-1:111111111111:stream/s";
    ok(&world, &admin, "DescribeStreamSummary", json!({"StreamARN": arn}));
    let summary = |input| refused(&world, &admin, "DescribeStreamSummary", input).0;
    assert_eq!(summary(json!({})), "InvalidArgumentException");
    assert_eq!(summary(json!({"StreamARN": arn, "StreamName": "t"})), "InvalidArgumentException");
    assert_eq!(summary(json!({"StreamName": "s", "StreamId": "aaaaaaaaaaaaaaaaaaaa-aaa"})), "NotImplemented");
    let elsewhere =
        world.call_in(&admin, "eu-west-1", "kinesis", "DescribeStreamSummary", &json!({"StreamARN": arn}));
    assert_eq!(elsewhere.code(), Some("ResourceNotFoundException"));
}
