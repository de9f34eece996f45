//! Laws that hold for every operation.

use crate::world::{MANAGEMENT, Refusal, World, base64};
use kage_schema::{Flags, Kind, Member};
use serde_json::{Map, Value, json};

/// A value that the model accepts for a required member.
fn value_of(member: &Member, key: &str) -> Value {
    match member.name {
        "KeyId" | "TargetKeyId" | "DestinationKeyId" => json!(key),
        "AliasName" => json!("alias/app"),
        "Plaintext" => json!(base64(b"x")),
        "Operations" => json!(["Decrypt"]),
        "Tags" => json!([{"TagKey": "a", "TagValue": "b"}]),
        "TagKeys" => json!(["a"]),
        "Policy" => json!("{}"),
        _ => {
            assert_eq!(member.target.kind, Kind::String, "{} needs a value", member.name);
            json!("x")
        }
    }
}

#[test]
fn every_operation_is_denied_by_default_and_recorded() {
    let world = World::new();
    let admin = world.admin();
    let (key, _) = world.key(&admin);
    let blob = world.call(&admin, "Encrypt", json!({"KeyId": key, "Plaintext": base64(b"x")})).ok();
    let bob = world.user("bob", None);
    for model in kage_api_kms::SERVICE.operations {
        let required = model.input.members().iter().filter(|member| member.has(Flags::REQUIRED));
        let mut input: Map<String, Value> =
            required.map(|member| (member.name.to_owned(), value_of(member, &key))).collect();
        match model.name {
            "Decrypt" | "ReEncrypt" => {
                input.insert("CiphertextBlob".to_owned(), blob["CiphertextBlob"].clone());
            }
            "RetireGrant" => {
                input.extend([("KeyId".to_owned(), json!(key)), ("GrantId".to_owned(), json!("x"))])
            }
            _ => {}
        }
        let denied = world.call(&bob, model.name, Value::Object(input)).denied();
        let action = if model.name == "ReEncrypt" { "ReEncryptFrom" } else { model.name };
        let says =
            format!("User: arn:aws:iam::{MANAGEMENT}:user/bob is not authorized to perform: kms:{action}");
        assert!(denied.starts_with(&says), "{}: {denied}", model.name);
        let event = world.last();
        assert_eq!((&event["eventName"], &event["errorCode"]), (&json!(model.name), &json!("AccessDenied")));
        assert_eq!(event["userIdentity"]["userName"], "bob", "{}", model.name);
    }
}
