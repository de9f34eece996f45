//! B. Combination order.

use kage_authz::{
    Boundary, CheckEffect, CheckKind, ExtraAllow, ExtraAllowKind, Level, Principal, PrincipalMatch,
};
use serde_json::{Value, json};

use crate::harness::*;

fn any(statement: Value) -> Value {
    for_principal(statement, json!("*"))
}

#[test]
fn rule_011_the_default_is_deny_but_for_root() {
    // claims: ID-IAMEVAL-02
    case(user()).implicitly_denied(CheckKind::Identity);
    case(session()).implicitly_denied(CheckKind::Identity);
    let owner = case(root());
    owner.allowed();
    owner.clone().resource(any(deny("*", "*"))).explicitly_denied(CheckKind::Resource);
    owner.clone().scp(deny("*", "*")).explicitly_denied(CheckKind::ServiceControl);
    owner.clone().scp(allow("sqs:*", "*")).implicitly_denied(CheckKind::ServiceControl);
    owner
        .clone()
        .rcp(json!([any(allow("*", "*")), any(deny("s3:*", "*"))]))
        .explicitly_denied(CheckKind::ResourceControl);
    owner.endpoint(any(allow("sqs:*", "*"))).implicitly_denied(CheckKind::Endpoint);
}

#[test]
fn rule_012_explicit_deny_wins() {
    // claims: ID-IAMEVAL-02, ID-POLICY-02
    let full = case(session())
        .identity(allow("*", "*"))
        .boundary(allow("*", "*"))
        .session(allow("*", "*"))
        .resource(grant(json!("*")))
        .endpoint(any(allow("*", "*")))
        .scp(allow("*", "*"))
        .rcp(any(allow("*", "*")));
    full.allowed();
    let no = deny("s3:Get*", "*");
    full.clone().identity(no.clone()).explicitly_denied(CheckKind::Identity);
    full.clone().boundary(json!([allow("*", "*"), no])).explicitly_denied(CheckKind::Boundary);
    full.clone().session(no.clone()).explicitly_denied(CheckKind::Session);
    full.clone().scp(json!([no, allow("*", "*")])).explicitly_denied(CheckKind::ServiceControl);
    full.clone().resource(json!([grant(json!("*")), any(no.clone())])).explicitly_denied(CheckKind::Resource);
    full.clone()
        .endpoint(json!([any(no.clone()), any(allow("*", "*"))]))
        .explicitly_denied(CheckKind::Endpoint);
    full.rcp(json!([any(allow("*", "*")), any(no)])).explicitly_denied(CheckKind::ResourceControl);
}

#[test]
fn rule_012_a_deny_beats_a_missing_allow_elsewhere() {
    case(session()).scp(allow("sqs:*", "*")).session(deny("*", "*")).explicitly_denied(CheckKind::Session);
}

#[test]
fn rule_013_every_rcp_level_must_allow() {
    let base = case(user()).identity(allow("*", "*"));
    base.clone().rcp(any(allow("*", "*"))).rcp(any(allow("s3:*", "*"))).allowed();
    base.clone()
        .rcp(any(allow("*", "*")))
        .rcp(any(allow("sqs:*", "*")))
        .implicitly_denied(CheckKind::ResourceControl);
}

#[test]
fn rule_014_every_scp_level_must_allow_with_union_inside() {
    let base = case(user()).identity(allow("*", "*"));
    base.clone().scp(allow("*", "*")).scp(allow("s3:*", "*")).scp(allow("*", "*")).allowed();
    base.clone().scp(allow("*", "*")).scp(allow("sqs:*", "*")).implicitly_denied(CheckKind::ServiceControl);
    let mut united = base.clone().scp(allow("sqs:*", "*"));
    let more = base.clone().scp(allow("s3:*", "*")).policies.service_control.remove(0).policies;
    united.policies.service_control[0].policies.extend(more);
    united.allowed();
    let mut empty = base;
    empty.policies.service_control.push(Level { target: "root".to_owned(), policies: Vec::new() });
    empty.implicitly_denied(CheckKind::ServiceControl);
}

