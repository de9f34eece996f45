//! Whether a statement applies to a request: principal, action, resource, conditions.

use kage_authz::document::{Statement, Version};
use kage_authz::{PrincipalMatch, Request};

use crate::text::{self, Piece};
use crate::{condition, principal};

/// How the statement names the caller, if all of it matches; else empty.
pub fn names(statement: &Statement, version: Version, request: &Request) -> Vec<PrincipalMatch> {
    let applies = action_matches(statement, request)
        && resource_matches(statement, version, request)
        && statement
            .conditions
            .iter()
            .all(|condition| condition::holds(condition, version, &request.context));
    match &statement.principal {
        _ if !applies => Vec::new(),
        Some(element) => principal::names(element, statement.effect, request),
        // A statement without principals is attached to its principal.
        None => vec![PrincipalMatch::Wildcard],
    }
}

/// Rules 64 and 65.
fn action_matches(statement: &Statement, request: &Request) -> bool {
    let action = request.action.as_str().to_ascii_lowercase();
    let named = statement.action.patterns.iter().any(|pattern| {
        let pattern: Vec<Piece> = pattern.to_ascii_lowercase().chars().map(text::wildcard).collect();
        text::matches(&pattern, &action)
    });
    named != statement.action.negated
}

/// Rules 66-74, 77 and 83.
fn resource_matches(statement: &Statement, version: Version, request: &Request) -> bool {
    let Some(element) = &statement.resource else { return true };
    let named = element.patterns.iter().any(|pattern| {
        // Rule 71: variables count behind the fifth colon only.
        let colons: Vec<usize> = pattern.match_indices(':').map(|(at, _)| at).collect();
        let (head, tail) = match colons.get(4) {
            Some(fifth) => pattern.split_at(*fifth),
            None => (pattern.as_str(), ""),
        };
        let mut pieces: Vec<Piece> = head.chars().map(text::wildcard).collect();
        match text::expand(tail, version == Version::V2012, true, &request.context) {
            Some(more) => pieces.extend(more),
            None => return false,
        }
        text::matches(&pieces, &request.resource.arn)
    });
    named != element.negated
}
