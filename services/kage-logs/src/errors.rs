//! Every error with AWS's text.
//!
//! Sources: the shapes are those of the API model. The texts are what CloudWatch Logs answers, as recorded in moto's
//! tests (`tests/test_logs/test_logs.py`), in LocalStack's AWS-validated snapshots (`tests/aws/services/logs`), in issue threads of agents (fluent-bit, awslogs, Terraform) and in the user
//! guide; where none was found the text follows the model's documentation of the error or member.

use kage_api_logs::errors as model;
use kage_core::{Error, Result};

/// A log group that is not there.
pub fn no_group() -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, "The specified log group does not exist.")
}

/// A log stream that is not there.
pub fn no_stream() -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, "The specified log stream does not exist.")
}

/// Something else that is not there: `query`, `metric filter`.
pub fn missing(what: &str) -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, format!("The specified {what} does not exist."))
}

/// A resource policy that is not there.
pub fn no_policy(name: &str) -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, format!("Policy with name [{name}] does not exist."))
}

/// A log group or log stream that is there already.
pub fn exists(what: &str) -> Error {
    Error::of(&model::RESOURCE_ALREADY_EXISTS_EXCEPTION, format!("The specified {what} already exists"))
}

/// A parameter that is refused.
pub fn invalid(message: impl Into<String>) -> Error {
    Error::of(&model::INVALID_PARAMETER_EXCEPTION, message)
}

/// A token that this operation did not give out.
pub fn invalid_token() -> Error {
    invalid("The specified nextToken is invalid.")
}

/// A quota.
pub fn limit() -> Error {
    Error::of(&model::LIMIT_EXCEEDED_EXCEPTION, "Resource limit exceeded.")
}

/// An operation that the state or the class of a log group forbids.
pub fn invalid_operation(message: impl Into<String>) -> Error {
    Error::of(&model::INVALID_OPERATION_EXCEPTION, message)
}

/// A log group that is protected from deletion. The model declares `ValidationException` for `DeleteLogGroup`.
pub fn protected() -> Error {
    Error::of(
        &model::VALIDATION_EXCEPTION,
        "The specified log group cannot be deleted because deletion protection is enabled.",
    )
}

/// Something that no policy can allow.
pub fn denied(message: &str) -> Error {
    Error::of(&model::ACCESS_DENIED_EXCEPTION, message)
}

/// A change that met another one.
pub fn aborted(message: &str) -> Error {
    Error::of(&model::OPERATION_ABORTED_EXCEPTION, message)
}

/// A KMS key that cannot be used for this log group.
// AWS: user guide, "Encrypt log data in CloudWatch Logs using AWS KMS", and issue threads of Terraform.
pub fn key_not_allowed(arn: &str) -> Error {
    Error::of(
        &model::ACCESS_DENIED_EXCEPTION,
        format!("The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"),
    )
}

/// A KMS key in a state in which it cannot be used.
pub fn key_unusable(arn: &str) -> Error {
    invalid(format!("The specified KMS key is not enabled and cannot be used with Arn '{arn}'"))
}

/// A query that cannot be read.
pub fn malformed_query(message: impl Into<String>) -> Error {
    Error::of(&model::MALFORMED_QUERY_EXCEPTION, message)
}

/// More tags than a resource may have.
pub fn too_many_tags() -> Error {
    Error::of(&model::TOO_MANY_TAGS_EXCEPTION, "The maximum number of user tags on a resource is 50.")
}

/// A log group that is named twice. Recorded in LocalStack's AWS-validated snapshots (test_logs_streams).
pub fn both_names() -> Error {
    Error::new(
        "ValidationException",
        400,
        "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
    )
}

/// What the double does not model, by name.
pub fn not_modelled(what: &str) -> Error {
    Error::new("NotImplemented", 501, format!("{what} is not modelled"))
}

/// Refuses a member that is set and not modelled.
///
/// # Errors
/// `NotImplemented` with the member's name.
pub fn refuse<T>(member: &Option<T>, name: &str) -> Result<()> {
    match member {
        Some(_) => Err(not_modelled(name)),
        None => Ok(()),
    }
}

/// Refuses a flag that is on and not modelled.
///
/// # Errors
/// `NotImplemented` with the member's name.
pub fn refuse_flag(member: Option<bool>, name: &str) -> Result<()> {
    if member == Some(true) { Err(not_modelled(name)) } else { Ok(()) }
}
