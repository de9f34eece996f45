//! E. Principal matching.

use kage_authz::document::PrincipalEntryKind;
use kage_authz::{CheckKind, Policy, PolicyKind, Principal, ResourceService};
use serde_json::{Value, json};

use crate::harness::*;

const S3: PolicyKind = PolicyKind::Resource(ResourceService::S3);

fn s3(principal: Value) -> Result<Policy, kage_authz::PolicyError> {
    Policy::parse(&document(&for_principal(allow("s3:*", "*"), principal)), S3)
}

#[test]
fn rule_050_the_forms_of_principals() {
    // claims: ID-POLICY-06
    for star in [json!("*"), json!({"AWS": "*"}), json!({"AWS": [OTHER, "*"]})] {
        case(Principal::Anonymous).resource(grant(star)).allowed();
    }
    let mixed = json!({"AWS": [USER_ARN, ROLE_ARN], "Service": "cloudtrail.amazonaws.com"});
    for principal in [user(), session(), service("cloudtrail.amazonaws.com")] {
        case(principal).resource(grant(mixed.clone())).allowed();
    }
    case(federated())
        .session(allow("s3:*", "*"))
        .resource(grant(mixed))
        .implicitly_denied(CheckKind::Identity);
}

#[test]
fn rule_051_no_wildcard_inside_a_principal() {
    for text in [
        "arn:aws:iam::111122223333:user/*",
        "arn:aws:iam::*:root",
        "1111*",
        "arn:aws:iam::111122223333:role/De?",
    ] {
        let error = s3(json!({"AWS": text})).unwrap_err();
        assert_eq!(error.message(), "Invalid principal in policy", "{text}");
        assert!(Policy::parse_stored(&document(&grant(json!({"AWS": text}))), S3).is_err());
    }
    assert!(s3(json!({"Service": "*.amazonaws.com"})).is_err());
    assert!(s3(json!({"Service": "*"})).is_err());
}

#[test]
fn rule_052_both_forms_of_an_account() {
    for text in [ACCOUNT, ROOT_ARN] {
        case(root()).owner(OTHER).resource(grant(json!({"AWS": text}))).allowed();
        case(user()).owner(OTHER).identity(allow("*", "*")).resource(grant(json!({"AWS": text}))).allowed();
        case(user_of(OTHER))
            .identity(allow("*", "*"))
            .resource(grant(json!({"AWS": text})))
            .implicitly_denied(CheckKind::Resource);
    }
    // In aws:PrincipalArn the :root form is the root user alone.
    let only_root =
        with(grant(json!("*")), "Condition", json!({"ArnEquals": {"aws:PrincipalArn": ROOT_ARN}}));
    case(user())
        .key_value("aws:PrincipalArn", USER_ARN)
        .resource(only_root)
        .implicitly_denied(CheckKind::Identity);
}

#[test]
fn rule_053_principals_are_stored_by_unique_id() {
    let text = document(&for_principal(
        allow("s3:*", "*"),
        json!({"AWS": [USER_ARN, OTHER, "*"], "Service": "s3.amazonaws.com"}),
    ));
    let written = Policy::parse(&text, S3).unwrap();
    assert_eq!(written.principals(), [USER_ARN, OTHER, "*", "s3.amazonaws.com"]);
    assert_eq!(written.aws_principals(), [USER_ARN, OTHER, "*"]);
    let id = "AIDA111122223333ALICE";
    let kept = written
        .with_principals(|value| if value == USER_ARN { id.to_owned() } else { value.to_owned() })
        .unwrap();
    assert_eq!(kept.text(), text.replace(USER_ARN, id));
    let shown = kept
        .with_principals(|value| if value == id { USER_ARN.to_owned() } else { value.to_owned() })
        .unwrap();
    assert_eq!(shown, written);
    case(user()).resource(grant(json!({"AWS": id}))).allowed();
    // A user made anew with the same name has another id.
    let Principal::User { account, arn, .. } = user() else { panic!("a user") };
    let again = Principal::User { account, arn, id: "AIDANOTTHESAMEUSER".to_owned() };
    case(again).resource(grant(json!({"AWS": id}))).implicitly_denied(CheckKind::Identity);
    case(session()).resource(grant(json!({"AWS": "AROA111122223333DEVDEV"}))).allowed();
}

