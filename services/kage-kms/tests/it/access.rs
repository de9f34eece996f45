//! Who may do what: key policies, identity policies, other accounts, condition keys, AWS managed keys.

use crate::world::{EAST, MANAGEMENT, Refusal, World, base64};
use crate::{allow, policy, statement};
use kage_api_kms::operations::GENERATE_DATA_KEY;
use kage_api_kms::types::{GenerateDataKeyRequest, GenerateDataKeyResponse};
use serde_json::{Value, json};

fn root() -> String {
    format!("arn:aws:iam::{MANAGEMENT}:root")
}

fn user(name: &str) -> String {
    format!("arn:aws:iam::{MANAGEMENT}:user/{name}")
}

#[test]
fn the_key_policy_decides_whether_identity_policies_count() {
    // claims: DATA-KMS-03, DATA-KMS-27
    let world = World::new();
    let admin = world.admin();
    let bob = world.user("bob", Some(&allow(json!("kms:*"), "*")));
    let eve = world.user("eve", None);
    let (id, arn) = world.key(&admin);
    let encrypt = |caller: &_| world.call(caller, "Encrypt", json!({"KeyId": id, "Plaintext": base64(b"x")}));
    let put = |statements: &[Value]| {
        world.call(&admin, "PutKeyPolicy", json!({"KeyId": id, "Policy": policy(statements)}))
    };
    // The default policy delegates to the account: identity policies decide.
    encrypt(&bob).ok();
    let denied = encrypt(&eve).denied();
    assert_eq!(
        denied,
        format!(
            "User: {} is not authorized to perform: kms:Encrypt on resource: {arn} because no identity-based policy allows the kms:Encrypt action",
            user("eve")
        )
    );
    // Named by the key policy alone: nothing else counts.
    put(&[
        statement("Allow", &user("admin"), json!("kms:*")),
        statement("Allow", &user("eve"), json!("kms:Encrypt")),
    ])
    .ok();
    encrypt(&eve).ok();
    let denied = encrypt(&bob).denied();
    assert!(denied.contains("no resource-based policy allows the kms:Encrypt action"), "{denied}");
    assert_eq!(world.last()["errorCode"], "AccessDenied");
}

#[test]
fn administrators_and_users_of_a_key_are_not_the_same() {
    // claims: DATA-KMS-12
    let world = World::new();
    let admin = world.admin();
    let (keeper, clerk) = (world.user("keeper", None), world.user("clerk", None));
    let document = policy(&[
        statement("Allow", &root(), json!("kms:*")),
        statement("Allow", &user("keeper"), json!(["kms:Put*", "kms:Disable*", "kms:Get*"])),
        statement("Allow", &user("clerk"), json!(["kms:Encrypt", "kms:Decrypt"])),
    ]);
    let made = world.call(&admin, "CreateKey", json!({"Policy": document})).ok();
    let id = made["KeyMetadata"]["KeyId"].clone();
    let encrypt = json!({"KeyId": id, "Plaintext": base64(b"x")});
    world.call(&clerk, "Encrypt", encrypt.clone()).ok();
    world.call(&keeper, "Encrypt", encrypt).denied();
    let put = json!({"KeyId": id, "Policy": document});
    world.call(&clerk, "PutKeyPolicy", put.clone()).denied();
    world.call(&keeper, "PutKeyPolicy", put).ok();
}

#[test]
fn key_policies_are_checked_and_shown() {
    // claims: DATA-KMS-10
    let world = World::new();
    let admin = world.admin();
    world.user("bob", None);
    let (id, _) = world.key(&admin);
    let get = || {
        world.call(&admin, "GetKeyPolicy", json!({"KeyId": id})).ok()["Policy"].as_str().unwrap().to_owned()
    };
    let shown: Value = serde_json::from_str(&get()).unwrap();
    assert_eq!(
        shown,
        json!({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [{
            "Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": root()},
            "Action": "kms:*", "Resource": "*"}]})
    );
    let put = |text: &str, bypass: bool| {
        let input = json!({"KeyId": id, "Policy": text, "BypassPolicyLockoutSafetyCheck": bypass});
        world.call(&admin, "PutKeyPolicy", input)
    };
    assert_eq!(put("{", false).err().code, "MalformedPolicyDocumentException");
    let ghost = policy(&[
        statement("Allow", &root(), json!("kms:*")),
        statement("Allow", &user("nobody"), json!("kms:*")),
    ]);
    put(&ghost, false).says(
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
    );
    let lockout = policy(&[statement("Allow", &user("bob"), json!("kms:*"))]);
    put(&lockout, false).says(
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    );
    put(&lockout.replace("kms:*", "kms:Encrypt").replace("user/bob", "user/admin"), false).err();
    put(&lockout, true).ok();
    // The administrator is shut out now, as announced.
    world.call(&admin, "GetKeyPolicy", json!({"KeyId": id})).denied();
    let (other, _) = world.key(&admin);
    let input = json!({"KeyId": other, "PolicyName": "x"});
    world.call(&admin, "GetKeyPolicy", input).says("NotFoundException", "No such policy exists");
    let names = world.call(&admin, "ListKeyPolicies", json!({"KeyId": other})).ok();
    assert_eq!(names["PolicyNames"], json!(["default"]));
}

