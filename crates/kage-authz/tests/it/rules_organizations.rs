//! C and D: service control policies and resource control policies.

use kage_authz::{CheckKind, Policy, PolicyKind, Reason};
use serde_json::json;

use crate::harness::*;

#[test]
fn rule_037_scps_bind_users_roles_and_root_and_no_one_else() {
    for principal in [user(), session(), root()] {
        let bound =
            case(principal).identity(allow("*", "*")).scp(json!([allow("*", "*"), deny("s3:*", "*")]));
        bound.explicitly_denied(CheckKind::ServiceControl);
        // The management account: the caller passes no levels.
        let mut exempt = bound;
        exempt.policies.service_control.clear();
        exempt.allowed();
    }
    let mut linked = case(session()).identity(allow("*", "*")).scp(deny("*", "*"));
    linked.request.service_linked_role = true;
    linked.allowed();
}

#[test]
fn rule_039_a_resource_grant_in_the_account_is_capped_by_scps() {
    let granted = case(session()).resource(grant(json!({"AWS": SESSION_ARN})));
    granted.clone().scp(allow("sqs:*", "*")).implicitly_denied(CheckKind::ServiceControl);
    granted.scp(allow("s3:*", "*")).allowed();
}

#[test]
fn rule_040_scps_have_the_full_language_but_principals() {
    let base = case(user()).identity(allow("*", "*")).key_value("aws:RequestedRegion", "eu-west-1");
    let conditional = with(
        json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::bucket/*"}),
        "Condition",
        json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
    );
    base.clone().scp(conditional.clone()).allowed();
    base.clone()
        .scp(conditional.clone())
        .key_value("aws:RequestedRegion", "us-east-1")
        .implicitly_denied(CheckKind::ServiceControl);
    base.scp(conditional).on("arn:aws:s3:::other/x").implicitly_denied(CheckKind::ServiceControl);
    for element in ["Principal", "NotPrincipal"] {
        let text = document(&with(allow("*", "*"), element, json!("*")));
        let error = Policy::parse(&text, PolicyKind::ServiceControl).unwrap_err();
        assert!(matches!(error.reason(), Reason::ProhibitedField { .. }), "{error:?}");
    }
}

#[test]
fn rule_044_rcps_bind_root_users_and_foreign_callers() {
    let all = for_principal(allow("*", "*"), json!("*"));
    let no = for_principal(deny("s3:*", "*"), json!("*"));
    let rcp = json!([all, no]);
    case(root()).rcp(rcp.clone()).explicitly_denied(CheckKind::ResourceControl);
    let foreign = case(user_of(OTHER)).identity(allow("*", "*")).resource(grant(json!("*")));
    foreign.allowed();
    foreign.rcp(rcp).explicitly_denied(CheckKind::ResourceControl);
}

#[test]
fn rule_045_rcps_spare_service_linked_roles_and_retire_grant() {
    let no = for_principal(deny("*", "*"), json!("*"));
    let mut linked = case(session()).identity(allow("*", "*")).rcp(no.clone());
    linked.explicitly_denied(CheckKind::ResourceControl);
    linked.request.service_linked_role = true;
    linked.allowed();
    let retire = case(user()).identity(allow("*", "*")).rcp(no).doing("kms:RetireGrant");
    retire.allowed();
    retire.doing("kms:RevokeGrant").explicitly_denied(CheckKind::ResourceControl);
}

#[test]
fn rule_047_what_a_customer_rcp_may_say() {
    let good = for_principal(deny("s3:*", "*"), json!("*"));
    let parse =
        |statement: serde_json::Value| Policy::parse(&document(&statement), PolicyKind::ResourceControl);
    assert!(parse(good.clone()).is_ok());
    assert!(parse(for_principal(good.clone(), json!({"AWS": "*"}))).is_ok());
    let mut not_resource = good.clone();
    not_resource.as_object_mut().unwrap().remove("Resource");
    assert!(parse(with(not_resource.clone(), "NotResource", json!("arn:aws:s3:::x"))).is_ok());
    let mut not_action = good.clone();
    not_action.as_object_mut().unwrap().remove("Action");
    let mut not_principal = good.clone();
    not_principal.as_object_mut().unwrap().remove("Principal");
    for bad in [
        with(good.clone(), "Effect", json!("Allow")),
        with(good.clone(), "Principal", json!({"AWS": ACCOUNT})),
        with(good.clone(), "Action", json!("*")),
        with(good.clone(), "Action", json!(["s3:*", "*"])),
        with(not_action, "NotAction", json!("s3:*")),
        with(not_principal, "NotPrincipal", json!("*")),
        not_resource,
    ] {
        let error = parse(bad.clone()).expect_err(&bad.to_string());
        assert_eq!(
            error.message(),
            "The provided policy document does not meet the requirements of the specified policy type."
        );
    }
    let old = json!({"Version": "2008-10-17", "Statement": good}).to_string();
    assert!(Policy::parse(&old, PolicyKind::ResourceControl).is_err());
}

#[test]
fn rule_049_rcps_bind_assume_role_at_the_roles_owner() {
    let trust = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}});
    let assume = call(user_of(OTHER), "sts:AssumeRole", ROLE_ARN).identity(allow("sts:*", "*")).trust(trust);
    assume.allowed();
    let all = for_principal(allow("*", "*"), json!("*"));
    let no = for_principal(deny("sts:AssumeRole*", "*"), json!("*"));
    assume.rcp(json!([all, no])).explicitly_denied(CheckKind::ResourceControl);
}
