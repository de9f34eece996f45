//! Access keys, passwords, MFA devices, the credential report, and sessions that may not call IAM.

use crate::{policy, policy_if};
use kage_identity::{mfa, principal, users};
use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;

#[test]
fn a_leaked_key_is_disabled_denied_and_traced() {
    // claims: IR-KEYLEAK-01, IR-KEYLEAK-02, IR-KEYLEAK-05
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let run = |operation: &str, input: Value| world.call(&admin, "iam", operation, input);
    let status = |status: &str| {
        run("UpdateAccessKey", json!({"UserName": "bob", "AccessKeyId": bob.key, "Status": status})).ok();
    };
    let never = run("GetAccessKeyLastUsed", json!({"AccessKeyId": bob.key})).ok();
    assert_eq!(
        never,
        json!({"UserName": "bob", "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}})
    );
    let allow = json!({"UserName": "bob", "PolicyArn": "arn:aws:iam::aws:policy/IAMFullAccess"});
    run("AttachUserPolicy", allow).ok();
    world.call(&bob, "iam", "ListUsers", json!({})).ok();
    let used = run("GetAccessKeyLastUsed", json!({"AccessKeyId": bob.key})).ok();
    assert_eq!(used["UserName"], "bob");
    assert_eq!(used["AccessKeyLastUsed"]["ServiceName"], "iam");
    assert_eq!(used["AccessKeyLastUsed"]["Region"], "us-east-1");
    assert_eq!(used["AccessKeyLastUsed"]["LastUsedDate"], world.now() / 1000);

    status("Inactive");
    let error = world.call(&bob, "iam", "ListUsers", json!({})).err();
    assert_eq!((error.code.as_str(), error.status), ("InvalidClientTokenId", 403));
    let listed = run("ListAccessKeys", json!({"UserName": "bob"})).ok();
    assert_eq!(listed["AccessKeyMetadata"][0]["Status"], "Inactive");
    status("Active");
    world.call(&bob, "iam", "ListUsers", json!({})).ok();

    let document = policy("Deny", "*", "*");
    run("PutUserPolicy", json!({"UserName": "bob", "PolicyName": "deny", "PolicyDocument": document})).ok();
    let error = world.call(&bob, "iam", "ListUsers", json!({})).err();
    assert_eq!(error.code, "AccessDenied");
    assert!(error.message.contains("with an explicit deny in an identity-based policy"), "{}", error.message);
    let session = world.write(|tx| users::find(tx.reads(), MANAGEMENT, "bob")).unwrap();
    let session = world.session(principal::of_user(&session), true);
    let error = world.call(&session, "iam", "ListUsers", json!({})).err();
    assert!(error.message.contains("with an explicit deny in an identity-based policy"), "{}", error.message);
    run("DeleteUserPolicy", json!({"UserName": "bob", "PolicyName": "deny"})).ok();
    run("AttachUserPolicy", json!({"UserName": "bob", "PolicyArn": "arn:aws:iam::aws:policy/AWSDenyAll"}))
        .ok();
    let error = world.call(&bob, "iam", "ListUsers", json!({})).err();
    assert!(error.message.contains("with an explicit deny in an identity-based policy"), "{}", error.message);
}

#[test]
fn a_key_of_another_account_tells_nothing() {
    let mut world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let (_, other) = world.account();
    let error = world.call(&admin, "iam", "GetAccessKeyLastUsed", json!({"AccessKeyId": other.key})).err();
    assert_eq!((error.code.as_str(), error.status), ("AccessDenied", 403));
    let input = json!({"UserName": "admin", "AccessKeyId": other.key, "Status": "Inactive"});
    let error = world.call(&admin, "iam", "UpdateAccessKey", input).err();
    assert_eq!(error.message, format!("The Access Key with id {} cannot be found.", other.key));
}

#[test]
fn a_secret_is_in_the_answer_and_nowhere_else() {
    let world = World::new(vec![kage_iam::service()]);
    let bob = world.user(&world.admin(), "bob");
    assert_eq!(bob.secret.len(), 40);
    world
        .call(
            &world.admin(),
            "iam",
            "CreateLoginProfile",
            json!({"UserName": "bob", "Password": "Correct-horse-9"}),
        )
        .ok();
    let events = world.events(MANAGEMENT);
    let made = events.iter().find(|event| event["eventName"] == "CreateAccessKey").unwrap();
    assert_eq!(made["responseElements"]["accessKey"]["accessKeyId"], bob.key);
    let text = Value::from(events).to_string();
    assert!(!text.contains(&bob.secret) && !text.contains("Correct-horse-9"));
}

#[test]
fn without_a_name_the_caller_is_meant() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let root = world.root();
    assert_eq!(world.call(&admin, "iam", "GetUser", json!({})).ok()["User"]["UserName"], "admin");
    let shown = world.call(&root, "iam", "GetUser", json!({})).ok();
    assert_eq!(shown["User"]["Arn"], format!("arn:aws:iam::{MANAGEMENT}:root"));
    let keys = |caller: &Caller| {
        world.call(caller, "iam", "ListAccessKeys", json!({})).ok()["AccessKeyMetadata"].clone()
    };
    assert_eq!(keys(&root)[0]["AccessKeyId"], root.key);
    assert_eq!(keys(&admin)[0]["AccessKeyId"], admin.key);
    let made = world.call(&root, "iam", "CreateAccessKey", json!({})).ok();
    let id = made["AccessKey"]["AccessKeyId"].clone();
    assert_eq!(keys(&root).as_array().unwrap().len(), 2);
    world.call(&root, "iam", "DeleteAccessKey", json!({"AccessKeyId": id})).ok();
    assert_eq!(keys(&root).as_array().unwrap().len(), 1);
}

#[test]
fn session_tokens_call_iam_only_with_mfa() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.write(|tx| users::find(tx.reads(), MANAGEMENT, "admin")).unwrap();
    let without = world.session(principal::of_user(&admin), false);
    let error = world.call(&without, "iam", "ListUsers", json!({})).err();
    assert_eq!((error.code.as_str(), error.status), ("InvalidClientTokenId", 403));
    let with = world.session(principal::of_user(&admin), true);
    world.call(&with, "iam", "ListUsers", json!({})).ok();
}

