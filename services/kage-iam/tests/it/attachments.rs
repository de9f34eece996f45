//! Managed and inline policies on users, groups and roles, and permissions boundaries.

use crate::hands::Hands;
use crate::{decoded, policy, trust};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

/// The operations of one kind of entity, and what differs between kinds.
struct Kind {
    word: &'static str,
    name: &'static str,
    create: &'static str,
    delete: &'static str,
    managed: [&'static str; 3],
    inline: [&'static str; 4],
    attached_quota: &'static str,
    inline_max: usize,
}

const KINDS: [Kind; 3] = [
    Kind {
        word: "user",
        name: "UserName",
        create: "CreateUser",
        delete: "DeleteUser",
        managed: ["AttachUserPolicy", "DetachUserPolicy", "ListAttachedUserPolicies"],
        inline: ["PutUserPolicy", "GetUserPolicy", "ListUserPolicies", "DeleteUserPolicy"],
        attached_quota: "PoliciesPerUser",
        inline_max: 2_048,
    },
    Kind {
        word: "group",
        name: "GroupName",
        create: "CreateGroup",
        delete: "DeleteGroup",
        managed: ["AttachGroupPolicy", "DetachGroupPolicy", "ListAttachedGroupPolicies"],
        inline: ["PutGroupPolicy", "GetGroupPolicy", "ListGroupPolicies", "DeleteGroupPolicy"],
        attached_quota: "PoliciesPerGroup",
        inline_max: 5_120,
    },
    Kind {
        word: "role",
        name: "RoleName",
        create: "CreateRole",
        delete: "DeleteRole",
        managed: ["AttachRolePolicy", "DetachRolePolicy", "ListAttachedRolePolicies"],
        inline: ["PutRolePolicy", "GetRolePolicy", "ListRolePolicies", "DeleteRolePolicy"],
        attached_quota: "PoliciesPerRole",
        inline_max: 10_240,
    },
];

impl Kind {
    /// The entity `it`, and what else a call says of it.
    fn with(&self, more: &Value) -> Value {
        let mut input = json!({self.name: "it"});
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    }

    fn make(&self, hands: &Hands) {
        let more = match self.word {
            "role" => json!({"AssumeRolePolicyDocument": trust("*")}),
            _ => json!({}),
        };
        hands.ok(self.create, self.with(&more));
    }

    fn gone(&self) -> String {
        format!("The {} with name it cannot be found.", self.word)
    }
}

fn make_policy(hands: &Hands, name: &str, path: &str) -> String {
    let document = policy("Allow", "s3:*", "*");
    let input = json!({"PolicyName": name, "Path": path, "PolicyDocument": document});
    hands.ok("CreatePolicy", input)["Policy"]["Arn"].as_str().unwrap().to_owned()
}

#[test]
fn managed_policies_are_attached_listed_and_detached() {
    for kind in KINDS {
        let hands = Hands::new();
        let [attach, detach, list] = kind.managed;
        let arn = make_policy(&hands, "one", "/team/");
        let it = |arn: &str| kind.with(&json!({"PolicyArn": arn}));
        for operation in [attach, detach] {
            hands.refused(operation, it(&arn), "NoSuchEntity", 404, &kind.gone());
        }
        hands.refused(list, kind.with(&json!({})), "NoSuchEntity", 404, &kind.gone());
        kind.make(&hands);
        let unknown = format!("arn:aws:iam::{MANAGEMENT}:policy/unknown");
        let text = format!("Policy {unknown} does not exist or is not attachable.");
        hands.refused(attach, it(&unknown), "NoSuchEntity", 404, &text);
        let text = "Invalid ARN:  Could not be parsed!";
        hands.refused(attach, it("long-enough-but-no-arn"), "ValidationError", 400, text);
        let foreign = "arn:aws-cn:iam::aws:policy/ReadOnlyAccess";
        hands.refused(attach, it(foreign), "ValidationError", 400, "Invalid ARN partition");
        hands.refused(detach, it("long-enough-but-no-arn"), "ValidationError", 400, text);

        hands.ok(attach, it(&arn));
        hands.ok(attach, it(&arn));
        hands.ok(attach, it("arn:aws:iam::aws:policy/ReadOnlyAccess"));
        let all = hands.ok(list, kind.with(&json!({})));
        assert_eq!(
            all["AttachedPolicies"],
            json!([
                {"PolicyName": "one", "PolicyArn": arn},
                {"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
            ])
        );
        let within = hands.ok(list, kind.with(&json!({"PathPrefix": "/team/"})));
        assert_eq!(within["AttachedPolicies"], json!([{"PolicyName": "one", "PolicyArn": arn}]));
        let first = hands.ok(list, kind.with(&json!({"MaxItems": 1})));
        assert_eq!(
            (&first["AttachedPolicies"][0]["PolicyName"], &first["IsTruncated"]),
            (&json!("one"), &json!(true))
        );
        let second = hands.ok(list, kind.with(&json!({"MaxItems": 1, "Marker": first["Marker"]})));
        assert_eq!(second["AttachedPolicies"][0]["PolicyName"], "ReadOnlyAccess");
        assert_eq!((&second["IsTruncated"], second.get("Marker")), (&json!(false), None));
        let shown = hands.ok("GetPolicy", json!({"PolicyArn": arn}));
        assert_eq!(shown["Policy"]["AttachmentCount"], 1);

        let text = "Cannot delete a policy attached to entities.";
        hands.refused("DeletePolicy", json!({"PolicyArn": arn}), "DeleteConflict", 409, text);
        let text = "Cannot delete entity, must detach all policies first.";
        hands.refused(kind.delete, kind.with(&json!({})), "DeleteConflict", 409, text);
        hands.ok(detach, it(&arn));
        hands.refused(detach, it(&arn), "NoSuchEntity", 404, &format!("Policy {arn} was not found."));
        hands.ok(detach, it("arn:aws:iam::aws:policy/ReadOnlyAccess"));
        assert_eq!(hands.ok(list, kind.with(&json!({})))["AttachedPolicies"], json!([]));
        hands.ok("DeletePolicy", json!({"PolicyArn": arn}));
        hands.ok(kind.delete, kind.with(&json!({})));
        hands.refused(list, kind.with(&json!({})), "NoSuchEntity", 404, &kind.gone());
    }
}

#[test]
fn ten_managed_policies_hang_on_one_entity() {
    for kind in KINDS {
        let hands = Hands::new();
        kind.make(&hands);
        let [attach, ..] = kind.managed;
        let arns: Vec<String> = (0..11).map(|n| make_policy(&hands, &format!("p{n}"), "/")).collect();
        for arn in &arns[..10] {
            hands.ok(attach, kind.with(&json!({"PolicyArn": arn})));
        }
        let text = format!("Cannot exceed quota for {}: 10", kind.attached_quota);
        hands.refused(attach, kind.with(&json!({"PolicyArn": arns[10]})), "LimitExceeded", 409, &text);
        hands.ok(attach, kind.with(&json!({"PolicyArn": arns[9]})));
    }
}

#[test]
fn inline_policies_are_written_shown_listed_and_deleted() {
    for kind in KINDS {
        let hands = Hands::new();
        let [put, get, list, delete] = kind.inline;
        let document = policy("Allow", "s3:GetObject", "*");
        let one = |name: &str| kind.with(&json!({"PolicyName": name}));
        let write = |name: &str, text: &str| kind.with(&json!({"PolicyName": name, "PolicyDocument": text}));
        hands.refused(put, write("a", &document), "NoSuchEntity", 404, &kind.gone());
        hands.refused(get, one("a"), "NoSuchEntity", 404, &kind.gone());
        hands.refused(list, kind.with(&json!({})), "NoSuchEntity", 404, &kind.gone());
        hands.refused(delete, one("a"), "NoSuchEntity", 404, &kind.gone());
        kind.make(&hands);
        let none = format!("The {} policy with name a cannot be found.", kind.word);
        hands.refused(get, one("a"), "NoSuchEntity", 404, &none);
        hands.refused(delete, one("a"), "NoSuchEntity", 404, &none);
        for (text, says) in [
            ("{", "Syntax errors in policy."),
            ("{}", "Syntax errors in policy."),
            (&document.replace("Allow", "Maybe"), "Syntax errors in policy."),
            (
                &document.replace("s3:GetObject", "GetObject"),
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (
                &document.replace("\"Resource\":\"*\"", "\"Resource\":\"x\""),
                "Resource x must be in ARN format or \"*\".",
            ),
        ] {
            let error = hands.error(put, write("a", text), "MalformedPolicyDocument", 400);
            assert_eq!(error, says, "{text}");
        }
        hands.ok(put, write("b", &document));
        hands.ok(put, write("a", &document));
        // The name is the same in another case; the spelling of the first is kept, the document is the last.
        let newer = policy("Deny", "s3:*", "*");
        hands.ok(put, write("A", &newer));
        let shown = hands.ok(get, one("a"));
        assert_eq!((&shown[kind.name], &shown["PolicyName"]), (&json!("it"), &json!("a")));
        assert_eq!(decoded(&shown["PolicyDocument"]), newer);
        assert_eq!(hands.ok(list, kind.with(&json!({})))["PolicyNames"], json!(["a", "b"]));
        let first = hands.ok(list, kind.with(&json!({"MaxItems": 1})));
        assert_eq!((&first["PolicyNames"], &first["IsTruncated"]), (&json!(["a"]), &json!(true)));
        let second = hands.ok(list, kind.with(&json!({"Marker": first["Marker"]})));
        assert_eq!(second["PolicyNames"], json!(["b"]));

        let long = policy("Allow", "s3:*", &format!("arn:aws:s3:::{}", "x".repeat(kind.inline_max)));
        let text = format!("Maximum policy size of {} bytes exceeded for {} it", kind.inline_max, kind.word);
        hands.refused(put, write("c", &long), "LimitExceeded", 409, &text);
        assert_eq!(hands.ok(list, kind.with(&json!({})))["PolicyNames"], json!(["a", "b"]));

        let text = "Cannot delete entity, must delete policies first.";
        hands.refused(kind.delete, kind.with(&json!({})), "DeleteConflict", 409, text);
        hands.ok(delete, one("A"));
        hands.refused(get, one("a"), "NoSuchEntity", 404, &none);
        hands.ok(delete, one("b"));
        assert_eq!(hands.ok(list, kind.with(&json!({})))["PolicyNames"], json!([]));
        hands.ok(kind.delete, kind.with(&json!({})));
    }
}

#[test]
fn a_boundary_is_set_shown_counted_and_removed() {
    for (kind, put, delete, get, member) in [
        (&KINDS[0], "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary", "GetUser", "User"),
        (&KINDS[2], "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "GetRole", "Role"),
    ] {
        let hands = Hands::new();
        let arn = make_policy(&hands, "edge", "/");
        let set = kind.with(&json!({"PermissionsBoundary": arn}));
        hands.refused(put, set.clone(), "NoSuchEntity", 404, &kind.gone());
        hands.refused(delete, kind.with(&json!({})), "NoSuchEntity", 404, &kind.gone());
        kind.make(&hands);
        let unknown = format!("arn:aws:iam::{MANAGEMENT}:policy/unknown");
        let text = format!("Policy {unknown} does not exist or is not attachable.");
        hands.refused(put, kind.with(&json!({"PermissionsBoundary": unknown})), "NoSuchEntity", 404, &text);
        hands.ok(put, set);
        let shown = hands.ok(get, kind.with(&json!({})));
        assert_eq!(
            shown[member]["PermissionsBoundary"],
            json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn})
        );
        let counted = hands.ok("GetPolicy", json!({"PolicyArn": arn}));
        assert_eq!(
            (&counted["Policy"]["PermissionsBoundaryUsageCount"], &counted["Policy"]["AttachmentCount"]),
            (&json!(1), &json!(0))
        );
        let text = "Cannot delete a policy attached to entities.";
        hands.refused("DeletePolicy", json!({"PolicyArn": arn}), "DeleteConflict", 409, text);
        hands.ok(delete, kind.with(&json!({})));
        assert_eq!(hands.ok(get, kind.with(&json!({})))[member].get("PermissionsBoundary"), None);
        hands.ok("DeletePolicy", json!({"PolicyArn": arn}));
        hands.error(delete, kind.with(&json!({})), "NoSuchEntity", 404);
    }
}