#[test]
fn a_principal_made_again_is_another_one() {
    let world = World::new();
    let admin = world.admin();
    let bob = world.user("bob", None);
    let document = policy(&[
        statement("Allow", &root(), json!("kms:*")),
        statement("Allow", &user("bob"), json!("kms:Encrypt")),
    ]);
    let made = world.call(&admin, "CreateKey", json!({"Policy": document})).ok();
    let id = made["KeyMetadata"]["KeyId"].clone();
    let encrypt = json!({"KeyId": id, "Plaintext": base64(b"x")});
    world.call(&bob, "Encrypt", encrypt.clone()).ok();
    let shown = world.call(&admin, "GetKeyPolicy", json!({"KeyId": id})).ok();
    assert!(shown["Policy"].as_str().unwrap().contains(&user("bob")));
    world.write(|tx| kage_identity::users::remove(tx, MANAGEMENT, "bob"));
    let again = world.user("bob", None);
    world.call(&again, "Encrypt", encrypt).denied();
    let shown = world.call(&admin, "GetKeyPolicy", json!({"KeyId": id})).ok();
    assert!(shown["Policy"].as_str().unwrap().contains("AIDA"));
}

#[test]
fn a_key_policy_can_force_mfa() {
    // claims: DATA-KMS-28
    let world = World::new();
    let admin = world.admin();
    let everything = allow(json!("kms:*"), "*");
    let (_, plain) = world.role("plain", Some(&everything), false);
    let (_, strong) = world.role("strong", Some(&everything), true);
    let mut deny = statement("Deny", "*", json!(["kms:ScheduleKeyDeletion", "kms:Decrypt"]));
    deny["Condition"] = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}});
    let document = policy(&[statement("Allow", &root(), json!("kms:*")), deny]);
    let made = world.call(&admin, "CreateKey", json!({"Policy": document})).ok();
    let id = made["KeyMetadata"]["KeyId"].clone();
    let sealed = world.call(&plain, "Encrypt", json!({"KeyId": id, "Plaintext": base64(b"x")})).ok();
    let decrypt = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
    let denied = world.call(&plain, "Decrypt", decrypt.clone()).denied();
    assert!(denied.contains("explicit deny in a resource-based policy"), "{denied}");
    world.call(&strong, "Decrypt", decrypt).ok();
    world.call(&plain, "ScheduleKeyDeletion", json!({"KeyId": id})).denied();
    world.call(&strong, "ScheduleKeyDeletion", json!({"KeyId": id})).ok();
}

