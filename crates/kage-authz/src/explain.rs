//! The full evaluation: every statement of every check, and why the result is what it is (rule 34).

use crate::compile::CompiledStatement;
use crate::condition::CompiledCondition;
use crate::decide::Scope;
use crate::decision::{
    Check, CheckEffect, CheckKind, ConditionTrace, Deciding, Decision, Effect, PolicyTrace, StatementRef,
    StatementTrace,
};
use crate::document::{Condition, Statement, StatementEffect};
use crate::flip;
use crate::policy_set::{Boundary, ExtraAllowKind, Level, NamedPolicy, PolicySet, Semantics};
use crate::principal_match::Grant;
use crate::request::Request;

/// Decides one (action, resource) evaluation and tells all that led to it. The effect is that of [`crate::decide`].
pub fn explain(request: &Request, policies: &PolicySet) -> Decision {
    let checks = Explainer { request, policies, scope: Scope::of(request, policies) }.checks();
    let has = |effect| checks.iter().any(|check| check.effect == effect);
    let effect = if has(CheckEffect::ExplicitDeny) {
        Effect::ExplicitDeny
    } else if has(CheckEffect::ImplicitDeny) {
        Effect::ImplicitDeny
    } else {
        Effect::Allow
    };
    let deciding = deciding(effect, &checks, policies);
    let flip = flip::find(request, policies, effect, &checks);
    Decision {
        principal: request.principal.arn(),
        action: request.action.as_str().to_owned(),
        resource: request.resource.arn.clone(),
        effect,
        checks,
        deciding,
        flip,
    }
}

/// Rule 172: the first check, in AWS's order, that has the effect of the whole.
fn deciding(effect: Effect, checks: &[Check], policies: &PolicySet) -> Option<Deciding> {
    let wanted = match effect {
        Effect::Allow => return None,
        Effect::ImplicitDeny => CheckEffect::ImplicitDeny,
        Effect::ExplicitDeny => CheckEffect::ExplicitDeny,
    };
    let check = checks.iter().find(|check| check.effect == wanted)?;
    let statement = matched(check, StatementEffect::Deny).next().map(|trace| trace.statement.clone());
    let trust = check.kind == CheckKind::Resource
        && policies.resource.as_ref().is_some_and(|resource| resource.semantics == Semantics::Trust);
    Some(Deciding { check: check.kind, effect: wanted, trust, target: check.target.clone(), statement })
}

/// The statements of one effect that match in a check.
pub(crate) fn matched(check: &Check, effect: StatementEffect) -> impl Iterator<Item = &StatementTrace> {
    let statements = check.policies.iter().flat_map(|policy| &policy.statements);
    statements.filter(move |trace| trace.matched && trace.effect == effect)
}

struct Explainer<'a> {
    request: &'a Request,
    policies: &'a PolicySet,
    scope: Scope,
}

