//! Encryption and decryption with real keys.

use crate::world::{DAY, EAST, MANAGEMENT, Refusal, START, World, base64, bytes};
use kage_core::Error;
use kage_store::Reads;
use serde_json::{Value, json};

#[test]
fn data_keys_come_back_from_their_ciphertext() {
    let world = World::new();
    let admin = world.admin();
    let (id, arn) = world.key(&admin);
    let made = world.call(&admin, "GenerateDataKey", json!({"KeyId": id, "KeySpec": "AES_256"})).ok();
    assert_eq!((made["KeyId"].as_str(), bytes(&made["Plaintext"]).len()), (Some(arn.as_str()), 32));
    let opened = world.call(&admin, "Decrypt", json!({"CiphertextBlob": made["CiphertextBlob"]})).ok();
    assert_eq!((&opened["Plaintext"], &opened["KeyId"]), (&made["Plaintext"], &made["KeyId"]));
    assert_eq!(opened["KeyMaterialId"], made["KeyMaterialId"]);
    let again = world.call(&admin, "GenerateDataKey", json!({"KeyId": arn, "NumberOfBytes": 7})).ok();
    assert_eq!(bytes(&again["Plaintext"]).len(), 7);
    let sealed = world
        .call(&admin, "GenerateDataKeyWithoutPlaintext", json!({"KeyId": id, "KeySpec": "AES_128"}))
        .ok();
    assert_eq!(sealed.get("Plaintext"), None);
    let opened = world.call(&admin, "Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]})).ok();
    assert_eq!(bytes(&opened["Plaintext"]).len(), 16);
    let both = json!({"KeyId": id, "KeySpec": "AES_256", "NumberOfBytes": 7});
    for input in [both, json!({"KeyId": id})] {
        let says = "Please specify either number of bytes or key spec.";
        world.call(&admin, "GenerateDataKey", input).says("ValidationException", says);
    }
}

#[test]
fn a_key_encrypts_up_to_4096_bytes() {
    // claims: DATA-KMS-14
    let world = World::new();
    let admin = world.admin();
    let (id, _) = world.key(&admin);
    let encrypt = |length: usize| {
        world.call(&admin, "Encrypt", json!({"KeyId": id, "Plaintext": base64(&vec![b'p'; length])}))
    };
    let made = encrypt(4096).ok();
    assert!(bytes(&made["CiphertextBlob"]).len() <= 6144);
    let opened = world.call(&admin, "Decrypt", json!({"CiphertextBlob": made["CiphertextBlob"]})).ok();
    assert_eq!(bytes(&opened["Plaintext"]), vec![b'p'; 4096]);
    encrypt(4097).says(
        "ValidationException",
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
    );
}

#[test]
fn the_encryption_context_and_the_key_must_be_right() {
    let world = World::new();
    let admin = world.admin();
    let ((id, _), (other, _)) = (world.key(&admin), world.key(&admin));
    let context = json!({"tenant": "a"});
    let input = json!({"KeyId": id, "Plaintext": base64(b"text"), "EncryptionContext": context});
    let blob = world.call(&admin, "Encrypt", input).ok()["CiphertextBlob"].clone();
    let decrypt = |extra: Value| {
        let mut input = json!({"CiphertextBlob": blob});
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        world.call(&admin, "Decrypt", input)
    };
    assert_eq!(bytes(&decrypt(json!({"EncryptionContext": context})).ok()["Plaintext"]), b"text");
    decrypt(json!({})).says("InvalidCiphertextException", "");
    decrypt(json!({"EncryptionContext": {"tenant": "b"}})).says("InvalidCiphertextException", "");
    decrypt(json!({"EncryptionContext": context, "KeyId": other})).says(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    );
    decrypt(json!({"EncryptionContext": context, "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"})).says(
        "InvalidKeyUsageException",
        "Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT.",
    );
    decrypt(json!({"EncryptionContext": context, "DryRun": true}))
        .says("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
    let junk = json!({"CiphertextBlob": base64(b"junk")});
    world.call(&admin, "Decrypt", junk).says("InvalidCiphertextException", "");
}

#[test]
fn ciphertext_stays_in_its_region() {
    // claims: DATA-KMS-15
    let world = World::new();
    let admin = world.admin();
    let west = admin.in_region("eu-west-1");
    let (id, arn) = world.key(&admin);
    let blob = world.call(&admin, "Encrypt", json!({"KeyId": id, "Plaintext": base64(b"x")})).ok();
    let error = world.call(&west, "Decrypt", json!({"CiphertextBlob": blob["CiphertextBlob"]})).denied();
    assert!(
        error.starts_with("The ciphertext refers to a customer master key that does not exist"),
        "{error}"
    );
    let by_arn = world.call(&west, "Encrypt", json!({"KeyId": arn, "Plaintext": base64(b"x")}));
    by_arn.says("NotFoundException", "Invalid arn us-east-1");
    let there = format!("arn:aws:kms:eu-west-1:{MANAGEMENT}:key/{id}");
    world
        .call(&west, "DescribeKey", json!({"KeyId": id}))
        .says("NotFoundException", &format!("Key '{there}' does not exist"));
}

#[test]
fn re_encryption_moves_between_keys() {
    let world = World::new();
    let admin = world.admin();
    let ((from, from_arn), (to, to_arn)) = (world.key(&admin), world.key(&admin));
    let sealed = world.call(&admin, "Encrypt", json!({"KeyId": from, "Plaintext": base64(b"x")})).ok();
    let input = json!({
        "CiphertextBlob": sealed["CiphertextBlob"],
        "DestinationKeyId": to,
        "DestinationEncryptionContext": {"a": "b"},
    });
    let moved = world.call(&admin, "ReEncrypt", input.clone()).ok();
    assert_eq!((&moved["SourceKeyId"], &moved["KeyId"]), (&json!(from_arn), &json!(to_arn)));
    assert_eq!(moved.get("Plaintext"), None);
    let input_back = json!({"CiphertextBlob": moved["CiphertextBlob"], "EncryptionContext": {"a": "b"}});
    let opened = world.call(&admin, "Decrypt", input_back).ok();
    assert_eq!((bytes(&opened["Plaintext"]), &opened["KeyId"]), (b"x".to_vec(), &json!(to_arn)));
    // Both sides need permission: one policy names the source only.
    let half = crate::allow(json!("kms:ReEncryptFrom"), &from_arn);
    let bob = world.user("bob", Some(&half));
    let denied = world.call(&bob, "ReEncrypt", input.clone()).denied();
    assert!(denied.contains("kms:ReEncryptTo") && denied.contains(&to_arn), "{denied}");
    let resources = world.last()["resources"].clone();
    assert_eq!((&resources[0]["ARN"], &resources[1]["ARN"]), (&json!(from_arn), &json!(to_arn)));
}

#[test]
fn random_bytes() {
    let world = World::new();
    let admin = world.admin();
    let draw =
        || bytes(&world.call(&admin, "GenerateRandom", json!({"NumberOfBytes": 32})).ok()["Plaintext"]);
    let (first, second) = (draw(), draw());
    assert_eq!((first.len(), second.len()), (32, 32));
    assert_ne!(first, second);
    world.call(&admin, "GenerateRandom", json!({})).says("ValidationException", "NumberOfBytes is required.");
}

#[test]
fn rotation_makes_new_material_and_old_ciphertext_still_opens() {
    // claims: DATA-KMS-17, DATA-KMS-22
    let world = World::new();
    let admin = world.admin();
    let (id, arn) = world.key(&admin);
    let status = || world.call(&admin, "GetKeyRotationStatus", json!({"KeyId": id})).ok();
    assert_eq!(status()["KeyRotationEnabled"], false);
    world.call(&admin, "EnableKeyRotation", json!({"KeyId": id})).ok();
    assert_eq!(
        (&status()["KeyRotationEnabled"], &status()["RotationPeriodInDays"]),
        (&json!(true), &json!(365))
    );
    let next = |days: i64| json!((START + days * DAY) / 1000);
    assert_eq!(status()["NextRotationDate"], next(365));
    let seal = || world.call(&admin, "GenerateDataKey", json!({"KeyId": id, "KeySpec": "AES_256"})).ok();
    let open = |sealed: &Value| {
        world.call(&admin, "Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]})).ok()
    };
    let old = seal();
    world.advance(364);
    assert_eq!(seal()["KeyMaterialId"], old["KeyMaterialId"]);
    world.advance(2);
    let new = seal();
    assert_ne!(new["KeyMaterialId"], old["KeyMaterialId"]);
    for sealed in [&old, &new] {
        let opened = open(sealed);
        assert_eq!(
            (&opened["Plaintext"], &opened["KeyMaterialId"]),
            (&sealed["Plaintext"], &sealed["KeyMaterialId"])
        );
        assert_eq!(opened["KeyId"], json!(arn));
    }
    assert_eq!(status()["NextRotationDate"], next(730));
    world.call(&admin, "EnableKeyRotation", json!({"KeyId": id, "RotationPeriodInDays": 90})).ok();
    world.advance(91);
    let third = seal();
    assert_ne!(third["KeyMaterialId"], new["KeyMaterialId"]);
    // Off is off; a disabled key waits until it is enabled again.
    world.call(&admin, "DisableKey", json!({"KeyId": id})).ok();
    world.advance(91);
    world.call(&admin, "EnableKey", json!({"KeyId": id})).ok();
    assert_eq!(seal()["KeyMaterialId"], third["KeyMaterialId"]);
    world.advance(0);
    let fourth = seal();
    assert_ne!(fourth["KeyMaterialId"], third["KeyMaterialId"]);
    world.call(&admin, "DisableKeyRotation", json!({"KeyId": id})).ok();
    world.advance(400);
    assert_eq!(seal()["KeyMaterialId"], fourth["KeyMaterialId"]);
    assert_eq!(open(&old)["Plaintext"], old["Plaintext"]);
}

#[test]
fn no_row_and_no_answer_shows_key_material() {
    // claims: DATA-KMS-02
    let world = World::new();
    let admin = world.admin();
    let (id, _) = world.key(&admin);
    let described = world.call(&admin, "DescribeKey", json!({"KeyId": id})).ok();
    assert_eq!(described["KeyMetadata"]["Origin"], "AWS_KMS");
    // What is kept of the key opens under the double's secret alone, and holds 32 bytes.
    let rows: Vec<Value> = world.write(|tx| {
        let row = kage_store::table::Table::<Value>::new("kms.keys");
        kage_core::scan(&row, tx.reads(), &kage_store::Key::new())
    });
    let wrapped = bytes(&rows[0]["backing"][0]["wrapped"]);
    assert_eq!(wrapped.len(), 12 + 32 + 16);
    let master = world
        .write(|tx| Ok::<_, Error>(kage_core::find_secret(tx.reads() as &dyn Reads, "kms-master")?.unwrap()));
    let material = kage_core::open(&master, &wrapped).unwrap();
    assert_eq!(material.len(), 32);
    assert!(!wrapped.windows(32).any(|window| window == material));
    assert!(!described.to_string().contains(&base64(&material)));
}

#[test]
fn every_use_is_recorded_without_plaintext() {
    // A part of LOG-CLOUDTRAIL-01, which also needs S3 and LookupEvents.
    let world = World::new();
    let admin = world.admin();
    let (id, arn) = world.key(&admin);
    assert_eq!(
        (&world.last()["eventName"], &world.last()["resources"][0]["ARN"]),
        (&json!("CreateKey"), &json!(arn))
    );
    let secret = base64(b"a very secret text");
    let input = json!({"KeyId": id, "Plaintext": secret, "EncryptionContext": {"tenant": "a"}});
    let sealed = world.call(&admin, "Encrypt", input).ok();
    let check = |name: &str| {
        let event = world.last();
        assert_eq!((&event["eventName"], &event["readOnly"]), (&json!(name), &json!(true)));
        assert_eq!(event["eventSource"], "kms.amazonaws.com");
        assert_eq!(
            event["resources"],
            json!([{"accountId": MANAGEMENT, "type": "AWS::KMS::Key", "ARN": arn}])
        );
        assert_eq!(event["requestParameters"]["encryptionContext"], json!({"tenant": "a"}));
        assert_eq!(event["responseElements"], Value::Null);
        let text = event.to_string();
        assert!(!text.contains(&secret) && !text.to_lowercase().contains("plaintext\":"), "{text}");
        event
    };
    let event = check("Encrypt");
    assert_eq!(event["requestParameters"]["encryptionAlgorithm"], "SYMMETRIC_DEFAULT");
    let input = json!({"CiphertextBlob": sealed["CiphertextBlob"], "EncryptionContext": {"tenant": "a"}});
    world.call(&admin, "Decrypt", input).ok();
    check("Decrypt");
    let input = json!({"KeyId": id, "KeySpec": "AES_256", "EncryptionContext": {"tenant": "a"}});
    world.call(&admin, "GenerateDataKey", input.clone()).ok();
    check("GenerateDataKey");
    world.call(&admin, "DisableKey", json!({"KeyId": id})).ok();
    world.call(&admin, "GenerateDataKey", input).err();
    let event = check("GenerateDataKey");
    assert_eq!((&event["errorCode"], &event["awsRegion"]), (&json!("DisabledException"), &json!(EAST)));
    assert_eq!(event["errorMessage"], format!("{arn} is disabled."));
}