#[test]
fn mfa_devices_prove_themselves_by_codes() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    world.user(&admin, "bob");
    let run = |operation: &str, input: Value| world.call(&admin, "iam", operation, input);
    let made = run("CreateVirtualMFADevice", json!({"VirtualMFADeviceName": "phone"})).ok();
    let serial = made["VirtualMFADevice"]["SerialNumber"].as_str().unwrap().to_owned();
    assert_eq!(serial, format!("arn:aws:iam::{MANAGEMENT}:mfa/phone"));
    assert!(made["VirtualMFADevice"]["QRCodePNG"].as_str().unwrap().starts_with("iVBORw0KGgo"));
    let seed = world.write(|tx| mfa::find(tx.reads(), MANAGEMENT, &serial)).unwrap().seed;
    let seed = mfa::seed_bytes(&seed).unwrap();
    let code = |ahead: i64| {
        mfa::one_time_password(&seed, u64::try_from(mfa::step_of(world.now()) + ahead).unwrap()).unwrap()
    };
    let enable = |one: String, two: String| {
        let input = json!({"UserName": "bob", "SerialNumber": serial, "AuthenticationCode1": one, "AuthenticationCode2": two});
        run("EnableMFADevice", input)
    };
    let error = enable(code(0), code(0)).err();
    assert_eq!((error.code.as_str(), error.status), ("InvalidAuthenticationCode", 403));
    assert_eq!(error.message, "Authentication code for device is not valid.");
    enable(code(-1), code(0)).ok();
    let devices = run("ListMFADevices", json!({"UserName": "bob"})).ok();
    assert_eq!(devices["MFADevices"][0]["SerialNumber"], serial);
    let listed = run("ListVirtualMFADevices", json!({"AssignmentStatus": "Assigned"})).ok();
    assert_eq!(listed["VirtualMFADevices"][0]["User"]["UserName"], "bob");
    assert_eq!(listed["VirtualMFADevices"][0].get("Base32StringSeed"), None);
    let error = run("DeleteVirtualMFADevice", json!({"SerialNumber": serial})).err();
    assert_eq!(error.message, "MFA VirtualDevice in use. Must deactivate first.");
    run("DeactivateMFADevice", json!({"UserName": "bob", "SerialNumber": serial})).ok();
    run("DeleteVirtualMFADevice", json!({"SerialNumber": serial})).ok();
    let error = run("DeleteVirtualMFADevice", json!({"SerialNumber": serial})).err();
    assert_eq!(error.message, format!("VirtualMFADevice with serial number {serial} does not exist."));
}

