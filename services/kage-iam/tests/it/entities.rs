//! Users, groups, roles, instance profiles.

use crate::{World, decoded, policy, policy_if, trust};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

#[test]
fn a_user_is_made_shown_listed_and_deleted() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let input = json!({"UserName": "Bob", "Path": "/dev/", "Tags": [{"Key": "team", "Value": "a"}]});
    let made = world.call(&admin, "iam", "CreateUser", input).ok();
    assert_eq!(made["User"]["Arn"], format!("arn:aws:iam::{MANAGEMENT}:user/dev/Bob"));
    assert!(made["User"]["UserId"].as_str().unwrap().starts_with("AIDA"));
    let shown = world.call(&admin, "iam", "GetUser", json!({"UserName": "Bob"})).ok();
    assert_eq!(shown["User"]["Tags"], json!([{"Key": "team", "Value": "a"}]));
    let listed = world.call(&admin, "iam", "ListUsers", json!({"PathPrefix": "/dev/"})).ok();
    assert_eq!(listed["Users"].as_array().unwrap().len(), 1);
    assert_eq!(listed["Users"][0].get("Tags"), None);
    let error = world.call(&admin, "iam", "CreateUser", json!({"UserName": "bob"})).err();
    assert_eq!((error.code.as_str(), error.status), ("EntityAlreadyExists", 409));
    assert_eq!(error.message, "User with name bob already exists.");
    world.call(&admin, "iam", "DeleteUser", json!({"UserName": "Bob"})).ok();
    let error = world.call(&admin, "iam", "GetUser", json!({"UserName": "Bob"})).err();
    assert_eq!((error.code.as_str(), error.status), ("NoSuchEntity", 404));
    assert_eq!(error.message, "The user with name Bob cannot be found.");
    let names: Vec<Value> = world.events(MANAGEMENT).iter().map(|event| event["eventName"].clone()).collect();
    assert_eq!(names[0], "CreateUser");
    assert!(names.contains(&json!("DeleteUser")));
}

#[test]
fn without_permission_every_call_is_denied_before_anything_is_told() {
    let world = World::new(vec![kage_iam::service()]);
    let bob = world.user(&world.admin(), "bob");
    let error = world.call(&bob, "iam", "GetUser", json!({"UserName": "nobody"})).err();
    assert_eq!((error.code.as_str(), error.status), ("AccessDenied", 403));
    let text = format!(
        "User: arn:aws:iam::{MANAGEMENT}:user/bob is not authorized to perform: iam:GetUser on resource: arn:aws:iam::{MANAGEMENT}:user/nobody because no identity-based policy allows the iam:GetUser action"
    );
    assert_eq!(error.message, text);
    let event = world.events(MANAGEMENT).pop().unwrap();
    assert_eq!(
        (event["eventName"].as_str(), event["errorCode"].as_str()),
        (Some("GetUser"), Some("AccessDenied"))
    );
}

#[test]
fn a_user_is_deleted_only_when_nothing_hangs_on_it() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let run = |operation: &str, input: Value| world.call(&admin, "iam", operation, input);
    world.user(&admin, "bob");
    let bob = json!({"UserName": "bob"});
    let key = run("ListAccessKeys", bob.clone()).ok()["AccessKeyMetadata"][0]["AccessKeyId"].clone();
    run("CreateLoginProfile", json!({"UserName": "bob", "Password": "Correct-horse-9"})).ok();
    run("CreateGroup", json!({"GroupName": "dev"})).ok();
    run("AddUserToGroup", json!({"UserName": "bob", "GroupName": "dev"})).ok();
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    run("AttachUserPolicy", json!({"UserName": "bob", "PolicyArn": arn})).ok();
    let document = policy("Allow", "s3:*", "*");
    run("PutUserPolicy", json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": document})).ok();
    let steps = [
        ("delete login profile", "DeleteLoginProfile", bob.clone()),
        ("delete access keys", "DeleteAccessKey", json!({"UserName": "bob", "AccessKeyId": key})),
        ("remove users from group", "RemoveUserFromGroup", json!({"UserName": "bob", "GroupName": "dev"})),
        ("detach all policies", "DetachUserPolicy", json!({"UserName": "bob", "PolicyArn": arn})),
        ("delete policies", "DeleteUserPolicy", json!({"UserName": "bob", "PolicyName": "p"})),
    ];
    for (what, operation, input) in steps {
        let error = run("DeleteUser", bob.clone()).err();
        assert_eq!((error.code.as_str(), error.status), ("DeleteConflict", 409));
        assert_eq!(error.message, format!("Cannot delete entity, must {what} first."));
        run(operation, input).ok();
    }
    run("DeleteUser", bob).ok();
}

