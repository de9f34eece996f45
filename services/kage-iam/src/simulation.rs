//! What simulated policies say about simulated calls. The engine is the one that judges real calls.

use crate::errors;
use crate::positions;
use kage_api_iam::types::{
    EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail, ResourceSpecificResult,
    Statement, policy_evaluation_decision_type as word,
};
use kage_authz::document::StatementEffect;
use kage_authz::{
    Boundary, CheckEffect, CheckKind, Context, Decision, Effect, NamedPolicy, Policy, PolicyKind, PolicySet,
    Principal, Request, ResourcePolicy, ResourceRef, ResourceService, Semantics,
};
use kage_core::{Arn, Result};
use std::collections::BTreeMap;

/// The resource of a simulation that names none.
pub const ANY: &str = "*";
/// What every source is called. AWS: recorded answers of SimulatePrincipalPolicy.
const SOURCE_TYPE: &str = "IAM Policy";

/// Everything that is the same for all actions of a simulation.
pub struct Simulation {
    /// Who calls.
    pub principal: Principal,
    /// Identity-based policies, boundary and service control policies.
    pub policies: PolicySet,
    /// Condition keys that were given.
    pub context: Context,
    /// The policy that every resource is treated as having.
    pub resource_policy: Option<String>,
    /// The account that owns resources whose ARN names none.
    pub resource_owner: Option<String>,
    /// Whether the account is in an organization whose policies take part.
    pub in_organization: bool,
    /// Whether the role is service-linked (rules 37 and 45).
    pub service_linked: bool,
}

/// One resource's result, before it is shown.
struct Judged {
    decision: Decision,
    matched: Vec<Statement>,
    missing: Vec<String>,
    cross_account: bool,
}

impl Simulation {
    /// The result for one action on all resources.
    ///
    /// # Errors
    /// `InvalidInput` for an action that is none or a resource policy that cannot be read.
    pub fn evaluate(&self, action: &str, resources: &[String]) -> Result<EvaluationResult> {
        if !action.contains(':') || action.contains(['*', '?']) {
            return Err(errors::invalid_input(format!("{action} is not a valid action name.")));
        }
        let judged = resources.iter().map(|arn| self.judge(action, arn)).collect::<Result<Vec<_>>>()?;
        let all = resources.iter().any(|arn| arn == ANY);
        let effect = judged.iter().map(|one| one.decision.effect).fold(Effect::Allow, stricter);
        let mut result = EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: Some(if all { ANY.to_owned() } else { template_of(action, resources) }),
            eval_decision: effect_word(effect).to_owned(),
            matched_statements: Some(union(judged.iter().filter(|one| one.decision.effect == effect))),
            missing_context_values: Some(distinct(judged.iter().flat_map(|one| one.missing.iter().cloned()))),
            organizations_decision_detail: self.in_organization.then(|| OrganizationsDecisionDetail {
                allowed_by_organizations: Some(
                    judged.iter().all(|one| allowed_by_organizations(&one.decision)),
                ),
            }),
            permissions_boundary_decision_detail: self.boundary_detail(judged.iter()),
            eval_decision_details: None,
            resource_specific_results: None,
        };
        if !all {
            let organizations_say_no = judged.iter().any(|one| !allowed_by_organizations(&one.decision));
            if !organizations_say_no {
                result.eval_decision_details = Some(details(judged.iter()));
            }
            let shown = resources.iter().zip(&judged).map(|(arn, one)| self.specific(arn, one)).collect();
            result.resource_specific_results = Some(shown);
        }
        Ok(result)
    }

    fn judge(&self, action: &str, arn: &str) -> Result<Judged> {
        let named_owner = Arn::parse(arn).map(|arn| arn.account).filter(|account| account.len() == 12);
        let owner = named_owner.or_else(|| self.resource_owner.clone());
        let resource = ResourceRef { arn: arn.to_owned(), account: owner };
        let mut request = Request::new(self.principal.clone(), action, resource);
        request.context = self.context.clone();
        request.service_linked_role = self.service_linked;
        let mut set = self.policies.clone();
        set.resource =
            self.resource_policy.as_deref().map(|text| attached_policy(action, arn, text)).transpose()?;
        let decision = kage_authz::explain(&request, &set);
        let matched = matched(&decision, &set);
        let missing = missing(&decision);
        Ok(Judged { decision, matched, missing, cross_account: request.is_cross_account() })
    }

    fn specific(&self, arn: &str, judged: &Judged) -> ResourceSpecificResult {
        ResourceSpecificResult {
            eval_resource_name: arn.to_owned(),
            eval_resource_decision: effect_word(judged.decision.effect).to_owned(),
            matched_statements: Some(judged.matched.clone()),
            missing_context_values: Some(judged.missing.clone()),
            eval_decision_details: judged.cross_account.then(|| details([judged].into_iter())),
            permissions_boundary_decision_detail: self.boundary_detail([judged].into_iter()),
        }
    }

    fn boundary_detail<'j>(
        &self,
        mut judged: impl Iterator<Item = &'j Judged>,
    ) -> Option<PermissionsBoundaryDecisionDetail> {
        (self.policies.boundary != Boundary::Absent).then(|| PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: Some(
                judged.all(|one| effect_of(&one.decision, CheckKind::Boundary) == Some(CheckEffect::Allow)),
            ),
        })
    }
}

