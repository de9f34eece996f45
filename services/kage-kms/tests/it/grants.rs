//! Grants.

use crate::world::{Caller, MANAGEMENT, Refusal, World, base64};
use crate::{allow, policy, statement};
use serde_json::{Value, json};

fn user(name: &str) -> String {
    format!("arn:aws:iam::{MANAGEMENT}:user/{name}")
}

fn grant(world: &World, caller: &Caller, input: &Value) -> Value {
    world.call(caller, "CreateGrant", input.clone()).ok()
}

#[test]
fn a_grant_alone_gives_access_and_its_end_takes_it() {
    // claims: DATA-KMS-09, DATA-KMS-11, DATA-KMS-37
    let world = World::new();
    let admin = world.admin();
    let bob = world.user("bob", None);
    let (role, session) = world.role("ops", None, false);
    let (id, arn) = world.key(&admin);
    let context = json!({"tenant": "a"});
    let input = json!({"KeyId": id, "Plaintext": base64(b"x"), "EncryptionContext": context});
    let sealed = world.call(&admin, "Encrypt", input.clone()).ok();
    let decrypt = |caller: &Caller, token: Option<&Value>| {
        let mut input = json!({"CiphertextBlob": sealed["CiphertextBlob"], "EncryptionContext": context});
        if let Some(token) = token {
            input["GrantTokens"] = json!([token]);
        }
        world.call(caller, "Decrypt", input)
    };
    decrypt(&bob, None).denied();
    let made = grant(
        &world,
        &admin,
        &json!({
            "KeyId": id, "GranteePrincipal": user("bob"), "Operations": ["Decrypt"],
            "Constraints": {"EncryptionContextEquals": context}, "Name": "n",
        }),
    );
    let event = world.last();
    assert_eq!(
        (&event["eventName"], &event["responseElements"]["grantId"]),
        (&json!("CreateGrant"), &made["GrantId"])
    );
    assert_eq!(event["responseElements"].get("grantToken"), None);
    decrypt(&bob, None).ok();
    decrypt(&bob, Some(&made["GrantToken"])).ok();
    decrypt(&bob, Some(&json!("x")))
        .says("InvalidGrantTokenException", "The specified grant token is not valid.");
    decrypt(&session, None).denied();
    // Only what it lists, and only under its context.
    world.call(&bob, "Encrypt", input).denied();
    let other = world
        .call(
            &admin,
            "Encrypt",
            json!({"KeyId": id, "Plaintext": base64(b"x"), "EncryptionContext": {"tenant": "b"}}),
        )
        .ok();
    let input = json!({"CiphertextBlob": other["CiphertextBlob"], "EncryptionContext": {"tenant": "b"}});
    world.call(&bob, "Decrypt", input).denied();
    let listed = world.call(&admin, "ListGrants", json!({"KeyId": id})).ok()["Grants"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(
        (&listed[0]["KeyId"], &listed[0]["GranteePrincipal"], &listed[0]["Operations"]),
        (&json!(arn), &json!(user("bob")), &json!(["Decrypt"]))
    );
    assert_eq!(listed[0]["Constraints"], json!({"EncryptionContextEquals": context}));
    // A role's session uses the role's grant.
    grant(&world, &admin, &json!({"KeyId": id, "GranteePrincipal": role, "Operations": ["Decrypt"]}));
    decrypt(&session, None).ok();
    world.call(&admin, "RevokeGrant", json!({"KeyId": id, "GrantId": made["GrantId"]})).ok();
    decrypt(&bob, None).denied();
    let gone = json!({"KeyId": id, "GrantId": made["GrantId"]});
    assert_eq!(world.call(&admin, "RevokeGrant", gone).err().code, "NotFoundException");
}

#[test]
fn a_deny_beats_a_grant() {
    // claims: DATA-KMS-38
    let world = World::new();
    let admin = world.admin();
    let bob = world.user("bob", None);
    let (id, _) = world.key(&admin);
    grant(&world, &admin, &json!({"KeyId": id, "GranteePrincipal": user("bob"), "Operations": ["Encrypt"]}));
    let encrypt = json!({"KeyId": id, "Plaintext": base64(b"x")});
    world.call(&bob, "Encrypt", encrypt.clone()).ok();
    let document = policy(&[
        statement("Allow", &format!("arn:aws:iam::{MANAGEMENT}:root"), json!("kms:*")),
        statement("Deny", &user("bob"), json!("kms:Encrypt")),
    ]);
    world.call(&admin, "PutKeyPolicy", json!({"KeyId": id, "Policy": document})).ok();
    let denied = world.call(&bob, "Encrypt", encrypt).denied();
    assert!(denied.contains("explicit deny in a resource-based policy"), "{denied}");
}

#[test]
fn child_grants_give_no_more_than_their_parent() {
    let world = World::new();
    let admin = world.admin();
    let bob = world.user("bob", None);
    world.user("eve", None);
    let (id, _) = world.key(&admin);
    grant(
        &world,
        &admin,
        &json!({
            "KeyId": id, "GranteePrincipal": user("bob"), "Operations": ["CreateGrant", "Decrypt"],
            "Constraints": {"EncryptionContextSubset": {"a": "1"}},
        }),
    );
    let child = |operations: Value, constraints: Value| {
        let input = json!({
            "KeyId": id, "GranteePrincipal": user("eve"), "Operations": operations, "Constraints": constraints,
        });
        world.call(&bob, "CreateGrant", input)
    };
    child(json!(["Decrypt"]), json!({"EncryptionContextSubset": {"a": "1", "b": "2"}})).ok();
    child(json!(["Decrypt"]), json!({"EncryptionContextEquals": {"a": "1"}})).ok();
    child(json!(["Encrypt"]), json!({"EncryptionContextSubset": {"a": "1"}})).denied();
    child(json!(["Decrypt"]), json!({})).denied();
    child(json!(["Decrypt"]), json!({"EncryptionContextSubset": {"b": "2"}})).denied();
}

#[test]
fn retiring_is_for_those_the_grant_names() {
    let world = World::new();
    let admin = world.admin();
    let (bob, eve, amy) = (world.user("bob", None), world.user("eve", None), world.user("amy", None));
    let (id, _) = world.key(&admin);
    let make = |operations: Value| {
        let input = json!({
            "KeyId": id, "GranteePrincipal": user("bob"), "RetiringPrincipal": user("eve"), "Operations": operations,
        });
        grant(&world, &admin, &input)
    };
    let first = make(json!(["Decrypt"]));
    let retire = json!({"KeyId": id, "GrantId": first["GrantId"]});
    world.call(&amy, "RetireGrant", retire.clone()).denied();
    world.call(&bob, "RetireGrant", retire.clone()).denied();
    let asked = json!({"RetiringPrincipal": user("eve")});
    let listed = world.call(&admin, "ListRetirableGrants", asked.clone()).ok();
    assert_eq!(listed["Grants"][0]["GrantId"], first["GrantId"]);
    world.call(&eve, "RetireGrant", retire).ok();
    assert_eq!(world.call(&admin, "ListRetirableGrants", asked).ok()["Grants"], json!([]));
    let second = make(json!(["Decrypt", "RetireGrant"]));
    world.call(&bob, "RetireGrant", json!({"GrantToken": second["GrantToken"]})).ok();
    let third = make(json!(["Decrypt"]));
    world.call(&world.root(), "RetireGrant", json!({"GrantToken": third["GrantToken"]})).ok();
    let spent = world.call(&eve, "RetireGrant", json!({"GrantToken": third["GrantToken"]})).err();
    assert_eq!(spent.code, "InvalidGrantTokenException");
}

#[test]
fn grants_are_checked_when_they_are_made() {
    let world = World::new();
    let admin = world.admin();
    let (id, arn) = world.key(&admin);
    let make = |principal: &str, operation: &str| {
        let input = json!({"KeyId": id, "GranteePrincipal": principal, "Operations": [operation]});
        world.call(&admin, "CreateGrant", input)
    };
    let says = format!("ARN does not refer to a valid principal: {}", user("nobody"));
    make(&user("nobody"), "Decrypt").says("InvalidArnException", &says);
    assert_eq!(make(&user("admin"), "Sign").err().code, "ValidationException");
    world.user("bob", None);
    let named = json!({"KeyId": id, "GranteePrincipal": user("bob"), "Operations": ["Decrypt"], "Name": "n"});
    let (one, two) = (grant(&world, &admin, &named), grant(&world, &admin, &named));
    assert_eq!(one["GrantId"], two["GrantId"]);
    world.call(&admin, "DisableKey", json!({"KeyId": id})).ok();
    world.call(&admin, "CreateGrant", named).says("DisabledException", &format!("{arn} is disabled."));
    // Who may use a key may not thereby make grants.
    let eve = world.user("eve", Some(&allow(json!(["kms:Encrypt", "kms:Decrypt"]), "*")));
    let input = json!({"KeyId": id, "GranteePrincipal": user("eve"), "Operations": ["Decrypt"]});
    world.call(&eve, "CreateGrant", input).denied();
}

#[test]
fn permission_to_make_grants_can_be_for_services_only() {
    let world = World::new();
    let admin = world.admin();
    let document = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*",
        "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
    }]});
    let bob = world.user("bob", Some(&document.to_string()));
    let (id, _) = world.key(&admin);
    let input = json!({"KeyId": id, "GranteePrincipal": user("bob"), "Operations": ["Decrypt"]});
    world.call(&bob, "CreateGrant", input).denied();
    let request = kage_api_kms::types::CreateGrantRequest {
        key_id: id,
        grantee_principal: Some(user("bob")),
        operations: vec!["Decrypt".to_owned()],
        ..Default::default()
    };
    let create = &kage_api_kms::operations::CREATE_GRANT;
    let made: kage_core::Result<kage_api_kms::types::CreateGrantResponse> =
        world.through("ec2.amazonaws.com", "bob", create, request);
    assert!(made.unwrap().grant_id.is_some());
}
