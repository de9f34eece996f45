//! What is asked: who wants to do what on which resource, with which context.

use crate::context::Context;

/// An IAM action, for example `s3:GetObject`. Compared without regard to case (rule 64).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Action {
    text: String,
    lower: String,
    /// Bytes before the colon.
    colon: usize,
    service_hash: u64,
    name_hash: u64,
}

impl Action {
    /// Takes the action's text, `service:Name`.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let lower = text.to_ascii_lowercase();
        let colon = lower.find(':').unwrap_or(lower.len());
        let (service, name) = (lower.get(..colon), lower.get(colon.saturating_add(1)..));
        let service_hash = hash(service.unwrap_or_default());
        let name_hash = hash(name.unwrap_or_default());
        Self { text, lower, colon, service_hash, name_hash }
    }

    /// The hash of [`Action::service`].
    pub(crate) fn service_hash(&self) -> u64 {
        self.service_hash
    }

    /// The hash of the name in lower case.
    pub(crate) fn name_hash(&self) -> u64 {
        self.name_hash
    }

    /// The text as given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The service prefix in lower case.
    pub fn service(&self) -> &str {
        self.lower.get(..self.colon).unwrap_or_default()
    }

    /// The whole action in lower case.
    pub(crate) fn lower(&self) -> &str {
        &self.lower
    }

    /// The name behind the colon in lower case.
    pub(crate) fn lower_name(&self) -> &str {
        self.lower.get(self.colon.saturating_add(1)..).unwrap_or_default()
    }
}

impl From<&str> for Action {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Action {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// FNV-1a. It only orders index entries; whoever finds a hash compares the text too.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// Who makes the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Principal {
    /// An unsigned request (rule 10).
    Anonymous,
    /// The root user of an account, or a session of `sts:AssumeRoot`.
    Root {
        /// The account, 12 digits.
        account: String,
    },
    /// An IAM user.
    User {
        /// The account, 12 digits.
        account: String,
        /// `arn:aws:iam::ACCOUNT:user/path/name`.
        arn: String,
        /// The unique id, `AIDA...`.
        id: String,
    },
    /// A session of an IAM role.
    RoleSession {
        /// The role's account, 12 digits.
        account: String,
        /// `arn:aws:iam::ACCOUNT:role/path/name`.
        role_arn: String,
        /// The role's unique id, `AROA...`.
        role_id: String,
        /// `arn:aws:sts::ACCOUNT:assumed-role/name/session`.
        session_arn: String,
        /// The session name.
        session_name: String,
    },
    /// A session of `sts:GetFederationToken`.
    FederatedUser {
        /// The account, 12 digits.
        account: String,
        /// `arn:aws:sts::ACCOUNT:federated-user/name`.
        arn: String,
        /// The federated user id, `ACCOUNT:name`.
        id: String,
        /// The ARN of the IAM user who called GetFederationToken.
        user_arn: String,
        /// The unique id of that user.
        user_id: String,
    },
    /// An AWS service that calls in its own name (rule 29).
    Service {
        /// For example `cloudtrail.amazonaws.com`.
        name: String,
    },
    /// A token of an identity provider, before it has become a session (rule 61).
    Federated {
        /// The provider's ARN, or its host for the built-in ones.
        provider: String,
        /// The token's subject, for messages.
        subject: String,
    },
}

impl Principal {
    /// How AWS shows the principal behind `User:` in error messages (rule 173).
    pub fn arn(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Root { account } => format!("arn:aws:iam::{account}:root"),
            Self::User { arn, .. } | Self::FederatedUser { arn, .. } => arn.clone(),
            Self::RoleSession { session_arn, .. } => session_arn.clone(),
            Self::Service { name } => name.clone(),
            Self::Federated { subject, .. } => subject.clone(),
        }
    }

    /// The account of the principal. None for anonymous callers, services and provider tokens.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Root { account }
            | Self::User { account, .. }
            | Self::RoleSession { account, .. }
            | Self::FederatedUser { account, .. } => Some(account),
            Self::Anonymous | Self::Service { .. } | Self::Federated { .. } => None,
        }
    }
}

/// What the action is done to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResourceRef {
    /// The ARN, or `*` for an action without a resource (rule 4). Wildcard characters in it are text (rule 77).
    pub arn: String,
    /// The account that owns the resource. None means the caller's own.
    pub account: Option<String>,
}

impl ResourceRef {
    /// A resource with its owner.
    pub fn new(arn: impl Into<String>, account: impl Into<String>) -> Self {
        Self { arn: arn.into(), account: Some(account.into()) }
    }

    /// The `*` of actions that have no resource type (rule 4).
    pub fn none() -> Self {
        Self { arn: "*".to_owned(), account: None }
    }
}

/// One (action, resource) evaluation of an API call (rule 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// What is asked.
    pub action: Action,
    /// On what.
    pub resource: ResourceRef,
    /// The condition keys.
    pub context: Context,
    /// The call is made with a service-linked role: SCPs and RCPs do not apply (rules 37, 45).
    pub service_linked_role: bool,
    /// The S3 canonical user id of the caller's account, for `CanonicalUser` principals (rule 60).
    pub canonical_user: Option<String>,
}

impl Request {
    /// A request with an empty context.
    pub fn new(principal: Principal, action: impl Into<Action>, resource: ResourceRef) -> Self {
        Self {
            principal,
            action: action.into(),
            resource,
            context: Context::new(),
            service_linked_role: false,
            canonical_user: None,
        }
    }

    /// Adds a single-valued condition key.
    #[must_use]
    pub fn with(mut self, key: impl AsRef<str>, value: impl Into<String>) -> Self {
        self.context.insert(key, value);
        self
    }

    /// Whether the caller's account differs from the resource owner's (rule 23).
    pub fn is_cross_account(&self) -> bool {
        match (self.principal.account(), self.resource.account.as_deref()) {
            (Some(caller), Some(owner)) => caller != owner,
            _ => false,
        }
    }
}