/// The resource policy of a simulated resource, with the meaning that it has for its kind of resource.
fn attached_policy(action: &str, arn: &str, text: &str) -> Result<ResourcePolicy> {
    let service = Arn::parse(arn).map(|arn| arn.service).unwrap_or_default();
    let (kind, semantics) = match service.as_str() {
        "iam" if action.to_ascii_lowercase().starts_with("sts:assumerole") => {
            (PolicyKind::Trust, Semantics::Trust)
        }
        "kms" => (PolicyKind::Resource(ResourceService::Kms), Semantics::Key),
        "s3" => (PolicyKind::Resource(ResourceService::S3), Semantics::Generic),
        _ => (PolicyKind::Resource(ResourceService::Generic), Semantics::Generic),
    };
    Ok(ResourcePolicy { policy: NamedPolicy::inline("ResourcePolicy", given(text, kind)?), semantics })
}

/// A policy that came with the request.
///
/// # Errors
/// `InvalidInput` with the words that `MalformedPolicyDocument` would have.
pub fn given(text: &str, kind: PolicyKind) -> Result<Policy> {
    Policy::parse(text, kind).map_err(|error| errors::invalid_input(error.message()))
}

fn effect_word(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => word::ALLOWED,
        Effect::ImplicitDeny => word::IMPLICIT_DENY,
        Effect::ExplicitDeny => word::EXPLICIT_DENY,
    }
}

fn stricter(one: Effect, other: Effect) -> Effect {
    match (one, other) {
        (Effect::ExplicitDeny, _) | (_, Effect::ExplicitDeny) => Effect::ExplicitDeny,
        (Effect::ImplicitDeny, _) | (_, Effect::ImplicitDeny) => Effect::ImplicitDeny,
        _ => Effect::Allow,
    }
}

fn effect_of(decision: &Decision, kind: CheckKind) -> Option<CheckEffect> {
    decision.checks.iter().find(|check| check.kind == kind).map(|check| check.effect)
}

fn allowed_by_organizations(decision: &Decision) -> bool {
    decision
        .checks
        .iter()
        .filter(|check| check.kind == CheckKind::ServiceControl)
        .all(|check| check.effect == CheckEffect::Allow)
}

