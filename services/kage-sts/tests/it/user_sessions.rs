//! Sessions of users and federated users, and what STS knows of keys.

use crate::{MANAGEMENT, assume, bearer, policy, put_policy, role, trust, world};
use kage_identity::mfa;
use serde_json::json;

#[test]
fn a_session_outlives_its_key_until_it_is_cut_off() {
    // claims: IR-KEYLEAK-04
    let world = world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    put_policy(&world, &admin, "bob", &policy("Allow", "iam:ListUsers"));
    let roles = role(&world, &admin, "ops", &trust("*", r#""sts:AssumeRole""#, "{}"));
    let out = world.call(&bob, "sts", "GetSessionToken", json!({})).ok();
    assert_eq!(out["Credentials"]["Expiration"], json!(world.now() / 1000 + 43_200));
    let event = world.events(MANAGEMENT).pop().unwrap();
    assert_eq!((&event["eventName"], &event["readOnly"]), (&json!("GetSessionToken"), &json!(true)));
    assert_eq!(event["responseElements"]["credentials"]["accessKeyId"], out["Credentials"]["AccessKeyId"]);
    let session = bearer(&out["Credentials"]);
    let me = world.call(&session, "sts", "GetCallerIdentity", json!({})).ok();
    assert_eq!(me["Arn"], json!(format!("arn:aws:iam::{MANAGEMENT}:user/bob")));
    // Rule 9: without MFA no IAM; of STS only AssumeRole and GetCallerIdentity.
    assert_eq!(world.call(&session, "iam", "ListUsers", json!({})).code(), Some("InvalidClientTokenId"));
    let error = world.call(&session, "sts", "GetSessionToken", json!({})).err();
    assert_eq!((error.code.as_str(), error.status), ("AccessDenied", 403));
    assert_eq!(error.message, "Cannot call GetSessionToken with session credentials");
    let key = json!({"AccessKeyId": bob.key});
    assert_eq!(world.call(&session, "sts", "GetAccessKeyInfo", key).code(), Some("AccessDenied"));

    let off = json!({"UserName": "bob", "AccessKeyId": bob.key, "Status": "Inactive"});
    world.call(&admin, "iam", "UpdateAccessKey", off).ok();
    assert_eq!(world.call(&bob, "sts", "GetSessionToken", json!({})).code(), Some("InvalidClientTokenId"));
    assume(&world, &session, &roles);
    world.advance(1_000);
    let cut = kage_schema::Timestamp(world.now()).iso8601();
    put_policy(
        &world,
        &admin,
        "bob",
        &format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"DateLessThan":{{"aws:TokenIssueTime":"{cut}"}}}}}},{{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}}]}}"#
        ),
    );
    let input = json!({"RoleArn": roles, "RoleSessionName": "work"});
    let error = world.call(&session, "sts", "AssumeRole", input).err();
    assert!(error.message.contains("explicit deny"), "{error:?}");
    // A long-term key has no issue time: the cut does not touch it.
    let on = json!({"UserName": "bob", "AccessKeyId": bob.key, "Status": "Active"});
    world.call(&admin, "iam", "UpdateAccessKey", on).ok();
    world.call(&bob, "iam", "ListUsers", json!({})).ok();
}