#[test]
fn lists_come_in_pages_with_markers_of_their_own() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    for name in ["c", "B", "a"] {
        world.call(&admin, "iam", "CreateGroup", json!({"GroupName": name})).ok();
    }
    let first = world.call(&admin, "iam", "ListGroups", json!({"MaxItems": 2})).ok();
    let names = |page: &Value| -> Vec<String> {
        page["Groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|g| g["GroupName"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!((names(&first), first["IsTruncated"].as_bool()), (vec!["a".into(), "B".into()], Some(true)));
    let marker = first["Marker"].clone();
    let second = world.call(&admin, "iam", "ListGroups", json!({"MaxItems": 2, "Marker": marker})).ok();
    assert_eq!((names(&second), second["IsTruncated"].as_bool()), (vec!["c".to_owned()], Some(false)));
    let error = world.call(&admin, "iam", "ListUsers", json!({"Marker": first["Marker"]})).err();
    assert_eq!((error.code.as_str(), error.message.as_str()), ("ValidationError", "Invalid Marker."));
}

#[test]
fn a_renamed_user_keeps_keys_groups_and_permissions() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let document = policy("Allow", "iam:GetUser", "*");
    let input = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": document});
    world.call(&admin, "iam", "PutUserPolicy", input).ok();
    world
        .call(&admin, "iam", "UpdateUser", json!({"UserName": "bob", "NewUserName": "rob", "NewPath": "/x/"}))
        .ok();
    let shown = world.call(&bob, "iam", "GetUser", json!({})).ok();
    assert_eq!(shown["User"]["Arn"], format!("arn:aws:iam::{MANAGEMENT}:user/x/rob"));
}

