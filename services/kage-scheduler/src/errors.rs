//! Every error with AWS's text.
//!
//! Texts were recorded from AWS by LocalStack (`tests/aws/services/scheduler/test_scheduler.snapshot.json`) and by moto
//! (`tests/test_scheduler`), and are quoted in issues of the AWS SDKs; where none was found the text follows the API model.

use kage_api_scheduler::errors as model;
use kage_core::Error;

/// A schedule that is not there.
pub fn no_schedule(name: &str) -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, format!("Schedule {name} does not exist."))
}

/// A group that is not there.
pub fn no_group(name: &str) -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, format!("Schedule group {name} does not exist."))
}

/// A name that is taken.
pub fn exists(kind: &str, name: &str) -> Error {
    Error::of(&model::CONFLICT_EXCEPTION, format!("{kind} {name} already exists."))
}

/// A value that breaks a rule that the model does not state.
pub fn validation(message: impl Into<String>) -> Error {
    Error::of(&model::VALIDATION_EXCEPTION, message)
}

/// An expression that is none.
pub fn expression(text: &str) -> Error {
    validation(format!("Invalid Schedule Expression {text}."))
}

/// A quota.
pub fn quota(message: &str) -> Error {
    Error::of(&model::SERVICE_QUOTA_EXCEEDED_EXCEPTION, message)
}

/// A role that does not trust the service. Quoted in aws-sdk-js-v3 issue 6494.
pub fn role() -> Error {
    validation("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
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
