//! Policy documents, managed policies, boundaries, quotas.

use crate::{World, decoded, policy};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

#[test]
fn documents_are_refused_in_awss_words() {
    // claims: ID-POLICY-01, ID-POLICY-02, ID-POLICY-06
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let create = |text: &str| {
        world.call(&admin, "iam", "CreatePolicy", json!({"PolicyName": "p", "PolicyDocument": text}))
    };
    let good = policy("Allow", "s3:GetObject", "*");
    for (text, message) in [
        ("{".to_owned(), "Syntax errors in policy."),
        (good.replace("Action", "Actoin"), "Syntax errors in policy."),
        (good.replace("Allow", "Permit"), "Syntax errors in policy."),
        (good.replace("\"Allow\"", "\"allow\""), "The policy failed legacy parsing"),
        (good.replace("2012-10-17", "2008-10-17"), "Policy document must be version 2012-10-17 or greater."),
        (
            good.replace("\"Effect\"", "\"Principal\":\"*\",\"Effect\""),
            "Policy document should not specify a principal.",
        ),
        (
            good.replace("s3:GetObject", "GetObject"),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (good.replace("\"*\"", "\"bucket\""), "Resource bucket must be in ARN format or \"*\"."),
    ] {
        let error = create(&text).err();
        assert_eq!((error.code.as_str(), error.status), ("MalformedPolicyDocument", 400), "{text}");
        assert_eq!(error.message, message, "{text}");
    }
    let full = r#"{"Version":"2012-10-17","Id":"x","Statement":{"Sid":"A1","Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:s3:::b/*"}}"#;
    create(full).ok();
}

#[test]
fn managed_policies_have_versions_and_can_be_rolled_back() {
    // claims: ID-POLICY-08
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let run = |operation: &str, input: Value| world.call(&admin, "iam", operation, input);
    let bob = world.user(&admin, "bob");
    let lists = policy("Allow", "iam:ListUsers", "*");
    let made = run("CreatePolicy", json!({"PolicyName": "p", "Path": "/x/", "PolicyDocument": lists})).ok();
    let arn = made["Policy"]["Arn"].as_str().unwrap().to_owned();
    assert_eq!(arn, format!("arn:aws:iam::{MANAGEMENT}:policy/x/p"));
    run("AttachUserPolicy", json!({"UserName": "bob", "PolicyArn": arn})).ok();
    world.call(&bob, "iam", "ListUsers", json!({})).ok();
    let other = policy("Allow", "iam:ListRoles", "*");
    let version =
        run("CreatePolicyVersion", json!({"PolicyArn": arn, "PolicyDocument": other, "SetAsDefault": true}))
            .ok();
    assert_eq!(version["PolicyVersion"]["VersionId"], "v2");
    assert_eq!(world.call(&bob, "iam", "ListUsers", json!({})).err().code, "AccessDenied");
    let error = run("DeletePolicyVersion", json!({"PolicyArn": arn, "VersionId": "v2"})).err();
    assert_eq!(error.message, "Cannot delete the default version of a policy.");
    run("SetDefaultPolicyVersion", json!({"PolicyArn": arn, "VersionId": "v1"})).ok();
    world.call(&bob, "iam", "ListUsers", json!({})).ok();
    for _ in 0..3 {
        run("CreatePolicyVersion", json!({"PolicyArn": arn, "PolicyDocument": other})).ok();
    }
    let error = run("CreatePolicyVersion", json!({"PolicyArn": arn, "PolicyDocument": other})).err();
    assert_eq!(error.code, "LimitExceeded");
    let shown = run("GetPolicyVersion", json!({"PolicyArn": arn, "VersionId": "v1"})).ok();
    assert_eq!(decoded(&shown["PolicyVersion"]["Document"]), lists);
    let entities = run("ListEntitiesForPolicy", json!({"PolicyArn": arn})).ok();
    assert_eq!(entities["PolicyUsers"][0]["UserName"], "bob");
    assert_eq!(
        run("DeletePolicy", json!({"PolicyArn": arn})).err().message,
        "Cannot delete a policy attached to entities."
    );
    run("DetachUserPolicy", json!({"UserName": "bob", "PolicyArn": arn})).ok();
    assert_eq!(world.call(&bob, "iam", "ListUsers", json!({})).err().code, "AccessDenied");
    assert!(
        run("DeletePolicy", json!({"PolicyArn": arn}))
            .err()
            .message
            .starts_with("This policy has more than one version.")
    );
    for id in ["v2", "v3", "v4", "v5"] {
        run("DeletePolicyVersion", json!({"PolicyArn": arn, "VersionId": id})).ok();
    }
    run("DeletePolicy", json!({"PolicyArn": arn})).ok();
    let error = run("GetPolicy", json!({"PolicyArn": arn})).err();
    assert_eq!(error.message, format!("Policy {arn} was not found."));
}

#[test]
fn awss_own_policies_are_there_and_cannot_be_changed() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    let shown = world.call(&admin, "iam", "GetPolicy", json!({"PolicyArn": arn})).ok();
    assert_eq!((&shown["Policy"]["AttachmentCount"], &shown["Policy"]["Path"]), (&json!(1), &json!("/")));
    let used = world.call(&admin, "iam", "ListPolicies", json!({"Scope": "AWS", "OnlyAttached": true})).ok();
    assert_eq!(used["Policies"].as_array().unwrap().len(), 1);
    let all = world.call(&admin, "iam", "ListPolicies", json!({"Scope": "AWS", "MaxItems": 1000})).ok();
    assert_eq!((all["Policies"].as_array().unwrap().len(), &all["IsTruncated"]), (1000, &json!(true)));
    let error = world.call(&admin, "iam", "DeletePolicy", json!({"PolicyArn": arn})).err();
    assert_eq!(error.code, "AccessDenied");
    let error = world
        .call(
            &admin,
            "iam",
            "AttachUserPolicy",
            json!({"UserName": "admin", "PolicyArn": "arn:aws:iam::aws:policy/NoSuch"}),
        )
        .err();
    assert_eq!(error.message, "Policy arn:aws:iam::aws:policy/NoSuch does not exist or is not attachable.");
    let error = world
        .call(
            &admin,
            "iam",
            "AttachUserPolicy",
            json!({"UserName": "admin", "PolicyArn": "longpolicynamebutnoarn"}),
        )
        .err();
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        ("ValidationError", "Invalid ARN:  Could not be parsed!")
    );
}

