//! Every error with AWS's text.
//!
//! Sources: the shapes are those of the API model. The texts are what Lambda answers, as recorded in LocalStack's
//! AWS-validated snapshots (`tests/aws/services/lambda_`), in moto's tests and in issue threads of Terraform and the AWS SDKs;
//! where none was found the text follows the model's documentation of the error.

use kage_api_lambda::errors as model;
use kage_core::{Error, Result};

/// A function, version or alias that is not there.
pub fn no_function(arn: &str) -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, format!("Function not found: {arn}"))
}

/// Something else that is not there.
pub fn not_found(text: impl Into<String>) -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, text)
}

/// The general answer for what is not there.
pub fn no_resource() -> Error {
    not_found("The resource you requested does not exist.")
}

/// An alias that is not there.
pub fn no_alias(arn: &str) -> Error {
    not_found(format!("Cannot find alias arn: {arn}"))
}

/// A name that is taken.
pub fn function_exists(name: &str) -> Error {
    conflict(format!("Function already exist: {name}"))
}

/// Something is in the way.
pub fn conflict(text: impl Into<String>) -> Error {
    Error::of(&model::RESOURCE_CONFLICT_EXCEPTION, text)
}

/// A value that breaks a rule that the model does not state.
pub fn invalid(text: impl Into<String>) -> Error {
    Error::of(&model::INVALID_PARAMETER_VALUE_EXCEPTION, text)
}

/// A revision that is not the latest.
pub fn stale_revision() -> Error {
    Error::of(
        &model::PRECONDITION_FAILED_EXCEPTION,
        "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to retrieve the latest RevisionId",
    )
}

/// An archive that cannot be unpacked.
pub fn bad_zip() -> Error {
    invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
}

/// An archive that is too large when unpacked. AWS: Lambda quotas, 250 MB.
pub fn too_large_unzipped() -> Error {
    invalid("Unzipped size must be smaller than 262144000 bytes")
}

/// An upload that is too large.
pub fn too_large_zipped(operation: &str) -> Error {
    Error::new(
        "RequestEntityTooLargeException",
        413,
        format!("Request must be smaller than 70167211 bytes for the {operation} operation"),
    )
}

/// A payload that is too large.
pub fn payload_too_large(limit: usize, size: usize) -> Error {
    Error::of(
        &model::REQUEST_TOO_LARGE_EXCEPTION,
        format!(
            "{size} byte payload is too large for the {} invocation type (limit {limit} bytes)",
            if limit > 2_000_000 { "RequestResponse" } else { "Event" }
        ),
    )
}

/// A payload that is no JSON.
pub fn bad_payload(reason: &str) -> Error {
    Error::of(
        &model::INVALID_REQUEST_CONTENT_EXCEPTION,
        format!("Could not parse request body into json: Could not parse payload into json: {reason}"),
    )
}

/// A role that Lambda may not assume.
pub fn role_not_assumable() -> Error {
    invalid("The role defined for the function cannot be assumed by Lambda.")
}

/// An execution role that cannot be assumed any more when the function is to run.
pub fn role_lost() -> Error {
    Error::new("AccessDeniedException", 403, "The role defined for the function cannot be assumed by Lambda.")
}

/// A quota of invocations at one time.
pub fn throttled(reason: &'static str) -> Error {
    Error::of(&model::TOO_MANY_REQUESTS_EXCEPTION, "Rate Exceeded.").with("Reason", reason)
}

/// The double itself could not run a function.
pub fn service(text: impl Into<String>) -> Error {
    Error::of(&model::SERVICE_EXCEPTION, text)
}

/// What KMS said when the environment was to be opened, in Lambda's words.
// AWS: Lambda API reference, Invoke, KMSAccessDeniedException, KMSDisabledException, KMSInvalidStateException, KMSNotFoundException.
pub fn kms(error: &Error) -> Error {
    let (model, why) = match error.code.as_ref() {
        "DisabledException" => (&model::KMS_DISABLED_EXCEPTION, "the KMS key used is disabled"),
        "KMSInvalidStateException" => {
            (&model::KMS_INVALID_STATE_EXCEPTION, "the state of the KMS key used is not valid for Decrypt")
        }
        "NotFoundException" => (&model::KMS_NOT_FOUND_EXCEPTION, "the KMS key was not found"),
        _ => (&model::KMS_ACCESS_DENIED_EXCEPTION, "KMS access was denied"),
    };
    Error::of(
        model,
        format!(
            "Lambda was unable to decrypt the environment variables because {why}. Please check the function's KMS key settings. KMS Exception: {} KMS Message: {}",
            error.code, error.message
        ),
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
