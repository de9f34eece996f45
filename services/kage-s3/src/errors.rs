//! Every error of S3 with its text.
//!
//! AWS: S3 API reference, "Error responses", "List of error codes", unless another source is named.

use crate::object::Version;
use kage_api_s3::errors as model;
use kage_core::{Call, Error};
use kage_schema::Timestamp;

/// A denial without a reason.
pub fn access_denied() -> Error {
    Error::new("AccessDenied", 403, "Access Denied")
}

/// A setting of Block Public Access stands against the call.
/// AWS: S3 user guide, "Troubleshoot access denied (403 Forbidden) errors", "Block Public Access settings".
pub fn public_access_blocked(call: &Call<'_>, action: &str, arn: &str, what: &str, setting: &str) -> Error {
    let text = format!(
        "User: {} is not authorized to perform: {action} on resource: \"{arn}\" because public {what} are prevented by the {setting} setting in S3 Block Public Access.",
        call.caller.arn
    );
    Error::new("AccessDenied", 403, text)
}

/// There is no such bucket.
pub fn no_such_bucket(name: &str) -> Error {
    Error::of(&model::NO_SUCH_BUCKET, "The specified bucket does not exist").with("BucketName", name)
}

/// The newest version of an object is a delete marker.
/// AWS: S3 user guide, "Working with delete markers": the answer names it in headers.
pub fn deleted(key: &str, marker: &Version) -> Error {
    no_such_key(key).header("x-amz-delete-marker", "true").header("x-amz-version-id", marker.id.clone())
}

/// There is no such object.
pub fn no_such_key(key: &str) -> Error {
    Error::of(&model::NO_SUCH_KEY, "The specified key does not exist.").with("Key", key)
}

/// There is no such version.
pub fn no_such_version(key: &str, version: &str) -> Error {
    Error::new("NoSuchVersion", 404, "The specified version does not exist.")
        .with("Key", key)
        .with("VersionId", version)
}

/// There is no such upload.
pub fn no_such_upload(upload: &str) -> Error {
    let text = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    Error::of(&model::NO_SUCH_UPLOAD, text).with("UploadId", upload)
}

/// A bucket has no configuration of some kind.
pub fn not_configured(code: &'static str, text: &'static str, bucket: &str) -> Error {
    Error::new(code, 404, text).with("BucketName", bucket)
}

/// A version was named that is a delete marker.
/// AWS: S3 user guide, "Working with delete markers"; GetObject: the answer has `Last-Modified` and `Allow`.
pub fn method_not_allowed(method: &'static str, marker: &Version) -> Error {
    Error::new("MethodNotAllowed", 405, "The specified method is not allowed against this resource.")
        .with("Method", method)
        .with("ResourceType", "DeleteMarker")
        .header("x-amz-delete-marker", "true")
        .header("x-amz-version-id", marker.id.clone())
        .header("Last-Modified", Timestamp(marker.modified).rfc822())
        .header("Allow", "DELETE")
}

/// A condition of the request does not hold.
pub fn precondition_failed(condition: &'static str) -> Error {
    Error::new("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold")
        .with("Condition", condition)
}

/// The object has not changed. RFC 9110, section 15.4.5: the answer has the headers that tell what is known already.
pub fn not_modified(object: &Version) -> Error {
    Error::new("NotModified", 304, "Not Modified")
        .header("ETag", object.quoted_etag())
        .header("Last-Modified", Timestamp(object.modified).rfc822())
}

/// No byte of the range is in the object.
pub fn invalid_range(asked: &str, size: u64) -> Error {
    Error::new("InvalidRange", 416, "The requested range is not satisfiable")
        .with("RangeRequested", asked)
        .with("ActualObjectSize", size.to_string())
}

/// A value that is none.
pub fn invalid_argument(text: impl Into<String>, name: &'static str, value: impl Into<String>) -> Error {
    Error::new("InvalidArgument", 400, text).with("ArgumentName", name).with("ArgumentValue", value)
}

/// A request that cannot be.
pub fn invalid_request(text: impl Into<String>) -> Error {
    Error::new("InvalidRequest", 400, text)
}

/// A document that breaks its schema.
pub fn malformed_xml() -> Error {
    let text = "The XML you provided was not well-formed or did not validate against our published schema";
    Error::new("MalformedXML", 400, text)
}

/// A policy that is none.
pub fn malformed_policy(text: impl Into<String>) -> Error {
    Error::new("MalformedPolicy", 400, text)
}

/// Something that this double does not model (law 7): refused by its name.
pub fn not_implemented(what: &str) -> Error {
    let text = format!(
        "A header you provided implies functionality that is not implemented: Kagemusha does not model {what} yet"
    );
    Error::new("NotImplemented", 501, text).with("Header", what)
}

/// ACLs are switched off.
/// AWS: S3 user guide, "Controlling ownership of objects and disabling ACLs".
pub fn no_access_control_lists() -> Error {
    Error::new("AccessControlListNotSupported", 400, "The bucket does not allow ACLs")
}

/// A tag that cannot be.
pub fn invalid_tag(text: &'static str) -> Error {
    Error::new("InvalidTag", 400, text)
}

/// The bytes are not those that the digest was made of.
pub fn bad_digest(text: impl Into<String>) -> Error {
    Error::new("BadDigest", 400, text)
}

/// An archived object is asked for.
pub fn invalid_object_state(storage_class: &str) -> Error {
    Error::of(&model::INVALID_OBJECT_STATE, "The operation is not valid for the object's storage class")
        .with("StorageClass", storage_class)
}

/// A checksum algorithm that S3 does not know.
pub fn unsupported_checksum() -> Error {
    invalid_request(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    )
}

/// A location constraint that names no Region.
pub fn invalid_location(name: &str) -> Error {
    let text = "The specified location-constraint is not valid";
    Error::new("InvalidLocationConstraint", 400, text).with("LocationConstraint", name)
}

/// A storage class that is none.
pub fn invalid_storage_class(name: &str) -> Error {
    let text = "The storage class you specified is not valid";
    Error::new("InvalidStorageClass", 400, text).with("StorageClassRequested", name)
}
