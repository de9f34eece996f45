//! Service and resource control policies, and what they do to members.

use crate::{enable, inside, member, org, policy, root, scp, text, unit, world};
use kage_identity::{credentials, genesis};
use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

fn pair(policy: &str, target: &str) -> Value {
    json!({"PolicyId": policy, "TargetId": target})
}

fn go(world: &World, account: &str, from: &str, to: &str) {
    let input = json!({"AccountId": account, "SourceParentId": from, "DestinationParentId": to});
    org(world, "MoveAccount", input);
}

fn root_user(world: &World, account: &str) -> Caller {
    world.write(|tx| genesis::create_key(tx, world.pipeline.world(), account, None));
    let keys = world.write(|tx| credentials::list(tx.reads(), account, None));
    Caller { key: keys[0].id.clone(), secret: keys[0].secret.clone(), token: None }
}

#[test]
fn a_deny_on_a_unit_binds_the_accounts_below_it() {
    // claims: GOV-SCP-01, GOV-ORG-03
    let world = world();
    let (app, other) = (member(&world, "app"), member(&world, "other"));
    let (app_admin, other_admin) = (inside(&world, &app), inside(&world, &other));
    let root = enable(&world);
    let upper = unit(&world, &root, "a");
    let lower = unit(&world, &upper, "b");
    go(&world, &app, &root, &lower);
    let guard = scp(&world, "guard", &policy("Deny", "iam:*"));
    world.call(&app_admin, "iam", "ListUsers", json!({})).ok();
    org(&world, "AttachPolicy", pair(&guard, &upper));
    let error = world.call(&app_admin, "iam", "ListUsers", json!({})).err();
    assert!(error.message.contains("with an explicit deny in a service control policy"), "{error:?}");
    world.call(&other_admin, "iam", "ListUsers", json!({})).ok();
    let targets = org(&world, "ListTargetsForPolicy", json!({"PolicyId": guard}));
    assert_eq!(targets["Targets"][0]["TargetId"], json!(upper));
    let input = json!({"TargetId": upper, "Filter": "SERVICE_CONTROL_POLICY"});
    let attached = org(&world, "ListPoliciesForTarget", input);
    assert_eq!(attached["Policies"].as_array().unwrap().len(), 2);
    org(&world, "DetachPolicy", pair(&guard, &upper));
    world.call(&app_admin, "iam", "ListUsers", json!({})).ok();
    // An Allow must stand at every level: taken away above, what stands below does not help.
    let narrow = scp(&world, "narrow", &policy("Allow", "sts:*"));
    org(&world, "AttachPolicy", pair(&narrow, &upper));
    org(&world, "DetachPolicy", pair("p-FullAWSAccess", &upper));
    let error = world.call(&app_admin, "iam", "ListUsers", json!({})).err();
    assert!(error.message.contains("no service control policy allows"), "{error:?}");
}

#[test]
fn policies_on_the_root_bind_all_members_and_never_the_management_account() {
    // claims: GOV-SCP-02
    let world = world();
    let admin = world.admin();
    let app = member(&world, "app");
    let app_admin = inside(&world, &app);
    let root = enable(&world);
    let error = world.call(&admin, "organizations", "DetachPolicy", pair("p-FullAWSAccess", &root)).err();
    assert_eq!(error.code, "ConstraintViolationException");
    let narrow = scp(&world, "narrow", &policy("Allow", "sts:*"));
    org(&world, "AttachPolicy", pair(&narrow, &root));
    org(&world, "DetachPolicy", pair("p-FullAWSAccess", &root));
    assert_eq!(world.call(&app_admin, "iam", "ListUsers", json!({})).code(), Some("AccessDenied"));
    world.call(&admin, "iam", "ListUsers", json!({})).ok();
    let new = member(&world, "new");
    let input = json!({"TargetId": new, "Filter": "SERVICE_CONTROL_POLICY"});
    let attached = org(&world, "ListPoliciesForTarget", input);
    assert_eq!(attached["Policies"][0]["Id"], "p-FullAWSAccess");
    // Rule 42: disabling detaches all; enabling again leaves full access alone.
    let kind = json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"});
    let shown = org(&world, "DisablePolicyType", kind.clone());
    assert_eq!(shown["Root"]["PolicyTypes"], json!([]));
    assert_eq!(org(&world, "ListTargetsForPolicy", json!({"PolicyId": narrow}))["Targets"], json!([]));
    world.call(&app_admin, "iam", "ListUsers", json!({})).ok();
    let off = world.call(&admin, "organizations", "AttachPolicy", pair(&narrow, &app));
    assert_eq!(off.code(), Some("PolicyTypeNotEnabledException"));
    let off = world.call(&admin, "organizations", "DisablePolicyType", kind.clone());
    assert_eq!(off.code(), Some("PolicyTypeNotEnabledException"));
    org(&world, "EnablePolicyType", kind.clone());
    let again = world.call(&admin, "organizations", "EnablePolicyType", kind);
    assert_eq!(again.code(), Some("PolicyTypeAlreadyEnabledException"));
    assert_eq!(org(&world, "ListTargetsForPolicy", json!({"PolicyId": narrow}))["Targets"], json!([]));
    world.call(&app_admin, "iam", "ListUsers", json!({})).ok();
}

