//! Laws that hold for every operation.

use crate::{policy, trust};
use kage_identity::organization::{self, Node, OrganizationPolicy, SERVICE_CONTROL};
use kage_schema::{Flags, Kind, Member};
use kage_test::{MANAGEMENT, World};
use serde_json::{Map, Value, json};

/// A value that the model accepts for a required member.
fn value_of(member: &Member) -> Value {
    match member.name {
        "PolicyArn" | "PermissionsBoundary" => json!(format!("arn:aws:iam::{MANAGEMENT}:policy/p")),
        "Arn" | "PolicySourceArn" => json!(format!("arn:aws:iam::{MANAGEMENT}:user/nobody")),
        "SerialNumber" => json!(format!("arn:aws:iam::{MANAGEMENT}:mfa/phone")),
        "PolicyDocument" => json!(policy("Allow", "s3:*", "*")),
        "AssumeRolePolicyDocument" => json!(trust("*")),
        "PolicyInputList" => json!([policy("Allow", "s3:*", "*")]),
        "AccessKeyId" => json!("AKIAIOSFODNN7EXAMPLE"),
        "AuthenticationCode1" | "AuthenticationCode2" => json!("000000"),
        "Tags" => json!([{"Key": "a", "Value": "b"}]),
        "TagKeys" => json!(["a"]),
        "ActionNames" => json!(["s3:GetObject"]),
        "ServiceNamespaces" => json!(["s3"]),
        "Status" => json!("Inactive"),
        "VersionId" => json!("v1"),
        _ => {
            assert_eq!(member.target.kind, Kind::String, "{} needs a value", member.name);
            json!("nobody")
        }
    }
}

#[test]
fn every_operation_is_denied_by_default_and_recorded() {
    // claims: ID-IAMEVAL-02
    let world = World::new(vec![kage_iam::service()]);
    let bob = world.user(&world.admin(), "bob");
    for model in kage_api_iam::SERVICE.operations {
        let required = model.input.members().iter().filter(|member| member.has(Flags::REQUIRED));
        let input: Map<String, Value> =
            required.map(|member| (member.name.to_owned(), value_of(member))).collect();
        let error = world.call(&bob, "iam", model.name, Value::Object(input)).err();
        assert_eq!((error.code.as_str(), error.status), ("AccessDenied", 403), "{}", model.name);
        let says = format!(
            "User: arn:aws:iam::{MANAGEMENT}:user/bob is not authorized to perform: iam:{}",
            model.name
        );
        assert!(error.message.starts_with(&says), "{}: {}", model.name, error.message);
        let event = world.events(MANAGEMENT).pop().unwrap();
        assert_eq!((&event["eventName"], &event["errorCode"]), (&json!(model.name), &json!("AccessDenied")));
        assert_eq!(event["userIdentity"]["userName"], "bob", "{}", model.name);
    }
}

#[test]
fn service_control_policies_bind_members_in_life_and_in_simulation() {
    let mut world = World::new(vec![kage_iam::service()]);
    let (account, admin) = world.account();
    world.write(|tx| {
        let mut org = organization::of_account(tx.reads(), MANAGEMENT)?.unwrap();
        org.policy_types = vec![SERVICE_CONTROL.to_owned()];
        organization::put(tx, &org)?;
        organization::put_policy(
            tx,
            &OrganizationPolicy {
                id: "p-12345678".to_owned(),
                organization: org.id.clone(),
                kind: SERVICE_CONTROL.to_owned(),
                name: "guard".to_owned(),
                content: policy("Deny", "iam:CreateUser", "*"),
                ..OrganizationPolicy::default()
            },
        )?;
        let attach = |ids: &[&str]| {
            let ids = ids.iter().map(|id| (*id).to_owned()).collect();
            std::collections::BTreeMap::from([(SERVICE_CONTROL.to_owned(), ids)])
        };
        let mut root = organization::node(tx.reads(), &org.root)?.unwrap();
        root.policies = attach(&["p-FullAWSAccess"]);
        organization::put_node(tx, &root)?;
        organization::put_node(
            tx,
            &Node {
                id: account.clone(),
                organization: org.id,
                parent: Some(org.root),
                policies: attach(&["p-FullAWSAccess", "p-12345678"]),
                ..Node::default()
            },
        )
    });
    let error = world.call(&admin, "iam", "CreateUser", json!({"UserName": "x"})).err();
    assert!(error.message.contains("explicit deny in a service control policy"), "{}", error.message);
    world.call(&admin, "iam", "ListUsers", json!({})).ok();
    let source = format!("arn:aws:iam::{account}:user/admin");
    let input = json!({"PolicySourceArn": source, "ActionNames": ["iam:CreateUser", "iam:ListUsers"]});
    let out = world.call(&admin, "iam", "SimulatePrincipalPolicy", input.clone()).ok();
    let results = &out["EvaluationResults"];
    assert_eq!(
        (&results[0]["EvalDecision"], &results[1]["EvalDecision"]),
        (&json!("explicitDeny"), &json!("allowed"))
    );
    assert_eq!(results[0]["OrganizationsDecisionDetail"]["AllowedByOrganizations"], false);
    assert_eq!(results[0]["MatchedStatements"], json!([]));
    let mut without = input;
    without["PolicyExclusionList"] = json!([{"PolicyType": "scp"}]);
    let out = world.call(&admin, "iam", "SimulatePrincipalPolicy", without).ok();
    assert_eq!(out["EvaluationResults"][0]["EvalDecision"], "allowed");
}
