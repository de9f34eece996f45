//! The fast path: the effect and the check that decided, no trace (rules 11-30, 34).

use crate::decision::{CheckKind, Effect, Outcome};
use crate::policy_set::{Boundary, Level, NamedPolicy, PolicySet, Semantics};
use crate::principal_match::Grant;
use crate::request::{Principal, Request};

/// Decides one (action, resource) evaluation.
///
/// The order of the checks, for denies and for missing allows alike, is the fixed precedence of rule 172:
/// RCP, SCP, VPC endpoint, resource, identity, boundary, session.
pub fn decide(request: &Request, policies: &PolicySet) -> Outcome {
    let scope = Scope::of(request, policies);
    if let Some(kind) = explicit_deny(request, policies, &scope) {
        return Outcome { effect: Effect::ExplicitDeny, decided_by: Some(kind) };
    }
    match missing_allow(request, policies, &scope) {
        Some(kind) => Outcome { effect: Effect::ImplicitDeny, decided_by: Some(kind) },
        None => Outcome { effect: Effect::Allow, decided_by: None },
    }
}

/// Which checks apply to a request. Shared by the fast path and the explanation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    pub resource_control: bool,
    pub service_control: bool,
    /// The owner's side must allow (rules 10, 16, 23, 29, 32).
    pub resource_required: bool,
    /// An allow of the resource's policy can replace policies of the caller (rules 15-24).
    pub resource_can_grant: bool,
    /// The caller has identity policies, or is a root user.
    pub identity: bool,
    pub boundary: bool,
    pub session: bool,
    /// The caller's account allows its root user everything (rule 11).
    pub root: bool,
}

impl Scope {
    pub fn of(request: &Request, policies: &PolicySet) -> Self {
        let has_account = request.principal.account().is_some();
        let root = matches!(request.principal, Principal::Root { .. });
        let cross_account = request.is_cross_account();
        let must_allow =
            policies.resource.as_ref().is_some_and(|resource| resource.semantics != Semantics::Generic);
        Self {
            // Rule 45. AWS: orgs_manage_policies_rcps, "Resources and entities not restricted by RCPs".
            resource_control: !request.service_linked_role && request.action.lower() != "kms:retiregrant",
            // Rule 37.
            service_control: has_account && !request.service_linked_role,
            resource_required: !has_account || cross_account || must_allow,
            resource_can_grant: has_account && !cross_account,
            identity: has_account,
            boundary: has_account && !root && policies.boundary != Boundary::Absent,
            // Rule 26: a federated user without session policies has no permissions but those given to it by name.
            session: has_account
                && (policies.session.is_some()
                    || matches!(request.principal, Principal::FederatedUser { .. })),
            root,
        }
    }
}

fn any_denies(request: &Request, policies: &[NamedPolicy]) -> bool {
    policies.iter().any(|named| named.policy.compiled().denies(request))
}

fn any_allows(request: &Request, policies: &[NamedPolicy]) -> bool {
    policies.iter().any(|named| named.policy.compiled().allows(request))
}

/// Rule 12: the first check in which a Deny matches.
fn explicit_deny(request: &Request, policies: &PolicySet, scope: &Scope) -> Option<CheckKind> {
    let level_denies = |level: &Level| any_denies(request, &level.policies);
    if scope.resource_control && policies.resource_control.iter().any(level_denies) {
        return Some(CheckKind::ResourceControl);
    }
    if scope.service_control && policies.service_control.iter().any(level_denies) {
        return Some(CheckKind::ServiceControl);
    }
    if policies.endpoint.as_ref().is_some_and(|named| named.policy.compiled().denies(request)) {
        return Some(CheckKind::Endpoint);
    }
    if policies.resource.as_ref().is_some_and(|resource| resource.policy.policy.compiled().denies(request)) {
        return Some(CheckKind::Resource);
    }
    if scope.identity && any_denies(request, &policies.identity) {
        return Some(CheckKind::Identity);
    }
    if scope.boundary
        && let Boundary::Policy(named) = &policies.boundary
        && named.policy.compiled().denies(request)
    {
        return Some(CheckKind::Boundary);
    }
    if scope.session && policies.session.as_deref().is_some_and(|session| any_denies(request, session)) {
        return Some(CheckKind::Session);
    }
    None
}

/// The first check that needs an allow and has none.
fn missing_allow(request: &Request, policies: &PolicySet, scope: &Scope) -> Option<CheckKind> {
    let level_allows = |level: &Level| any_allows(request, &level.policies);
    if scope.resource_control && !policies.resource_control.iter().all(level_allows) {
        return Some(CheckKind::ResourceControl);
    }
    if scope.service_control && !policies.service_control.iter().all(level_allows) {
        return Some(CheckKind::ServiceControl);
    }
    if policies.endpoint.as_ref().is_some_and(|named| !named.policy.compiled().allows(request)) {
        return Some(CheckKind::Endpoint);
    }
    let grant = resource_grant(request, policies);
    if scope.resource_required && grant == Grant::None {
        return Some(CheckKind::Resource);
    }
    let replaced = if scope.resource_can_grant { grant } else { Grant::None };
    if scope.identity && !scope.root && replaced < Grant::Capped && !any_allows(request, &policies.identity) {
        return Some(CheckKind::Identity);
    }
    if replaced == Grant::Full {
        return None;
    }
    let within_boundary = match &policies.boundary {
        Boundary::Absent => true,
        Boundary::Policy(named) => named.policy.compiled().allows(request),
        Boundary::Deleted { .. } => false,
    };
    if scope.boundary && !within_boundary {
        return Some(CheckKind::Boundary);
    }
    if scope.session && !any_allows(request, policies.session.as_deref().unwrap_or_default()) {
        return Some(CheckKind::Session);
    }
    None
}

/// The strongest allow on the resource's side.
fn resource_grant(request: &Request, policies: &PolicySet) -> Grant {
    let mut grant = Grant::None;
    for extra in &policies.extra_allows {
        grant = grant.max(extra.principal.grant());
    }
    if let Some(resource) = &policies.resource
        && grant < Grant::Full
    {
        resource
            .policy
            .policy
            .compiled()
            .each_allow(request, |principal| grant = grant.max(principal.grant()));
    }
    grant
}
