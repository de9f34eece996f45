//! The smallest change of policies that would turn a decision around.

use serde::Serialize;
use serde_json::json;

use crate::decide::Scope;
use crate::decision::{Check, CheckKind, Effect, StatementRef, StatementTrace};
use crate::document::StatementEffect;
use crate::explain::matched;
use crate::policy_set::{PolicySet, Semantics};
use crate::principal_match::{Grant, PrincipalMatch};
use crate::request::{Principal, Request};

/// Changes that together would flip a decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Flip {
    /// The changes in words.
    pub text: String,
    /// The changes; all of them are needed.
    pub changes: Vec<Change>,
}

/// One change of one policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "change")]
pub enum Change {
    /// Take a statement away, or make one of its conditions fail.
    Remove {
        /// The check that the statement decides.
        check: CheckKind,
        /// The statement.
        statement: StatementRef,
        /// Its conditions with the values seen: one of them failing is enough.
        conditions: Vec<String>,
    },
    /// Add a statement to a policy of the check.
    Add {
        /// The check that lacks an allow.
        check: CheckKind,
        /// The target whose SCP or RCP it is.
        target: Option<String>,
        /// The statement, as JSON.
        statement: serde_json::Value,
    },
    /// Take a KMS grant or an access control list entry away.
    Revoke {
        /// Its name.
        label: String,
    },
}

pub(crate) fn find(request: &Request, policies: &PolicySet, effect: Effect, checks: &[Check]) -> Flip {
    let changes = match effect {
        Effect::Allow => to_deny(request, policies, checks),
        Effect::ImplicitDeny | Effect::ExplicitDeny => to_allow(request, policies, checks),
    };
    let mut text = words(effect, &changes);
    for near in near_misses(checks, &changes) {
        text.push(' ');
        text.push_str(&near);
    }
    Flip { text, changes }
}

/// Allow statements that speak of this action and resource, in a check that lacks an allow, and fail by conditions alone:
/// to meet those is a smaller change than to write a statement.
fn near_misses(checks: &[Check], changes: &[Change]) -> Vec<String> {
    let lacks = |check: &Check| {
        changes.iter().any(|change| {
            matches!(change, Change::Add { check: kind, target, .. } if *kind == check.kind && *target == check.target)
        })
    };
    let traces = checks.iter().filter(|check| lacks(check)).flat_map(|check| &check.policies);
    traces
        .flat_map(|policy| &policy.statements)
        .filter(|trace| trace.effect == StatementEffect::Allow && trace.action && trace.resource)
        .filter(|trace| trace.principal != PrincipalMatch::None)
        .filter(|trace| trace.conditions.iter().any(|condition| !condition.matched))
        .map(|trace| {
            let failed = trace.conditions.iter().filter(|condition| !condition.matched).map(|condition| {
                let seen = match &condition.request_values {
                    Some(values) => format!("seen: {}", values.join(", ")),
                    None => "absent".to_owned(),
                };
                format!(
                    "{} {} [{}], {seen}",
                    condition.operator,
                    condition.key,
                    condition.policy_values.join(", ")
                )
            });
            let failed: Vec<String> = failed.collect();
            format!("Or meet the condition of {}: {}.", trace.statement, failed.join("; and "))
        })
        .collect()
}

fn to_allow(request: &Request, policies: &PolicySet, checks: &[Check]) -> Vec<Change> {
    let mut changes = Vec::new();
    for check in checks {
        changes.extend(matched(check, StatementEffect::Deny).map(|trace| removal(check.kind, trace)));
    }
    let scope = Scope::of(request, policies);
    let grant = granted(policies, checks);
    let needs_resource = scope.resource_required && grant == Grant::None;
    // The statement that is suggested for the resource names the caller itself, which may save others.
    let replaced = match &request.principal {
        _ if !scope.resource_can_grant => Grant::None,
        Principal::RoleSession { .. } if needs_resource => Grant::Capped,
        _ if needs_resource => Grant::Full,
        _ => grant,
    };
    for check in checks {
        let missing = match check.kind {
            CheckKind::Resource => needs_resource,
            _ => lacks_allow(check, &scope, replaced),
        };
        if missing {
            changes.push(Change::Add {
                check: check.kind,
                target: check.target.clone(),
                statement: suggestion(check.kind, request, policies),
            });
        }
    }
    changes
}

/// What the owner's side grants by policy statements and extra allows.
fn granted(policies: &PolicySet, checks: &[Check]) -> Grant {
    let resource = checks.iter().filter(|check| check.kind == CheckKind::Resource);
    let statements =
        resource.flat_map(|check| matched(check, StatementEffect::Allow)).map(|trace| trace.principal);
    let extra = policies.extra_allows.iter().map(|extra| extra.principal);
    statements.chain(extra).map(PrincipalMatch::grant).max().unwrap_or(Grant::None)
}

/// Whether the check would need an allow if no Deny were there.
fn lacks_allow(check: &Check, scope: &Scope, replaced: Grant) -> bool {
    let enough = match check.kind {
        CheckKind::Identity if scope.root => return false,
        CheckKind::Identity => replaced >= Grant::Capped,
        CheckKind::Boundary | CheckKind::Session => replaced == Grant::Full,
        _ => false,
    };
    !enough && matched(check, StatementEffect::Allow).next().is_none()
}

fn removal(check: CheckKind, trace: &StatementTrace) -> Change {
    let conditions = trace
        .conditions
        .iter()
        .map(|condition| {
            let seen = match &condition.request_values {
                None => "absent".to_owned(),
                Some(values) => values.join(", "),
            };
            format!(
                "{} {} [{}], seen: {seen}",
                condition.operator,
                condition.key,
                condition.policy_values.join(", ")
            )
        })
        .collect();
    Change::Remove { check, statement: trace.statement.clone(), conditions }
}

