//! Records: where they go, in which order they come back.

use crate::{all, data, get, iterator, ok, put, refused, stream, text, world};
use serde_json::{Value, json};

// claims: ANA-KINESIS-01
#[test]
fn records_come_back_in_order_with_growing_sequence_numbers() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let numbers: Vec<String> = (0..20).map(|n| put(&world, &admin, "key", &format!("r{n}"))).collect();
    assert!(numbers.iter().all(|number| number.len() == 56));
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
    let answer = get(&world, &admin, &iterator(&world, &admin, 0, "TRIM_HORIZON"));
    assert_eq!(data(&answer), (0..20).map(|n| format!("r{n}")).collect::<Vec<_>>());
    let records = answer["Records"].as_array().unwrap();
    let read: Vec<String> = records.iter().map(|record| text(&record["SequenceNumber"])).collect();
    assert_eq!(read, numbers);
    assert_eq!(records[0]["PartitionKey"], "key");
    assert_eq!(records[0]["ApproximateArrivalTimestamp"].as_f64().unwrap() * 1000.0, world.now() as f64);
    assert_eq!(answer["MillisBehindLatest"], 0);
}

// claims: ANA-KINESIS-01
#[test]
fn many_records_go_by_their_hash_keys() {
    let (world, admin) = world();
    stream(&world, &admin, 2);
    // MD5 of "a" begins with 0c, that of "b" with 92 (RFC 1321's hash; AWS: API reference, PutRecord).
    let records = json!([
        {"PartitionKey": "a", "Data": "MQ=="},
        {"PartitionKey": "b", "Data": "Mg=="},
        {"PartitionKey": "a", "Data": "Mw==", "ExplicitHashKey": "340282366920938463463374607431768211455"},
        {"PartitionKey": "b", "Data": "NA==", "ExplicitHashKey": "0"},
    ]);
    let answer = ok(&world, &admin, "PutRecords", json!({"StreamName": "s", "Records": records}));
    let shards: Vec<String> =
        answer["Records"].as_array().unwrap().iter().map(|r| text(&r["ShardId"])).collect();
    let (first, second) = ("shardId-000000000000", "shardId-000000000001");
    assert_eq!(shards, [first, second, second, first]);
    assert_eq!(answer["FailedRecordCount"], 0);
    assert_eq!(all(&world, &admin, 0), ["1", "4"]);
    assert_eq!(all(&world, &admin, 1), ["2", "3"]);
}

// claims: ANA-KINESIS-04
#[test]
fn a_record_is_there_as_soon_as_it_was_put() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let at = iterator(&world, &admin, 0, "LATEST");
    put(&world, &admin, "k", "now");
    // The clock stands still: not a millisecond passes between the put and the get.
    assert_eq!(data(&get(&world, &admin, &at)), ["now"]);
}

#[test]
fn reading_goes_on_where_it_ended_and_says_how_far_behind_it_is() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    for n in 0..3 {
        put(&world, &admin, "k", &n.to_string());
        world.advance(1000);
    }
    let at = iterator(&world, &admin, 0, "TRIM_HORIZON");
    let first = ok(&world, &admin, "GetRecords", json!({"ShardIterator": at, "Limit": 1}));
    assert_eq!((data(&first), &first["MillisBehindLatest"]), (vec!["0".to_owned()], &json!(2000)));
    let rest = get(&world, &admin, &text(&first["NextShardIterator"]));
    assert_eq!((data(&rest), &rest["MillisBehindLatest"]), (vec!["1".to_owned(), "2".to_owned()], &json!(0)));
    let none = get(&world, &admin, &text(&rest["NextShardIterator"]));
    assert_eq!(none["Records"], json!([]));
    put(&world, &admin, "k", "later");
    assert_eq!(data(&get(&world, &admin, &text(&none["NextShardIterator"]))), ["later"]);
}

#[test]
fn ordering_takes_numbers_that_were_given_out() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let first = put(&world, &admin, "k", "1");
    let after = |number: &str| json!({"StreamName": "s", "PartitionKey": "k", "Data": "Mg==", "SequenceNumberForOrdering": number});
    let second = text(&ok(&world, &admin, "PutRecord", after(&first))["SequenceNumber"]);
    assert!(second > first);
    let (code, message) = refused(&world, &admin, "PutRecord", after("12"));
    assert_eq!(code, "InvalidArgumentException");
    assert!(message.contains("ExclusiveMinimumSequenceNumber 12"), "{message}");
}

