//! Writing into the bucket of a trail, as CloudTrail itself: the bucket's policy decides.

use crate::trail::Trail;
use crate::{encryption, errors};
use flate2::Compression;
use flate2::write::GzEncoder;
use kage_api_s3::types::{GetBucketAclOutput, GetBucketAclRequest, PutObjectOutput, PutObjectRequest};
use kage_core::{Call, Error, Forward, Resource, Result, Tx};
use kage_schema::Body;
use std::collections::BTreeMap;
use std::io::Write;

/// The service principal.
pub const PRINCIPAL: &str = "cloudtrail.amazonaws.com";

/// On behalf of a trail.
#[must_use]
pub fn as_cloudtrail(trail: &Trail) -> Forward {
    Forward::AsService {
        name: PRINCIPAL,
        source_arn: Some(trail.arn()),
        source_account: Some(trail.account.clone()),
    }
}

/// The call as it would be in another Region: what a trail writes to need not be in the Region of the events.
#[must_use]
pub fn elsewhere<'w>(call: &Call<'w>, region: &str) -> Call<'w> {
    Call {
        world: call.world,
        road: call.road,
        caller: call.caller.clone(),
        account: call.account.clone(),
        region: region.to_owned(),
        service: call.service,
        operation: call.operation,
        request_id: call.request_id.clone(),
        now: call.now,
        origin: call.origin.clone(),
        called_via: call.called_via.clone(),
        source_arn: call.source_arn.clone(),
        source_account: call.source_account.clone(),
    }
}

/// How S3 is to encrypt an object.
pub struct Encryption {
    /// `AES256`, `aws:kms`.
    pub algorithm: &'static str,
    /// ARN of the KMS key.
    pub key: Option<String>,
    /// The encryption context: base64 of JSON.
    pub context: Option<String>,
}

/// What an object is made of.
pub struct Object<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its own metadata.
    pub metadata: Option<BTreeMap<String, String>>,
    /// Whether the bytes are gzipped JSON.
    pub json: bool,
}

/// Writes an object. It is encrypted with the trail's key, else with SSE-S3, and the owner of the bucket has it.
/// AWS: CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail".
///
/// # Errors
/// Those of S3.
pub fn put(call: &Call<'_>, tx: &mut Tx, trail: &Trail, object: Object<'_>) -> Result<()> {
    let encryption = encryption::members(trail);
    let request = PutObjectRequest {
        acl: Some("bucket-owner-full-control".to_owned()),
        bucket: trail.bucket.clone(),
        key: object.key.to_owned(),
        body: Body::from(object.bytes),
        content_type: object.json.then(|| "application/json".to_owned()),
        content_encoding: object.json.then(|| "gzip".to_owned()),
        server_side_encryption: Some(encryption.algorithm.to_owned()),
        ssekms_key_id: encryption.key,
        ssekms_encryption_context: encryption.context,
        metadata: object.metadata,
        ..PutObjectRequest::default()
    };
    let target = (&kage_api_s3::SERVICE, &kage_api_s3::operations::PUT_OBJECT);
    let here = elsewhere(call, &encryption::region(trail));
    here.forward::<PutObjectOutput>(tx, as_cloudtrail(trail), target, request).map(|_| ())
}

/// Checks that CloudTrail may write where the trail wants it to, by doing so: it reads the bucket's ACL and leaves empty
/// objects as folders, as in AWS.
///
/// # Errors
/// `S3BucketDoesNotExistException`, `InsufficientS3BucketPolicyException`, `KmsKeyNotFoundException` for a bucket and a key
/// of two Regions, and S3's other errors as they are.
pub fn check_bucket(call: &Call<'_>, tx: &mut Tx, trail: &Trail) -> Result<()> {
    let target = (&kage_api_s3::SERVICE, &kage_api_s3::operations::GET_BUCKET_ACL);
    let request = GetBucketAclRequest { bucket: trail.bucket.clone(), ..GetBucketAclRequest::default() };
    call.forward::<GetBucketAclOutput>(tx, as_cloudtrail(trail), target, request)
        .map_err(|error| said(error, trail))?;
    let mut folders = vec!["CloudTrail"];
    if trail.validation {
        folders.push("CloudTrail-Digest");
    }
    if !trail.insights.is_empty() {
        folders.push("CloudTrail-Insight");
    }
    for folder in folders {
        let key = format!("{}{folder}/", trail.root(&trail.account));
        let object = Object { key: &key, bytes: Vec::new(), metadata: None, json: false };
        put(call, tx, trail, object).map_err(|error| said(error, trail))?;
    }
    Ok(())
}

fn said(error: Error, trail: &Trail) -> Error {
    match error.code.as_ref() {
        "NoSuchBucket" => errors::no_bucket(&trail.bucket),
        "AccessDenied" => errors::bucket_policy(&trail.bucket),
        "KMS.NotFoundException" => errors::no_kms_key(trail.kms_key.as_deref().unwrap_or_default()),
        _ => error,
    }
}

/// Gzips bytes.
///
/// # Errors
/// None that can happen in memory; an internal error otherwise.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let failed = |error: std::io::Error| Error::internal(format!("gzip failed: {error}"));
    encoder.write_all(bytes).map_err(failed)?;
    encoder.finish().map_err(failed)
}
