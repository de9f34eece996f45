//! Every use of a KMS key stands in the event history.

use crate::encryption::world;
use kage_test::HttpRequest;
use serde_json::{Value, json};

#[test]
fn every_use_of_a_key_is_kept() {
    // claims: LOG-CLOUDTRAIL-01
    let world = world(vec![kage_kms::service()]);
    let admin = world.admin();
    let kms = |operation: &str, input: Value| world.call(&admin, "kms", operation, input);
    let made = kms("CreateKey", json!({})).ok()["KeyMetadata"].clone();
    let (id, arn) = (made["KeyId"].clone(), made["Arn"].clone());
    let context = json!({"order": "7"});
    let sealed =
        kms("Encrypt", json!({"KeyId": id, "Plaintext": "c2VjcmV0", "EncryptionContext": context})).ok();
    let blob = sealed["CiphertextBlob"].clone();
    kms("Decrypt", json!({"CiphertextBlob": blob, "EncryptionContext": context})).ok();
    kms("GenerateDataKey", json!({"KeyId": id, "KeySpec": "AES_256", "EncryptionContext": context})).ok();
    let again = json!({"CiphertextBlob": blob, "SourceEncryptionContext": context, "DestinationKeyId": id});
    kms("ReEncrypt", again).ok();
    let grantee = "arn:aws:iam::111111111111:user/admin";
    kms("CreateGrant", json!({"KeyId": id, "GranteePrincipal": grantee, "Operations": ["Decrypt"]})).ok();
    let put = HttpRequest {
        region: "us-east-1",
        service: "s3",
        method: "PUT",
        target: "/logs/mine",
        headers: &[
            ("x-amz-server-side-encryption", "aws:kms"),
            ("x-amz-server-side-encryption-aws-kms-key-id", id.as_str().unwrap()),
        ],
        body: b"1",
    };
    world.http(Some(&admin), &put).ok();
    let bob = world.user(&admin, "bob");
    let denied = world.call(&bob, "kms", "Encrypt", json!({"KeyId": id, "Plaintext": "c2VjcmV0"}));
    assert_eq!(denied.code(), Some("AccessDeniedException"));
    kms("DisableKey", json!({"KeyId": id})).ok();
    let disabled = kms("Encrypt", json!({"KeyId": id, "Plaintext": "c2VjcmV0"}));
    assert_eq!(disabled.code(), Some("DisabledException"));

    let by_source = json!([{"AttributeKey": "EventSource", "AttributeValue": "kms.amazonaws.com"}]);
    let found = world.call(&admin, "cloudtrail", "LookupEvents", json!({"LookupAttributes": by_source})).ok();
    let mut events: Vec<Value> = found["Events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap())
        .collect();
    events.reverse();
    let names: Vec<&str> = events.iter().map(|event| event["eventName"].as_str().unwrap()).collect();
    let expected = [
        "CreateKey",
        "Encrypt",
        "Decrypt",
        "GenerateDataKey",
        "ReEncrypt",
        "CreateGrant",
        "GenerateDataKey",
        "Encrypt",
        "DisableKey",
        "Encrypt",
    ];
    assert_eq!(names, expected);
    for event in &events[1..] {
        assert_eq!(event["resources"][0]["ARN"], arn, "{event}");
        assert_eq!(event["resources"][0]["type"], "AWS::KMS::Key");
    }
    for event in &events[1..4] {
        assert_eq!(event["requestParameters"]["encryptionContext"], context, "{event}");
    }
    let text = serde_json::to_string(&events).unwrap();
    assert!(!text.contains("c2VjcmV0") && !text.contains(blob.as_str().unwrap()));
    let through_s3 = &events[6];
    assert_eq!(through_s3["userIdentity"]["invokedBy"], "s3.amazonaws.com");
    assert_eq!(through_s3["userIdentity"]["userName"], "admin");
    assert_eq!(through_s3["sourceIPAddress"], "s3.amazonaws.com");
    assert_eq!(through_s3["requestParameters"]["encryptionContext"]["aws:s3:arn"], "arn:aws:s3:::logs/mine");
    let codes: Vec<&str> = events.iter().filter_map(|event| event["errorCode"].as_str()).collect();
    assert_eq!(codes, ["AccessDenied", "DisabledException"]);
}
