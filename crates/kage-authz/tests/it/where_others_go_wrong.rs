//! The table "Where others go wrong" of the specification, row by row.

use kage_authz::{CheckKind, Policy, PolicyKind};
use serde_json::json;

use crate::harness::*;

#[test]
fn a_bucket_policy_names_the_role_and_its_session_comes() {
    case(session()).resource(grant(json!({"AWS": ROLE_ARN}))).allowed();
}

#[test]
fn an_allow_list_scp_stops_a_resource_grant() {
    case(session())
        .scp(allow("ec2:*", "*"))
        .resource(grant(json!({"AWS": SESSION_ARN})))
        .implicitly_denied(CheckKind::ServiceControl);
}

#[test]
fn a_key_policy_for_everyone_is_no_delegation() {
    let key = "arn:aws:kms:us-east-1:111122223333:key/1";
    call(session(), "kms:Decrypt", key).key(grant(json!({"AWS": "*"}))).allowed();
}

#[test]
fn principal_arn_is_the_role_arn() {
    let fence = with(
        deny("*", "*"),
        "Condition",
        json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/path/Dev"}}),
    );
    let base = case(session()).identity(allow("*", "*")).scp(json!([allow("*", "*"), fence]));
    base.clone().key_value("aws:PrincipalArn", ROLE_ARN).allowed();
    base.key_value("aws:PrincipalArn", SESSION_ARN).explicitly_denied(CheckKind::ServiceControl);
}

#[test]
fn a_boundary_caps_a_role_grant_and_not_a_session_grant() {
    let bounded = case(session()).boundary(allow("ec2:*", "*"));
    bounded.clone().resource(grant(json!({"AWS": ROLE_ARN}))).implicitly_denied(CheckKind::Boundary);
    bounded.resource(grant(json!({"AWS": SESSION_ARN}))).allowed();
}

#[test]
fn a_session_policy_does_not_cap_a_session_grant() {
    case(session()).session(allow("ec2:*", "*")).resource(grant(json!({"AWS": SESSION_ARN}))).allowed();
}

#[test]
fn arn_like_is_no_plain_glob() {
    let base = case(session()).key_value("aws:PrincipalArn", "arn:aws:iam::111122223333:role/Dev");
    base.identity(when(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:*:role/Dev"}})))
        .implicitly_denied(CheckKind::Identity);
}

#[test]
fn for_all_values_holds_for_an_absent_key() {
    case(user()).identity(when(json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}))).allowed();
}

#[test]
fn service_linked_roles_are_out_of_reach_of_scps() {
    let mut linked = case(session()).identity(allow("*", "*")).scp(allow("ec2:*", "*"));
    linked.request.service_linked_role = true;
    linked.allowed();
}

#[test]
fn a_service_without_rcp_support_has_no_rcp_levels() {
    case(user()).doing("sns:Publish").identity(allow("*", "*")).allowed();
}

#[test]
fn a_deny_with_an_unreadable_value_is_refused_at_write() {
    for condition in [
        json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/99"}}),
        json!({"DateLessThan": {"aws:CurrentTime": "yesterday"}}),
        json!({"Bool": {"aws:SecureTransport": "no"}}),
        json!({"StringEqual": {"aws:username": "x"}}),
    ] {
        let text = document(&json!([allow("s3:*", "*"), with(deny("s3:*", "*"), "Condition", condition)]));
        assert!(Policy::parse(&text, PolicyKind::Identity).is_err());
        assert!(Policy::parse_stored(&text, PolicyKind::Identity).is_err());
    }
}
