//! The KMS key of a trail. AWS: CloudTrail user guide, "Encrypting CloudTrail log files, digest files and event data stores
//! with AWS KMS keys" and "Configure AWS KMS key policies for CloudTrail".

use crate::errors;
use crate::object::{self, as_cloudtrail, elsewhere};
use crate::trail::Trail;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_kms::types as api;
use kage_core::{Arn, Call, Error, Forward, Resource as _, Result, Tx};
use std::collections::BTreeMap;

const AS_CALLER: Forward = Forward::AsCaller { via: object::PRINCIPAL };

/// The ARN of the key that is named by id, alias, or the ARN of either, when the trail may encrypt with it: CloudTrail looks
/// at the key and makes a data key with it, for which the key policy must let it.
///
/// # Errors
/// `InvalidKmsKeyIdException`, `KmsKeyNotFoundException`, `InsufficientEncryptionPolicyException`, `KmsException`.
pub fn resolve(call: &Call<'_>, tx: &mut Tx, trail: &Trail, named: &str) -> Result<String> {
    require_form(named)?;
    let region = Arn::parse(named).map_or_else(|| call.region.clone(), |arn| arn.region);
    let here = elsewhere(call, &region);
    let said = |error| said(error, trail, named);
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::DESCRIBE_KEY);
    let input = api::DescribeKeyRequest { key_id: named.to_owned(), ..api::DescribeKeyRequest::default() };
    let described = here.forward(tx, as_cloudtrail(trail), target, input.clone());
    let described: api::DescribeKeyResponse = described.map_err(|error| {
        // A key that is not there has no policy that would let CloudTrail see that: the caller may.
        match here.forward::<api::DescribeKeyResponse>(tx, AS_CALLER, target, input) {
            Err(theirs) if theirs.code == "NotFoundException" => said(theirs),
            _ => said(error),
        }
    })?;
    let arn = described.key_metadata.and_then(|key| key.arn).unwrap_or_else(|| named.to_owned());
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::GENERATE_DATA_KEY);
    let mut context = own_context(trail);
    context.insert("aws:s3:arn".to_owned(), format!("arn:aws:s3:::{}", trail.bucket));
    let input = api::GenerateDataKeyRequest {
        key_id: arn.clone(),
        encryption_context: Some(context),
        key_spec: Some("AES_256".to_owned()),
        ..api::GenerateDataKeyRequest::default()
    };
    here.forward::<api::GenerateDataKeyResponse>(tx, as_cloudtrail(trail), target, input).map_err(said)?;
    Ok(arn)
}

fn own_context(trail: &Trail) -> BTreeMap<String, String> {
    BTreeMap::from([("aws:cloudtrail:arn".to_owned(), trail.arn())])
}

/// The encryption context of a trail's files, as S3 takes it: base64 of JSON. S3 adds the ARN of the object.
#[must_use]
pub fn context(trail: &Trail) -> String {
    STANDARD.encode(serde_json::json!(own_context(trail)).to_string())
}

/// A key id, `alias/…`, or the ARN of either.
fn require_form(named: &str) -> Result<()> {
    let is_id = |text: &str| text.len() >= 32 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let valid = match Arn::parse(named) {
        Some(arn) if arn.service == "kms" => arn.of("key").is_some() || arn.of("alias").is_some(),
        Some(_) => false,
        None => named.starts_with("alias/") || is_id(named),
    };
    if valid { Ok(()) } else { Err(errors::kms_key_id(named)) }
}

fn said(error: Error, trail: &Trail, named: &str) -> Error {
    match error.code.as_ref() {
        "NotFoundException" => errors::no_kms_key(named),
        "AccessDeniedException" => errors::encryption_policy(&trail.bucket, named),
        // AWS: the model: KmsKeyDisabledException "is no longer in use".
        "DisabledException" | "KMSInvalidStateException" | "InvalidKeyUsageException" => {
            errors::kms(named, &error.message)
        }
        _ => error,
    }
}

/// The Region in which files are written: that of the key, which must be that of the bucket, or the trail's own.
#[must_use]
pub fn region(trail: &Trail) -> String {
    let of_key = trail.kms_key.as_deref().and_then(Arn::parse).map(|arn| arn.region);
    of_key.unwrap_or_else(|| trail.region.clone())
}

/// The members that say how S3 encrypts a file.
#[must_use]
pub fn members(trail: &Trail) -> object::Encryption {
    match &trail.kms_key {
        Some(key) => {
            object::Encryption { algorithm: "aws:kms", key: Some(key.clone()), context: Some(context(trail)) }
        }
        None => object::Encryption { algorithm: "AES256", key: None, context: None },
    }
}