impl Explainer<'_> {
    fn checks(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        if self.scope.resource_control {
            checks.extend(self.levels(CheckKind::ResourceControl, &self.policies.resource_control));
        }
        if self.scope.service_control {
            checks.extend(self.levels(CheckKind::ServiceControl, &self.policies.service_control));
        }
        if let Some(named) = &self.policies.endpoint {
            checks.push(self.check(CheckKind::Endpoint, None, [named], CheckEffect::ImplicitDeny));
        }
        let (resource, grant) = self.resource();
        checks.extend(resource);
        let replaced = if self.scope.resource_can_grant { grant } else { Grant::None };
        let missing = |enough: Grant| {
            if replaced >= enough { CheckEffect::NoImpact } else { CheckEffect::ImplicitDeny }
        };
        if self.scope.identity {
            let mut check =
                self.check(CheckKind::Identity, None, &self.policies.identity, missing(Grant::Capped));
            if self.scope.root && check.effect != CheckEffect::ExplicitDeny {
                check.effect = CheckEffect::Allow;
                check.notes.push("the account allows its root user every action".to_owned());
            }
            checks.push(check);
        }
        if self.scope.boundary {
            checks.push(self.boundary(missing(Grant::Full)));
        }
        if self.scope.session {
            let session = self.policies.session.as_deref().unwrap_or_default();
            let mut check = self.check(CheckKind::Session, None, session, missing(Grant::Full));
            if self.policies.session.is_none() {
                check.notes.push(
                    "no session policy was passed: the identity's permissions are not passed on".to_owned(),
                );
            }
            checks.push(check);
        }
        checks
    }

    fn levels(&self, kind: CheckKind, levels: &[Level]) -> Vec<Check> {
        let one = |level: &Level| {
            self.check(kind, Some(level.target.clone()), &level.policies, CheckEffect::ImplicitDeny)
        };
        levels.iter().map(one).collect()
    }

    fn boundary(&self, missing: CheckEffect) -> Check {
        match &self.policies.boundary {
            Boundary::Policy(named) => self.check(CheckKind::Boundary, None, [named], missing),
            Boundary::Absent => self.check(CheckKind::Boundary, None, [], missing),
            Boundary::Deleted { arn } => {
                let mut check = self.check(CheckKind::Boundary, None, [], missing);
                check.notes.push(format!("the boundary policy {arn} does not exist any more"));
                check
            }
        }
    }

    /// The check of the owner's side and what it grants. No check if there is nothing to look at or to need.
    fn resource(&self) -> (Option<Check>, Grant) {
        let policy = self.policies.resource.as_ref().map(|resource| &resource.policy);
        if policy.is_none() && self.policies.extra_allows.is_empty() && !self.scope.resource_required {
            return (None, Grant::None);
        }
        let missing =
            if self.scope.resource_required { CheckEffect::ImplicitDeny } else { CheckEffect::NoImpact };
        let mut check = self.check(CheckKind::Resource, None, policy, missing);
        let mut grant = Grant::None;
        for trace in matched(&check, StatementEffect::Allow) {
            grant = grant.max(trace.principal.grant());
        }
        for extra in &self.policies.extra_allows {
            grant = grant.max(extra.principal.grant());
            if extra.principal.is_match() {
                let what = match extra.kind {
                    ExtraAllowKind::KmsGrant => "KMS grant",
                    ExtraAllowKind::S3AccessControlList => "access control list entry",
                };
                check.notes.push(format!("{what} {} allows", extra.label));
            }
        }
        if check.effect != CheckEffect::ExplicitDeny {
            let enough = if self.scope.resource_required { Grant::Delegated } else { Grant::Capped };
            check.effect = if grant >= enough { CheckEffect::Allow } else { missing };
            if grant == Grant::Delegated && self.scope.resource_can_grant {
                check.notes.push("the policy names the account: its identity policies decide".to_owned());
            }
        }
        (Some(check), grant)
    }

    /// A check over policies whose allows are united. `missing` is the effect without an allow.
    fn check<'p>(
        &self,
        kind: CheckKind,
        target: Option<String>,
        policies: impl IntoIterator<Item = &'p NamedPolicy>,
        missing: CheckEffect,
    ) -> Check {
        let policies = policies.into_iter().map(|named| self.policy(named)).collect();
        let mut check = Check { kind, target, effect: missing, notes: Vec::new(), policies };
        if matched(&check, StatementEffect::Deny).next().is_some() {
            check.effect = CheckEffect::ExplicitDeny;
        } else if matched(&check, StatementEffect::Allow).next().is_some() {
            check.effect = CheckEffect::Allow;
        }
        check
    }

    fn policy(&self, named: &NamedPolicy) -> PolicyTrace {
        let compiled = named.policy.compiled();
        let covering = compiled.covering(self.request);
        let statements = named.policy.statements().iter().zip(compiled.statements()).enumerate();
        let traces = statements.map(|(index, (statement, compiled))| {
            self.statement(named, index, statement, compiled, covering.contains(&index))
        });
        PolicyTrace { name: named.name.clone(), arn: named.arn.clone(), statements: traces.collect() }
    }

    fn statement(
        &self,
        named: &NamedPolicy,
        index: usize,
        statement: &Statement,
        compiled: &CompiledStatement,
        action: bool,
    ) -> StatementTrace {
        let principal = compiled.principal(self.request, statement.effect == StatementEffect::Deny);
        let resource = compiled.resource_matches(self.request);
        let conditions = self.conditions(statement, compiled.conditions());
        let matched = principal.is_match()
            && action
            && resource
            && conditions.iter().all(|condition| condition.matched);
        StatementTrace {
            statement: StatementRef {
                policy: named.name.clone(),
                arn: named.arn.clone(),
                index,
                sid: statement.sid.clone(),
                position: statement.position,
            },
            effect: statement.effect,
            principal,
            action,
            resource,
            conditions,
            matched,
        }
    }

    fn conditions(&self, statement: &Statement, compiled: &[CompiledCondition]) -> Vec<ConditionTrace> {
        let trace = |(condition, compiled): (&Condition, &CompiledCondition)| ConditionTrace {
            operator: condition.operator.clone(),
            key: condition.key.clone(),
            policy_values: condition.values.clone(),
            request_values: self.request.context.get(&condition.key).map(|values| values.as_slice().to_vec()),
            matched: compiled.holds(&self.request.context),
        };
        statement.conditions.iter().zip(compiled).map(trace).collect()
    }
}