#[test]
fn trust_policies_hold_unique_ids_and_refuse_unknown_principals() {
    // claims: ID-POLICY-06
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    world.user(&admin, "bob");
    let arn = format!("arn:aws:iam::{MANAGEMENT}:user/bob");
    let create = |name: &str, document: &str| {
        world.call(
            &admin,
            "iam",
            "CreateRole",
            json!({"RoleName": name, "AssumeRolePolicyDocument": document}),
        )
    };
    let made = create("ops", &trust(&arn)).ok();
    assert!(decoded(&made["Role"]["AssumeRolePolicyDocument"]).contains(&arn));
    assert_eq!(made["Role"].get("MaxSessionDuration"), None);
    // The user is deleted and made again: the trust was in the old one.
    let key = world.call(&admin, "iam", "ListAccessKeys", json!({"UserName": "bob"})).ok();
    let key = json!({"UserName": "bob", "AccessKeyId": key["AccessKeyMetadata"][0]["AccessKeyId"]});
    world.call(&admin, "iam", "DeleteAccessKey", key).ok();
    world.call(&admin, "iam", "DeleteUser", json!({"UserName": "bob"})).ok();
    world.call(&admin, "iam", "CreateUser", json!({"UserName": "bob"})).ok();
    let shown = world.call(&admin, "iam", "GetRole", json!({"RoleName": "ops"})).ok();
    let document = decoded(&shown["Role"]["AssumeRolePolicyDocument"]);
    assert!(document.contains("\"AIDA") && !document.contains(&arn), "{document}");
    let unknown = format!("arn:aws:iam::{MANAGEMENT}:user/nobody");
    let error = create("x", &trust(&unknown)).err();
    assert_eq!((error.code.as_str(), error.status), ("MalformedPolicyDocument", 400));
    assert_eq!(error.message, format!("Invalid principal in policy: \"AWS\":\"{unknown}\""));
    let misspelt = trust(&arn).replace("Principal", "Principle");
    assert_eq!(create("x", &misspelt).err().code, "MalformedPolicyDocument");
    assert_eq!(create("x", "{").err().message, "This policy contains invalid Json");
    let operator =
        crate::policy_if("Allow", "sts:AssumeRole", r#"{"stringEquals":{"aws:PrincipalTag/a":"b"}}"#)
            .replace("\"Resource\":\"*\"", "\"Principal\":\"*\"");
    assert_eq!(create("x", &operator).err().message, "Invalid Condition type : stringEquals");
    let service = trust("x").replace("\"AWS\":\"x\"", "\"Service\":\"ec2.amazonaws.com\"");
    create("y", &service).ok();
}

#[test]
fn a_role_in_an_instance_profile_must_be_passed() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let service = trust("x").replace("\"AWS\":\"x\"", "\"Service\":\"ec2.amazonaws.com\"");
    world
        .call(&admin, "iam", "CreateRole", json!({"RoleName": "ops", "AssumeRolePolicyDocument": service}))
        .ok();
    world.call(&admin, "iam", "CreateInstanceProfile", json!({"InstanceProfileName": "web"})).ok();
    let put = |document: String| {
        let input = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": document});
        world.call(&admin, "iam", "PutUserPolicy", input).ok();
    };
    let input = json!({"InstanceProfileName": "web", "RoleName": "ops"});
    put(policy("Allow", "iam:AddRoleToInstanceProfile", "*"));
    let error = world.call(&bob, "iam", "AddRoleToInstanceProfile", input.clone()).err();
    assert!(error.message.contains("iam:PassRole"), "{}", error.message);
    let to_ec2 = r#"{"StringEqualsIfExists":{"iam:PassedToService":"ec2.amazonaws.com"}}"#;
    put(policy_if("Allow", "iam:*", to_ec2));
    world.call(&bob, "iam", "AddRoleToInstanceProfile", input.clone()).ok();
    let error = world.call(&admin, "iam", "AddRoleToInstanceProfile", input.clone()).err();
    assert_eq!(error.message, "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
    let error = world.call(&admin, "iam", "DeleteRole", json!({"RoleName": "ops"})).err();
    assert_eq!(error.message, "Cannot delete entity, must remove roles from instance profile first.");
    let shown = world.call(&admin, "iam", "GetInstanceProfile", json!({"InstanceProfileName": "web"})).ok();
    assert_eq!(shown["InstanceProfile"]["Roles"][0]["RoleName"], "ops");
    world.call(&admin, "iam", "RemoveRoleFromInstanceProfile", input).ok();
    world.call(&admin, "iam", "DeleteRole", json!({"RoleName": "ops"})).ok();
    world.call(&admin, "iam", "DeleteInstanceProfile", json!({"InstanceProfileName": "web"})).ok();
}

#[test]
fn service_linked_roles_belong_to_their_service() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let made = json!({"AWSServiceName": "batch.amazonaws.com"});
    world.call(&admin, "iam", "CreateServiceLinkedRole", made.clone()).ok();
    let error = world.call(&admin, "iam", "CreateServiceLinkedRole", made).err();
    assert_eq!(
        error.message,
        "Service role name AWSServiceRoleForBatch has been taken in this account, please try a different suffix."
    );
    let name = "AWSServiceRoleForBatch";
    for (operation, input) in [
        ("DeleteRole", json!({"RoleName": name})),
        (
            "PutRolePolicy",
            json!({"RoleName": name, "PolicyName": "p", "PolicyDocument": policy("Allow", "s3:*", "*")}),
        ),
        ("UpdateAssumeRolePolicy", json!({"RoleName": name, "PolicyDocument": trust("*")})),
    ] {
        let error = world.call(&admin, "iam", operation, input).err();
        assert_eq!((error.code.as_str(), error.status), ("UnmodifiableEntity", 400), "{operation}");
    }
    let error = world
        .call(&admin, "iam", "CreateServiceLinkedRole", json!({"AWSServiceName": "x.amazonaws.com"}))
        .err();
    assert_eq!((error.code.as_str(), error.status), ("NotImplemented", 501));
    let task = world.call(&admin, "iam", "DeleteServiceLinkedRole", json!({"RoleName": name})).ok();
    let task = json!({"DeletionTaskId": task["DeletionTaskId"]});
    let status = world.call(&admin, "iam", "GetServiceLinkedRoleDeletionStatus", task).ok();
    assert_eq!(status["Status"], "SUCCEEDED");
    assert_eq!(world.call(&admin, "iam", "GetRole", json!({"RoleName": name})).err().code, "NoSuchEntity");
}

