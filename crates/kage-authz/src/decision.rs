//! What a decision says. The shape is that of AWS's `iam-toolbox` API (rules 34-36), with more detail.

use serde::Serialize;

use crate::document::{Position, StatementEffect};
use crate::flip::Flip;
use crate::principal_match::PrincipalMatch;

/// The result of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Effect {
    /// Allowed.
    Allow,
    /// Denied because some allow is missing.
    ImplicitDeny,
    /// Denied by a Deny statement.
    ExplicitDeny,
}

/// A requirement that an evaluation checks.
// AWS: iam-toolbox API model, CheckType.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum CheckKind {
    /// The RCPs of one target.
    #[serde(rename = "RESOURCE_CONTROL_POLICY")]
    ResourceControl,
    /// The SCPs of one target.
    #[serde(rename = "SERVICE_CONTROL_POLICY")]
    ServiceControl,
    /// The VPC endpoint's policy.
    #[serde(rename = "VPC_ENDPOINT")]
    Endpoint,
    /// The resource's policy, grants and access control list.
    #[serde(rename = "RESOURCE")]
    Resource,
    /// The identity-based policies.
    #[serde(rename = "PRINCIPAL")]
    Identity,
    /// The permissions boundary.
    #[serde(rename = "PERMISSIONS_BOUNDARY")]
    Boundary,
    /// The session policies.
    #[serde(rename = "SESSION")]
    Session,
}

/// The result of one check.
// AWS: iam-toolbox API model, CheckEffect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CheckEffect {
    /// Something that applies to this check allows the request.
    Allow,
    /// Nothing allows here, and nothing needs to: another path allowed the request.
    NoImpact,
    /// An allow was needed and there is none.
    ImplicitDeny,
    /// A Deny statement matches.
    ExplicitDeny,
}

/// The answer of the fast path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Outcome {
    /// The result.
    pub effect: Effect,
    /// The check that denied. None for an allow.
    pub decided_by: Option<CheckKind>,
}

impl Outcome {
    /// Whether the request is allowed.
    pub fn is_allowed(&self) -> bool {
        self.effect == Effect::Allow
    }
}

/// A decision with everything that led to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The caller, as error messages show it.
    pub principal: String,
    /// The action.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// The result.
    pub effect: Effect,
    /// The checks, in AWS's order.
    pub checks: Vec<Check>,
    /// What decided. None for an allow.
    pub deciding: Option<Deciding>,
    /// The smallest change that would turn the result around.
    pub flip: Flip,
}

/// What a denial names as its cause (rule 172).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deciding {
    /// The check.
    pub check: CheckKind,
    /// Explicit or implicit.
    pub effect: CheckEffect,
    /// The check is about a role trust policy.
    pub trust: bool,
    /// The target of an SCP or RCP check.
    pub target: Option<String>,
    /// The Deny statement.
    pub statement: Option<StatementRef>,
}

/// A statement by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementRef {
    /// The policy's name.
    pub policy: String,
    /// The policy's ARN, if it has one.
    pub arn: Option<String>,
    /// The statement's place in the policy, from 0.
    pub index: usize,
    /// The statement's id.
    pub sid: Option<String>,
    /// Where it stands in the policy's text.
    pub position: Position,
}

impl std::fmt::Display for StatementRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.sid {
            Some(sid) => write!(f, "statement {sid}")?,
            None => write!(f, "statement #{}", self.index.saturating_add(1))?,
        }
        write!(f, " of {} (line {})", self.policy, self.position.line)
    }
}

/// One check of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What is checked.
    pub kind: CheckKind,
    /// The root, organizational unit or account of an SCP or RCP check.
    pub target: Option<String>,
    /// The result.
    pub effect: CheckEffect,
    /// What the statements alone do not tell.
    pub notes: Vec<String>,
    /// The policies looked at.
    pub policies: Vec<PolicyTrace>,
}

/// How one policy was evaluated.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyTrace {
    /// The policy's name.
    pub name: String,
    /// Its ARN, if it has one.
    pub arn: Option<String>,
    /// Its statements, in order.
    pub statements: Vec<StatementTrace>,
}

/// How one statement was evaluated.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementTrace {
    /// The statement.
    pub statement: StatementRef,
    /// Allow or Deny.
    pub effect: StatementEffect,
    /// How its `Principal` names the caller. `Wildcard` if it has none.
    pub principal: PrincipalMatch,
    /// Whether its actions cover the request's.
    pub action: bool,
    /// Whether its resources cover the request's.
    pub resource: bool,
    /// Its conditions.
    pub conditions: Vec<ConditionTrace>,
    /// Whether all of that holds.
    pub matched: bool,
}

/// How one condition was evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionTrace {
    /// The operator as written.
    pub operator: String,
    /// The key as written.
    pub key: String,
    /// The values of the policy.
    pub policy_values: Vec<String>,
    /// The values of the request. None if the key is absent.
    pub request_values: Option<Vec<String>>,
    /// Whether the condition holds.
    pub matched: bool,
}

impl Decision {
    /// Whether the request is allowed.
    pub fn is_allowed(&self) -> bool {
        self.effect == Effect::Allow
    }

    /// The short form.
    pub fn outcome(&self) -> Outcome {
        Outcome { effect: self.effect, decided_by: self.deciding.as_ref().map(|deciding| deciding.check) }
    }

    /// The statements that matched, check by check, in order.
    pub fn matched_statements(&self) -> impl Iterator<Item = (&Check, &StatementTrace)> {
        self.checks.iter().flat_map(|check| {
            check
                .policies
                .iter()
                .flat_map(|policy| &policy.statements)
                .filter(|s| s.matched)
                .map(move |s| (check, s))
        })
    }
}
