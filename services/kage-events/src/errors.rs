//! Every error with AWS's text.
//!
//! Texts were recorded from AWS by LocalStack (`tests/aws/services/events/*.snapshot.json`); where none was found the text
//! follows the API model's documentation of the error.

use kage_api_events::errors as model;
use kage_core::Error;
use kage_pattern::PatternError;

/// A bus that is not there.
pub fn no_bus(name: &str) -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, format!("Event bus {name} does not exist."))
}

/// A name that is taken.
pub fn exists(kind: &str, name: &str) -> Error {
    Error::of(&model::RESOURCE_ALREADY_EXISTS_EXCEPTION, format!("{kind} {name} already exists."))
}

/// A rule that is not there.
pub fn no_rule(name: &str, bus: &str) -> Error {
    let text = format!("Rule {name} does not exist on EventBus {bus}.");
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, text)
}

/// An archive or replay that is not there.
pub fn no_such(kind: &str, name: &str) -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, format!("{kind} {name} does not exist."))
}

/// A statement of a policy that is not there.
pub fn no_statement() -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, "Statement with the provided id does not exist.")
}

/// A quota.
pub fn limit() -> Error {
    Error::of(&model::LIMIT_EXCEEDED_EXCEPTION, "The requested resource exceeds the maximum number allowed.")
}

/// A pattern that is none.
pub fn pattern(error: &PatternError) -> Error {
    let text = format!("Event pattern is not valid. Reason: {error}");
    Error::of(&model::INVALID_EVENT_PATTERN_EXCEPTION, text)
}

/// A bus policy that is too long.
pub fn policy_length() -> Error {
    Error::of(
        &model::POLICY_LENGTH_EXCEEDED_EXCEPTION,
        "The event bus policy exceeds the maximum length of 10240 characters.",
    )
}

/// A replay that is over.
pub fn illegal_status(text: String) -> Error {
    Error::of(&model::ILLEGAL_STATUS_EXCEPTION, text)
}

/// A value that breaks a rule that the model does not state.
pub fn validation(message: impl Into<String>) -> Error {
    Error::new("ValidationException", 400, message)
}

/// A parameter that is not valid, for a reason.
pub fn parameter(name: &str, reason: &str) -> Error {
    validation(format!("Parameter {name} is not valid. Reason: {reason}"))
}

/// What the double does not model, by name.
pub fn not_modelled(what: &str) -> Error {
    Error::new("NotImplemented", 501, format!("{what} is not modelled"))
}

/// Refuses a member that is set and not modelled.
///
/// # Errors
/// `NotImplemented` with the member's name.
pub fn refuse<T>(member: Option<&T>, name: &str) -> kage_core::Result<()> {
    member.map_or(Ok(()), |_| Err(not_modelled(name)))
}
