//! What holds for every operation that asks for a permission, and what each refuses.

use crate::{MANAGEMENT, bearer, policy, put_policy, role, trust, world};
use serde_json::{Value, json};

fn says(error: &kage_test::Failure) -> (&str, u16, &str) {
    (error.code.as_str(), error.status, error.message.as_str())
}

#[test]
fn operations_are_denied_by_default_and_recorded_either_way() {
    let world = world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let sealed = kage_core::seal_message(world.pipeline.world(), b"{}").unwrap();
    let sealed = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, sealed);
    let arn = role(
        &world,
        &admin,
        "ops",
        &trust(&format!("arn:aws:iam::{MANAGEMENT}:root"), r#""sts:AssumeRole""#, "{}"),
    );
    let calls: [(&str, Value); 4] = [
        ("AssumeRole", json!({"RoleArn": arn, "RoleSessionName": "work"})),
        ("DecodeAuthorizationMessage", json!({"EncodedMessage": sealed})),
        ("GetAccessKeyInfo", json!({"AccessKeyId": bob.key})),
        ("GetFederationToken", json!({"Name": "guest"})),
    ];
    for (operation, input) in &calls {
        let error = world.call(&bob, "sts", operation, input.clone()).err();
        assert_eq!((error.code.as_str(), error.status), ("AccessDenied", 403), "{operation}");
        let begins =
            format!("User: arn:aws:iam::{MANAGEMENT}:user/bob is not authorized to perform: sts:{operation}");
        assert!(error.message.starts_with(&begins), "{}", error.message);
        let event = world.events(MANAGEMENT).pop().unwrap();
        assert_eq!((&event["eventName"], &event["errorCode"]), (&json!(operation), &json!("AccessDenied")));
        assert_eq!(event["errorMessage"], json!(error.message), "{operation}");
    }
    put_policy(&world, &admin, "bob", &policy("Allow", "sts:*"));
    for (operation, input) in &calls {
        world.call(&bob, "sts", operation, input.clone()).ok();
        let event = world.events(MANAGEMENT).pop().unwrap();
        assert_eq!(
            (&event["eventName"], &event["eventSource"]),
            (&json!(operation), &json!("sts.amazonaws.com"))
        );
        assert_eq!((event.get("errorCode"), &event["readOnly"]), (None, &json!(true)), "{event}");
        assert_eq!(event["userIdentity"]["userName"], "bob", "{operation}");
        assert!(!event.to_string().contains("secretAccessKey"), "{event}");
    }
}

#[test]
fn a_federation_token_is_refused_for_what_it_cannot_hold() {
    let world = world();
    let admin = world.admin();
    let ask = |more: Value| {
        let mut input = json!({"Name": "guest"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.call(&admin, "sts", "GetFederationToken", input)
    };
    let error = ask(json!({"Policy": "{"})).err();
    assert_eq!((error.code.as_str(), error.status), ("MalformedPolicyDocument", 400));
    assert_eq!(world.events(MANAGEMENT).pop().unwrap()["errorMessage"], json!(error.message));
    let unknown = format!("arn:aws:iam::{MANAGEMENT}:policy/unknown");
    let error = ask(json!({"PolicyArns": [{"arn": unknown}]})).err();
    assert_eq!((error.code.as_str(), error.status), ("ValidationError", 400));
    let error = ask(json!({"DurationSeconds": 899})).err();
    assert_eq!(
        says(&error),
        (
            "ValidationError",
            400,
            "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
        )
    );
    let twice = json!([{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]);
    let error = ask(json!({"Tags": twice})).err();
    assert_eq!(
        says(&error),
        (
            "InvalidParameterValue",
            400,
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    );
    let text: String = (0..2_000_u32).map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761))).collect();
    let long = policy("Allow", &format!("s3:{}", &text[..1_900]));
    let error = ask(json!({"Policy": long})).err();
    assert_eq!((error.code.as_str(), error.status), ("PackedPolicyTooLarge", 400));
    let out = ask(json!({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]})).ok();
    assert!(out["PackedPolicySize"].as_i64().unwrap() > 0);
    // A federated user asks STS for nothing but its name, whatever its policies allow.
    let guest = bearer(&out["Credentials"]);
    let key = json!({"AccessKeyId": admin.key});
    let error = world.call(&guest, "sts", "GetAccessKeyInfo", key).err();
    assert_eq!(says(&error), ("AccessDenied", 403, "Cannot call GetAccessKeyInfo with session credentials"));
}

#[test]
fn names_of_sessions_are_ascii() {
    let world = world();
    let admin = world.admin();
    let arn = role(
        &world,
        &admin,
        "ops",
        &trust(&format!("arn:aws:iam::{MANAGEMENT}:root"), r#""sts:AssumeRole""#, "{}"),
    );
    let assume = |name: &str| {
        world.call(&admin, "sts", "AssumeRole", json!({"RoleArn": arn, "RoleSessionName": name})).err()
    };
    for name in ["a b", "wörk", "line\nbreak"] {
        let text = format!(
            "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
        );
        assert_eq!(says(&assume(name)), ("ValidationError", 400, text.as_str()));
    }
    assert_eq!(assume("nul\u{0}").code, "ValidationError");
    let text = "1 validation error detected: Value 'w' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2";
    assert_eq!(says(&assume("w")), ("ValidationError", 400, text));
}
