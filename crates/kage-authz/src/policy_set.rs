//! The policies that apply to one request.

use crate::policy::Policy;
use crate::principal_match::PrincipalMatch;

/// A policy with the names that explanations use.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedPolicy {
    /// The inline policy's or managed policy's name, or what else people call it (`bucket policy`).
    pub name: String,
    /// The ARN of a managed, service control or resource control policy.
    pub arn: Option<String>,
    /// The policy.
    pub policy: Policy,
}

impl NamedPolicy {
    /// A policy without an ARN of its own.
    pub fn inline(name: impl Into<String>, policy: Policy) -> Self {
        Self { name: name.into(), arn: None, policy }
    }

    /// A policy with an ARN.
    pub fn managed(name: impl Into<String>, arn: impl Into<String>, policy: Policy) -> Self {
        Self { name: name.into(), arn: Some(arn.into()), policy }
    }
}

/// The permissions boundary of the user or role.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Boundary {
    /// No boundary is set.
    #[default]
    Absent,
    /// The boundary policy.
    Policy(NamedPolicy),
    /// A boundary is set, but its policy is gone: it allows nothing (rule 25).
    Deleted {
        /// The ARN that the user or role still names.
        arn: String,
    },
}

/// The policies attached to one root, organizational unit or account.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Level {
    /// The ARN or id of the target.
    pub target: String,
    /// The policies. None at all denies everything (rule 14).
    pub policies: Vec<NamedPolicy>,
}

/// How an allow of the resource's policy combines with the rest inside one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Semantics {
    /// Identity policy or resource policy suffices (rule 16).
    #[default]
    Generic,
    /// A KMS key policy: it must allow, if only by delegating to the account (rules 16, 134).
    Key,
    /// A role trust policy: it must allow (rules 16, 32).
    Trust,
}

/// The policy attached to the resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourcePolicy {
    /// The policy.
    pub policy: NamedPolicy,
    /// How it combines.
    pub semantics: Semantics,
}

/// Where an allow that is no policy statement comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub enum ExtraAllowKind {
    /// A KMS grant (rule 136).
    KmsGrant,
    /// An entry of an S3 access control list (rule 147).
    S3AccessControlList,
}

/// An allow on the resource's side that is no policy statement. The caller has found that it covers
/// the action and the principal; here it counts like a matching Allow of the resource policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraAllow {
    /// What it is.
    pub kind: ExtraAllowKind,
    /// A name for explanations, for example the grant id.
    pub label: String,
    /// How it names the principal.
    pub principal: PrincipalMatch,
}

/// Every policy that applies to a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicySet {
    /// Of the user and the user's groups, of the role, or of the user who issued the federation token.
    pub identity: Vec<NamedPolicy>,
    /// The permissions boundary of that user or role.
    pub boundary: Boundary,
    /// The session policies, inline and managed; None if none were passed. `Some` of an empty list allows nothing.
    pub session: Option<Vec<NamedPolicy>>,
    /// SCPs from the root to the caller's account. Empty: not applicable (no organization, management account).
    pub service_control: Vec<Level>,
    /// RCPs from the root to the owner's account. Empty: not applicable (service without RCP support too, rule 46).
    pub resource_control: Vec<Level>,
    /// The policy of the VPC endpoint that the request came through (rule 30).
    pub endpoint: Option<NamedPolicy>,
    /// The resource's policy.
    pub resource: Option<ResourcePolicy>,
    /// KMS grants and S3 ACL entries that cover the request.
    pub extra_allows: Vec<ExtraAllow>,
}
