//! Files under a KMS key, with the real S3 and the real KMS.

use kage_test::{Caller, HttpReply, HttpRequest, MANAGEMENT, World};
use serde_json::{Value, json};

const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111111111111:trail/audit";

pub fn send(world: &World, caller: &Caller, method: &str, target: &str, body: &[u8]) -> HttpReply {
    let request = HttpRequest { region: "us-east-1", service: "s3", method, target, headers: &[], body };
    world.http(Some(caller), &request)
}

/// A double with these services, S3, CloudTrail, IAM, and a bucket `logs` that CloudTrail may write to.
pub fn world(more: Vec<kage_core::Service>) -> World {
    let mut services = vec![kage_cloudtrail::service(), kage_iam::service(), kage_s3::service()];
    services.extend(more);
    let world = World::new(services);
    send(&world, &world.admin(), "PUT", "/logs", b"").ok();
    let policy = crate::bucket::policy();
    send(&world, &world.admin(), "PUT", "/logs?policy", policy.as_bytes()).ok();
    world
}

/// The keys of all files in the bucket that are no folders.
pub fn keys(world: &World) -> Vec<String> {
    let listed = send(world, &world.admin(), "GET", "/logs?list-type=2", b"").ok();
    listed.elements("Key").into_iter().filter(|key| !key.ends_with('/')).collect()
}

/// A key whose policy is AWS's default and one statement more for CloudTrail.
fn key(world: &World, action: &str, trail: &str) -> String {
    let cloudtrail = json!({"Service": "cloudtrail.amazonaws.com"});
    // AWS: CloudTrail user guide, "Configure AWS KMS key policies for CloudTrail".
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": cloudtrail, "Action": action, "Resource": "*", "Condition": {
            "StringEquals": {"aws:SourceArn": trail},
            "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:111111111111:trail/*"}}},
        {"Effect": "Allow", "Principal": cloudtrail, "Action": "kms:DescribeKey", "Resource": "*",
         "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}}},
    ]});
    let made = world.call(&world.admin(), "kms", "CreateKey", json!({"Policy": policy.to_string()})).ok();
    made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

fn create(world: &World, key: &str) -> kage_test::Answered {
    let input =
        json!({"Name": "audit", "S3BucketName": "logs", "KmsKeyId": key, "EnableLogFileValidation": true});
    world.call(&world.admin(), "cloudtrail", "CreateTrail", input)
}

