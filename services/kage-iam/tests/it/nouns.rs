//! Groups, roles, instance profiles, policy versions, and the account's own settings.

use crate::hands::Hands;
use crate::{decoded, policy, trust};
use kage_identity::mfa;
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

fn names(list: &Value, member: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one[member].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_group_shows_its_users_is_renamed_and_deleted_when_empty() {
    let hands = Hands::new();
    let dev = json!({"GroupName": "dev"});
    for operation in ["GetGroup", "UpdateGroup", "DeleteGroup"] {
        hands.refused(
            operation,
            dev.clone(),
            "NoSuchEntity",
            404,
            "The group with name dev cannot be found.",
        );
    }
    hands.ok("CreateGroup", dev.clone());
    hands.refused(
        "CreateGroup",
        json!({"GroupName": "DEV"}),
        "EntityAlreadyExists",
        409,
        "Group with name DEV already exists.",
    );
    for name in ["c", "B", "a"] {
        hands.ok("CreateUser", json!({"UserName": name}));
        hands.ok("AddUserToGroup", json!({"GroupName": "dev", "UserName": name}));
    }
    let first = hands.ok("GetGroup", json!({"GroupName": "dev", "MaxItems": 2}));
    assert_eq!(first["Group"]["Arn"], format!("arn:aws:iam::{MANAGEMENT}:group/dev"));
    assert_eq!(
        (names(&first["Users"], "UserName"), &first["IsTruncated"]),
        (vec!["a".into(), "B".into()], &json!(true))
    );
    let second = hands.ok("GetGroup", json!({"GroupName": "dev", "Marker": first["Marker"]}));
    assert_eq!(
        (names(&second["Users"], "UserName"), &second["IsTruncated"]),
        (vec!["c".to_owned()], &json!(false))
    );

    hands.ok("CreateGroup", json!({"GroupName": "ops"}));
    let taken = json!({"GroupName": "dev", "NewGroupName": "OPS"});
    hands.refused("UpdateGroup", taken, "EntityAlreadyExists", 409, "Group with name OPS already exists.");
    hands.ok("UpdateGroup", json!({"GroupName": "dev", "NewGroupName": "builders", "NewPath": "/x/"}));
    hands.refused("GetGroup", dev, "NoSuchEntity", 404, "The group with name dev cannot be found.");
    let renamed = hands.ok("GetGroup", json!({"GroupName": "builders"}));
    assert_eq!(renamed["Group"]["Arn"], format!("arn:aws:iam::{MANAGEMENT}:group/x/builders"));
    assert_eq!(renamed["Group"]["GroupId"], first["Group"]["GroupId"]);
    let of_user = hands.ok("ListGroupsForUser", json!({"UserName": "a"}));
    assert_eq!(names(&of_user["Groups"], "GroupName"), ["builders"]);

    let builders = json!({"GroupName": "builders"});
    let text = "Cannot delete entity, must remove users from group first.";
    hands.refused("DeleteGroup", builders.clone(), "DeleteConflict", 409, text);
    for name in ["a", "b", "c"] {
        hands.ok("RemoveUserFromGroup", json!({"GroupName": "builders", "UserName": name}));
    }
    hands.ok("DeleteGroup", builders);
    assert_eq!(names(&hands.ok("ListGroups", json!({}))["Groups"], "GroupName"), ["ops"]);
}

#[test]
fn a_user_is_in_ten_groups_at_most() {
    let hands = Hands::new();
    hands.ok("CreateUser", json!({"UserName": "bob"}));
    for n in 0..11 {
        hands.ok("CreateGroup", json!({"GroupName": format!("g{n}")}));
    }
    let add = |n: u32| json!({"UserName": "bob", "GroupName": format!("g{n}")});
    for n in 0..10 {
        hands.ok("AddUserToGroup", add(n));
    }
    hands.refused(
        "AddUserToGroup",
        add(10),
        "LimitExceeded",
        409,
        "Cannot exceed quota for GroupsPerUser: 10",
    );
    hands.ok("AddUserToGroup", add(0));
    let nobody = json!({"UserName": "nobody", "GroupName": "g0"});
    hands.refused(
        "AddUserToGroup",
        nobody,
        "NoSuchEntity",
        404,
        "The user with name nobody cannot be found.",
    );
}

#[test]
fn roles_are_listed_and_updated() {
    let hands = Hands::new();
    let create = |name: &str, path: &str| {
        let input = json!({"RoleName": name, "Path": path, "AssumeRolePolicyDocument": trust("*"), "Tags": [{"Key": "a", "Value": "1"}]});
        hands.ok("CreateRole", input);
    };
    create("Beta", "/team/");
    create("alpha", "/team/");
    create("gamma", "/");
    let listed = hands.ok("ListRoles", json!({"PathPrefix": "/team/"}));
    assert_eq!(names(&listed["Roles"], "RoleName"), ["alpha", "Beta"]);
    assert_eq!(
        (listed["Roles"][0].get("Tags"), &listed["Roles"][0]["MaxSessionDuration"]),
        (None, &json!(3600))
    );
    let first = hands.ok("ListRoles", json!({"PathPrefix": "/team/", "MaxItems": 1}));
    let second = hands.ok("ListRoles", json!({"PathPrefix": "/team/", "Marker": first["Marker"]}));
    assert_eq!(names(&second["Roles"], "RoleName"), ["Beta"]);

    hands.ok("UpdateRole", json!({"RoleName": "alpha", "Description": "first", "MaxSessionDuration": 7200}));
    let shown = || hands.ok("GetRole", json!({"RoleName": "alpha"}))["Role"].clone();
    assert_eq!((&shown()["Description"], &shown()["MaxSessionDuration"]), (&json!("first"), &json!(7200)));
    // AWS: IAM API reference, UpdateRole: a longest session that is not given becomes one hour.
    hands.ok("UpdateRole", json!({"RoleName": "alpha"}));
    assert_eq!((&shown()["Description"], &shown()["MaxSessionDuration"]), (&json!("first"), &json!(3600)));
    hands.error(
        "UpdateRole",
        json!({"RoleName": "alpha", "MaxSessionDuration": 3599}),
        "ValidationError",
        400,
    );
    let out = hands.ok("UpdateRoleDescription", json!({"RoleName": "alpha", "Description": "second"}));
    assert_eq!(out["Role"]["Description"], "second");
    assert_eq!(shown()["Description"], "second");
    hands.ok("UpdateAssumeRolePolicy", json!({"RoleName": "alpha", "PolicyDocument": trust(MANAGEMENT)}));
    assert!(
        decoded(&shown()["AssumeRolePolicyDocument"]).contains(&format!("arn:aws:iam::{MANAGEMENT}:root"))
    );
    let text = "The role with name nobody cannot be found.";
    let nobody = json!({"RoleName": "nobody"});
    hands.refused("UpdateRole", nobody.clone(), "NoSuchEntity", 404, text);
    hands.refused(
        "UpdateRoleDescription",
        json!({"RoleName": "nobody", "Description": ""}),
        "NoSuchEntity",
        404,
        text,
    );
    hands.refused("DeleteRole", nobody, "NoSuchEntity", 404, text);
}

#[test]
fn of_a_service_linked_role_only_the_description_changes() {
    let hands = Hands::new();
    hands.ok("CreateServiceLinkedRole", json!({"AWSServiceName": "batch.amazonaws.com"}));
    let name = "AWSServiceRoleForBatch";
    hands.ok("UpdateRoleDescription", json!({"RoleName": name, "Description": "first"}));
    // AWS: IAM user guide, "Edit a service-linked role description": the CLI's command is update-role.
    hands.ok("UpdateRole", json!({"RoleName": name, "Description": "second"}));
    assert_eq!(hands.ok("GetRole", json!({"RoleName": name}))["Role"]["Description"], "second");
    let text = format!(
        "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    );
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    for (operation, input) in [
        ("UpdateRole", json!({"RoleName": name, "MaxSessionDuration": 7200})),
        ("AttachRolePolicy", json!({"RoleName": name, "PolicyArn": arn})),
        ("DetachRolePolicy", json!({"RoleName": name, "PolicyArn": arn})),
        ("DeleteRolePolicy", json!({"RoleName": name, "PolicyName": "p"})),
        ("PutRolePermissionsBoundary", json!({"RoleName": name, "PermissionsBoundary": arn})),
        ("DeleteRolePermissionsBoundary", json!({"RoleName": name})),
    ] {
        hands.refused(operation, input, "UnmodifiableEntity", 400, &text);
    }
}

#[test]
fn instance_profiles_are_listed_with_their_roles() {
    let hands = Hands::new();
    for name in ["ops", "idle"] {
        hands.ok("CreateRole", json!({"RoleName": name, "AssumeRolePolicyDocument": trust("*")}));
    }
    for (name, path) in [("web", "/team/"), ("Db", "/team/"), ("old", "/")] {
        hands.ok(
            "CreateInstanceProfile",
            json!({"InstanceProfileName": name, "Path": path, "Tags": [{"Key": "a", "Value": "1"}]}),
        );
    }
    let again = json!({"InstanceProfileName": "WEB"});
    hands.refused(
        "CreateInstanceProfile",
        again,
        "EntityAlreadyExists",
        409,
        "Instance Profile WEB already exists.",
    );
    for name in ["web", "Db"] {
        hands.ok("AddRoleToInstanceProfile", json!({"InstanceProfileName": name, "RoleName": "ops"}));
    }
    let listed = hands.ok("ListInstanceProfiles", json!({"PathPrefix": "/team/"}));
    assert_eq!(names(&listed["InstanceProfiles"], "InstanceProfileName"), ["Db", "web"]);
    assert_eq!(listed["InstanceProfiles"][0]["Roles"][0]["RoleName"], "ops");
    assert_eq!(listed["InstanceProfiles"][0].get("Tags"), None);
    let first = hands.ok("ListInstanceProfiles", json!({"MaxItems": 1}));
    let second = hands.ok("ListInstanceProfiles", json!({"MaxItems": 1, "Marker": first["Marker"]}));
    assert_eq!(names(&second["InstanceProfiles"], "InstanceProfileName"), ["old"]);
    let of = |role: &str| {
        let out = hands.ok("ListInstanceProfilesForRole", json!({"RoleName": role}));
        names(&out["InstanceProfiles"], "InstanceProfileName")
    };
    assert_eq!(
        (of("ops"), of("OPS"), of("idle")),
        (vec!["Db".into(), "web".into()], vec!["Db".into(), "web".into()], vec![])
    );
    let text = "The role with name nobody cannot be found.";
    hands.refused("ListInstanceProfilesForRole", json!({"RoleName": "nobody"}), "NoSuchEntity", 404, text);
    let text = "Cannot delete entity, must remove roles from instance profile first.";
    hands.refused(
        "DeleteInstanceProfile",
        json!({"InstanceProfileName": "web"}),
        "DeleteConflict",
        409,
        text,
    );
    hands.ok("RemoveRoleFromInstanceProfile", json!({"InstanceProfileName": "web", "RoleName": "ops"}));
    hands.ok("DeleteInstanceProfile", json!({"InstanceProfileName": "web"}));
    assert_eq!(of("ops"), ["Db"]);
    let text = "Instance Profile web cannot be found.";
    hands.refused("GetInstanceProfile", json!({"InstanceProfileName": "web"}), "NoSuchEntity", 404, text);
}

#[test]
fn versions_of_a_policy_come_newest_first_and_are_five_at_most() {
    let hands = Hands::new();
    let document = policy("Allow", "s3:*", "*");
    let made = hands.ok("CreatePolicy", json!({"PolicyName": "p", "PolicyDocument": document}));
    let arn = made["Policy"]["Arn"].as_str().unwrap().to_owned();
    let add = json!({"PolicyArn": arn, "PolicyDocument": document});
    for _ in 0..4 {
        hands.ok("CreatePolicyVersion", add.clone());
    }
    let text = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
    hands.refused("CreatePolicyVersion", add.clone(), "LimitExceeded", 409, text);
    let versions = |more: Value| {
        let mut input = json!({"PolicyArn": arn});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        hands.ok("ListPolicyVersions", input)
    };
    let all = versions(json!({}));
    assert_eq!(names(&all["Versions"], "VersionId"), ["v5", "v4", "v3", "v2", "v1"]);
    assert_eq!(
        (&all["Versions"][4]["IsDefaultVersion"], all["Versions"][4].get("Document")),
        (&json!(true), None)
    );
    let first = versions(json!({"MaxItems": 4}));
    let second = versions(json!({"Marker": first["Marker"]}));
    assert_eq!(
        (names(&second["Versions"], "VersionId"), &second["IsTruncated"]),
        (vec!["v1".to_owned()], &json!(false))
    );
    let version = |id: &str| json!({"PolicyArn": arn, "VersionId": id});
    let text = "Cannot delete the default version of a policy.";
    hands.refused("DeletePolicyVersion", version("v1"), "DeleteConflict", 409, text);
    hands.ok("SetDefaultPolicyVersion", version("v3"));
    assert_eq!(hands.ok("GetPolicy", json!({"PolicyArn": arn}))["Policy"]["DefaultVersionId"], "v3");
    hands.ok("DeletePolicyVersion", version("v1"));
    let text = format!("Policy {arn} version v1 does not exist or is not attachable.");
    for operation in ["GetPolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"] {
        hands.refused(operation, version("v1"), "NoSuchEntity", 404, &text);
    }
    // A number is never given twice.
    assert_eq!(hands.ok("CreatePolicyVersion", add)["PolicyVersion"]["VersionId"], "v6");
    let unknown = format!("arn:aws:iam::{MANAGEMENT}:policy/unknown");
    let text = format!("Policy {unknown} was not found.");
    hands.refused("ListPolicyVersions", json!({"PolicyArn": unknown}), "NoSuchEntity", 404, &text);
    let of_aws =
        hands.ok("ListPolicyVersions", json!({"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}));
    assert_eq!(of_aws["Versions"][0]["IsDefaultVersion"], true);
}

#[test]
fn the_alias_and_the_password_policy_of_the_account_come_and_go() {
    let hands = Hands::new();
    let aliases = || hands.ok("ListAccountAliases", json!({}));
    assert_eq!(aliases(), json!({"AccountAliases": [], "IsTruncated": false}));
    let text = "The account alias with name acme cannot be found.";
    let acme = json!({"AccountAlias": "acme"});
    hands.refused("DeleteAccountAlias", acme.clone(), "NoSuchEntity", 404, text);
    hands.ok("CreateAccountAlias", acme.clone());
    hands.ok("CreateAccountAlias", json!({"AccountAlias": "acme-two"}));
    assert_eq!(aliases()["AccountAliases"], json!(["acme-two"]));
    hands.refused("DeleteAccountAlias", acme, "NoSuchEntity", 404, text);
    hands.ok("DeleteAccountAlias", json!({"AccountAlias": "acme-two"}));
    assert_eq!(aliases()["AccountAliases"], json!([]));

    let text = "The account policy with name PasswordPolicy cannot be found.";
    hands.refused("DeleteAccountPasswordPolicy", json!({}), "NoSuchEntity", 404, text);
    hands.ok("UpdateAccountPasswordPolicy", json!({"MinimumPasswordLength": 20}));
    hands.ok("DeleteAccountPasswordPolicy", json!({}));
    let text = format!("The Password Policy with domain name {MANAGEMENT} cannot be found.");
    hands.refused("GetAccountPasswordPolicy", json!({}), "NoSuchEntity", 404, &text);
}

#[test]
fn a_password_is_set_anew() {
    let hands = Hands::new();
    let bob = hands.world.user(&hands.admin, "bob");
    let set = |password: &str| json!({"UserName": "bob", "Password": password});
    let text = "Login Profile for User bob cannot be found.";
    hands.refused("UpdateLoginProfile", set("Correct-horse-9"), "NoSuchEntity", 404, text);
    let nobody = json!({"UserName": "nobody", "Password": "Correct-horse-9"});
    hands.refused(
        "UpdateLoginProfile",
        nobody,
        "NoSuchEntity",
        404,
        "The user with name nobody cannot be found.",
    );
    let text = "1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not be null";
    hands.refused("CreateLoginProfile", json!({"UserName": "bob"}), "ValidationError", 400, text);
    hands.ok("CreateLoginProfile", set("Correct-horse-9"));
    hands.refused(
        "CreateLoginProfile",
        set("Correct-horse-9"),
        "EntityAlreadyExists",
        409,
        "Login Profile for user bob already exists.",
    );
    hands.ok(
        "UpdateLoginProfile",
        json!({"UserName": "bob", "Password": "Other-horse-10", "PasswordResetRequired": true}),
    );
    assert_eq!(
        hands.ok("GetLoginProfile", json!({"UserName": "bob"}))["LoginProfile"]["PasswordResetRequired"],
        true
    );
    hands.ok(
        "UpdateAccountPasswordPolicy",
        json!({"AllowUsersToChangePassword": true, "MinimumPasswordLength": 10}),
    );
    hands.error("UpdateLoginProfile", set("short"), "PasswordPolicyViolation", 400);
    // AWS: IAM user guide, "Permit IAM users to change their own passwords": the option needs no policy of the user, and
    // lets users read the password policy too. A policy may still deny it.
    hands.world.call(&bob, "iam", "GetAccountPasswordPolicy", json!({})).ok();
    let change = |old: &str| {
        let input = json!({"OldPassword": old, "NewPassword": "Third-horse-11"});
        hands.world.call(&bob, "iam", "ChangePassword", input)
    };
    assert_eq!(change("Correct-horse-9").err().message, "The old password was incorrect.");
    change("Other-horse-10").ok();
    let deny = policy("Deny", "iam:ChangePassword", "*");
    hands.ok("PutUserPolicy", json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": deny}));
    assert_eq!(change("Third-horse-11").code(), Some("AccessDenied"));
    hands.ok("UpdateAccountPasswordPolicy", json!({}));
    hands.ok("DeleteUserPolicy", json!({"UserName": "bob", "PolicyName": "p"}));
    assert_eq!(change("Third-horse-11").code(), Some("AccessDenied"));
    let read = hands.world.call(&bob, "iam", "GetAccountPasswordPolicy", json!({}));
    assert_eq!(read.code(), Some("AccessDenied"));
}

#[test]
fn a_device_is_shown_resynchronised_and_keeps_its_user_under_another_name() {
    let hands = Hands::new();
    for name in ["bob", "eve"] {
        hands.ok("CreateUser", json!({"UserName": name}));
    }
    let serial = format!("arn:aws:iam::{MANAGEMENT}:mfa/phone");
    hands.ok("CreateVirtualMFADevice", json!({"VirtualMFADeviceName": "phone"}));
    let seed = hands.world.write(|tx| mfa::find(tx.reads(), MANAGEMENT, &serial)).unwrap().seed;
    let seed = mfa::seed_bytes(&seed).unwrap();
    let code = |ahead: i64| {
        mfa::one_time_password(&seed, u64::try_from(mfa::step_of(hands.world.now()) + ahead).unwrap())
            .unwrap()
    };
    let codes = |user: &str, one: i64, two: i64| json!({"UserName": user, "SerialNumber": serial, "AuthenticationCode1": code(one), "AuthenticationCode2": code(two)});
    let of = |user: &str| json!({"UserName": user, "SerialNumber": serial});
    let text = "MFA Device invalid for user.";
    hands.refused("GetMFADevice", of("bob"), "NoSuchEntity", 404, text);
    hands.refused("ResyncMFADevice", codes("bob", -1, 0), "NoSuchEntity", 404, text);
    hands.ok("EnableMFADevice", codes("bob", -1, 0));
    let shown = hands.ok("GetMFADevice", of("bob"));
    assert_eq!((&shown["UserName"], &shown["SerialNumber"]), (&json!("bob"), &json!(serial)));
    assert_eq!(shown["EnableDate"], hands.world.now() / 1000);
    hands.refused("GetMFADevice", of("eve"), "NoSuchEntity", 404, text);
    hands.refused("ResyncMFADevice", codes("eve", -1, 0), "NoSuchEntity", 404, text);

    // Twenty steps on, the codes of a clock that runs ten steps late are none of the device, until it is resynchronised.
    hands.world.advance(20 * 30_000);
    let text = "Authentication code for device is not valid.";
    hands.refused("ResyncMFADevice", codes("bob", 0, 0), "InvalidAuthenticationCode", 403, text);
    hands.ok("ResyncMFADevice", codes("bob", -11, -10));
    let kept = hands.world.write(|tx| mfa::find(tx.reads(), MANAGEMENT, &serial)).unwrap();
    assert_eq!(kept.drift, -10);

    hands.ok("UpdateUser", json!({"UserName": "bob", "NewUserName": "rob"}));
    assert_eq!(hands.ok("GetMFADevice", of("rob"))["UserName"], "rob");
    let text = "Cannot delete entity, must delete MFA device first.";
    hands.refused("DeleteUser", json!({"UserName": "rob"}), "DeleteConflict", 409, text);
    hands.ok("DeactivateMFADevice", of("rob"));
    hands.ok("DeleteUser", json!({"UserName": "rob"}));
}

#[test]
fn condition_keys_of_given_policies_are_told() {
    let hands = Hands::new();
    let document = crate::policy_if(
        "Allow",
        "s3:*",
        r#"{"StringEquals":{"aws:PrincipalTag/team":"${aws:username}"},"Bool":{"aws:SecureTransport":"true"}}"#,
    );
    let out = hands.ok("GetContextKeysForCustomPolicy", json!({"PolicyInputList": [document, document]}));
    let mut keys: Vec<String> = out["ContextKeyNames"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key.as_str().unwrap().to_owned())
        .collect();
    keys.sort();
    assert_eq!(keys, ["aws:PrincipalTag/team", "aws:SecureTransport", "aws:username"]);
    let error =
        hands.error("GetContextKeysForCustomPolicy", json!({"PolicyInputList": ["{"]}), "InvalidInput", 400);
    assert!(!error.is_empty());
}
