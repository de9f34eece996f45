//! Tags of roles, policies, instance profiles and MFA devices.

use crate::hands::Hands;
use crate::{policy, trust};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

struct Kind {
    create: (&'static str, Value),
    /// The member that names it, its value, and what is said when it is not there.
    name: (&'static str, String),
    missing: (String, String),
    tag: &'static str,
    untag: &'static str,
    list: &'static str,
}

fn kinds() -> [Kind; 4] {
    let arn = |rest: &str| format!("arn:aws:iam::{MANAGEMENT}:{rest}");
    [
        Kind {
            create: ("CreateRole", json!({"RoleName": "it", "AssumeRolePolicyDocument": trust("*")})),
            name: ("RoleName", "it".to_owned()),
            missing: ("no".to_owned(), "The role with name no cannot be found.".to_owned()),
            tag: "TagRole",
            untag: "UntagRole",
            list: "ListRoleTags",
        },
        Kind {
            create: (
                "CreatePolicy",
                json!({"PolicyName": "it", "PolicyDocument": policy("Allow", "s3:*", "*")}),
            ),
            name: ("PolicyArn", arn("policy/it")),
            missing: (arn("policy/no"), format!("Policy {} was not found.", arn("policy/no"))),
            tag: "TagPolicy",
            untag: "UntagPolicy",
            list: "ListPolicyTags",
        },
        Kind {
            create: ("CreateInstanceProfile", json!({"InstanceProfileName": "it"})),
            name: ("InstanceProfileName", "it".to_owned()),
            missing: ("no".to_owned(), "Instance Profile no cannot be found.".to_owned()),
            tag: "TagInstanceProfile",
            untag: "UntagInstanceProfile",
            list: "ListInstanceProfileTags",
        },
        Kind {
            create: ("CreateVirtualMFADevice", json!({"VirtualMFADeviceName": "it"})),
            name: ("SerialNumber", arn("mfa/it")),
            missing: (
                arn("mfa/no"),
                format!("VirtualMFADevice with serial number {} does not exist.", arn("mfa/no")),
            ),
            tag: "TagMFADevice",
            untag: "UntagMFADevice",
            list: "ListMFADeviceTags",
        },
    ]
}

fn tag(key: &str, value: &str) -> Value {
    json!({"Key": key, "Value": value})
}

#[test]
fn tags_are_set_listed_in_pages_and_removed() {
    for kind in kinds() {
        let hands = Hands::new();
        let (member, name) = &kind.name;
        let with = |name: &str, more: Value| {
            let mut input = json!({*member: name});
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let (missing, text) = &kind.missing;
        let one = json!({"Tags": [tag("a", "1")]});
        hands.refused(kind.tag, with(missing, one.clone()), "NoSuchEntity", 404, text);
        hands.refused(kind.untag, with(missing, json!({"TagKeys": ["a"]})), "NoSuchEntity", 404, text);
        hands.refused(kind.list, with(missing, json!({})), "NoSuchEntity", 404, text);
        hands.ok(kind.create.0, kind.create.1.clone());
        let list = || hands.ok(kind.list, with(name, json!({})));
        assert_eq!(list(), json!({"Tags": [], "IsTruncated": false}));
        hands.ok(kind.tag, with(name, one));
        hands.ok(kind.tag, with(name, json!({"Tags": [tag("b", ""), tag("c", "3")]})));
        hands.ok(kind.tag, with(name, json!({"Tags": [tag("c", "4")]})));
        assert_eq!(list()["Tags"], json!([tag("a", "1"), tag("b", ""), tag("c", "4")]));
        let first = hands.ok(kind.list, with(name, json!({"MaxItems": 2})));
        assert_eq!(
            (&first["Tags"], &first["IsTruncated"]),
            (&json!([tag("a", "1"), tag("b", "")]), &json!(true))
        );
        let second = hands.ok(kind.list, with(name, json!({"Marker": first["Marker"]})));
        assert_eq!(second["Tags"], json!([tag("c", "4")]));

        let twice = json!({"Tags": [tag("x", "1"), tag("X", "2")]});
        let text = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        hands.refused(kind.tag, with(name, twice), "InvalidInput", 400, text);
        hands.error(kind.tag, with(name, json!({"Tags": [tag("aws:x", "1")]})), "InvalidInput", 400);
        let many: Vec<Value> = (0..48).map(|n| tag(&format!("k{n}"), "v")).collect();
        let text = "The number of tags has reached the maximum limit.";
        hands.refused(kind.tag, with(name, json!({"Tags": many})), "LimitExceeded", 409, text);
        assert_eq!(list()["Tags"].as_array().unwrap().len(), 3);
        hands.ok(kind.tag, with(name, json!({"Tags": many[..47]})));
        assert_eq!(list()["Tags"].as_array().unwrap().len(), 50);

        let keys: Vec<String> = (0..47).map(|n| format!("k{n}")).collect();
        hands.ok(kind.untag, with(name, json!({"TagKeys": keys})));
        hands.ok(kind.untag, with(name, json!({"TagKeys": ["a", "never-set"]})));
        assert_eq!(list()["Tags"], json!([tag("b", ""), tag("c", "4")]));
    }
}

#[test]
fn tags_of_a_role_decide_who_may_change_it() {
    let hands = Hands::new();
    let bob = hands.world.user(&hands.admin, "bob");
    for (name, team) in [("red", "red"), ("blue", "blue")] {
        let input =
            json!({"RoleName": name, "AssumeRolePolicyDocument": trust("*"), "Tags": [tag("team", team)]});
        hands.ok("CreateRole", input);
    }
    let document = crate::policy_if("Allow", "iam:*", r#"{"StringEquals":{"aws:ResourceTag/team":"red"}}"#);
    hands.ok("PutUserPolicy", json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": document}));
    let update = |role: &str| {
        let input = json!({"RoleName": role, "Description": "changed"});
        hands.world.call(&bob, "iam", "UpdateRole", input)
    };
    update("red").ok();
    assert_eq!(update("blue").code(), Some("AccessDenied"));
    // Whoever may take the tag away can no longer reach the role.
    hands.world.call(&bob, "iam", "UntagRole", json!({"RoleName": "red", "TagKeys": ["TEAM"]})).ok();
    assert_eq!(update("red").code(), Some("AccessDenied"));
    hands.ok("TagRole", json!({"RoleName": "blue", "Tags": [tag("team", "red")]}));
    update("blue").ok();
}