#[test]
fn files_are_under_the_key_and_readers_need_it() {
    // claims: LOG-CLOUDTRAIL-09, LOG-CLOUDTRAIL-08
    let world = world(vec![kage_kms::service()]);
    let admin = world.admin();
    world.call(&admin, "cloudtrail", "CreateTrail", json!({"Name": "audit", "S3BucketName": "logs"})).ok();
    world.call(&admin, "cloudtrail", "StartLogging", json!({"Name": "audit"})).ok();
    world.advance(5 * 60_000);
    let before = keys(&world);
    let plain = send(&world, &admin, "HEAD", &format!("/logs/{}", before[0]), b"").ok();
    assert_eq!(plain.header("x-amz-server-side-encryption"), Some("AES256"));
    let arn = key(&world, "kms:GenerateDataKey*", TRAIL);
    let alias = json!({"AliasName": "alias/ct", "TargetKeyId": arn});
    world.call(&admin, "kms", "CreateAlias", alias).ok();
    let change = json!({"Name": "audit", "KmsKeyId": "alias/ct", "EnableLogFileValidation": true});
    let changed = world.call(&admin, "cloudtrail", "UpdateTrail", change).ok();
    assert_eq!(changed["KmsKeyId"], arn.as_str());
    world.advance(2 * 3_600_000);
    let after: Vec<String> = keys(&world).into_iter().filter(|key| !before.contains(key)).collect();
    let log = after.iter().find(|key| key.contains("/CloudTrail/")).unwrap();
    let digest = after.iter().find(|key| key.contains("/CloudTrail-Digest/")).unwrap();
    for key in [log, digest] {
        let head = send(&world, &admin, "HEAD", &format!("/logs/{key}"), b"").ok();
        assert_eq!(head.header("x-amz-server-side-encryption"), Some("aws:kms"), "{key}");
        assert_eq!(head.header("x-amz-server-side-encryption-aws-kms-key-id"), Some(arn.as_str()));
    }
    // Who may read the bucket and not use the key reads nothing.
    let reader = world.user(&admin, "reader");
    let allow = |actions: Value| {
        let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
        let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let input = json!({"UserName": "reader", "PolicyName": "p", "PolicyDocument": document});
        world.call(&admin, "iam", "PutUserPolicy", input).ok();
    };
    allow(json!(["s3:GetObject"]));
    assert_eq!(send(&world, &reader, "GET", &format!("/logs/{log}"), b"").code(), "AccessDenied");
    allow(json!(["s3:GetObject", "kms:Decrypt"]));
    send(&world, &reader, "GET", &format!("/logs/{log}"), b"").ok();
    // The record of the use of the key tells of the trail and of the file.
    let events = world.events(MANAGEMENT);
    let used = |event: &&Value| {
        let context = &event["requestParameters"]["encryptionContext"];
        event["eventName"] == "GenerateDataKey"
            && context["aws:s3:arn"] == format!("arn:aws:s3:::logs/{log}")
            && context["aws:cloudtrail:arn"] == TRAIL
    };
    let event = events.iter().find(used).unwrap();
    assert_eq!(event["userIdentity"]["type"], "AWSService");
    assert_eq!(event["resources"][0]["ARN"], arn.as_str());
    // What a person read through S3 stands in the history by the source of KMS.
    let by_source = json!([{"AttributeKey": "EventSource", "AttributeValue": "kms.amazonaws.com"}]);
    let found = world.call(&admin, "cloudtrail", "LookupEvents", json!({"LookupAttributes": by_source})).ok();
    let shown = found["Events"].as_array().unwrap();
    let decrypts: Vec<Value> = shown
        .iter()
        .filter(|event| event["EventName"] == "Decrypt")
        .map(|event| serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(decrypts.len(), 2);
    assert_eq!(decrypts[1]["errorCode"], "AccessDenied");
    for decrypt in decrypts {
        assert_eq!(decrypt["userIdentity"]["invokedBy"], "s3.amazonaws.com");
        assert_eq!(decrypt["userIdentity"]["userName"], "reader");
    }
    // Taken away, the next files are under S3's own key.
    world.call(&admin, "cloudtrail", "UpdateTrail", json!({"Name": "audit", "KmsKeyId": ""})).ok();
    let trail = world.call(&admin, "cloudtrail", "GetTrail", json!({"Name": "audit"})).ok();
    assert!(trail["Trail"].get("KmsKeyId").is_none());
}

#[test]
fn the_key_policy_must_let_cloudtrail_encrypt() {
    // claims: LOG-CLOUDTRAIL-09
    let world = world(vec![kage_kms::service()]);
    let admin = world.admin();
    let not_described = world.call(&admin, "kms", "CreateKey", json!({})).ok()["KeyMetadata"]["Arn"].clone();
    for arn in [
        not_described.as_str().unwrap().to_owned(),
        key(&world, "kms:Encrypt", TRAIL),
        key(&world, "kms:GenerateDataKey*", "arn:aws:cloudtrail:us-east-1:111111111111:trail/other"),
    ] {
        let refused = create(&world, &arn).err();
        assert_eq!(refused.code, "InsufficientEncryptionPolicyException", "{}", refused.message);
    }
    let unknown = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000";
    assert_eq!(create(&world, unknown).code(), Some("KmsKeyNotFoundException"));
    assert_eq!(create(&world, "alias/none").code(), Some("KmsKeyNotFoundException"));
    for none in ["not a key", "arn:aws:s3:::logs"] {
        assert_eq!(create(&world, none).code(), Some("InvalidKmsKeyIdException"), "{none}");
    }
    let arn = key(&world, "kms:GenerateDataKey*", TRAIL);
    world.call(&admin, "kms", "DisableKey", json!({"KeyId": arn})).ok();
    assert_eq!(create(&world, &arn).code(), Some("KmsException"));
    world.call(&admin, "kms", "EnableKey", json!({"KeyId": arn})).ok();
    let id = arn.rsplit('/').next().unwrap();
    assert_eq!(create(&world, id).ok()["KmsKeyId"], arn.as_str());
}

#[test]
fn a_key_that_fails_later_loses_nothing() {
    let world = world(vec![kage_kms::service()]);
    let admin = world.admin();
    let arn = key(&world, "kms:GenerateDataKey*", TRAIL);
    create(&world, &arn).ok();
    world.call(&admin, "cloudtrail", "StartLogging", json!({"Name": "audit"})).ok();
    world.call(&admin, "kms", "DisableKey", json!({"KeyId": arn})).ok();
    world.advance(20 * 60_000);
    assert!(keys(&world).is_empty());
    let status = || world.call(&admin, "cloudtrail", "GetTrailStatus", json!({"Name": "audit"})).ok();
    assert_eq!(status()["LatestDeliveryError"], "KMS.DisabledException");
    world.call(&admin, "kms", "EnableKey", json!({"KeyId": arn})).ok();
    world.advance(20 * 60_000);
    assert!(!keys(&world).is_empty());
    assert!(status().get("LatestDeliveryError").is_none());
}

#[test]
fn a_trail_can_leave_out_what_its_own_deliveries_cause() {
    let world = world(vec![kage_kms::service()]);
    let admin = world.admin();
    let arn = key(&world, "kms:GenerateDataKey*", TRAIL);
    create(&world, &arn).ok();
    world.call(&admin, "cloudtrail", "UpdateTrail", json!({"Name": "audit", "RecursiveLogging": false})).ok();
    world.call(&admin, "cloudtrail", "StartLogging", json!({"Name": "audit"})).ok();
    world.advance(50 * 60_000);
    // Each file makes an event of KMS, and those would come in a further file.
    assert_eq!(keys(&world).len(), 1);
    let again = json!({"Name": "audit", "RecursiveLogging": true});
    assert_eq!(world.call(&admin, "cloudtrail", "UpdateTrail", again).ok()["RecursiveLogging"], true);
    world.advance(20 * 60_000);
    assert!(keys(&world).iter().filter(|key| key.contains("/CloudTrail/")).count() >= 4);
}
