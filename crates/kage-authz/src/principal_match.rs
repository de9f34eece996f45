//! How a policy's `Principal` names the caller (rules 17-24, 50-61).

use crate::document::{PrincipalElement, PrincipalEntry, PrincipalEntryKind};
use crate::request::{Principal, Request};

/// By which of its names a principal was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub enum DirectKind {
    /// The account, and the caller is its root user.
    Root,
    /// The IAM user.
    User,
    /// The role of the session.
    Role,
    /// The session itself.
    Session,
    /// The federated user itself.
    FederatedUser,
    /// The IAM user who issued the federation token.
    IssuingUser,
    /// The AWS service.
    Service,
    /// The identity provider.
    Federated,
    /// The canonical user id.
    Canonical,
}

/// How a policy names the caller. What the resource's allow replaces hangs on it (rules 17-24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub enum PrincipalMatch {
    /// Not named.
    None,
    /// The account is named: the account decides by its identity policies (rule 22).
    AccountLevel,
    /// Named itself.
    Direct(DirectKind),
    /// `*`.
    Wildcard,
}

/// What an allow on the resource's side replaces inside one account (rules 17-22).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// Nothing.
    None,
    /// The account is trusted to decide: identity policies are still needed.
    Delegated,
    /// Replaces the identity policies; boundary and session policies still cap.
    Capped,
    /// Replaces identity policies, boundary and session policies.
    Full,
}

impl PrincipalMatch {
    /// Whether the statement applies to the caller at all.
    pub fn is_match(self) -> bool {
        self != Self::None
    }

    pub(crate) fn grant(self) -> Grant {
        match self {
            Self::None => Grant::None,
            Self::AccountLevel => Grant::Delegated,
            // Rules 19 and 21.
            Self::Direct(DirectKind::Role | DirectKind::IssuingUser) => Grant::Capped,
            // Rules 17, 18, 20, 21 and 22.
            Self::Direct(_) | Self::Wildcard => Grant::Full,
        }
    }

    fn strongest(self, other: Self) -> Self {
        if other.grant() > self.grant() { other } else { self }
    }
}

/// A compiled `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone)]
pub(crate) struct PrincipalMatcher {
    negated: bool,
    entries: Box<[(Name, Box<str>)]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Any,
    Account,
    /// An ARN or a unique id, compared exactly.
    Exact,
    Service,
    Federated,
    Canonical,
}