#[test]
fn a_boundary_caps_and_its_key_is_a_condition() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let run = |operation: &str, input: Value| world.call(&admin, "iam", operation, input);
    let bob = world.user(&admin, "bob");
    run(
        "AttachUserPolicy",
        json!({"UserName": "bob", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    )
    .ok();
    let document = policy("Allow", "iam:List*", "*");
    let arn =
        run("CreatePolicy", json!({"PolicyName": "cap", "PolicyDocument": document})).ok()["Policy"]["Arn"]
            .clone();
    run("PutUserPermissionsBoundary", json!({"UserName": "bob", "PermissionsBoundary": arn})).ok();
    world.call(&bob, "iam", "ListUsers", json!({})).ok();
    let error = world.call(&bob, "iam", "GetUser", json!({})).err();
    assert!(
        error.message.ends_with("because no permissions boundary allows the iam:GetUser action"),
        "{}",
        error.message
    );
    assert_eq!(run("DeletePolicy", json!({"PolicyArn": arn})).err().code, "DeleteConflict");
    // Bob's successor may make users only inside the boundary.
    let eve = world.user(&admin, "eve");
    let condition = format!(r#"{{"StringEquals":{{"iam:PermissionsBoundary":{arn}}}}}"#);
    let document = crate::policy_if("Allow", "iam:CreateUser", &condition);
    run("PutUserPolicy", json!({"UserName": "eve", "PolicyName": "p", "PolicyDocument": document})).ok();
    assert_eq!(world.call(&eve, "iam", "CreateUser", json!({"UserName": "x"})).err().code, "AccessDenied");
    world.call(&eve, "iam", "CreateUser", json!({"UserName": "x", "PermissionsBoundary": arn})).ok();
    run("DeleteUserPermissionsBoundary", json!({"UserName": "bob"})).ok();
    world.call(&bob, "iam", "GetUser", json!({})).ok();
}

#[test]
fn sizes_are_counted_without_white_space() {
    // claims: ID-POLICY-10
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let run = |operation: &str, input: Value| world.call(&admin, "iam", operation, input);
    run("CreateUser", json!({"UserName": "bob"})).ok();
    run("CreateGroup", json!({"GroupName": "dev"})).ok();
    // A document of exactly `size` characters besides white space.
    let sized = |size: usize| {
        let bare = policy("Allow", "s3:GetObject", "arn:aws:s3:::").len();
        policy("Allow", "s3:GetObject", &format!("arn:aws:s3:::{}", "x".repeat(size - bare)))
            .replace(',', ",  \n")
    };
    let put = |operation: &str, member: &str, name: &str, size: usize| {
        run(operation, json!({member: name, "PolicyName": "p", "PolicyDocument": sized(size)}))
    };
    put("PutUserPolicy", "UserName", "bob", 2048).ok();
    let error = put("PutUserPolicy", "UserName", "bob", 2049).err();
    assert_eq!((error.code.as_str(), error.status), ("LimitExceeded", 409));
    assert_eq!(error.message, "Maximum policy size of 2048 bytes exceeded for user bob");
    put("PutGroupPolicy", "GroupName", "dev", 5120).ok();
    assert_eq!(put("PutGroupPolicy", "GroupName", "dev", 5121).err().code, "LimitExceeded");
    run("CreatePolicy", json!({"PolicyName": "p", "PolicyDocument": sized(6144)})).ok();
    let error = run("CreatePolicy", json!({"PolicyName": "q", "PolicyDocument": sized(6145)})).err();
    assert_eq!(error.message, "Cannot exceed quota for PolicySize: 6144");
    let role = json!({"RoleName": "r", "AssumeRolePolicyDocument": crate::trust("*")});
    run("CreateRole", role).ok();
    put("PutRolePolicy", "RoleName", "r", 10240).ok();
    assert_eq!(put("PutRolePolicy", "RoleName", "r", 10241).err().code, "LimitExceeded");
    // A wildcard says the same in less.
    let long: Vec<String> =
        ["Acl", "Tagging", "Retention"].iter().map(|s| format!("\"s3:GetObject{s}\"")).collect();
    let action = |list: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":[{list}],"Resource":"*"}}}}"#
        )
    };
    for text in [action(&long.join(",")), action("\"s3:GetObject?*\"")] {
        let input = json!({"PolicyInputList": [text], "ActionNames": ["s3:GetObjectAcl", "s3:GetObject"]});
        let out = run("SimulateCustomPolicy", input).ok();
        let decisions: Vec<&Value> =
            out["EvaluationResults"].as_array().unwrap().iter().map(|r| &r["EvalDecision"]).collect();
        assert_eq!(decisions, ["allowed", "implicitDeny"]);
    }
}

#[test]
fn ten_policies_ten_groups_two_keys() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let run = |operation: &str, input: Value| world.call(&admin, "iam", operation, input);
    world.user(&admin, "bob");
    let document = policy("Allow", "s3:*", "*");
    for number in 0..11 {
        let made =
            run("CreatePolicy", json!({"PolicyName": format!("p{number}"), "PolicyDocument": document})).ok();
        run("CreateGroup", json!({"GroupName": format!("g{number}")})).ok();
        let attach = json!({"UserName": "bob", "PolicyArn": made["Policy"]["Arn"]});
        let attached = run("AttachUserPolicy", attach);
        let added = run("AddUserToGroup", json!({"UserName": "bob", "GroupName": format!("g{number}")}));
        if number < 10 {
            attached.ok();
            added.ok();
        } else {
            assert_eq!(attached.err().message, "Cannot exceed quota for PoliciesPerUser: 10");
            assert_eq!(added.err().message, "Cannot exceed quota for GroupsPerUser: 10");
        }
    }
    run("CreateAccessKey", json!({"UserName": "bob"})).ok();
    assert_eq!(
        run("CreateAccessKey", json!({"UserName": "bob"})).err().message,
        "Cannot exceed quota for AccessKeysPerUser: 2"
    );
}