#[test]
fn only_what_both_kinds_of_policy_allow_is_usable() {
    // claims: GOV-SCP-03
    let world = world();
    let app = member(&world, "app");
    let app_admin = inside(&world, &app);
    let (some, none) = (world.user(&app_admin, "some"), world.user(&app_admin, "none"));
    let grant =
        json!({"UserName": "some", "PolicyName": "p", "PolicyDocument": policy("Allow", "iam:ListUsers")});
    world.call(&app_admin, "iam", "PutUserPolicy", grant).ok();
    let member_root = root_user(&world, &app);
    enable(&world);
    let list = |caller: &Caller| world.call(caller, "iam", "ListUsers", json!({}));
    list(&some).ok();
    list(&member_root).ok();
    // The service control policy alone (FullAWSAccess) grants nothing.
    let error = list(&none).err();
    assert!(error.message.contains("no identity-based policy allows"), "{error:?}");
    let guard = scp(&world, "guard", &policy("Deny", "iam:ListUsers"));
    org(&world, "AttachPolicy", pair(&guard, &app));
    assert_eq!(list(&some).code(), Some("AccessDenied"));
    assert_eq!(list(&none).code(), Some("AccessDenied"));
    let error = list(&member_root).err();
    assert!(error.message.contains("explicit deny in a service control policy"), "{error:?}");
    // Attached to the management account it does nothing.
    org(&world, "AttachPolicy", pair(&guard, MANAGEMENT));
    list(&world.admin()).ok();
}

#[test]
fn resource_control_policies_bind_callers_of_any_account() {
    let world = world();
    let app = member(&world, "app");
    let kind = json!({"RootId": root(&world), "PolicyType": "RESOURCE_CONTROL_POLICY"});
    org(&world, "EnablePolicyType", kind);
    inside(&world, &app);
    let content = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}]}"#;
    let input =
        json!({"Name": "rcp", "Description": "", "Type": "RESOURCE_CONTROL_POLICY", "Content": content});
    let made = text(&org(&world, "CreatePolicy", input)["Policy"]["PolicySummary"]["Id"]);
    org(&world, "AttachPolicy", pair(&made, &app));
    let role = format!("arn:aws:iam::{app}:role/OrganizationAccountAccessRole");
    let input = json!({"RoleArn": role, "RoleSessionName": "session"});
    let error = world.call(&world.admin(), "sts", "AssumeRole", input).err();
    assert!(error.message.contains("explicit deny in a resource control policy"), "{error:?}");
    let full = pair("p-RCPFullAWSAccess", &app);
    let error = world.call(&world.admin(), "organizations", "DetachPolicy", full).err();
    assert_eq!(error.code, "InvalidInputException");
    let allow = content.replace("Deny", "Allow");
    let input =
        json!({"Name": "bad", "Description": "", "Type": "RESOURCE_CONTROL_POLICY", "Content": allow});
    let error = world.call(&world.admin(), "organizations", "CreatePolicy", input).err();
    assert_eq!(error.code, "MalformedPolicyDocumentException");
}

#[test]
fn policies_are_kept_changed_and_limited() {
    let world = world();
    let admin = world.admin();
    let fails =
        |operation: &str, input: Value| world.call(&admin, "organizations", operation, input).err().code;
    let new = |name: &str, kind: &str, content: &str| json!({"Name": name, "Description": "d", "Type": kind, "Content": content});
    let kind = "SERVICE_CONTROL_POLICY";
    assert_eq!(fails("CreatePolicy", new("p", kind, "{}")), "MalformedPolicyDocumentException");
    let long = format!("{}{}", policy("Deny", "s3:*"), " ".repeat(10_240));
    assert_eq!(fails("CreatePolicy", new("p", kind, &long)), "ConstraintViolationException");
    assert_eq!(fails("CreatePolicy", new("p", "TAG_POLICY", "{}")), "NotImplemented");
    let made = org(&world, "CreatePolicy", new("p", kind, &policy("Deny", "s3:*")));
    let id = text(&made["Policy"]["PolicySummary"]["Id"]);
    assert_eq!(fails("CreatePolicy", new("p", kind, &policy("Deny", "s3:*"))), "DuplicatePolicyException");
    org(&world, "UpdatePolicy", json!({"PolicyId": id, "Content": policy("Deny", "ec2:*")}));
    let shown = org(&world, "DescribePolicy", json!({"PolicyId": id}));
    assert_eq!(shown["Policy"]["Content"], json!(policy("Deny", "ec2:*")));
    let own = json!({"PolicyId": "p-FullAWSAccess", "Name": "mine"});
    assert_eq!(fails("UpdatePolicy", own), "InvalidInputException");
    let listed = org(&world, "ListPolicies", json!({"Filter": kind}));
    assert_eq!(listed["Policies"].as_array().unwrap().len(), 2);
    let root = enable(&world);
    org(&world, "AttachPolicy", pair(&id, &root));
    assert_eq!(fails("AttachPolicy", pair(&id, &root)), "DuplicatePolicyAttachmentException");
    assert_eq!(fails("DeletePolicy", json!({"PolicyId": id})), "PolicyInUseException");
    assert_eq!(fails("AttachPolicy", pair(&id, "999999999999")), "TargetNotFoundException");
    assert_eq!(fails("AttachPolicy", pair("p-zzzzzzzz", &root)), "PolicyNotFoundException");
    for number in 3..=10 {
        let more = scp(&world, &format!("p{number}"), &policy("Deny", "s3:*"));
        org(&world, "AttachPolicy", pair(&more, &root));
    }
    let more = scp(&world, "p11", &policy("Deny", "s3:*"));
    assert_eq!(fails("AttachPolicy", pair(&more, &root)), "ConstraintViolationException");
    assert_eq!(fails("DetachPolicy", pair(&more, &root)), "PolicyNotAttachedException");
    org(&world, "DetachPolicy", pair(&id, &root));
    org(&world, "DeletePolicy", json!({"PolicyId": id}));
    assert_eq!(fails("DescribePolicy", json!({"PolicyId": id})), "PolicyNotFoundException");
}
