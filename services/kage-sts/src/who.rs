//! Which callers may ask for sessions at all (rule 9 of `authorization.md`).
//!
//! AWS: STS API reference, GetSessionToken ("You cannot call any AWS STS API except AssumeRole or GetCallerIdentity") and
//! GetFederationToken ("You cannot call any AWS STS operations except GetCallerIdentity").

use crate::errors;
use kage_core::{Call, CallerKind, Result};

/// Refuses callers that may not assume roles: the root user and federated users.
pub fn require_may_assume(call: &Call<'_>) -> Result<()> {
    match call.caller.kind {
        CallerKind::Root => Err(errors::denied("Roles may not be assumed by root accounts.")),
        CallerKind::Federated { .. } => Err(errors::with_session(call.operation.name)),
        _ => Ok(()),
    }
}

/// Refuses sessions of users, which may only assume roles and ask who they are.
pub fn require_no_user_session(call: &Call<'_>) -> Result<()> {
    let refused = match call.caller.kind {
        CallerKind::Federated { .. } => true,
        CallerKind::User { .. } | CallerKind::Root => call.caller.session.is_some(),
        _ => false,
    };
    if refused { Err(errors::with_session(call.operation.name)) } else { Ok(()) }
}

/// Refuses everybody but users and root users with long-term keys.
pub fn require_long_term(call: &Call<'_>) -> Result<()> {
    let long_term = matches!(call.caller.kind, CallerKind::User { .. } | CallerKind::Root);
    if long_term && call.caller.session.is_none() {
        return Ok(());
    }
    Err(errors::with_session(call.operation.name))
}
