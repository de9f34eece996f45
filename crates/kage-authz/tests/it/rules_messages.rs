//! P. The texts of denials.

use kage_authz::{Boundary, Principal};
use serde_json::{Value, json};

use crate::harness::*;

fn message(case: &Case) -> String {
    case.decision().denial_message(&case.request)
}

fn any(statement: Value) -> Value {
    for_principal(statement, json!("*"))
}

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1";

#[test]
fn rule_170_implicit_denials() {
    // claims: ID-IAMEVAL-02
    let base = call(user(), "kms:Decrypt", KEY);
    let start =
        format!("User: {USER_ARN} is not authorized to perform: kms:Decrypt on resource: {KEY} because no ");
    let end = " allows the kms:Decrypt action";
    let allowed = base.clone().identity(allow("*", "*"));
    for (case, kind) in [
        (base.clone(), "identity-based policy"),
        (base.key(grant(json!({"AWS": OTHER}))), "resource-based policy"),
        (allowed.clone().boundary(allow("s3:*", "*")), "permissions boundary"),
        (allowed.clone().session(allow("s3:*", "*")), "session policy"),
        (allowed.clone().scp(allow("s3:*", "*")), "service control policy"),
        (allowed.endpoint(any(allow("s3:*", "*"))), "VPC endpoint policy"),
    ] {
        assert_eq!(message(&case), format!("{start}{kind}{end}"));
    }
    let trust = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": OTHER}});
    let assume = call(user(), "sts:AssumeRole", ROLE_ARN).trust(trust);
    assert_eq!(
        message(&assume),
        format!(
            "User: {USER_ARN} is not authorized to perform: sts:AssumeRole on resource: {ROLE_ARN} because no role trust policy allows the sts:AssumeRole action"
        )
    );
}

#[test]
fn rule_171_explicit_denials() {
    let base = call(user(), "kms:Decrypt", KEY).identity(allow("*", "*"));
    let start = format!(
        "User: {USER_ARN} is not authorized to perform: kms:Decrypt on resource: {KEY} with an explicit deny in "
    );
    let both = json!([allow("*", "*"), deny("kms:*", "*")]);
    let for_all = json!([any(allow("*", "*")), any(deny("kms:*", "*"))]);
    for (case, kind) in [
        (base.clone().identity(both.clone()), "an identity-based policy"),
        (base.clone().key(for_all.clone()), "a resource-based policy"),
        (base.clone().boundary(both.clone()), "a permissions boundary"),
        (base.clone().session(both.clone()), "a session policy"),
        (base.clone().scp(both.clone()), "a service control policy"),
        (base.clone().rcp(for_all.clone()), "a resource control policy"),
        (base.clone().endpoint(for_all), "a VPC endpoint policy"),
    ] {
        assert_eq!(message(&case), format!("{start}{kind}"));
    }
    let arn = "arn:aws:organizations::444455556666:policy/o-1/service_control_policy/p-1";
    let mut guarded = base.clone().scp(both.clone());
    guarded.policies.service_control[0].policies[0].arn = Some(arn.to_owned());
    assert_eq!(message(&guarded), format!("{start}a service control policy: {arn}"));
    let mut bounded = base.clone().boundary(both);
    if let Boundary::Policy(named) = &mut bounded.policies.boundary {
        named.arn = Some("arn:aws:iam::111122223333:policy/edge".to_owned());
    }
    assert_eq!(
        message(&bounded),
        format!("{start}a permissions boundary: arn:aws:iam::111122223333:policy/edge")
    );
    // Not for resource and endpoint policies.
    let mut shut = base.key(any(deny("*", "*")));
    shut.policies.resource.as_mut().unwrap().policy.arn = Some("arn:aws:x".to_owned());
    assert_eq!(message(&shut), format!("{start}a resource-based policy"));
    let trust = json!({"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": "*"});
    let assume = call(user(), "sts:AssumeRole", ROLE_ARN).trust(trust);
    assert!(message(&assume).ends_with(" with an explicit deny in the role trust policy"));
}

#[test]
fn rule_172_one_kind_of_policy_is_named_by_a_fixed_precedence() {
    let all = call(user(), "kms:Decrypt", KEY)
        .identity(deny("*", "*"))
        .boundary(deny("*", "*"))
        .scp(deny("*", "*"));
    assert!(message(&all).ends_with("in a service control policy"));
    let none = call(user(), "kms:Decrypt", KEY).boundary(allow("s3:*", "*")).scp(allow("s3:*", "*"));
    assert!(message(&none).contains("no service control policy allows"));
}

#[test]
fn rule_173_who_and_on_what() {
    let s3 = case(session());
    assert_eq!(
        message(&s3),
        format!(
            "User: {SESSION_ARN} is not authorized to perform: s3:GetObject on resource: \"{OBJECT}\" because no identity-based policy allows the s3:GetObject action"
        )
    );
    let list = call(user(), "ec2:DescribeInstances", "*");
    assert_eq!(
        message(&list),
        format!(
            "User: {USER_ARN} is not authorized to perform: ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action"
        )
    );
    assert!(message(&case(root()).scp(deny("*", "*"))).starts_with(&format!("User: {ROOT_ARN} is not")));
    assert!(
        message(&case(federated()))
            .starts_with("User: arn:aws:sts::111122223333:federated-user/guest is not")
    );
    assert_eq!(message(&case(user()).identity(allow("*", "*"))), "");
    let token = Principal::Federated { provider: "accounts.google.com".to_owned(), subject: "1".to_owned() };
    let assume = call(token, "sts:AssumeRoleWithWebIdentity", ROLE_ARN);
    assert_eq!(
        message(&assume),
        "Not authorized to perform sts:AssumeRoleWithWebIdentity because no resource-based policy allows the sts:AssumeRoleWithWebIdentity action"
    );
    assert_eq!(
        assume.decision().denial_message_without_reason(&assume.request),
        "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    );
}