#[test]
fn rule_054_a_role_arn_covers_its_sessions_with_its_path() {
    case(session()).resource(grant(json!({"AWS": ROLE_ARN}))).allowed();
    case(session())
        .resource(grant(json!({"AWS": "arn:aws:iam::111122223333:role/Dev"})))
        .implicitly_denied(CheckKind::Identity);
}

#[test]
fn rule_055_a_session_is_named_exactly() {
    case(session()).resource(grant(json!({"AWS": SESSION_ARN}))).allowed();
    case(session())
        .resource(grant(json!({"AWS": "arn:aws:sts::111122223333:assumed-role/Dev/works"})))
        .implicitly_denied(CheckKind::Identity);
    assert!(s3(json!({"AWS": "arn:aws:sts::111122223333:assumed-role/Dev/*"})).is_err());
    assert!(s3(json!({"AWS": "arn:aws:sts::111122223333:assumed-role/Dev"})).is_err());
}

#[test]
fn rule_056_what_is_no_principal_is_refused() {
    // claims: ID-POLICY-06
    for principal in [
        json!("alice"),
        json!({"AWS": "alice"}),
        json!({"AWS": "1234"}),
        json!({"CanonicalUser": "x"}),
        json!({"AWS": ""}),
        json!({"Federated": "x"}),
    ] {
        assert_eq!(
            s3(principal.clone()).unwrap_err().message(),
            "Invalid principal in policy",
            "{principal}"
        );
    }
    let trust =
        document(&json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "alice"}}));
    let error = Policy::parse(&trust, PolicyKind::Trust).unwrap_err();
    assert_eq!(error.message(), "Invalid principal in policy: \"AWS\":\"alice\"");
}

#[test]
fn rule_057_not_principal_with_deny_spares_only_the_whole_chain() {
    let all_but = |list: Value| {
        let statement = json!({"Effect": "Deny", "Action": "*", "Resource": "*", "NotPrincipal": list});
        json!([grant(json!("*")), statement])
    };
    let role = case(session());
    role.clone().resource(all_but(json!({"AWS": [ROOT_ARN, ROLE_ARN, SESSION_ARN]}))).allowed();
    for short in [
        json!([ROLE_ARN, SESSION_ARN]),
        json!([ROOT_ARN, ROLE_ARN]),
        json!([ROOT_ARN, SESSION_ARN]),
        json!([ROOT_ARN]),
    ] {
        role.clone().resource(all_but(json!({"AWS": short}))).explicitly_denied(CheckKind::Resource);
    }
    case(user()).resource(all_but(json!({"AWS": [ACCOUNT, USER_ARN]}))).allowed();
    case(user()).resource(all_but(json!({"AWS": [USER_ARN]}))).explicitly_denied(CheckKind::Resource);
    case(root()).resource(all_but(json!({"AWS": ACCOUNT}))).allowed();
    case(service("s3.amazonaws.com")).resource(all_but(json!({"Service": "s3.amazonaws.com"}))).allowed();
    case(Principal::Anonymous)
        .resource(all_but(json!({"AWS": ACCOUNT})))
        .explicitly_denied(CheckKind::Resource);
}

#[test]
fn rule_057_not_principal_with_allow_grants_to_all_others() {
    let all_but =
        |list: Value| json!({"Effect": "Allow", "Action": "*", "Resource": "*", "NotPrincipal": list});
    case(Principal::Anonymous).resource(all_but(json!({"AWS": ROOT_ARN}))).allowed();
    case(user()).resource(all_but(json!({"AWS": ROLE_ARN}))).allowed();
    for listed in [USER_ARN, ROOT_ARN] {
        case(user()).resource(all_but(json!({"AWS": listed}))).implicitly_denied(CheckKind::Identity);
    }
}

