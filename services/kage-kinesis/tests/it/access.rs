//! Who may do what.

use crate::{get, iterator, ok, put, refused, stream, text, world};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:kinesis:us-east-1:111111111111:stream/s";

fn policy(principal: &str, actions: Value, resource: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions, "Resource": resource}],
    })
    .to_string()
}

#[test]
fn nobody_does_anything_without_permission() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let bob = world.user(&admin, "bob");
    let at = iterator(&world, &admin, 0, "TRIM_HORIZON");
    let consumer =
        ok(&world, &admin, "RegisterStreamConsumer", json!({"StreamARN": ARN, "ConsumerName": "c"}));
    let consumer = text(&consumer["Consumer"]["ConsumerARN"]);
    let name = json!({"StreamName": "s"});
    let with = |more: Value| {
        let mut all = name.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let resource = json!({"ResourceARN": ARN});
    let calls = [
        ("AddTagsToStream", with(json!({"Tags": {"a": "b"}}))),
        ("CreateStream", json!({"StreamName": "t", "ShardCount": 1})),
        ("DecreaseStreamRetentionPeriod", with(json!({"RetentionPeriodHours": 24}))),
        ("DeleteResourcePolicy", resource.clone()),
        ("DeleteStream", name.clone()),
        ("DeregisterStreamConsumer", json!({"ConsumerARN": consumer})),
        ("DescribeAccountSettings", json!({})),
        ("DescribeLimits", json!({})),
        ("DescribeStream", name.clone()),
        ("DescribeStreamConsumer", json!({"ConsumerARN": consumer})),
        ("DescribeStreamSummary", name.clone()),
        ("DisableEnhancedMonitoring", with(json!({"ShardLevelMetrics": ["ALL"]}))),
        ("EnableEnhancedMonitoring", with(json!({"ShardLevelMetrics": ["ALL"]}))),
        ("GetRecords", json!({"ShardIterator": at})),
        ("GetResourcePolicy", resource.clone()),
        ("GetShardIterator", with(json!({"ShardId": "shardId-000000000000", "ShardIteratorType": "LATEST"}))),
        ("IncreaseStreamRetentionPeriod", with(json!({"RetentionPeriodHours": 48}))),
        ("ListShards", name.clone()),
        ("ListStreamConsumers", json!({"StreamARN": ARN})),
        ("ListStreams", json!({})),
        ("ListTagsForResource", resource.clone()),
        ("ListTagsForStream", name.clone()),
        ("MergeShards", with(json!({"ShardToMerge": "0", "AdjacentShardToMerge": "1"}))),
        ("PutRecord", with(json!({"PartitionKey": "k", "Data": "MQ=="}))),
        ("PutRecords", with(json!({"Records": [{"PartitionKey": "k", "Data": "MQ=="}]}))),
        ("PutResourcePolicy", json!({"ResourceARN": ARN, "Policy": "{}"})),
        ("RegisterStreamConsumer", json!({"StreamARN": ARN, "ConsumerName": "d"})),
        ("RemoveTagsFromStream", with(json!({"TagKeys": ["a"]}))),
        ("SplitShard", with(json!({"ShardToSplit": "0", "NewStartingHashKey": "5"}))),
        ("StartStreamEncryption", with(json!({"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}))),
        ("StopStreamEncryption", with(json!({"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}))),
        (
            "SubscribeToShard",
            json!({"ConsumerARN": consumer, "ShardId": "0", "StartingPosition": {"Type": "LATEST"}}),
        ),
        ("TagResource", json!({"ResourceARN": ARN, "Tags": {"a": "b"}})),
        ("UntagResource", json!({"ResourceARN": ARN, "TagKeys": ["a"]})),
        ("UpdateAccountSettings", json!({"MinimumThroughputBillingCommitment": {"Status": "ENABLED"}})),
        ("UpdateMaxRecordSize", json!({"StreamARN": ARN, "MaxRecordSizeInKiB": 2048})),
        ("UpdateShardCount", with(json!({"TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"}))),
        ("UpdateStreamMode", json!({"StreamARN": ARN, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}})),
        (
            "UpdateStreamRecordDistributionStrategy",
            json!({"StreamARN": ARN, "RecordDistributionStrategy": "AUTO"}),
        ),
        ("UpdateStreamWarmThroughput", with(json!({"WarmThroughputMiBps": 5}))),
    ];
    for (operation, input) in &calls {
        let (code, message) = refused(&world, &bob, operation, input.clone());
        assert_eq!(code, "AccessDeniedException", "{operation}: {message}");
        assert!(
            message.contains(&format!("is not authorized to perform: kinesis:{operation} ")),
            "{message}"
        );
    }
    assert_eq!(calls.len(), 40);
    // Refused management calls are recorded with what was refused.
    let events = world.events("111111111111");
    let split = events.iter().find(|event| event["eventName"] == "SplitShard").unwrap();
    assert_eq!(
        (&split["errorCode"], &split["eventSource"]),
        (&json!("AccessDenied"), &json!("kinesis.amazonaws.com"))
    );
}

#[test]
fn a_policy_may_name_one_stream_or_its_tags() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    ok(&world, &admin, "CreateStream", json!({"StreamName": "t", "ShardCount": 1, "Tags": {"team": "red"}}));
    world.advance(100);
    let bob = world.user(&admin, "bob");
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": ARN},
        {"Effect": "Allow", "Action": "kinesis:DescribeStreamSummary", "Resource": "*",
         "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}},
        {"Effect": "Allow", "Action": "kinesis:CreateStream", "Resource": "*"},
    ]});
    let input = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": policy.to_string()});
    world.call(&admin, "iam", "PutUserPolicy", input).ok();
    put(&world, &bob, "k", "1");
    let other = json!({"StreamName": "t", "PartitionKey": "k", "Data": "MQ=="});
    assert_eq!(refused(&world, &bob, "PutRecord", other).0, "AccessDeniedException");
    ok(&world, &bob, "DescribeStreamSummary", json!({"StreamName": "t"}));
    assert_eq!(
        refused(&world, &bob, "DescribeStreamSummary", json!({"StreamName": "s"})).0,
        "AccessDeniedException"
    );
    // Tags on creation need a permission of their own; a stream that is not there is judged by its ARN.
    ok(&world, &bob, "CreateStream", json!({"StreamName": "u", "ShardCount": 1}));
    let tagged = json!({"StreamName": "v", "ShardCount": 1, "Tags": {"a": "b"}});
    let (code, message) = refused(&world, &bob, "CreateStream", tagged);
    assert_eq!(code, "AccessDeniedException");
    assert!(message.contains("kinesis:AddTagsToStream"), "{message}");
    let none = json!({"StreamName": "none", "PartitionKey": "k", "Data": "MQ=="});
    assert_eq!(refused(&world, &bob, "PutRecord", none).0, "AccessDeniedException");
}

#[test]
fn a_resource_policy_opens_a_stream_to_another_account() {
    let (mut world, admin) = world();
    let (other, stranger) = world.account();
    stream(&world, &admin, 1);
    let put = json!({"StreamARN": ARN, "PartitionKey": "k", "Data": "MQ=="});
    assert_eq!(refused(&world, &stranger, "PutRecord", put.clone()).0, "AccessDeniedException");
    let actions = json!([
        "kinesis:PutRecord",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
        "kinesis:DescribeStream"
    ]);
    let text_of = policy(&format!("arn:aws:iam::{other}:root"), actions, ARN);
    ok(&world, &admin, "PutResourcePolicy", json!({"ResourceARN": ARN, "Policy": text_of}));
    assert_eq!(ok(&world, &admin, "GetResourcePolicy", json!({"ResourceARN": ARN}))["Policy"], text_of);
    ok(&world, &stranger, "PutRecord", put.clone());
    let input =
        json!({"StreamARN": ARN, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"});
    let at = text(&ok(&world, &stranger, "GetShardIterator", input)["ShardIterator"]);
    assert_eq!(crate::data(&get(&world, &stranger, &at)), ["1"]);
    assert_eq!(
        ok(&world, &stranger, "ListShards", json!({"StreamARN": ARN}))["Shards"].as_array().unwrap().len(),
        1
    );
    // DescribeStream is not among the operations that resource policies open.
    assert_eq!(
        refused(&world, &stranger, "DescribeStream", json!({"StreamARN": ARN})).0,
        "AccessDeniedException"
    );
    // The name alone means the caller's own account.
    let own = json!({"StreamName": "s", "PartitionKey": "k", "Data": "MQ=="});
    assert_eq!(
        refused(&world, &stranger, "PutRecord", own).1,
        format!("Stream s under account {other} not found.")
    );
    // The owner's trail shows the stranger's put.
    let name = kage_record::stream_name("111111111111", "us-east-1", false);
    let events = world.write(|tx| kage_record::read(tx.reads(), &name, 0, 100));
    assert!(events.iter().any(|stored| stored.event["userIdentity"]["accountId"] == json!(other)));
    ok(&world, &admin, "DeleteResourcePolicy", json!({"ResourceARN": ARN}));
    assert_eq!(refused(&world, &stranger, "PutRecord", put).0, "AccessDeniedException");
    assert_eq!(ok(&world, &admin, "GetResourcePolicy", json!({"ResourceARN": ARN}))["Policy"], "{}");
    assert_eq!(
        refused(&world, &admin, "DeleteResourcePolicy", json!({"ResourceARN": ARN})).0,
        "ResourceNotFoundException"
    );
    assert_eq!(
        refused(&world, &admin, "PutResourcePolicy", json!({"ResourceARN": ARN, "Policy": "{"})).0,
        "ValidationException"
    );
}