#[test]
fn tags_are_unique_without_regard_to_case_and_needed_on_create() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let input = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": policy("Allow", "iam:CreateUser", "*")});
    world.call(&admin, "iam", "PutUserPolicy", input).ok();
    let tagged = json!({"UserName": "x", "Tags": [{"Key": "a", "Value": "1"}]});
    let error = world.call(&bob, "iam", "CreateUser", tagged).err();
    assert!(error.message.contains("iam:TagUser"), "{}", error.message);
    world.call(&bob, "iam", "CreateUser", json!({"UserName": "x"})).ok();
    let twice = json!({"UserName": "x", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]});
    let error = world.call(&admin, "iam", "TagUser", twice).err();
    assert_eq!(error.message, "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    for (key, value) in [("a", "1"), ("A", "2")] {
        let input = json!({"UserName": "x", "Tags": [{"Key": key, "Value": value}]});
        world.call(&admin, "iam", "TagUser", input).ok();
    }
    let listed = world.call(&admin, "iam", "ListUserTags", json!({"UserName": "x"})).ok();
    assert_eq!(listed["Tags"], json!([{"Key": "A", "Value": "2"}]));
    world.call(&admin, "iam", "UntagUser", json!({"UserName": "x", "TagKeys": ["a"]})).ok();
    let listed = world.call(&admin, "iam", "ListUserTags", json!({"UserName": "x"})).ok();
    assert_eq!(listed["Tags"], json!([]));
}

#[test]
fn the_account_has_alias_summary_and_details() {
    let mut world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let (_, other) = world.account();
    world.call(&admin, "iam", "CreateAccountAlias", json!({"AccountAlias": "acme"})).ok();
    let error = world.call(&other, "iam", "CreateAccountAlias", json!({"AccountAlias": "acme"})).err();
    assert_eq!(error.message, "The account alias acme already exists.");
    assert_eq!(alias_of(&world).as_deref(), Some("acme"));
    let summary = world.call(&admin, "iam", "GetAccountSummary", json!({})).ok();
    assert_eq!(
        (&summary["SummaryMap"]["Users"], &summary["SummaryMap"]["UsersQuota"]),
        (&json!(1), &json!(5000))
    );
    let details = world.call(&admin, "iam", "GetAccountAuthorizationDetails", json!({})).ok();
    assert_eq!(
        details["UserDetailList"][0]["AttachedManagedPolicies"][0]["PolicyName"],
        "AdministratorAccess"
    );
    assert_eq!(details["Policies"][0]["AttachmentCount"], 1);
    assert!(decoded(&details["Policies"][0]["PolicyVersionList"][0]["Document"]).contains("\"*\""));
    let only = world.call(&admin, "iam", "GetAccountAuthorizationDetails", json!({"Filter": ["Group"]})).ok();
    assert_eq!((&only["UserDetailList"], &only["Policies"]), (&json!([]), &json!([])));
}

fn alias_of(world: &kage_test::World) -> Option<String> {
    world.write(|tx| kage_identity::accounts::find(tx.reads(), MANAGEMENT)).and_then(|found| found.alias)
}
