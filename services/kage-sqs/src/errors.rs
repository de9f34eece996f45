//! Every error with AWS's text.
//!
//! Codes are those of the query protocol, which SDKs read from `x-amzn-query-error`; shapes are those of the JSON
//! protocol. Sources: the `awsQueryError` traits of the SQS model and answers of AWS recorded in LocalStack's validated
//! snapshots (`tests/aws/services/sqs/test_sqs.snapshot.json`, `test_sqs_move_task.snapshot.json`); where none was found
//! the text follows the API reference.

use kage_core::Error;

fn error(shape: &'static str, code: &'static str, status: u16, message: impl Into<String>) -> Error {
    Error { shape: Some(shape), ..Error::new(code, status, message) }
}

/// A queue that is not there.
pub fn no_queue() -> Error {
    let code = "AWS.SimpleQueueService.NonExistentQueue";
    error("QueueDoesNotExist", code, 400, "The specified queue does not exist.")
}

/// A text that is no URL of a queue.
pub fn invalid_address(url: &str) -> Error {
    let text = format!("The address {url} is not valid for this endpoint.");
    error("InvalidAddress", "InvalidAddress", 404, text)
}

/// A value that is refused, with SQS's sentence about it.
pub fn invalid(message: impl Into<String>) -> Error {
    error("InvalidParameterValueException", "InvalidParameterValue", 400, message)
}

/// `Value … for parameter … is invalid. Reason: …`
pub fn invalid_value(value: impl std::fmt::Display, parameter: &str, reason: &str) -> Error {
    invalid(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
}

/// A parameter that is missing.
pub fn missing(parameter: &str) -> Error {
    let text = format!("The request must contain the parameter {parameter}.");
    error("MissingRequiredParameterException", "MissingParameter", 400, text)
}

/// An attribute that a queue of this type does not have.
pub fn unknown_attribute(name: &str) -> Error {
    attribute_name(format!("Unknown Attribute {name}."))
}

/// An attribute that does not go with the others.
pub fn attribute_name(message: impl Into<String>) -> Error {
    error("InvalidAttributeName", "InvalidAttributeName", 400, message)
}

/// The value of an attribute that is refused.
pub fn attribute_value(name: &str, reason: Option<&str>) -> Error {
    let reason = reason.map(|reason| format!(" Reason: {reason}")).unwrap_or_default();
    let text = format!("Invalid value for the parameter {name}.{reason}");
    error("InvalidAttributeValue", "InvalidAttributeValue", 400, text)
}

/// A name that is taken by a queue with other attributes.
pub fn queue_exists(attribute: &str) -> Error {
    let text =
        format!("A queue already exists with the same name and a different value for attribute {attribute}");
    error("QueueNameExists", "QueueAlreadyExists", 400, text)
}

/// A name whose queue was deleted less than a minute ago.
pub fn deleted_recently() -> Error {
    let text =
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
    error("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently", 400, text)
}

/// A second purge within a minute.
pub fn purge_in_progress(name: &str) -> Error {
    let text = format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds.");
    error("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403, text)
}

/// A text that is no receipt handle of this queue.
pub fn receipt_handle(handle: &str) -> Error {
    let text = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
    error("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404, text)
}

/// A handle of a FIFO queue whose visibility timeout is over.
pub fn handle_expired(handle: &str) -> Error {
    invalid_value(handle, "ReceiptHandle", "The receipt handle has expired.")
}

/// A handle whose message is gone.
pub fn message_gone(handle: &str) -> Error {
    let reason = "Message does not exist or is not available for visibility timeout change.";
    invalid_value(handle, "ReceiptHandle", reason)
}

/// A body with characters that XML does not know. AWS: SQS API reference, `SendMessage`.
pub fn characters() -> Error {
    let text = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";
    error("InvalidMessageContents", "InvalidMessageContents", 400, text)
}

/// A quota.
pub fn over_limit(message: impl Into<String>) -> Error {
    error("OverLimit", "OverLimit", 403, message)
}

/// A batch without entries.
pub fn empty_batch(entry: &str) -> Error {
    let text = format!("There should be at least one {entry} in the request.");
    error("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400, text)
}

/// A batch of more than ten.
pub fn too_many_entries(sent: usize) -> Error {
    let text = format!("Maximum number of entries per request are 10. You have sent {sent}.");
    let code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest";
    error("TooManyEntriesInBatchRequest", code, 400, text)
}

/// An id of an entry that is no id.
pub fn batch_entry_id() -> Error {
    let text = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";
    error("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", 400, text)
}

/// Two entries of one id.
pub fn repeated_entry(id: &str) -> Error {
    let code = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct";
    error("BatchEntryIdsNotDistinct", code, 400, format!("Id {id} repeated."))
}

/// A batch whose messages are too long together.
pub fn batch_too_long(limit: usize, sent: usize) -> Error {
    let text = format!("Batch requests cannot be longer than {limit} bytes. You have sent {sent} bytes.");
    error("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", 400, text)
}

/// A resource of a message move task that is not there.
pub fn no_resource(parameter: &str) -> Error {
    let text = format!("The resource that you specified for the {parameter} parameter doesn't exist.");
    error("ResourceNotFoundException", "ResourceNotFoundException", 404, text)
}

/// A message move task that is not there.
pub fn no_task() -> Error {
    error("ResourceNotFoundException", "ResourceNotFoundException", 404, "Task does not exist.")
}

/// A state in which an operation is not possible.
pub fn unsupported(message: impl Into<String>) -> Error {
    error("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 400, message)
}

/// KMS's errors in the words of SQS. AWS: the `awsQueryError` traits of the `Kms…` shapes.
pub fn of_kms(inner: Error) -> Error {
    let (shape, code) = match inner.shape.unwrap_or(&inner.code) {
        "AccessDeniedException" | "AccessDenied" => ("KmsAccessDenied", "KMS.AccessDeniedException"),
        "DisabledException" => ("KmsDisabled", "KMS.DisabledException"),
        "InvalidKeyUsageException" => ("KmsInvalidKeyUsage", "KMS.InvalidKeyUsageException"),
        "KMSInvalidStateException" => ("KmsInvalidState", "KMS.InvalidStateException"),
        "NotFoundException" => ("KmsNotFound", "KMS.NotFoundException"),
        "InvalidArnException" => ("KmsNotFound", "KMS.NotFoundException"),
        _ => return inner,
    };
    error(shape, code, 400, inner.message)
}
