//! Checksums of documents: what a call claims of the XML or JSON that it carries.
//!
//! AWS: S3 user guide, "Checking object integrity in Amazon S3"; versitygw, `s3api/middlewares/checksum.go`.

use crate::checksums::{self, Claims};
use crate::errors;
use kage_core::{Call, Result};

/// Operations whose document must come with a checksum. The model says so of more operations, which S3 takes without.
/// AWS: as S3 answers, recorded in versitygw, `s3api/router.go`, and in issues of SDKs (aws-cli 229 and 400, aws-sdk-js 67,
/// aws-sdk-go 612, aws-sdk-ios 109).
const REQUIRED: [&str; 9] = [
    "DeleteObjects",
    "PutBucketCors",
    "PutBucketLifecycle",
    "PutBucketLifecycleConfiguration",
    "PutBucketReplication",
    "PutBucketTagging",
    "PutObjectLegalHold",
    "PutObjectLockConfiguration",
    "PutObjectRetention",
];

/// Checks the document of a call against its `Content-MD5` and `x-amz-checksum-…`.
///
/// # Errors
/// `InvalidRequest` without a checksum where there must be one, `InvalidDigest`, `BadDigest`, `NotImplemented`.
pub fn require(call: &Call<'_>) -> Result<()> {
    let Some(body) = &call.origin.body else { return Ok(()) };
    // Where the headers speak of an object and not of the document, as in CompleteMultipartUpload, the model has no such
    // member.
    let speaks =
        |name: &str| call.operation.input.members().iter().any(|member| member.wire_or_name() == name);
    if !speaks("x-amz-sdk-checksum-algorithm") && !speaks("Content-MD5") {
        return Ok(());
    }
    let claims = Claims {
        values: [
            ("CRC32", call.header("x-amz-checksum-crc32")),
            ("CRC32C", call.header("x-amz-checksum-crc32c")),
            ("CRC64NVME", call.header("x-amz-checksum-crc64nvme")),
            ("SHA1", call.header("x-amz-checksum-sha1")),
            ("SHA256", call.header("x-amz-checksum-sha256")),
            ("SHA512", call.header("x-amz-checksum-sha512")),
            ("MD5", call.header("x-amz-checksum-md5")),
            ("XXHASH64", call.header("x-amz-checksum-xxhash64")),
            ("XXHASH3", call.header("x-amz-checksum-xxhash3")),
            ("XXHASH128", call.header("x-amz-checksum-xxhash128")),
        ],
        algorithm: call.header("x-amz-sdk-checksum-algorithm"),
        md5: call.header("content-md5"),
    };
    let is_claimed = checksums::verify(call, &claims, body)?.is_some() || claims.md5.is_some();
    if !is_claimed && REQUIRED.contains(&call.operation.name) {
        let text = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*";
        return Err(errors::invalid_request(text));
    }
    Ok(())
}