#[test]
fn records_are_refused_for_size_key_and_hash_key() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let put = |input: Value| refused(&world, &admin, "PutRecord", input).0;
    let large = "A".repeat(1_398_104);
    assert_eq!(
        put(json!({"StreamName": "s", "PartitionKey": "k", "Data": large})),
        "ValidationException",
        "1 MiB is the limit, partition key included"
    );
    assert_eq!(put(json!({"StreamName": "s", "Data": "MQ=="})), "ValidationException");
    let beyond = "340282366920938463463374607431768211456";
    assert_eq!(
        put(json!({"StreamName": "s", "PartitionKey": "k", "Data": "MQ==", "ExplicitHashKey": beyond})),
        "InvalidArgumentException"
    );
    let many = vec![json!({"PartitionKey": "k", "Data": "MQ=="}); 501];
    let (code, message) = refused(&world, &admin, "PutRecords", json!({"StreamName": "s", "Records": many}));
    assert_eq!(code, "ValidationException");
    assert!(message.contains("500"), "{message}");
    assert_eq!(all(&world, &admin, 0), [""; 0]);
}

#[test]
fn a_larger_limit_takes_larger_records_but_no_more_than_ten_mebibytes_at_once() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    let arn = "arn:aws:kinesis:us-east-1:111111111111:stream/s";
    ok(&world, &admin, "UpdateMaxRecordSize", json!({"StreamARN": arn, "MaxRecordSizeInKiB": 10240}));
    world.advance(100);
    let large = "A".repeat(8 * 1_048_576);
    let one = json!({"PartitionKey": "k", "Data": large});
    ok(&world, &admin, "PutRecord", json!({"StreamName": "s", "PartitionKey": "k", "Data": large}));
    let small = json!({"PartitionKey": "k", "Data": "A".repeat(6 * 1_048_576)});
    let two = json!({"StreamName": "s", "Records": [one, small]});
    assert_eq!(refused(&world, &admin, "PutRecords", two).0, "InvalidArgumentException");
    let answer = get(&world, &admin, &iterator(&world, &admin, 0, "TRIM_HORIZON"));
    assert_eq!(answer["Records"].as_array().unwrap().len(), 1);
    assert_eq!(text(&answer["Records"][0]["Data"]).len(), large.len());
}

#[test]
fn records_are_data_events_without_their_data() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    put(&world, &admin, "k", "secret");
    let name = kage_record::stream_name("111111111111", "us-east-1", false);
    let events = world.write(|tx| kage_record::read(tx.reads(), &name, 0, 100));
    let event = &events.last().unwrap().event;
    assert_eq!((&event["eventName"], &event["eventCategory"]), (&json!("PutRecord"), &json!("Data")));
    assert_eq!(event["resources"][0]["type"], "AWS::Kinesis::Stream");
    assert_eq!(event["resources"][0]["ARN"], "arn:aws:kinesis:us-east-1:111111111111:stream/s");
    assert_eq!(event["requestParameters"]["partitionKey"], "k");
    assert!(event["requestParameters"].get("data").is_none());
    assert!(event["responseElements"].is_null());
    assert!(world.events("111111111111").iter().all(|event| event["eventName"] != "PutRecord"));
}

// claims: ANA-KINESIS-07
#[test]
fn an_application_on_an_instance_reads_with_its_role() {
    let (world, admin) = world();
    stream(&world, &admin, 1);
    put(&world, &admin, "k", "1");
    let statement = |more: Value| {
        let mut statement = json!({"Effect": "Allow"});
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    let trust = statement(json!({"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}));
    let role = world
        .call(&admin, "iam", "CreateRole", json!({"RoleName": "reader", "AssumeRolePolicyDocument": trust}))
        .ok();
    let reads = json!({"Action": ["kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords"],
        "Resource": "arn:aws:kinesis:us-east-1:111111111111:stream/s"});
    let policy = json!({"RoleName": "reader", "PolicyName": "p", "PolicyDocument": statement(reads)});
    world.call(&admin, "iam", "PutRolePolicy", policy).ok();
    // What the instance's metadata would give: a session named by the instance.
    let (id, instance) = (text(&role["Role"]["RoleId"]), "i-0123456789abcdef0");
    let session = kage_core::Caller {
        kind: kage_core::CallerKind::Role {
            role_arn: text(&role["Role"]["Arn"]),
            role_id: id.clone(),
            role_name: "reader".to_owned(),
            session_name: instance.to_owned(),
        },
        account: "111111111111".to_owned(),
        arn: format!("arn:aws:sts::111111111111:assumed-role/reader/{instance}"),
        id: format!("{id}:{instance}"),
        access_key: None,
        session: None,
    };
    let application = world.session(session, false);
    let shards = ok(&world, &application, "ListShards", json!({"StreamName": "s"}));
    assert_eq!(shards["Shards"].as_array().unwrap().len(), 1);
    let mut at = iterator(&world, &application, 0, "TRIM_HORIZON");
    let mut seen = Vec::new();
    for round in 0..3 {
        let answer = get(&world, &application, &at);
        seen.extend(data(&answer));
        at = text(&answer["NextShardIterator"]);
        put(&world, &admin, "k", &format!("round {round}"));
    }
    assert_eq!(seen, ["1", "round 0", "round 1"]);
    let put = json!({"StreamName": "s", "PartitionKey": "k", "Data": "MQ=="});
    assert_eq!(refused(&world, &application, "PutRecord", put).0, "AccessDeniedException");
}
