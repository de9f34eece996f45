//! The life of keys, aliases and tags.

use crate::world::{DAY, EAST, MANAGEMENT, Refusal, START, World, base64, bytes};
use serde_json::{Value, json};

#[test]
fn a_key_is_described_as_aws_does() {
    let world = World::new();
    let admin = world.admin();
    let input = json!({"Description": "d", "Tags": [{"TagKey": "a", "TagValue": "1"}]});
    let made = world.call(&admin, "CreateKey", input).ok()["KeyMetadata"].clone();
    let id = made["KeyId"].as_str().unwrap();
    let mut described = world.call(&admin, "DescribeKey", json!({"KeyId": id})).ok()["KeyMetadata"].clone();
    assert_eq!(described, made);
    let material = described.as_object_mut().unwrap().remove("CurrentKeyMaterialId").unwrap();
    assert_eq!(material.as_str().unwrap().len(), 64);
    assert_eq!(
        described,
        json!({
            "AWSAccountId": MANAGEMENT, "Arn": format!("arn:aws:kms:{EAST}:{MANAGEMENT}:key/{id}"),
            "CreationDate": START / 1000, "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "Description": "d",
            "Enabled": true, "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "KeyId": id,
            "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "KeyState": "Enabled",
            "KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": false, "Origin": "AWS_KMS",
        })
    );
    for (member, value) in
        [("KeySpec", json!("RSA_2048")), ("Origin", json!("EXTERNAL")), ("MultiRegion", json!(true))]
    {
        let error = world.call(&admin, "CreateKey", json!({ member: value })).err();
        assert_eq!((error.code.as_str(), error.status), ("NotImplemented", 501));
        assert!(error.message.contains(member), "{}", error.message);
    }
}

#[test]
fn keys_are_disabled_enabled_and_kept_from_deletion() {
    // claims: DATA-KMS-06
    let world = World::new();
    let admin = world.admin();
    let (id, arn) = world.key(&admin);
    let run = |operation: &str| world.call(&admin, operation, json!({"KeyId": id}));
    let encrypt = || world.call(&admin, "Encrypt", json!({"KeyId": id, "Plaintext": base64(b"x")}));
    let state = || run("DescribeKey").ok()["KeyMetadata"]["KeyState"].clone();
    let old = encrypt().ok();
    let decrypt = || world.call(&admin, "Decrypt", json!({"CiphertextBlob": old["CiphertextBlob"]}));
    run("DisableKey").ok();
    assert_eq!(state(), "Disabled");
    encrypt().says("DisabledException", &format!("{arn} is disabled."));
    run("EnableKey").ok();
    assert_eq!(bytes(&decrypt().ok()["Plaintext"]), b"x");
    run("CancelKeyDeletion").says("KMSInvalidStateException", &format!("{arn} is not pending deletion."));
    let planned = run("ScheduleKeyDeletion").ok();
    assert_eq!((&planned["KeyId"], &planned["PendingWindowInDays"]), (&json!(arn), &json!(30)));
    assert_eq!(planned["DeletionDate"], json!((START + 30 * DAY) / 1000));
    assert_eq!(state(), "PendingDeletion");
    let pending = format!("{arn} is pending deletion.");
    decrypt().says("KMSInvalidStateException", &pending);
    assert_eq!(world.last()["errorCode"], "KMSInvalidStateException");
    for operation in ["EnableKey", "DisableKey", "EnableKeyRotation", "ScheduleKeyDeletion"] {
        run(operation).says("KMSInvalidStateException", &pending);
    }
    assert_eq!(run("CancelKeyDeletion").ok()["KeyId"], arn);
    assert_eq!(state(), "Disabled");
    // The job of the cancelled deletion does nothing, also when another one is planned.
    world.call(&admin, "ScheduleKeyDeletion", json!({"KeyId": id, "PendingWindowInDays": 30})).ok();
    run("CancelKeyDeletion").ok();
    world.advance(31);
    assert_eq!(state(), "Disabled");
}