#[test]
fn rule_016_identity_or_resource_suffices_in_one_account() {
    // claims: ID-IAMEVAL-01
    case(user()).identity(allow("s3:*", "*")).allowed();
    case(user()).resource(grant(json!({"AWS": USER_ARN}))).allowed();
    case(user())
        .resource(grant(json!({"AWS": "arn:aws:iam::111122223333:user/bob"})))
        .implicitly_denied(CheckKind::Identity);
    // Not so for key policies and trust policies.
    case(user())
        .identity(allow("*", "*"))
        .key(grant(json!({"AWS": ROLE_ARN})))
        .implicitly_denied(CheckKind::Resource);
    let trusted = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROLE_ARN}});
    call(user(), "sts:AssumeRole", ROLE_ARN)
        .identity(allow("*", "*"))
        .trust(trusted)
        .implicitly_denied(CheckKind::Resource);
}

#[test]
fn rule_017_a_user_named_by_the_resource_needs_nothing_else() {
    let named = case(user()).resource(grant(json!({"AWS": USER_ARN})));
    named.clone().boundary(allow("sqs:*", "*")).allowed();
    named.boundary(deny("*", "*")).explicitly_denied(CheckKind::Boundary);
}

#[test]
fn rule_018_a_session_named_by_the_resource_needs_nothing_else() {
    case(session())
        .resource(grant(json!({"AWS": SESSION_ARN})))
        .boundary(allow("sqs:*", "*"))
        .session(allow("sqs:*", "*"))
        .allowed();
}

#[test]
fn rule_019_a_role_named_by_the_resource_is_capped() {
    let named = case(session()).resource(grant(json!({"AWS": ROLE_ARN})));
    named.allowed();
    named.clone().boundary(allow("sqs:*", "*")).implicitly_denied(CheckKind::Boundary);
    named.clone().session(allow("sqs:*", "*")).implicitly_denied(CheckKind::Session);
    named.boundary(allow("s3:*", "*")).session(allow("s3:*", "*")).allowed();
}

#[test]
fn rule_020_a_star_with_principal_arn_is_not_capped() {
    let condition = json!({"ArnEquals": {"aws:PrincipalArn": ROLE_ARN}});
    let open = with(grant(json!("*")), "Condition", condition);
    let named = case(session()).key_value("aws:PrincipalArn", ROLE_ARN).resource(open);
    named.clone().boundary(allow("sqs:*", "*")).session(allow("sqs:*", "*")).allowed();
    named
        .key_value("aws:PrincipalArn", "arn:aws:iam::111122223333:role/Other")
        .implicitly_denied(CheckKind::Identity);
}

#[test]
fn rule_021_federated_users_and_their_issuers() {
    let guest = case(federated());
    let own = grant(json!({"AWS": "arn:aws:sts::111122223333:federated-user/guest"}));
    guest.clone().resource(own).session(allow("sqs:*", "*")).boundary(allow("sqs:*", "*")).allowed();
    let issuer = guest.resource(grant(json!({"AWS": "arn:aws:iam::111122223333:user/broker"})));
    issuer.clone().session(allow("sqs:*", "*")).implicitly_denied(CheckKind::Session);
    issuer
        .clone()
        .session(allow("s3:*", "*"))
        .boundary(allow("sqs:*", "*"))
        .implicitly_denied(CheckKind::Boundary);
    issuer.session(allow("s3:*", "*")).allowed();
}

#[test]
fn rule_022_naming_the_account_delegates() {
    for account in [ROOT_ARN, ACCOUNT] {
        let named = grant(json!({"AWS": account}));
        case(user()).resource(named.clone()).implicitly_denied(CheckKind::Identity);
        case(session()).key(named.clone()).implicitly_denied(CheckKind::Identity);
        case(session()).key(named.clone()).identity(allow("s3:GetObject", "*")).allowed();
        case(root()).key(named).allowed();
    }
}

