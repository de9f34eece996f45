//! Every error with AWS's text.
//!
//! Sources: codes are those of the API model; texts are answers of AWS recorded in LocalStack's validated snapshots
//! (`tests/aws/services/sns/test_sns.snapshot.json`); where none was found the text follows the API reference.

use kage_api_sns::errors as model;
use kage_core::Error;

/// A parameter that is refused: `Invalid parameter: …`.
pub fn invalid(what: impl std::fmt::Display) -> Error {
    Error::of(&model::INVALID_PARAMETER_EXCEPTION, format!("Invalid parameter: {what}"))
}

/// The same without the words before it.
pub fn invalid_as(message: impl Into<String>) -> Error {
    Error::of(&model::INVALID_PARAMETER_EXCEPTION, message)
}

/// A message attribute that is refused.
pub fn attribute_value(message: impl Into<String>) -> Error {
    Error::of(&model::INVALID_PARAMETER_VALUE_EXCEPTION, message)
}

/// A text that is no ARN.
pub fn arn(parameter: &str, text: &str) -> Error {
    let parts = text.split(':').count();
    invalid(format!("{parameter} Reason: An ARN must have at least 6 elements, not {parts}"))
}

/// A topic that is not there.
pub fn no_topic() -> Error {
    Error::of(&model::NOT_FOUND_EXCEPTION, "Topic does not exist")
}

/// A subscription that is not there.
pub fn no_subscription() -> Error {
    Error::of(&model::NOT_FOUND_EXCEPTION, "Subscription does not exist")
}

/// A resource that cannot be tagged.
pub fn no_resource() -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, "Resource does not exist")
}

/// Too many tags.
pub fn too_many_tags() -> Error {
    let text = "Could not complete request: tag quota of per resource exceeded";
    Error::of(&model::TAG_LIMIT_EXCEEDED_EXCEPTION, text)
}

/// A batch without entries.
pub fn empty_batch() -> Error {
    let text = "The batch request doesn't contain any entries.";
    Error::of(&model::EMPTY_BATCH_REQUEST_EXCEPTION, text)
}

/// A batch of more than ten.
pub fn too_many_entries() -> Error {
    let text = "The batch request contains more entries than permissible.";
    Error::of(&model::TOO_MANY_ENTRIES_IN_BATCH_REQUEST_EXCEPTION, text)
}

/// Two entries of one id.
pub fn repeated_entry() -> Error {
    let text = "Two or more batch entries in the request have the same Id.";
    Error::of(&model::BATCH_ENTRY_IDS_NOT_DISTINCT_EXCEPTION, text)
}

/// An id of an entry that is no id.
pub fn entry_id(id: &str) -> Error {
    let what = if id.len() > 80 { "is too long" } else { "contains an impermissible character" };
    let text = format!("The Id of a batch entry in the batch request {what}: {id}");
    Error::of(&model::INVALID_BATCH_ENTRY_ID_EXCEPTION, text)
}

/// A batch whose messages are too long together.
pub fn batch_too_long() -> Error {
    let text = "The length of all the messages put together is more than the limit.";
    Error::of(&model::BATCH_REQUEST_TOO_LONG_EXCEPTION, text)
}

/// KMS's errors in the words of SNS.
pub fn of_kms(inner: Error) -> Error {
    let of = match inner.shape.unwrap_or(&inner.code) {
        "AccessDeniedException" | "AccessDenied" => &model::KMS_ACCESS_DENIED_EXCEPTION,
        "DisabledException" => &model::KMS_DISABLED_EXCEPTION,
        "KMSInvalidStateException" => &model::KMS_INVALID_STATE_EXCEPTION,
        "NotFoundException" | "InvalidArnException" => &model::KMS_NOT_FOUND_EXCEPTION,
        _ => return inner,
    };
    Error::of(of, inner.message)
}

/// What the double does not model, by name.
pub fn not_modelled(what: &str) -> Error {
    Error::new("NotImplemented", 501, format!("{what} is not modelled"))
}