#[test]
fn other_accounts_need_both_halves_and_the_arn() {
    // claims: DATA-KMS-32
    let mut world = World::new();
    let admin = world.admin();
    let (account, other) = world.account();
    let (id, arn) = world.key(&admin);
    let encrypt = |key: &str| world.call(&other, "Encrypt", json!({"KeyId": key, "Plaintext": base64(b"x")}));
    let denied = encrypt(&arn).denied();
    assert!(denied.contains("kms:Encrypt"), "{denied}");
    let share = policy(&[
        statement("Allow", &root(), json!("kms:*")),
        statement("Allow", &format!("arn:aws:iam::{account}:root"), json!("kms:*")),
    ]);
    world.call(&admin, "PutKeyPolicy", json!({"KeyId": id, "Policy": share})).ok();
    world.call(&admin, "CreateAlias", json!({"AliasName": "alias/app", "TargetKeyId": id})).ok();
    let sealed = encrypt(&arn).ok();
    assert_eq!(sealed["KeyId"], arn);
    encrypt(&format!("arn:aws:kms:{EAST}:{MANAGEMENT}:alias/app")).ok();
    let own = format!("arn:aws:kms:{EAST}:{account}:alias/app");
    encrypt("alias/app").says("NotFoundException", &format!("Alias {own} is not found."));
    assert_eq!(encrypt(&id).err().code, "NotFoundException");
    world.call(&other, "Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]})).ok();
    // Both accounts see it.
    let theirs = world.events(&account).pop().unwrap();
    let ours = world.last();
    assert_eq!((&theirs["eventName"], &ours["eventName"]), (&json!("Decrypt"), &json!("Decrypt")));
    assert_eq!(theirs["sharedEventID"], ours["sharedEventID"]);
    // Administration stays with the owner, whatever the key policy says.
    for operation in ["EnableKeyRotation", "DisableKey", "GetKeyPolicy", "ScheduleKeyDeletion"] {
        world.call(&other, operation, json!({"KeyId": arn})).denied();
    }
    let elsewhere = policy(&[statement("Allow", &root(), json!("kms:*"))]);
    world.call(&admin, "PutKeyPolicy", json!({"KeyId": id, "Policy": elsewhere})).ok();
    encrypt(&arn).denied();
}

#[test]
fn condition_keys_of_the_call() {
    let world = World::new();
    let admin = world.admin();
    let (id, arn) = world.key(&admin);
    world.call(&admin, "CreateAlias", json!({"AliasName": "alias/app", "TargetKeyId": id})).ok();
    let sealed = world.call(&admin, "Encrypt", json!({"KeyId": id, "Plaintext": base64(b"x")})).ok();
    let context = json!({"KeyId": id, "Plaintext": base64(b"x"), "EncryptionContext": {"tenant": "a"}});
    let other = json!({"KeyId": id, "Plaintext": base64(b"x"), "EncryptionContext": {"tenant": "b"}});
    let by_alias = json!({"KeyId": "alias/app", "Plaintext": base64(b"x")});
    let plain = json!({"KeyId": id, "Plaintext": base64(b"x")});
    let (deletes, sooner) =
        (json!({"KeyId": id, "PendingWindowInDays": 9}), json!({"KeyId": id, "PendingWindowInDays": 7}));
    let same = json!({"CiphertextBlob": sealed["CiphertextBlob"], "DestinationKeyId": id});
    let cases = [
        ("Encrypt", json!({"StringEquals": {"kms:EncryptionContext:tenant": "a"}}), &context, Some(&other)),
        (
            "Encrypt",
            json!({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "x"}}),
            &plain,
            Some(&context),
        ),
        ("Encrypt", json!({"StringEquals": {"kms:RequestAlias": "alias/app"}}), &by_alias, Some(&plain)),
        ("Encrypt", json!({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/app"}}), &plain, None),
        (
            "Encrypt",
            json!({"StringEquals": {"kms:CallerAccount": MANAGEMENT, "kms:KeySpec": "SYMMETRIC_DEFAULT"}}),
            &plain,
            None,
        ),
        ("ReEncrypt", json!({"Bool": {"kms:ReEncryptOnSameKey": "true"}}), &same, None),
        (
            "ScheduleKeyDeletion",
            json!({"NumericGreaterThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "8"}}),
            &deletes,
            Some(&sooner),
        ),
    ];
    for (place, (operation, condition, allowed, refused)) in cases.into_iter().enumerate() {
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": format!("kms:{operation}*"), "Resource": arn, "Condition": condition}]});
        let bob = world.user(&format!("bob{place}"), Some(&document.to_string()));
        if let Some(refused) = refused {
            world.call(&bob, operation, refused.clone()).denied();
        }
        world.call(&bob, operation, allowed.clone()).ok();
    }
}

#[test]
fn alias_changes_need_permission_on_alias_and_key() {
    let world = World::new();
    let admin = world.admin();
    let (id, arn) = world.key(&admin);
    let input = json!({"AliasName": "alias/app", "TargetKeyId": id});
    let alias = format!("arn:aws:kms:{EAST}:{MANAGEMENT}:alias/app");
    let one = world.user("one", Some(&allow(json!("kms:CreateAlias"), &alias)));
    let denied = world.call(&one, "CreateAlias", input.clone()).denied();
    assert!(denied.contains(&arn), "{denied}");
    let two = world.user("two", Some(&allow(json!("kms:CreateAlias"), &arn)));
    let denied = world.call(&two, "CreateAlias", input.clone()).denied();
    assert!(denied.contains(&alias), "{denied}");
    let both = world.user("both", Some(&allow(json!("kms:CreateAlias"), &format!("arn:aws:kms:{EAST}:*"))));
    world.call(&both, "CreateAlias", input).ok();
}

#[test]
fn tags_on_create_need_their_own_permission() {
    let world = World::new();
    let bob = world.user("bob", Some(&allow(json!("kms:CreateKey"), "*")));
    let tagged = json!({"Tags": [{"TagKey": "a", "TagValue": "1"}]});
    let denied = world.call(&bob, "CreateKey", tagged).denied();
    assert!(denied.contains("kms:TagResource"), "{denied}");
    world.call(&bob, "CreateKey", json!({})).ok();
}

#[test]
fn aws_managed_keys_serve_through_their_service_only() {
    let world = World::new();
    let admin = world.admin();
    let direct = json!({"KeyId": "alias/aws/s3", "KeySpec": "AES_256"});
    assert_eq!(world.call(&admin, "GenerateDataKey", direct.clone()).err().code, "NotFoundException");
    let request = || GenerateDataKeyRequest {
        key_id: "alias/aws/s3".to_owned(),
        key_spec: Some("AES_256".to_owned()),
        ..GenerateDataKeyRequest::default()
    };
    let made: GenerateDataKeyResponse =
        world.through("s3.amazonaws.com", "admin", &GENERATE_DATA_KEY, request()).unwrap();
    let event = world.last();
    assert_eq!(
        (&event["eventName"], &event["sourceIPAddress"]),
        (&json!("GenerateDataKey"), &json!("s3.amazonaws.com"))
    );
    assert_eq!(event["userIdentity"]["invokedBy"], "s3.amazonaws.com");
    // Once made, it stays; no other service and no direct call may use it.
    let again: GenerateDataKeyResponse =
        world.through("s3.amazonaws.com", "admin", &GENERATE_DATA_KEY, request()).unwrap();
    assert_eq!(made.key_id, again.key_id);
    let other: Result<GenerateDataKeyResponse, _> =
        world.through("sqs.amazonaws.com", "admin", &GENERATE_DATA_KEY, request());
    assert_eq!(other.unwrap_err().code, "AccessDeniedException");
    world.call(&admin, "GenerateDataKey", direct).denied();
    let described =
        world.call(&admin, "DescribeKey", json!({"KeyId": "alias/aws/s3"})).ok()["KeyMetadata"].clone();
    assert_eq!(
        (described["KeyManager"].as_str(), described["Arn"].as_str()),
        (Some("AWS"), made.key_id.as_deref())
    );
    let id = json!({"KeyId": described["KeyId"]});
    assert_eq!(world.call(&admin, "GetKeyRotationStatus", id.clone()).ok()["KeyRotationEnabled"], true);
    let root = world.root();
    for operation in ["EnableKeyRotation", "DisableKeyRotation", "ScheduleKeyDeletion", "DisableKey"] {
        world.call(&admin, operation, id.clone()).denied();
        world.call(&root, operation, id.clone()).denied();
    }
    // Describing the alias of another service makes its key, too.
    let made = world.call(&admin, "DescribeKey", json!({"KeyId": "alias/aws/ebs"})).ok();
    assert_eq!(made["KeyMetadata"]["KeyManager"], "AWS");
    assert_eq!(world.call(&admin, "ListAliases", json!({})).ok()["Aliases"].as_array().unwrap().len(), 2);
    let listed = world.call(&admin, "ListKeys", json!({})).ok();
    assert_eq!(listed["Keys"].as_array().unwrap().len(), 2);
}

#[test]
fn managed_keys_rotate_every_year() {
    // claims: DATA-KMS-18
    let world = World::new();
    let admin = world.admin();
    let describe =
        || world.call(&admin, "DescribeKey", json!({"KeyId": "alias/aws/s3"})).ok()["KeyMetadata"].clone();
    let before = describe();
    let put =
        json!({"KeyId": before["KeyId"], "Policy": policy(&[statement("Allow", &root(), json!("kms:*"))])});
    world.call(&admin, "PutKeyPolicy", put).denied();
    for operation in ["EnableKeyRotation", "DisableKeyRotation", "ScheduleKeyDeletion"] {
        world.call(&admin, operation, json!({"KeyId": before["KeyId"]})).denied();
    }
    world.advance(366);
    let after = describe();
    assert_eq!(before["Arn"], after["Arn"]);
    assert_ne!(before["CurrentKeyMaterialId"], after["CurrentKeyMaterialId"]);
}
