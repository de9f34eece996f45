//! The answers of the policy simulator.

use crate::{policy, policy_if};
use kage_test::{MANAGEMENT, World};
use serde_json::{Value, json};

#[test]
fn custom_policies_are_simulated_with_what_is_given() {
    // claims: ID-IAMEVAL-05
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let run = |input: Value| {
        world.call(&admin, "iam", "SimulateCustomPolicy", input).ok()["EvaluationResults"].clone()
    };
    let document = policy_if("Allow", "s3:ListBucket", r#"{"StringEquals":{"s3:prefix":["a/","b/"]}}"#);
    let context = |value: &str| json!([{"ContextKeyName": "s3:prefix", "ContextKeyValues": [value], "ContextKeyType": "string"}]);
    for (value, decision) in [("a/", "allowed"), ("b/", "allowed"), ("c/", "implicitDeny")] {
        let input = json!({"PolicyInputList": [document], "ActionNames": ["s3:ListBucket"], "ContextEntries": context(value)});
        assert_eq!(run(input)[0]["EvalDecision"], decision, "{value}");
    }
    let out = run(json!({"PolicyInputList": [document], "ActionNames": ["s3:ListBucket"]}));
    assert_eq!(
        (&out[0]["EvalDecision"], &out[0]["MissingContextValues"]),
        (&json!("implicitDeny"), &json!(["s3:prefix"]))
    );
    assert_eq!((&out[0]["EvalResourceName"], out[0].get("ResourceSpecificResults")), (&json!("*"), None));
    let boundary = json!({"PolicyInputList": [policy("Allow", "*", "*")], "ActionNames": ["s3:GetObject"],
        "PermissionsBoundaryPolicyInputList": [policy("Allow", "ec2:*", "*")]});
    let out = run(boundary);
    assert_eq!(out[0]["EvalDecision"], "implicitDeny");
    assert_eq!(out[0]["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"], false);
    let scp = json!([{"ServiceControlPolicyInputList": [policy("Allow", "*", "*")]}, {"ServiceControlPolicyInputList": [policy("Allow", "*", "*"), policy("Deny", "s3:*", "*")]}]);
    let input = json!({"PolicyInputList": [policy("Allow", "*", "*")], "ActionNames": ["s3:GetObject", "ec2:StopInstances"],
        "OrderedOrganizationPolicyInputList": scp});
    let out = run(input);
    assert_eq!(
        (&out[0]["EvalDecision"], &out[0]["OrganizationsDecisionDetail"]["AllowedByOrganizations"]),
        (&json!("explicitDeny"), &json!(false))
    );
    assert_eq!(
        (&out[1]["EvalDecision"], &out[1]["OrganizationsDecisionDetail"]["AllowedByOrganizations"]),
        (&json!("allowed"), &json!(true))
    );
    let error = world
        .call(
            &admin,
            "iam",
            "SimulateCustomPolicy",
            json!({"PolicyInputList": ["{"], "ActionNames": ["s3:GetObject"]}),
        )
        .err();
    assert_eq!(error.code, "InvalidInput");
}

#[test]
fn a_principals_policies_are_simulated_with_their_names_and_places() {
    // claims: IR-KEYLEAK-06
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let run = |operation: &str, input: Value| world.call(&admin, "iam", operation, input);
    let bob = world.user(&admin, "bob");
    let arn = format!("arn:aws:iam::{MANAGEMENT}:user/bob");
    run("CreateGroup", json!({"GroupName": "dev"})).ok();
    run("AddUserToGroup", json!({"GroupName": "dev", "UserName": "bob"})).ok();
    let read = policy("Allow", "s3:GetObject", "arn:aws:s3:::b/*");
    run("PutGroupPolicy", json!({"GroupName": "dev", "PolicyName": "read", "PolicyDocument": read})).ok();
    run(
        "PutUserPolicy",
        json!({"UserName": "bob", "PolicyName": "no", "PolicyDocument": policy("Deny", "iam:*", "*")}),
    )
    .ok();
    run(
        "AttachUserPolicy",
        json!({"UserName": "bob", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    )
    .ok();
    let simulate = |more: Value| {
        let mut input = json!({"PolicySourceArn": arn});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        run("SimulatePrincipalPolicy", input).ok()["EvaluationResults"].clone()
    };
    let out = simulate(json!({"ActionNames": ["iam:ListUsers", "s3:GetObject"], "ResourceArns": ["*"]}));
    assert_eq!(out[0]["EvalDecision"], "explicitDeny");
    assert_eq!(out[0]["MatchedStatements"][0]["SourcePolicyId"], "user_bob_no");
    assert_eq!(out[0]["MatchedStatements"].as_array().unwrap().len(), 1);
    assert_eq!(world.call(&bob, "iam", "ListUsers", json!({})).err().code, "AccessDenied");
    let excluded = json!({"ActionNames": ["s3:GetObject", "s3:PutObject"], "ResourceArns": ["arn:aws:s3:::b/k", "arn:aws:s3:::c/k"],
        "PolicyExclusionList": [{"PolicyType": "aws-managed"}]});
    let out = simulate(excluded);
    assert_eq!(out.as_array().unwrap().len(), 2);
    assert_eq!(out[0]["EvalDecision"], "implicitDeny");
    assert_eq!(out[0]["EvalResourceName"], "arn:${Partition}:s3:::${BucketName}/${ObjectName}");
    let specific = &out[0]["ResourceSpecificResults"];
    assert_eq!(
        (&specific[0]["EvalResourceDecision"], &specific[1]["EvalResourceDecision"]),
        (&json!("allowed"), &json!("implicitDeny"))
    );
    let statement = &specific[0]["MatchedStatements"][0];
    assert_eq!(statement["SourcePolicyId"], "group_dev_read");
    assert_eq!(statement["StartPosition"], json!({"Line": 1, "Column": 38}));
    assert_eq!(statement["EndPosition"], json!({"Line": 1, "Column": read.len() - 1}));
    let admin_only = simulate(json!({"ActionNames": ["ec2:StopInstances"]}));
    assert_eq!(admin_only[0]["MatchedStatements"][0]["SourcePolicyId"], "AdministratorAccess");
    let granting = json!({"Arn": arn, "ServiceNamespaces": ["s3", "iam"]});
    let granting = run("ListPoliciesGrantingServiceAccess", granting).ok();
    let names = |place: usize| -> Vec<&str> {
        let list = granting["PoliciesGrantingServiceAccess"][place]["Policies"].as_array().unwrap();
        list.iter().map(|policy| policy["PolicyName"].as_str().unwrap()).collect()
    };
    assert_eq!((names(0), names(1)), (vec!["AdministratorAccess", "read"], vec!["AdministratorAccess"]));
    let keys = run(
        "GetContextKeysForPrincipalPolicy",
        json!({"PolicySourceArn": arn,
        "PolicyInputList": [policy_if("Allow", "s3:*", r#"{"Bool":{"aws:SecureTransport":"true"}}"#)]}),
    )
    .ok();
    assert_eq!(keys["ContextKeyNames"], json!(["aws:SecureTransport"]));
    let error = run(
        "SimulatePrincipalPolicy",
        json!({"PolicySourceArn": format!("{arn}x"), "ActionNames": ["s3:GetObject"]}),
    )
    .err();
    assert_eq!(error.code, "NoSuchEntity");
}

#[test]
fn a_resource_policy_of_another_account_must_allow_too() {
    let mut world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let (other, _) = world.account();
    world.user(&admin, "bob");
    let bob = format!("arn:aws:iam::{MANAGEMENT}:user/bob");
    let resource = |effect: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Principal":{{"AWS":"{bob}"}},"Action":"sqs:SendMessage","Resource":"*"}}]}}"#
        )
    };
    let simulate = |identity: Value, resource_policy: String| {
        let input = json!({"PolicySourceArn": bob, "PolicyInputList": identity, "ActionNames": ["sqs:SendMessage"],
            "ResourceArns": [format!("arn:aws:sqs:us-east-1:{other}:q")], "ResourcePolicy": resource_policy});
        world.call(&admin, "iam", "SimulatePrincipalPolicy", input).ok()["EvaluationResults"][0].clone()
    };
    let allow = json!([policy("Allow", "sqs:*", "*")]);
    let both = simulate(allow.clone(), resource("Allow"));
    assert_eq!(both["EvalDecision"], "allowed");
    assert_eq!(both["EvalDecisionDetails"], json!({"IAM Policy": "allowed", "Resource Policy": "allowed"}));
    let one = simulate(json!([]), resource("Allow"));
    assert_eq!(one["EvalDecision"], "implicitDeny");
    assert_eq!(one["EvalDecisionDetails"]["IAM Policy"], "implicitDeny");
    assert_eq!(simulate(allow, resource("Deny"))["EvalDecision"], "explicitDeny");
}