/// The least statement that gives the missing allow.
fn suggestion(check: CheckKind, request: &Request, policies: &PolicySet) -> serde_json::Value {
    let mut statement = json!({ "Effect": "Allow", "Action": request.action.as_str() });
    let trust = check == CheckKind::Resource
        && policies.resource.as_ref().is_some_and(|resource| resource.semantics == Semantics::Trust);
    let Some(members) = statement.as_object_mut() else { return statement };
    if matches!(check, CheckKind::Resource | CheckKind::ResourceControl | CheckKind::Endpoint) {
        let principal = match check {
            CheckKind::Resource => principal_element(&request.principal),
            _ => json!("*"),
        };
        members.insert("Principal".to_owned(), principal);
    }
    if !trust {
        members.insert("Resource".to_owned(), json!(escape(&request.resource.arn)));
    }
    statement
}

/// Characters that a `Resource` pattern would take for more than themselves (rule 74).
fn escape(arn: &str) -> String {
    if arn == "*" {
        return arn.to_owned();
    }
    arn.replace('$', "${$}")
        .replace("${$}", "\u{0}")
        .replace('*', "${*}")
        .replace('?', "${?}")
        .replace('\u{0}', "${$}")
}

fn principal_element(principal: &Principal) -> serde_json::Value {
    match principal {
        Principal::Anonymous => json!("*"),
        Principal::Service { name } => json!({ "Service": name }),
        Principal::Federated { provider, .. } => json!({ "Federated": provider }),
        Principal::RoleSession { role_arn, .. } => json!({ "AWS": role_arn }),
        other => json!({ "AWS": other.arn() }),
    }
}

/// The fewest removals that leave some check without its allow.
fn to_deny(request: &Request, policies: &PolicySet, checks: &[Check]) -> Vec<Change> {
    let scope = Scope::of(request, policies);
    let grant = if scope.resource_can_grant { granted(policies, checks) } else { Grant::None };
    let allows = |check: &Check| -> Vec<Change> {
        let mut changes: Vec<Change> =
            matched(check, StatementEffect::Allow).map(|trace| removal(check.kind, trace)).collect();
        if check.kind == CheckKind::Resource {
            let extra = policies.extra_allows.iter().filter(|extra| extra.principal.is_match());
            changes.extend(extra.map(|extra| Change::Revoke { label: extra.label.clone() }));
        }
        changes
    };
    let mut ways: Vec<Vec<Change>> = Vec::new();
    let mut identity_path: Option<Vec<Change>> = Some(Vec::new());
    for check in checks {
        match check.kind {
            CheckKind::ResourceControl | CheckKind::ServiceControl | CheckKind::Endpoint => {
                ways.push(allows(check))
            }
            CheckKind::Resource if scope.resource_required => ways.push(allows(check)),
            // Without a need for it the resource's policy is one of two paths: both must go.
            CheckKind::Resource => extend(&mut identity_path, allows(check)),
            CheckKind::Identity if scope.root => identity_path = None,
            CheckKind::Identity
                if scope.resource_required && scope.resource_can_grant && grant >= Grant::Capped =>
            {
                identity_path = None;
            }
            CheckKind::Identity => extend(&mut identity_path, allows(check)),
            CheckKind::Boundary | CheckKind::Session if grant == Grant::Full => {}
            CheckKind::Boundary | CheckKind::Session => ways.push(allows(check)),
        }
    }
    if scope.identity
        && let Some(path) = identity_path
    {
        ways.push(path);
    }
    let possible = ways.into_iter().filter(|way| !way.is_empty());
    possible.min_by_key(Vec::len).unwrap_or_default()
}

fn extend(path: &mut Option<Vec<Change>>, more: Vec<Change>) {
    if let Some(path) = path {
        path.extend(more);
    }
}

fn words(effect: Effect, changes: &[Change]) -> String {
    let parts: Vec<String> = changes.iter().map(|change| change_words(change, effect)).collect();
    match (effect, parts.is_empty()) {
        (Effect::Allow, true) => {
            "No statement allows this: the root user is allowed by default. Only a Deny stops it.".to_owned()
        }
        (Effect::Allow, false) => format!("It would be denied without {}.", parts.join(" and without ")),
        (_, _) => format!("To allow it, {}.", parts.join(", and ")),
    }
}

fn change_words(change: &Change, effect: Effect) -> String {
    match change {
        Change::Remove { statement, .. } if effect == Effect::Allow => statement.to_string(),
        Change::Remove { statement, conditions, .. } if conditions.is_empty() => {
            format!("remove {statement}")
        }
        Change::Remove { statement, conditions, .. } => {
            format!("remove {statement}, or make one of its conditions fail ({})", conditions.join("; "))
        }
        Change::Add { check, target, statement } => match target {
            Some(target) => format!("add to {} attached to {target}: {statement}", a(check.policy_words())),
            None => format!("add to {}: {statement}", a(check.policy_words())),
        },
        Change::Revoke { label } => label.clone(),
    }
}

/// The words with their article.
fn a(words: &str) -> String {
    let article = if words.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {words}")
}

impl CheckKind {
    /// The kind of policy that the check looks at, in words.
    pub fn policy_words(self) -> &'static str {
        match self {
            Self::ResourceControl => "resource control policy",
            Self::ServiceControl => "service control policy",
            Self::Endpoint => "VPC endpoint policy",
            Self::Resource => "resource-based policy",
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
        }
    }
}
