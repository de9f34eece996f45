//! The policy evaluation rules of `spec/authorization.md`, written down as literally as Rust allows.
//!
//! This crate is slow on purpose: it reads every statement from its syntax tree for every request, substitutes
//! variables as text and matches character by character. It shares with `kage-authz` the types of policies and
//! requests, and no evaluation code. Tests let both decide the same cases and compare.

mod condition;
mod principal;
mod statement;
mod text;
mod value;

use kage_authz::document::StatementEffect;
use kage_authz::{
    Boundary, CheckKind, DirectKind, Effect, NamedPolicy, Outcome, PolicySet, Principal, PrincipalMatch,
    Request, Semantics,
};

/// Decides one (action, resource) evaluation, in the order of AWS's flow chart (rules 11-30).
// AWS: IAM User Guide, reference_policies_evaluation-logic_policy-eval-denyallow.
pub fn decide(request: &Request, policies: &PolicySet) -> Outcome {
    // Rule 12: an explicit Deny in any policy that applies wins, before anything else.
    for (kind, policy) in applicable(request, policies) {
        if !matching(request, policy, StatementEffect::Deny).is_empty() {
            return Outcome { effect: Effect::ExplicitDeny, decided_by: Some(kind) };
        }
    }
    // Rule 13: each level of RCPs must allow.
    if resource_control_applies(request) {
        for level in &policies.resource_control {
            if !some_allow(request, &level.policies) {
                return missing(CheckKind::ResourceControl);
            }
        }
    }
    // Rule 14: each level of SCPs must allow.
    if service_control_applies(request) {
        for level in &policies.service_control {
            if !some_allow(request, &level.policies) {
                return missing(CheckKind::ServiceControl);
            }
        }
    }
    // Rule 30: an endpoint's policy must allow.
    if let Some(endpoint) = &policies.endpoint
        && !some_allow(request, std::slice::from_ref(endpoint))
    {
        return missing(CheckKind::Endpoint);
    }
    let named = owner_allows(request, policies);
    // Rules 10, 29 and 61: who has no account has only what the resource's owner gives.
    let Some(caller) = request.principal.account() else {
        return if named.is_empty() { missing(CheckKind::Resource) } else { allowed() };
    };
    // Rules 23 and 24: across accounts both sides must allow, and nothing replaces the caller's side.
    if request.resource.account.as_deref().is_some_and(|owner| owner != caller) {
        return if named.is_empty() {
            missing(CheckKind::Resource)
        } else {
            caller_side(request, policies, false)
        };
    }
    // Rule 16: key policies and trust policies must allow explicitly.
    let must_allow =
        policies.resource.as_ref().is_some_and(|resource| resource.semantics != Semantics::Generic);
    if must_allow && named.is_empty() {
        return missing(CheckKind::Resource);
    }
    // Rules 17, 18, 20, 21 and 22: an allow for the user, the session, the federated user, `*` or, for the root user,
    // the account needs nothing else.
    if named.iter().any(|name| *name == PrincipalMatch::Wildcard || is_full_grant(*name)) {
        return allowed();
    }
    // Rules 19 and 21: an allow for the role or the issuing user stands for identity policies alone.
    let for_role = |name: &PrincipalMatch| {
        matches!(name, PrincipalMatch::Direct(DirectKind::Role | DirectKind::IssuingUser))
    };
    caller_side(request, policies, named.iter().any(for_role))
}

fn is_full_grant(name: PrincipalMatch) -> bool {
    matches!(
        name,
        PrincipalMatch::Direct(
            DirectKind::User
                | DirectKind::Session
                | DirectKind::FederatedUser
                | DirectKind::Root
                | DirectKind::Canonical
        )
    )
}

fn allowed() -> Outcome {
    Outcome { effect: Effect::Allow, decided_by: None }
}

fn missing(kind: CheckKind) -> Outcome {
    Outcome { effect: Effect::ImplicitDeny, decided_by: Some(kind) }
}

/// Identity policies, boundary and session policies: all that there are must allow.
fn caller_side(request: &Request, policies: &PolicySet, identity_replaced: bool) -> Outcome {
    let root = matches!(request.principal, Principal::Root { .. });
    // Rule 11: the root user is allowed by default.
    if !root && !identity_replaced && !some_allow(request, &policies.identity) {
        return missing(CheckKind::Identity);
    }
    // Rule 25.
    if !root {
        match &policies.boundary {
            Boundary::Absent => {}
            Boundary::Policy(boundary) if some_allow(request, std::slice::from_ref(boundary)) => {}
            Boundary::Policy(_) | Boundary::Deleted { .. } => return missing(CheckKind::Boundary),
        }
    }
    // Rule 26: no session policy is no limit, but a federated user without one has no permissions.
    match &policies.session {
        Some(session) if !some_allow(request, session) => missing(CheckKind::Session),
        None if matches!(request.principal, Principal::FederatedUser { .. }) => missing(CheckKind::Session),
        _ => allowed(),
    }
}

/// Rule 45.
fn resource_control_applies(request: &Request) -> bool {
    !request.service_linked_role && !request.action.as_str().eq_ignore_ascii_case("kms:RetireGrant")
}

/// Rule 37.
fn service_control_applies(request: &Request) -> bool {
    !request.service_linked_role && request.principal.account().is_some()
}

/// Every policy that applies to the request, in the order of rule 172.
fn applicable<'a>(request: &Request, policies: &'a PolicySet) -> Vec<(CheckKind, &'a NamedPolicy)> {
    let mut all = Vec::new();
    if resource_control_applies(request) {
        for policy in policies.resource_control.iter().flat_map(|level| &level.policies) {
            all.push((CheckKind::ResourceControl, policy));
        }
    }
    if service_control_applies(request) {
        for policy in policies.service_control.iter().flat_map(|level| &level.policies) {
            all.push((CheckKind::ServiceControl, policy));
        }
    }
    if let Some(policy) = &policies.endpoint {
        all.push((CheckKind::Endpoint, policy));
    }
    if let Some(resource) = &policies.resource {
        all.push((CheckKind::Resource, &resource.policy));
    }
    if request.principal.account().is_some() {
        for policy in &policies.identity {
            all.push((CheckKind::Identity, policy));
        }
        if let Boundary::Policy(policy) = &policies.boundary
            && !matches!(request.principal, Principal::Root { .. })
        {
            all.push((CheckKind::Boundary, policy));
        }
        for policy in policies.session.iter().flatten() {
            all.push((CheckKind::Session, policy));
        }
    }
    all
}

/// How the matching statements of an effect name the caller, one entry for each.
fn matching(request: &Request, policy: &NamedPolicy, effect: StatementEffect) -> Vec<PrincipalMatch> {
    let document = policy.policy.document();
    let mut found = Vec::new();
    for statement in &document.statements {
        if statement.effect == effect {
            found.extend(statement::names(statement, document.version, request));
        }
    }
    found
}

fn some_allow(request: &Request, policies: &[NamedPolicy]) -> bool {
    policies.iter().any(|policy| !matching(request, policy, StatementEffect::Allow).is_empty())
}

/// How the owner's side names the caller in all that allows: policy statements, grants, access control lists.
fn owner_allows(request: &Request, policies: &PolicySet) -> Vec<PrincipalMatch> {
    let mut named = Vec::new();
    if let Some(resource) = &policies.resource {
        named.extend(matching(request, &resource.policy, StatementEffect::Allow));
    }
    named.extend(
        policies
            .extra_allows
            .iter()
            .map(|extra| extra.principal)
            .filter(|name| *name != PrincipalMatch::None),
    );
    named
}