#[test]
fn rule_023_across_accounts_both_sides_must_allow() {
    let foreign = case(user()).owner(OTHER);
    foreign.implicitly_denied(CheckKind::Resource);
    foreign.clone().identity(allow("*", "*")).implicitly_denied(CheckKind::Resource);
    foreign.clone().resource(grant(json!({"AWS": USER_ARN}))).implicitly_denied(CheckKind::Identity);
    foreign.clone().resource(grant(json!("*"))).implicitly_denied(CheckKind::Identity);
    let both = foreign.identity(allow("*", "*")).resource(grant(json!({"AWS": USER_ARN})));
    both.allowed();
    both.clone().scp(allow("sqs:*", "*")).implicitly_denied(CheckKind::ServiceControl);
    both.rcp(any(allow("sqs:*", "*"))).implicitly_denied(CheckKind::ResourceControl);
    case(root()).owner(OTHER).implicitly_denied(CheckKind::Resource);
    case(root()).owner(OTHER).resource(grant(json!({"AWS": ROOT_ARN}))).allowed();
}

#[test]
fn rule_024_across_accounts_any_name_serves_and_the_caller_stays_capped() {
    for principal in [
        json!("*"),
        json!({"AWS": ROOT_ARN}),
        json!({"AWS": ACCOUNT}),
        json!({"AWS": ROLE_ARN}),
        json!({"AWS": SESSION_ARN}),
    ] {
        let named = case(session()).owner(OTHER).identity(allow("s3:*", "*")).resource(grant(principal));
        named.allowed();
        named.clone().boundary(allow("sqs:*", "*")).implicitly_denied(CheckKind::Boundary);
        named.session(allow("sqs:*", "*")).implicitly_denied(CheckKind::Session);
    }
}

#[test]
fn rule_025_a_boundary_limits_and_never_grants() {
    case(user()).boundary(allow("*", "*")).implicitly_denied(CheckKind::Identity);
    let allowed = case(user()).identity(allow("*", "*"));
    allowed.clone().boundary(allow("s3:*", "*")).allowed();
    allowed.clone().boundary(allow("sqs:*", "*")).implicitly_denied(CheckKind::Boundary);
    let mut deleted = allowed;
    deleted.policies.boundary = Boundary::Deleted { arn: "arn:aws:iam::111122223333:policy/gone".to_owned() };
    deleted.implicitly_denied(CheckKind::Boundary);
}

#[test]
fn rule_026_session_policies_limit_sessions() {
    let role = case(session()).identity(allow("*", "*"));
    role.allowed();
    role.clone().session(allow("sqs:*", "*")).implicitly_denied(CheckKind::Session);
    role.session(allow("s3:*", "*")).allowed();
    case(session()).session(allow("*", "*")).implicitly_denied(CheckKind::Identity);
    // A federation token without a session policy carries no identity permissions.
    let guest = case(federated()).identity(allow("*", "*"));
    guest.implicitly_denied(CheckKind::Session);
    guest.clone().session(allow("s3:*", "*")).allowed();
    guest.resource(grant(json!({"AWS": "arn:aws:sts::111122223333:federated-user/guest"}))).allowed();
}

#[test]
fn rule_027_session_policies_are_united_then_intersected() {
    let role = case(session()).identity(allow("*", "*")).session(allow("sqs:*", "*"));
    role.clone().session(allow("s3:Get*", "*")).allowed();
    role.clone().session(allow("s3:Put*", "*")).implicitly_denied(CheckKind::Session);
    role.session(allow("s3:*", "*")).session(deny("s3:GetObject", "*")).explicitly_denied(CheckKind::Session);
}