/// The account of `123456789012` and of `arn:aws:iam::123456789012:root` (rule 52).
pub(crate) fn account_of(value: &str) -> Option<&str> {
    let account = match value.strip_prefix("arn:") {
        None => value,
        Some(rest) => {
            let (_, rest) = rest.split_once(':')?;
            rest.strip_prefix("iam::")?.strip_suffix(":root")?
        }
    };
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

impl PrincipalMatcher {
    pub fn new(element: &PrincipalElement) -> Self {
        Self { negated: element.negated, entries: element.entries.iter().map(compile).collect() }
    }

    /// How the element names the caller. `deny` tells the statement's effect: the two read `NotPrincipal` differently.
    pub fn matches(&self, request: &Request, deny: bool) -> PrincipalMatch {
        if !self.negated {
            return self.strongest(request);
        }
        let spared = if deny { self.names_whole_chain(request) } else { self.strongest(request).is_match() };
        if spared { PrincipalMatch::None } else { PrincipalMatch::Wildcard }
    }

    fn strongest(&self, request: &Request) -> PrincipalMatch {
        self.entries
            .iter()
            .fold(PrincipalMatch::None, |best, (name, text)| best.strongest(one(*name, text, request)))
    }

    /// Rule 57: a Deny with `NotPrincipal` spares a caller only if its account, its role or user, and its
    /// session are all listed.
    fn names_whole_chain(&self, request: &Request) -> bool {
        let lists = |wanted: Name, text: &str| {
            self.entries.iter().any(|(name, value)| *name == wanted && **value == *text)
        };
        let lists_account = |account: &str| {
            lists(Name::Account, account)
                || request
                    .canonical_user
                    .as_deref()
                    .is_some_and(|canonical| lists(Name::Canonical, canonical))
        };
        let lists_one_of = |arn: &str, id: &str| lists(Name::Exact, arn) || lists(Name::Exact, id);
        if self.entries.iter().any(|(name, _)| *name == Name::Any) {
            return true;
        }
        match &request.principal {
            Principal::Anonymous => false,
            Principal::Root { account } => lists_account(account),
            Principal::User { account, arn, id } => lists_account(account) && lists_one_of(arn, id),
            Principal::RoleSession { account, role_arn, role_id, session_arn, .. } => {
                lists_account(account) && lists_one_of(role_arn, role_id) && lists(Name::Exact, session_arn)
            }
            Principal::FederatedUser { account, arn, user_arn, user_id, .. } => {
                lists_account(account) && lists_one_of(user_arn, user_id) && lists(Name::Exact, arn)
            }
            Principal::Service { name } => lists(Name::Service, name),
            Principal::Federated { provider, .. } => lists(Name::Federated, provider),
        }
    }
}

fn compile(entry: &PrincipalEntry) -> (Name, Box<str>) {
    let value = entry.value.as_str();
    match entry.kind {
        PrincipalEntryKind::Service => (Name::Service, value.into()),
        PrincipalEntryKind::Federated => (Name::Federated, value.into()),
        PrincipalEntryKind::CanonicalUser => (Name::Canonical, value.into()),
        PrincipalEntryKind::Aws if value == "*" => (Name::Any, value.into()),
        PrincipalEntryKind::Aws => match account_of(value) {
            Some(account) => (Name::Account, account.into()),
            None => (Name::Exact, value.into()),
        },
    }
}

fn one(name: Name, text: &str, request: &Request) -> PrincipalMatch {
    let principal = &request.principal;
    let direct = |named: bool, kind: DirectKind| {
        if named { PrincipalMatch::Direct(kind) } else { PrincipalMatch::None }
    };
    match name {
        Name::Any => PrincipalMatch::Wildcard,
        Name::Account if principal.account() != Some(text) => PrincipalMatch::None,
        Name::Account if matches!(principal, Principal::Root { .. }) => {
            PrincipalMatch::Direct(DirectKind::Root)
        }
        Name::Account => PrincipalMatch::AccountLevel,
        Name::Exact => exact(text, principal),
        Name::Service => {
            direct(matches!(principal, Principal::Service { name } if name == text), DirectKind::Service)
        }
        Name::Federated => {
            let named = matches!(principal, Principal::Federated { provider, .. } if provider == text);
            direct(named, DirectKind::Federated)
        }
        Name::Canonical if request.canonical_user.as_deref() != Some(text) => PrincipalMatch::None,
        // A canonical user id is the account in another form.
        Name::Canonical => match principal {
            Principal::User { .. } | Principal::RoleSession { .. } | Principal::FederatedUser { .. } => {
                PrincipalMatch::AccountLevel
            }
            Principal::Root { .. } => PrincipalMatch::Direct(DirectKind::Root),
            _ => PrincipalMatch::Direct(DirectKind::Canonical),
        },
    }
}

fn exact(text: &str, principal: &Principal) -> PrincipalMatch {
    let kind = match principal {
        Principal::User { arn, id, .. } if text == arn || text == id => DirectKind::User,
        Principal::RoleSession { session_arn, .. } if text == session_arn => DirectKind::Session,
        Principal::RoleSession { role_arn, role_id, .. } if text == role_arn || text == role_id => {
            DirectKind::Role
        }
        Principal::FederatedUser { arn, .. } if text == arn => DirectKind::FederatedUser,
        Principal::FederatedUser { user_arn, user_id, .. } if text == user_arn || text == user_id => {
            DirectKind::IssuingUser
        }
        _ => return PrincipalMatch::None,
    };
    PrincipalMatch::Direct(kind)
}
