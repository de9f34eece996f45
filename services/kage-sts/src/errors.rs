//! Every error with AWS's text.
//!
//! Sources: the error shapes are those of the API model; the texts are those that STS answers, as recorded in public test
//! suites (LocalStack's AWS-validated snapshots, moto's tests) and issue threads, unless a comment says otherwise.

use kage_api_sts::errors as model;
use kage_core::Error;

/// A refusal that no policy states.
pub fn denied(message: impl Into<String>) -> Error {
    Error::new("AccessDenied", 403, message)
}

/// A role that is not there: AWS does not tell it from one that does not trust the caller.
pub fn no_role(caller: &str, arn: &str) -> Error {
    denied(format!("User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}"))
}

/// An operation that sessions may not call.
pub fn with_session(operation: &str) -> Error {
    denied(format!("Cannot call {operation} with session credentials"))
}

/// A value that breaks a rule that the model does not state.
pub fn validation(message: impl Into<String>) -> Error {
    Error::new("ValidationError", 400, message)
}

/// A value that contradicts another one.
pub fn invalid_parameter(message: impl Into<String>) -> Error {
    Error::new("InvalidParameterValue", 400, message)
}

/// A session policy that is refused.
pub fn malformed_policy(message: impl Into<String>) -> Error {
    Error::of(&model::MALFORMED_POLICY_DOCUMENT_EXCEPTION, message)
}

/// Session policies and tags that take more room than a session token has.
pub fn too_large(percent: i32) -> Error {
    Error::of(
        &model::PACKED_POLICY_TOO_LARGE_EXCEPTION,
        format!("Packed policy consumes {percent}% of allotted space, please use smaller policy."),
    )
}

/// An encoded message that this double did not make.
pub fn bad_message() -> Error {
    Error::of(&model::INVALID_AUTHORIZATION_MESSAGE_EXCEPTION, "Message is not valid")
}

/// A member that the double does not model (law 7).
pub fn not_modelled(what: &str) -> Error {
    Error::new("NotImplemented", 501, format!("kage does not model {what}."))
}