#[test]
fn rule_028_a_deny_of_boundary_session_or_scp_hits_resource_grants() {
    let named = case(session()).resource(grant(json!({"AWS": SESSION_ARN})));
    named.allowed();
    named.clone().boundary(deny("*", "*")).explicitly_denied(CheckKind::Boundary);
    named.clone().session(deny("*", "*")).explicitly_denied(CheckKind::Session);
    named.scp(json!([allow("*", "*"), deny("*", "*")])).explicitly_denied(CheckKind::ServiceControl);
}

#[test]
fn rule_029_services_have_only_what_the_resource_gives() {
    let trail = case(service("cloudtrail.amazonaws.com"));
    trail.implicitly_denied(CheckKind::Resource);
    let named = trail.clone().resource(grant(json!({"Service": "cloudtrail.amazonaws.com"})));
    named.allowed();
    named.clone().scp(deny("*", "*")).identity(deny("*", "*")).allowed();
    named
        .rcp(json!([any(allow("*", "*")), any(deny("*", "*"))]))
        .explicitly_denied(CheckKind::ResourceControl);
    trail.resource(grant(json!({"Service": "config.amazonaws.com"}))).implicitly_denied(CheckKind::Resource);
}

#[test]
fn rule_030_an_endpoint_policy_must_allow() {
    let base = case(user()).identity(allow("*", "*"));
    base.clone().endpoint(any(allow("*", "*"))).allowed();
    base.clone().endpoint(any(allow("sqs:*", "*"))).implicitly_denied(CheckKind::Endpoint);
    base.clone()
        .endpoint(json!([any(allow("*", "*")), any(deny("s3:*", "*"))]))
        .explicitly_denied(CheckKind::Endpoint);
    base.endpoint(for_principal(allow("*", "*"), json!({"AWS": OTHER})))
        .implicitly_denied(CheckKind::Endpoint);
    // It caps resource grants too.
    case(user())
        .resource(grant(json!({"AWS": USER_ARN})))
        .endpoint(any(allow("sqs:*", "*")))
        .implicitly_denied(CheckKind::Endpoint);
}

#[test]
fn rule_032_trust_policies() {
    let assume =
        |principal: Value| json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal});
    let target = "arn:aws:iam::111122223333:role/Target";
    let same = call(user(), "sts:AssumeRole", target);
    same.clone().trust(assume(json!({"AWS": USER_ARN}))).allowed();
    let delegated = same.clone().trust(assume(json!({"AWS": ROOT_ARN})));
    delegated.implicitly_denied(CheckKind::Identity);
    delegated.identity(allow("sts:AssumeRole", target)).allowed();
    // Across accounts: both.
    let foreign = same.owner(OTHER).on("arn:aws:iam::444455556666:role/Target");
    let named = foreign.clone().trust(assume(json!({"AWS": USER_ARN})));
    named.implicitly_denied(CheckKind::Identity);
    named.identity(allow("sts:*", "*")).allowed();
    foreign
        .identity(allow("sts:*", "*"))
        .trust(assume(json!({"AWS": ROLE_ARN})))
        .implicitly_denied(CheckKind::Resource);
}

#[test]
fn rule_033_a_role_assumes_itself_only_if_its_trust_policy_says_so() {
    let own = call(session(), "sts:AssumeRole", ROLE_ARN).identity(allow("*", "*"));
    let service_only =
        json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}});
    own.clone().trust(service_only).implicitly_denied(CheckKind::Resource);
    own.trust(json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROLE_ARN}}))
        .allowed();
}

#[test]
fn rule_034_an_explanation_has_every_check() {
    let decision = case(session())
        .rcp(any(deny("*", "*")))
        .scp(deny("*", "*"))
        .endpoint(any(deny("*", "*")))
        .resource(any(deny("*", "*")))
        .identity(deny("*", "*"))
        .boundary(deny("*", "*"))
        .session(deny("*", "*"))
        .decision();
    let kinds: Vec<CheckKind> = decision.checks.iter().map(|check| check.kind).collect();
    assert_eq!(
        kinds,
        [
            CheckKind::ResourceControl,
            CheckKind::ServiceControl,
            CheckKind::Endpoint,
            CheckKind::Resource,
            CheckKind::Identity,
            CheckKind::Boundary,
            CheckKind::Session
        ]
    );
    assert!(decision.checks.iter().all(|check| check.effect == CheckEffect::ExplicitDeny));
}

