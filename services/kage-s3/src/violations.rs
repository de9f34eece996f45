//! S3's own words for inputs that break the limits of the model.
//!
//! AWS: S3 API reference, "Error responses"; the texts are those that S3 answers, as recorded by the makers of compatible
//! stores (versitygw, `s3err/invalid-argument.go`; OpenStack Swift, `s3api`).

use crate::errors;
use kage_core::Error;
use kage_schema::{Flags, Location, OperationModel, Violation, lower_first};

/// The error for the first of these violations; `None` when S3 has no words of its own for it.
pub fn error(model: &OperationModel, violations: &[Violation]) -> Option<Error> {
    let first = violations.first()?;
    let top = first.path.split('.').next().unwrap_or_default();
    let member = model.input.members().iter().find(|member| lower_first(member.name) == top)?;
    let value = first.value.as_deref().unwrap_or_default();
    let is_missing = first.constraint == "Member must not be null";
    match member.location {
        Location::Header => Some(of_header(member.wire_or_name(), value, is_missing)),
        Location::Query => Some(of_parameter(member.wire_or_name(), value)),
        // Without the document itself there was no body at all; other documents have another root and cannot be read.
        Location::Body if is_missing && first.path == top && member.has(Flags::PAYLOAD) => {
            Some(Error::new("MissingRequestBodyError", 400, "Request Body is empty"))
        }
        Location::Body => Some(of_document(&first.path, value)),
        Location::Uri | Location::Headers | Location::Status => None,
    }
}

fn of_header(name: &'static str, value: &str, is_missing: bool) -> Error {
    let argument = |text: &str| errors::invalid_argument(text, name, value);
    match name {
        // S3 says nothing more than the name.
        "x-amz-acl" => argument(""),
        "x-amz-storage-class" => errors::invalid_storage_class(value),
        "x-amz-server-side-encryption" => argument("The encryption method specified is not supported"),
        "x-amz-metadata-directive" => argument("Unknown metadata directive."),
        "x-amz-tagging-directive" => argument("Unknown tagging directive."),
        "x-amz-object-lock-mode" => argument("Unknown wormMode directive."),
        "x-amz-object-lock-legal-hold" => argument("Legal Hold must be either of 'ON' or 'OFF'"),
        "x-amz-copy-source" => {
            argument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
        }
        "x-amz-object-ownership" => {
            Error::new("InvalidArgument", 400, format!("Invalid x-amz-object-ownership header: {value}"))
                .with("ArgumentName", name)
        }
        "x-amz-object-attributes" if is_missing => errors::invalid_request(
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
        ),
        "x-amz-object-attributes" => argument("Invalid attribute name specified."),
        "x-amz-checksum-algorithm" => errors::unsupported_checksum(),
        "x-amz-sdk-checksum-algorithm" | "x-amz-checksum-type" => {
            errors::invalid_request(format!("Value for {name} header is invalid."))
        }
        _ => argument("Invalid Argument"),
    }
}

fn of_parameter(name: &'static str, value: &str) -> Error {
    let text = match name {
        "encoding-type" => "Invalid Encoding Method specified in Request",
        "max-buckets" => "Argument max-buckets must be an integer between 1 and 10000.",
        _ => "Invalid Argument",
    };
    errors::invalid_argument(text, name, value)
}

fn of_document(path: &str, value: &str) -> Error {
    if path.ends_with("locationConstraint") {
        return errors::invalid_location(value);
    }
    errors::malformed_xml()
}
