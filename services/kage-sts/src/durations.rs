//! How long sessions live, in seconds. The model states the outer limits.

use crate::errors;
use kage_core::{Call, CallerKind, Result};
use kage_identity::roles::Role;

/// AWS: STS API reference, AssumeRole: the duration when none is given, and the longest under role chaining.
const HOUR: i32 = 3_600;
/// AWS: STS API reference, GetSessionToken and GetFederationToken: the duration when none is given.
const USER_DEFAULT: i32 = 43_200;

/// The duration of a session of this role.
///
/// # Errors
/// `ValidationError` for more than the role, or role chaining, allows.
pub fn of_role(call: &Call<'_>, role: &Role, asked: Option<i32>) -> Result<i32> {
    let seconds = asked.unwrap_or(HOUR);
    if matches!(call.caller.kind, CallerKind::Role { .. }) && seconds > HOUR {
        return Err(errors::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    if seconds > role.max_session_seconds {
        return Err(errors::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(seconds)
}

/// The duration of a session of a user. That of a root user is one hour at most, whatever was asked
/// (AWS: STS API reference, GetSessionToken, DurationSeconds).
pub fn of_user(call: &Call<'_>, asked: Option<i32>) -> i32 {
    let seconds = asked.unwrap_or(USER_DEFAULT);
    if call.caller.kind == CallerKind::Root { seconds.min(HOUR) } else { seconds }
}