#[test]
fn passwords_keep_the_rules_of_the_account() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let run = |operation: &str, input: Value| world.call(&admin, "iam", operation, input);
    assert_eq!(run("GetAccountPasswordPolicy", json!({})).err().code, "NoSuchEntity");
    let rules = json!({"MinimumPasswordLength": 12, "RequireSymbols": true, "PasswordReusePrevention": 2, "MaxPasswordAge": 90});
    run("UpdateAccountPasswordPolicy", rules).ok();
    let shown = run("GetAccountPasswordPolicy", json!({})).ok();
    assert_eq!(
        (&shown["PasswordPolicy"]["ExpirePasswords"], &shown["PasswordPolicy"]["RequireNumbers"]),
        (&json!(true), &json!(false))
    );
    for (weak, text) in [
        ("short-1", "Password should have a minimum length of 12"),
        ("longbutwithoutany", "Password should have at least one symbol"),
    ] {
        let error = run("CreateLoginProfile", json!({"UserName": "bob", "Password": weak})).err();
        assert_eq!((error.code.as_str(), error.message.as_str()), ("PasswordPolicyViolation", text));
    }
    run(
        "CreateLoginProfile",
        json!({"UserName": "bob", "Password": "first-password", "PasswordResetRequired": true}),
    )
    .ok();
    let change = |old: &str, new: &str| {
        world.call(&bob, "iam", "ChangePassword", json!({"OldPassword": old, "NewPassword": new}))
    };
    assert_eq!(change("first-password", "second-password").err().code, "AccessDenied");
    let allow = policy("Allow", "iam:ChangePassword", "arn:aws:iam::*:user/${aws:username}");
    run("PutUserPolicy", json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": allow})).ok();
    assert_eq!(change("wrong-password", "second-password").err().message, "The old password was incorrect.");
    change("first-password", "second-password").ok();
    assert_eq!(
        run("GetLoginProfile", json!({"UserName": "bob"})).ok()["LoginProfile"]["PasswordResetRequired"],
        false
    );
    let error = change("second-password", "first-password").err();
    assert_eq!(
        error.message,
        "Policy constraint violation with password reuse prevention during password change."
    );
    let error = world
        .call(&world.root(), "iam", "ChangePassword", json!({"OldPassword": "a", "NewPassword": "b"}))
        .err();
    assert_eq!(error.code, "InvalidUserType");
}

#[test]
fn the_credential_report_shows_every_key() {
    // claims: IR-KEYLEAK-09
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let run = |operation: &str| world.call(&admin, "iam", operation, json!({}));
    let error = run("GetCredentialReport").err();
    assert_eq!((error.code.as_str(), error.status), ("ReportNotPresent", 410));
    world.call(&bob, "iam", "ListUsers", json!({})).err();
    let allow = policy_if("Allow", "iam:ListUsers", "{}");
    world
        .call(
            &admin,
            "iam",
            "PutUserPolicy",
            json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": allow}),
        )
        .ok();
    world.call(&bob, "iam", "ListUsers", json!({})).ok();
    assert_eq!(run("GenerateCredentialReport").ok()["State"], "STARTED");
    assert_eq!(run("GenerateCredentialReport").ok()["State"], "COMPLETE");
    let content = run("GetCredentialReport").ok()["Content"].clone();
    let text = world.write(|_| Ok(unbase64(content.as_str().unwrap())));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[0],
        "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
    );
    let now = "2026-01-02T03:04:05+00:00";
    assert_eq!(
        lines[3],
        format!(
            "bob,arn:aws:iam::{MANAGEMENT}:user/bob,{now},false,N/A,N/A,N/A,false,true,{now},{now},us-east-1,iam,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
        )
    );
    assert!(
        lines[1].starts_with(&format!("<root_account>,arn:aws:iam::{MANAGEMENT}:root,{now},not_supported,"))
    );
    world.advance(4 * HOUR);
    assert_eq!(run("GetCredentialReport").err().code, "ReportExpired");
    assert_eq!(run("GenerateCredentialReport").ok()["State"], "STARTED");
}

fn unbase64(text: &str) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for value in text.chars().filter_map(|letter| letters.find(letter)) {
        buffer = buffer << 6 | u32::try_from(value).unwrap();
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(buffer >> bits & 0xff).unwrap());
        }
    }
    String::from_utf8(out).unwrap()
}