/// AWS: IAM API reference, EvaluationResult, `MatchedStatements`: only statements of identity-based and resource-based
/// policies that contributed to the decision.
fn matched(decision: &Decision, set: &PolicySet) -> Vec<Statement> {
    let wanted = match decision.effect {
        Effect::Allow => StatementEffect::Allow,
        Effect::ExplicitDeny => StatementEffect::Deny,
        Effect::ImplicitDeny => return Vec::new(),
    };
    let policies: Vec<&NamedPolicy> =
        set.identity.iter().chain(set.resource.iter().map(|resource| &resource.policy)).collect();
    let shown = |check: CheckKind| matches!(check, CheckKind::Identity | CheckKind::Resource);
    decision
        .matched_statements()
        .filter(|(check, trace)| shown(check.kind) && trace.effect == wanted)
        .map(|(_, trace)| {
            let source = policies
                .iter()
                .find(|named| named.name == trace.statement.policy && named.arn == trace.statement.arn);
            let span =
                source.map(|named| positions::span(named.policy.text(), trace.statement.position.offset));
            let (start, end) = span.unzip();
            Statement {
                source_policy_id: Some(trace.statement.policy.clone()),
                source_policy_type: Some(SOURCE_TYPE.to_owned()),
                start_position: start,
                end_position: end,
            }
        })
        .collect()
}

/// Keys that a statement for this action and resource asks for and that were not given.
fn missing(decision: &Decision) -> Vec<String> {
    let statements = decision
        .checks
        .iter()
        .filter(|check| matches!(check.kind, CheckKind::Identity | CheckKind::Resource))
        .flat_map(|check| &check.policies)
        .flat_map(|policy| &policy.statements)
        .filter(|trace| trace.action && trace.resource);
    let keys =
        statements.flat_map(|trace| &trace.conditions).filter(|condition| condition.request_values.is_none());
    distinct(keys.map(|condition| condition.key.clone()))
}

fn distinct(keys: impl Iterator<Item = String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for key in keys {
        if !out.iter().any(|known| known.eq_ignore_ascii_case(&key)) {
            out.push(key);
        }
    }
    out
}

fn union<'j>(judged: impl Iterator<Item = &'j Judged>) -> Vec<Statement> {
    let identity = |statement: &Statement| {
        let start = statement.start_position.as_ref().map(|at| (at.line, at.column));
        (statement.source_policy_id.clone(), start)
    };
    let mut out: Vec<Statement> = Vec::new();
    for statement in judged.flat_map(|one| &one.matched) {
        if !out.iter().any(|known| identity(known) == identity(statement)) {
            out.push(statement.clone());
        }
    }
    out
}

/// How each type of policy decided, for calls between accounts; empty inside one account.
fn details<'j>(judged: impl Iterator<Item = &'j Judged>) -> BTreeMap<String, String> {
    let mut strictest: BTreeMap<&str, Effect> = BTreeMap::new();
    for one in judged.filter(|one| one.cross_account) {
        for check in &one.decision.checks {
            let name = match check.kind {
                CheckKind::Identity => "IAM Policy",
                CheckKind::Resource => "Resource Policy",
                CheckKind::Boundary => "Permissions Boundary Policy",
                _ => continue,
            };
            let effect = match check.effect {
                CheckEffect::Allow => Effect::Allow,
                CheckEffect::ExplicitDeny => Effect::ExplicitDeny,
                CheckEffect::ImplicitDeny | CheckEffect::NoImpact => Effect::ImplicitDeny,
            };
            let known = strictest.entry(name).or_insert(Effect::Allow);
            *known = stricter(*known, effect);
        }
    }
    strictest.into_iter().map(|(name, effect)| (name.to_owned(), effect_word(effect).to_owned())).collect()
}

/// AWS: IAM API reference, EvaluationResult, `EvalResourceName`: the ARN template of the resource type, or `*` where the
/// action has none.
fn template_of(action: &str, resources: &[String]) -> String {
    let (prefix, name) = action.split_once(':').unwrap_or((action, ""));
    let Some(service) = kage_iam_data::service(&prefix.to_ascii_lowercase()) else { return ANY.to_owned() };
    let types = service.action(name).map(|action| action.resources.as_slice()).unwrap_or_default();
    let templates: Vec<&str> = types
        .iter()
        .filter_map(|kind| service.resource_type(&kind.name))
        .map(|kind| kind.arn.as_str())
        .collect();
    let fits = |template: &&&str| resources.iter().any(|arn| positions::fits_template(template, arn));
    templates
        .iter()
        .find(fits)
        .or(templates.first())
        .map_or_else(|| ANY.to_owned(), |found| (*found).to_owned())
}