#[test]
fn deletion_waits_7_to_30_days_and_is_then_final() {
    // claims: DATA-KMS-20
    let world = World::new();
    let admin = world.admin();
    let (id, arn) = world.key(&admin);
    world.call(&admin, "CreateAlias", json!({"AliasName": "alias/app", "TargetKeyId": id})).ok();
    let sealed =
        world.call(&admin, "GenerateDataKey", json!({"KeyId": "alias/app", "KeySpec": "AES_256"})).ok();
    for (days, bound) in [(6, "greater than or equal to 7"), (31, "less than or equal to 30")] {
        let input = json!({"KeyId": id, "PendingWindowInDays": days});
        let says = format!(
            "1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value {bound}"
        );
        world.call(&admin, "ScheduleKeyDeletion", input).says("ValidationException", &says);
    }
    world.call(&admin, "ScheduleKeyDeletion", json!({"KeyId": id, "PendingWindowInDays": 7})).ok();
    world.advance(6);
    world.call(&admin, "DescribeKey", json!({"KeyId": id})).ok();
    world.advance(2);
    let gone = format!("Key '{arn}' does not exist");
    world.call(&admin, "DescribeKey", json!({"KeyId": id})).says("NotFoundException", &gone);
    let alias = format!("arn:aws:kms:{EAST}:{MANAGEMENT}:alias/app");
    let said = format!("Alias {alias} is not found.");
    world.call(&admin, "DescribeKey", json!({"KeyId": "alias/app"})).says("NotFoundException", &said);
    assert_eq!(world.call(&admin, "ListAliases", json!({})).ok()["Aliases"], json!([]));
    world.call(&admin, "Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]})).denied();
}

#[test]
fn aliases_and_descriptions() {
    // claims: DATA-KMS-04, DATA-KMS-23
    let world = World::new();
    let admin = world.admin();
    let ((one, one_arn), (two, two_arn)) = (world.key(&admin), world.key(&admin));
    let create =
        |name: &str| world.call(&admin, "CreateAlias", json!({"AliasName": name, "TargetKeyId": one}));
    create("alias/app").ok();
    let arn = format!("arn:aws:kms:{EAST}:{MANAGEMENT}:alias/app");
    create("alias/app")
        .says("AlreadyExistsException", &format!("An alias with the name {arn} already exists"));
    create("alias/aws/mine").says("NotAuthorizedException", "");
    create("alias/a:b").says("ValidationException", "alias/a:b contains invalid characters for an alias");
    create("app").says(
        "ValidationException",
        "Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
    );
    let seal =
        |key: &str| world.call(&admin, "Encrypt", json!({"KeyId": key, "Plaintext": base64(b"x")})).ok();
    let old = seal("alias/app");
    assert_eq!((&old["KeyId"], &seal(&arn)["KeyId"]), (&json!(one_arn), &json!(one_arn)));
    world.call(&admin, "UpdateAlias", json!({"AliasName": "alias/app", "TargetKeyId": two})).ok();
    assert_eq!(seal("alias/app")["KeyId"], two_arn);
    let opened = world.call(&admin, "Decrypt", json!({"CiphertextBlob": old["CiphertextBlob"]})).ok();
    assert_eq!(opened["KeyId"], one_arn);
    let listed = world.call(&admin, "ListAliases", json!({"KeyId": two})).ok()["Aliases"].clone();
    assert_eq!((&listed[0]["AliasArn"], &listed[0]["TargetKeyId"]), (&json!(arn), &json!(two)));
    assert_eq!(world.call(&admin, "ListAliases", json!({"KeyId": one})).ok()["Aliases"], json!([]));
    world
        .call(&admin, "EnableKey", json!({"KeyId": "alias/app"}))
        .says("NotFoundException", "Invalid keyId 'alias/app'");
    world.call(&admin, "DeleteAlias", json!({"AliasName": "alias/app"})).ok();
    let said = format!("Alias {arn} is not found.");
    world.call(&admin, "DeleteAlias", json!({"AliasName": "alias/app"})).says("NotFoundException", &said);
    world.call(&admin, "UpdateKeyDescription", json!({"KeyId": one, "Description": "new"})).ok();
    let described = world.call(&admin, "DescribeKey", json!({"KeyId": one_arn})).ok();
    assert_eq!(described["KeyMetadata"]["Description"], "new");
}

#[test]
fn keys_are_named_by_id_or_arn() {
    let world = World::new();
    let admin = world.admin();
    let describe = |key: &str| world.call(&admin, "DescribeKey", json!({"KeyId": key}));
    describe("fake-key-id").says("NotFoundException", "Invalid keyId 'fake-key-id'");
    let arn = format!("arn:aws:kms:{EAST}:{MANAGEMENT}:key/12345678-1234-1234-1234-123456789012");
    describe(&arn).says("NotFoundException", &format!("Key '{arn}' does not exist"));
    assert_eq!(describe("arn:aws:s3:::bucket").err().code, "InvalidArnException");
}

#[test]
fn tags_and_pages() {
    let world = World::new();
    let admin = world.admin();
    let (id, _) = world.key(&admin);
    let tag = |tags: Value| world.call(&admin, "TagResource", json!({"KeyId": id, "Tags": tags}));
    tag(json!([{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": "2"}, {"TagKey": "c", "TagValue": ""}])).ok();
    tag(json!([{"TagKey": "a", "TagValue": "3"}])).ok();
    assert_eq!(tag(json!([{"TagKey": "aws:x", "TagValue": "3"}])).err().code, "TagException");
    world.call(&admin, "UntagResource", json!({"KeyId": id, "TagKeys": ["b"]})).ok();
    let first = world.call(&admin, "ListResourceTags", json!({"KeyId": id, "Limit": 1})).ok();
    assert_eq!(
        (&first["Tags"], &first["Truncated"]),
        (&json!([{"TagKey": "a", "TagValue": "3"}]), &json!(true))
    );
    let next = json!({"KeyId": id, "Limit": 1, "Marker": first["NextMarker"]});
    let second = world.call(&admin, "ListResourceTags", next).ok();
    assert_eq!((&second["Tags"][0]["TagKey"], &second["Truncated"]), (&json!("c"), &json!(false)));
    let foreign = world.call(&admin, "ListKeys", json!({"Marker": first["NextMarker"]})).err();
    assert_eq!(foreign.code, "InvalidMarkerException");
    world.key(&admin);
    world.key(&admin);
    let page = world.call(&admin, "ListKeys", json!({"Limit": 2})).ok();
    let rest = world.call(&admin, "ListKeys", json!({"Limit": 2, "Marker": page["NextMarker"]})).ok();
    let count = |page: &Value| page["Keys"].as_array().unwrap().len();
    assert_eq!((count(&page), count(&rest), &rest["Truncated"]), (2, 1, &json!(false)));
}