#[test]
fn a_code_of_the_users_device_counts_once_and_opens_what_asks_for_it() {
    let world = world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let serial = format!("arn:aws:iam::{MANAGEMENT}:mfa/phone");
    let device = mfa::Device {
        account: MANAGEMENT.to_owned(),
        name: "phone".to_owned(),
        path: "/".to_owned(),
        seed: "3132333435363738393031323334353637383930".to_owned(),
        user: Some("bob".to_owned()),
        enabled: Some(world.now()),
        ..mfa::Device::default()
    };
    world.write(|tx| mfa::put(tx, &device));
    let code = || {
        let step = u64::try_from(mfa::step_of(world.now())).unwrap();
        mfa::one_time_password(b"12345678901234567890", step).unwrap()
    };
    let must = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
    let arn = role(
        &world,
        &admin,
        "guarded",
        &trust(&format!("arn:aws:iam::{MANAGEMENT}:user/bob"), r#""sts:AssumeRole""#, must),
    );
    let plain = json!({"RoleArn": arn, "RoleSessionName": "work"});
    assert_eq!(world.call(&bob, "sts", "AssumeRole", plain.clone()).code(), Some("AccessDenied"));
    let mut input = plain.clone();
    input["SerialNumber"] = json!(serial);
    let error = world.call(&bob, "sts", "AssumeRole", input.clone()).err();
    assert!(error.message.contains("must provide both"), "{error:?}");
    input["TokenCode"] = json!("000000");
    let error = world.call(&bob, "sts", "AssumeRole", input.clone()).err();
    assert!(error.message.contains("invalid MFA one time pass code"), "{error:?}");
    input["TokenCode"] = json!(code());
    world.call(&bob, "sts", "AssumeRole", input.clone()).ok();
    assert_eq!(world.call(&bob, "sts", "AssumeRole", input.clone()).code(), Some("AccessDenied"));
    assert!(world.call(&admin, "sts", "AssumeRole", input).err().message.contains("unable to validate"));

    world.advance(60_000);
    let input = json!({"SerialNumber": serial, "TokenCode": code()});
    let session = bearer(&world.call(&bob, "sts", "GetSessionToken", input).ok()["Credentials"]);
    world.call(&session, "sts", "AssumeRole", plain).ok();
    put_policy(&world, &admin, "bob", &policy("Allow", "iam:ListUsers"));
    world.call(&session, "iam", "ListUsers", json!({})).ok();
}

#[test]
fn root_sessions_last_an_hour_at_most() {
    let world = world();
    let root = world.root();
    let out = world.call(&root, "sts", "GetSessionToken", json!({"DurationSeconds": 7200})).ok();
    assert_eq!(out["Credentials"]["Expiration"], json!(world.now() / 1000 + 3600));
    let error = world.call(&root, "sts", "GetSessionToken", json!({"DurationSeconds": 129_601})).err();
    assert_eq!(error.code, "ValidationError");
}

#[test]
fn a_federated_user_has_what_both_policies_allow() {
    let world = world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let input = json!({"Name": "guest", "Policy": policy("Allow", "sts:*")});
    let error = world.call(&bob, "sts", "GetFederationToken", input.clone()).err();
    let wants = format!("sts:GetFederationToken on resource: arn:aws:sts::{MANAGEMENT}:federated-user/guest");
    assert!(error.message.contains(&wants), "{error:?}");
    put_policy(&world, &admin, "bob", &policy("Allow", "sts:*"));
    let out = world.call(&bob, "sts", "GetFederationToken", input).ok();
    assert_eq!(out["FederatedUser"]["FederatedUserId"], json!(format!("{MANAGEMENT}:guest")));
    let event = world.events(MANAGEMENT).pop().unwrap();
    let arn = format!("arn:aws:sts::{MANAGEMENT}:federated-user/guest");
    assert_eq!(event["responseElements"]["federatedUser"]["arn"], json!(arn));
    let guest = bearer(&out["Credentials"]);
    let me = world.call(&guest, "sts", "GetCallerIdentity", json!({})).ok();
    assert_eq!(me["Arn"], json!(arn));
    let error = world.call(&guest, "sts", "GetFederationToken", json!({"Name": "more"})).err();
    assert_eq!(error.message, "Cannot call GetFederationToken with session credentials");
    assert_eq!(world.call(&guest, "iam", "ListUsers", json!({})).code(), Some("InvalidClientTokenId"));
    let short = world.call(&bob, "sts", "GetFederationToken", json!({"Name": "x"})).err();
    assert_eq!(short.code, "ValidationError");
}

#[test]
fn keys_tell_their_account() {
    // claims: IR-KEYLEAK-05
    let mut world = world();
    let admin = world.admin();
    let (other, stranger) = world.account();
    let info = |key: &str| world.call(&admin, "sts", "GetAccessKeyInfo", json!({"AccessKeyId": key}));
    assert_eq!(info(&stranger.key).ok()["Account"], json!(other));
    assert_eq!(info("AROA11111111111111111").code(), Some("ValidationError"));
    let bob = world.user(&admin, "bob");
    let input = json!({"AccessKeyId": bob.key});
    assert_eq!(world.call(&bob, "sts", "GetAccessKeyInfo", input.clone()).code(), Some("AccessDenied"));
    world.call(&bob, "sts", "GetCallerIdentity", json!({})).ok();
    let used = world.call(&admin, "iam", "GetAccessKeyLastUsed", input).ok();
    assert_eq!(
        (&used["UserName"], &used["AccessKeyLastUsed"]["ServiceName"]),
        (&json!("bob"), &json!("sts"))
    );
}

#[test]
fn only_this_doubles_messages_are_opened() {
    let world = world();
    let admin = world.admin();
    let sealed = kage_core::seal_message(world.pipeline.world(), br#"{"allowed":false}"#).unwrap();
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, sealed);
    let out = world.call(&admin, "sts", "DecodeAuthorizationMessage", json!({"EncodedMessage": text})).ok();
    assert_eq!(out["DecodedMessage"], r#"{"allowed":false}"#);
    let error =
        world.call(&admin, "sts", "DecodeAuthorizationMessage", json!({"EncodedMessage": "AAAA"})).err();
    assert_eq!((error.code.as_str(), error.status), ("InvalidAuthorizationMessageException", 400));
    let bob = world.user(&admin, "bob");
    let denied = world.call(&bob, "sts", "DecodeAuthorizationMessage", json!({"EncodedMessage": text}));
    assert_eq!(denied.code(), Some("AccessDenied"));
}