#[test]
fn rule_057_not_principal_is_refused_in_identity_policies() {
    let text = document(&with(allow("*", "*"), "NotPrincipal", json!("*")));
    let error = Policy::parse(&text, PolicyKind::Identity).unwrap_err();
    assert_eq!(error.message(), "Policy document should not specify a principal.");
}

#[test]
fn rule_058_service_names_are_exact() {
    let logs = grant(json!({"Service": "logs.us-east-1.amazonaws.com"}));
    case(service("logs.us-east-1.amazonaws.com")).resource(logs.clone()).allowed();
    case(service("logs.amazonaws.com")).resource(logs).implicitly_denied(CheckKind::Resource);
}

#[test]
fn rule_059_a_service_entry_never_names_a_role() {
    let role = Principal::RoleSession {
        account: ACCOUNT.to_owned(),
        role_arn: "ec2.amazonaws.com".to_owned(),
        role_id: "ec2.amazonaws.com".to_owned(),
        session_arn: "ec2.amazonaws.com".to_owned(),
        session_name: "ec2.amazonaws.com".to_owned(),
    };
    case(role)
        .resource(grant(json!({"Service": "ec2.amazonaws.com"})))
        .implicitly_denied(CheckKind::Identity);
}

#[test]
fn rule_060_a_canonical_user_is_an_account() {
    let id = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
    let mut named = case(user()).resource(grant(json!({"CanonicalUser": id})));
    named.request.canonical_user = Some(id.to_owned());
    named.implicitly_denied(CheckKind::Identity);
    named.clone().owner(OTHER).identity(allow("*", "*")).allowed();
    named.request.canonical_user = None;
    named.owner(OTHER).identity(allow("*", "*")).implicitly_denied(CheckKind::Resource);
}

#[test]
fn rule_061_an_identity_provider_is_named_by_arn_or_host() {
    let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let trust = json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": provider},
        "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:o/r"}}});
    let token = Principal::Federated { provider: provider.to_owned(), subject: "repo:o/r".to_owned() };
    let assume = call(token, "sts:AssumeRoleWithWebIdentity", ROLE_ARN).trust(trust);
    assume.implicitly_denied(CheckKind::Resource);
    assume.clone().key_value("token.actions.githubusercontent.com:sub", "repo:o/r").allowed();
    assume
        .key_value("token.actions.githubusercontent.com:sub", "repo:o/x")
        .implicitly_denied(CheckKind::Resource);
}

#[test]
fn rule_062_principals_belong_into_resource_policies_only() {
    // claims: ID-POLICY-06
    let text = document(&grant(json!("*")));
    for kind in [PolicyKind::Identity, PolicyKind::Boundary, PolicyKind::Session, PolicyKind::ServiceControl]
    {
        assert!(Policy::parse_stored(&text, kind).is_err(), "{kind:?}");
    }
    let without = document(&allow("s3:*", "*"));
    for kind in
        [S3, PolicyKind::Resource(ResourceService::Kms), PolicyKind::Endpoint, PolicyKind::ResourceControl]
    {
        assert!(Policy::parse_stored(&without, kind).is_err(), "{kind:?}");
    }
    assert_eq!(Policy::parse(&without, S3).unwrap_err().message(), "Missing required field Principal");
    let policy =
        Policy::parse(&document(&for_principal(allow("s3:*", "*"), json!({"AWS": OTHER}))), S3).unwrap();
    let entry = &policy.statements()[0].principal.as_ref().unwrap().entries[0];
    assert_eq!((entry.kind, entry.value.as_str()), (PrincipalEntryKind::Aws, OTHER));
}