#[test]
fn rule_035_checks_that_another_path_made_needless_have_no_impact() {
    let effects = |case: Case| -> Vec<(CheckKind, CheckEffect)> {
        case.decision().checks.iter().map(|check| (check.kind, check.effect)).collect()
    };
    let by_session = case(session()).boundary(allow("sqs:*", "*")).session(allow("sqs:*", "*"));
    assert_eq!(
        effects(by_session.resource(grant(json!({"AWS": SESSION_ARN})))),
        [
            (CheckKind::Resource, CheckEffect::Allow),
            (CheckKind::Identity, CheckEffect::NoImpact),
            (CheckKind::Boundary, CheckEffect::NoImpact),
            (CheckKind::Session, CheckEffect::NoImpact)
        ]
    );
    assert_eq!(
        effects(case(user()).identity(allow("*", "*")).resource(grant(json!({"AWS": OTHER})))),
        [(CheckKind::Resource, CheckEffect::NoImpact), (CheckKind::Identity, CheckEffect::Allow)]
    );
}

#[test]
fn rule_036_effects_of_checks_and_of_the_whole_agree() {
    // The harness demands it of every case in this file; here one of each.
    case(user()).implicitly_denied(CheckKind::Identity);
    case(user()).identity(deny("*", "*")).explicitly_denied(CheckKind::Identity);
    case(user()).identity(allow("*", "*")).allowed();
}

#[test]
fn rule_134_a_key_without_delegation_ignores_identity_policies() {
    let key = "arn:aws:kms:us-east-1:111122223333:key/1";
    let decrypt = call(session(), "kms:Decrypt", key).identity(allow("kms:*", "*"));
    decrypt.clone().key(grant(json!({"AWS": USER_ARN}))).implicitly_denied(CheckKind::Resource);
    decrypt.key(grant(json!({"AWS": ROOT_ARN}))).allowed();
    call(root(), "kms:Decrypt", key)
        .key(grant(json!({"AWS": USER_ARN})))
        .implicitly_denied(CheckKind::Resource);
}

#[test]
fn rule_135_a_direct_key_grant_needs_no_identity_policy() {
    let key = "arn:aws:kms:us-east-1:111122223333:key/1";
    call(session(), "kms:Decrypt", key).key(grant(json!({"AWS": ROLE_ARN}))).allowed();
}

#[test]
fn rule_139_a_kms_grant_allows_and_a_deny_beats_it() {
    let key = "arn:aws:kms:us-east-1:111122223333:key/1";
    let extra = ExtraAllow {
        kind: ExtraAllowKind::KmsGrant,
        label: "grant-1".to_owned(),
        principal: PrincipalMatch::Direct(kage_authz::DirectKind::Role),
    };
    let decrypt = call(session(), "kms:Decrypt", key).key(grant(json!({"AWS": USER_ARN})));
    decrypt.implicitly_denied(CheckKind::Resource);
    let granted = decrypt.extra(extra);
    granted.allowed();
    granted.clone().boundary(allow("s3:*", "*")).implicitly_denied(CheckKind::Boundary);
    granted.key(any(deny("kms:*", "*"))).explicitly_denied(CheckKind::Resource);
}

#[test]
fn rule_148_a_deny_beats_a_public_access_control_list() {
    let extra = ExtraAllow {
        kind: ExtraAllowKind::S3AccessControlList,
        label: "AllUsers READ".to_owned(),
        principal: PrincipalMatch::Wildcard,
    };
    let public = case(Principal::Anonymous).extra(extra);
    public.allowed();
    public.resource(any(deny("s3:GetObject", "*"))).explicitly_denied(CheckKind::Resource);
}
