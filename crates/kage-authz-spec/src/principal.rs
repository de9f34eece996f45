//! How `Principal` and `NotPrincipal` name a caller (rules 50-61).

use kage_authz::document::{PrincipalElement, PrincipalEntry, PrincipalEntryKind, StatementEffect};
use kage_authz::{DirectKind, Principal, PrincipalMatch, Request};

/// Every way in which the element names the caller. Empty if it does not.
pub fn names(element: &PrincipalElement, effect: StatementEffect, request: &Request) -> Vec<PrincipalMatch> {
    if !element.negated {
        return element.entries.iter().filter_map(|entry| name(entry, request)).collect();
    }
    // Rule 57.
    let excepted = match effect {
        StatementEffect::Allow => element.entries.iter().any(|entry| name(entry, request).is_some()),
        StatementEffect::Deny => {
            let names: Vec<PrincipalMatch> =
                element.entries.iter().filter_map(|entry| name(entry, request)).collect();
            needed_exceptions(&request.principal).iter().all(|needed| names.contains(needed))
                || names.contains(&PrincipalMatch::Wildcard)
        }
    };
    if excepted { Vec::new() } else { vec![PrincipalMatch::Wildcard] }
}

/// What a Deny with `NotPrincipal` must list to spare the caller: the account, the role or user, the session.
fn needed_exceptions(principal: &Principal) -> Vec<PrincipalMatch> {
    use DirectKind::{Federated, FederatedUser, IssuingUser, Role, Root, Service, Session, User};
    let direct =
        |kinds: &[DirectKind]| kinds.iter().map(|kind| PrincipalMatch::Direct(*kind)).collect::<Vec<_>>();
    match principal {
        Principal::Anonymous => vec![PrincipalMatch::Wildcard],
        Principal::Root { .. } => direct(&[Root]),
        Principal::User { .. } => [vec![PrincipalMatch::AccountLevel], direct(&[User])].concat(),
        Principal::RoleSession { .. } => {
            [vec![PrincipalMatch::AccountLevel], direct(&[Role, Session])].concat()
        }
        Principal::FederatedUser { .. } => {
            [vec![PrincipalMatch::AccountLevel], direct(&[IssuingUser, FederatedUser])].concat()
        }
        Principal::Service { .. } => direct(&[Service]),
        Principal::Federated { .. } => direct(&[Federated]),
    }
}

/// How one entry names the caller.
fn name(entry: &PrincipalEntry, request: &Request) -> Option<PrincipalMatch> {
    let value = entry.value.as_str();
    match entry.kind {
        // Rule 50.
        PrincipalEntryKind::Aws if value == "*" => Some(PrincipalMatch::Wildcard),
        PrincipalEntryKind::Aws => aws(value, &request.principal),
        // Rules 58 and 59.
        PrincipalEntryKind::Service => match &request.principal {
            Principal::Service { name } if name == value => Some(PrincipalMatch::Direct(DirectKind::Service)),
            _ => None,
        },
        // Rule 61.
        PrincipalEntryKind::Federated => match &request.principal {
            Principal::Federated { provider, .. } if provider == value => {
                Some(PrincipalMatch::Direct(DirectKind::Federated))
            }
            _ => None,
        },
        // Rule 60: a canonical user id is an account.
        PrincipalEntryKind::CanonicalUser => {
            if request.canonical_user.as_deref() != Some(value) {
                return None;
            }
            match &request.principal {
                Principal::Root { .. } => Some(PrincipalMatch::Direct(DirectKind::Root)),
                other if other.account().is_some() => Some(PrincipalMatch::AccountLevel),
                _ => Some(PrincipalMatch::Direct(DirectKind::Canonical)),
            }
        }
    }
}

fn aws(value: &str, principal: &Principal) -> Option<PrincipalMatch> {
    // Rules 22 and 52: an account, in either form.
    if let Some(account) = principal.account() {
        let forms = [account.to_owned(), format!("iam::{account}:root")];
        let is_root_arn = value.starts_with("arn:") && value.splitn(3, ':').nth(2) == Some(forms[1].as_str());
        if value == forms[0] || is_root_arn {
            return Some(match principal {
                Principal::Root { .. } => PrincipalMatch::Direct(DirectKind::Root),
                _ => PrincipalMatch::AccountLevel,
            });
        }
    }
    // Rules 53-55: names and unique ids, exactly.
    let direct = |kind| Some(PrincipalMatch::Direct(kind));
    match principal {
        Principal::User { arn, id, .. } if [arn, id].iter().any(|name| *name == value) => {
            direct(DirectKind::User)
        }
        Principal::RoleSession { session_arn, .. } if session_arn == value => direct(DirectKind::Session),
        Principal::RoleSession { role_arn, role_id, .. }
            if [role_arn, role_id].iter().any(|name| *name == value) =>
        {
            direct(DirectKind::Role)
        }
        Principal::FederatedUser { arn, .. } if arn == value => direct(DirectKind::FederatedUser),
        Principal::FederatedUser { user_arn, user_id, .. }
            if [user_arn, user_id].iter().any(|name| *name == value) =>
        {
            direct(DirectKind::IssuingUser)
        }
        _ => None,
    }
}
