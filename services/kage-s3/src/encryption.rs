//! Server-side encryption: under the double's own key (SSE-S3) or under a KMS key (SSE-KMS, rule 159).
//!
//! AWS: S3 user guide, "Protecting data with server-side encryption".

use crate::bucket::DefaultEncryption;
use crate::errors;
use crate::names;
use crate::scene::Scene;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_kms::types as kms;
use kage_core::{Arn, Call, Error, Forward, Result, Tx};
use kage_schema::Blob;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The secret that seals objects under SSE-S3.
const SECRET: &str = "s3-sse";
/// Who calls KMS.
const VIA: Forward = Forward::AsCaller { via: "s3.amazonaws.com" };
/// AWS: S3 user guide, "Using server-side encryption with AWS KMS keys": the AWS managed key.
const MANAGED_KEY: &str = "alias/aws/s3";

/// How an object is encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// The KMS envelope; none under SSE-S3.
    pub kms: Option<Envelope>,
}

/// A data key that KMS made for one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// ARN of the KMS key.
    pub key_arn: String,
    /// The data key under the KMS key, base64.
    pub data_key: String,
    /// The whole encryption context.
    pub context: BTreeMap<String, String>,
    /// Whether a bucket key was asked for.
    pub bucket_key: bool,
}

impl Protection {
    /// `AES256` or `aws:kms`.
    pub fn algorithm(&self) -> String {
        if self.kms.is_some() { "aws:kms" } else { "AES256" }.to_owned()
    }

    /// ARN of the KMS key.
    pub fn key_arn(&self) -> Option<String> {
        self.kms.as_ref().map(|envelope| envelope.key_arn.clone())
    }

    /// Whether a bucket key is in use; said only when it is.
    pub fn bucket_key(&self) -> Option<bool> {
        self.kms.as_ref().filter(|envelope| envelope.bucket_key).map(|_| true)
    }

    /// The context that the client gave, as it is echoed: base64 of JSON.
    pub fn shown_context(&self) -> Option<String> {
        let context = &self.kms.as_ref()?.context;
        let text = serde_json::to_string(context).ok()?;
        (context.len() > 1).then(|| STANDARD.encode(text))
    }
}

/// What a call says about encryption.
pub struct Asked<'a> {
    /// `x-amz-server-side-encryption`.
    pub algorithm: Option<&'a str>,
    /// `x-amz-server-side-encryption-aws-kms-key-id`.
    pub key_id: Option<&'a str>,
    /// `x-amz-server-side-encryption-context`.
    pub context: Option<&'a str>,
    /// `x-amz-server-side-encryption-bucket-key-enabled`.
    pub bucket_key: Option<bool>,
    /// Whether a customer key (SSE-C) is given.
    pub customer: bool,
}

macro_rules! asked_encryption {
    ($input:expr) => {
        $crate::encryption::Asked {
            algorithm: $input.server_side_encryption.as_deref(),
            key_id: $input.ssekms_key_id.as_deref(),
            context: $input.ssekms_encryption_context.as_deref(),
            bucket_key: $input.bucket_key_enabled,
            customer: $input.sse_customer_algorithm.is_some() || $input.sse_customer_key.is_some(),
        }
    };
}
pub(crate) use asked_encryption;

/// Refuses customer keys: by the bucket's setting as AWS does, else because they are not modelled.
///
/// # Errors
/// `AccessDenied`, `NotImplemented`.
pub fn require_no_customer_key(encryption: &DefaultEncryption, given: bool) -> Result<()> {
    match given {
        false => Ok(()),
        // AWS: S3 user guide, "Blocking or unblocking SSE-C for a general purpose bucket": 403 AccessDenied.
        true if encryption.blocks_customer_keys => Err(errors::access_denied()),
        true => Err(errors::not_implemented("x-amz-server-side-encryption-customer-algorithm")),
    }
}

/// Makes the protection of a new object, and its key in the clear.
///
/// # Errors
/// `InvalidArgument`, `NotImplemented`, those of KMS.
pub fn protect(
    call: &Call<'_>,
    tx: &mut Tx,
    scene: &Scene,
    key: &str,
    asked: &Asked<'_>,
) -> Result<(Protection, [u8; 32])> {
    let default = &scene.bucket.encryption;
    require_no_customer_key(default, asked.customer)?;
    let algorithm = asked.algorithm.unwrap_or(&default.algorithm);
    match algorithm {
        "AES256" if asked.key_id.is_some() => {
            let text = "Server Side Encryption with KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms";
            Err(errors::invalid_argument(text, "x-amz-server-side-encryption", "AES256"))
        }
        "AES256" => Ok((Protection::default(), kage_core::secret(tx, call.world, SECRET)?)),
        "aws:kms" => {
            // The default key counts only where the default algorithm does.
            let usual = if asked.algorithm.is_none() || default.algorithm == "aws:kms" {
                default.key_id.as_deref()
            } else {
                None
            };
            let key_id = asked.key_id.or(usual).unwrap_or(MANAGED_KEY);
            let bucket_key = asked.bucket_key.or(default.bucket_key).unwrap_or(false);
            let context = context(scene, key, asked.context, bucket_key)?;
            envelope(&in_region(call, &scene.bucket.region)?, tx, key_id, context, bucket_key)
        }
        "aws:kms:dsse" => Err(errors::not_implemented("x-amz-server-side-encryption: aws:kms:dsse")),
        other => {
            let text = "The encryption method specified is not supported";
            Err(errors::invalid_argument(text, "x-amz-server-side-encryption", other))
        }
    }
}

/// AWS: the same page: S3 adds the ARN of the object, or with a bucket key that of the bucket, as `aws:s3:arn`.
fn context(
    scene: &Scene,
    key: &str,
    given: Option<&str>,
    bucket_key: bool,
) -> Result<BTreeMap<String, String>> {
    let read = |text: &str| -> Option<BTreeMap<String, String>> {
        serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()
    };
    let mut context = match given {
        Some(text) => read(text).ok_or_else(|| {
            let why = "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map";
            errors::invalid_argument(why, "x-amz-server-side-encryption-context", text)
        })?,
        None => BTreeMap::new(),
    };
    let arn = if bucket_key { scene.bucket.arn() } else { names::object_arn(&scene.bucket.name, key) };
    context.insert("aws:s3:arn".to_owned(), arn);
    Ok(context)
}

fn envelope(
    call: &Call<'_>,
    tx: &mut Tx,
    key_id: &str,
    context: BTreeMap<String, String>,
    bucket_key: bool,
) -> Result<(Protection, [u8; 32])> {
    let input = kms::GenerateDataKeyRequest {
        key_id: key_id.to_owned(),
        encryption_context: Some(context.clone()),
        key_spec: Some("AES_256".to_owned()),
        ..kms::GenerateDataKeyRequest::default()
    };
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::GENERATE_DATA_KEY);
    let made: kms::GenerateDataKeyResponse = call.forward(tx, VIA, target, input).map_err(told)?;
    let data_key = made.ciphertext_blob.ok_or_else(|| Error::internal("KMS gave no data key"))?;
    let envelope = Envelope {
        key_arn: made.key_id.unwrap_or_else(|| key_id.to_owned()),
        data_key: STANDARD.encode(&data_key.0),
        context,
        bucket_key,
    };
    Ok((Protection { kms: Some(envelope) }, plain(made.plaintext)?))
}

/// The key of an object in the clear. Under SSE-KMS the caller must be allowed to decrypt.
///
/// # Errors
/// Those of KMS.
pub fn open(call: &Call<'_>, tx: &mut Tx, protection: &Protection) -> Result<[u8; 32]> {
    let Some(envelope) = &protection.kms else { return kage_core::secret(tx, call.world, SECRET) };
    let data_key =
        STANDARD.decode(&envelope.data_key).map_err(|_| Error::internal("a data key is not base64"))?;
    let input = kms::DecryptRequest {
        ciphertext_blob: Some(Blob(data_key)),
        encryption_context: Some(envelope.context.clone()),
        ..kms::DecryptRequest::default()
    };
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::DECRYPT);
    let region = Arn::parse(&envelope.key_arn).map_or_else(|| call.region.clone(), |arn| arn.region);
    let opened: kms::DecryptResponse =
        in_region(call, &region)?.forward(tx, VIA, target, input).map_err(told)?;
    plain(opened.plaintext)
}

/// The call as KMS gets it: in the Region of the bucket, whatever endpoint a service reached S3 by.
///
/// # Errors
/// `InvalidArgument` for unsigned calls, which KMS knows nothing of.
fn in_region<'w>(call: &Call<'w>, region: &str) -> Result<Call<'w>> {
    if call.caller.is_anonymous() {
        // As S3 answers GET of such an object without a signature.
        // AWS: S3 user guide, "Using server-side encryption with AWS KMS keys": requests must be signed.
        let text = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.";
        return Err(errors::invalid_argument(text, "Authorization", "null"));
    }
    Ok(Call {
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
    })
}

fn plain(key: Option<Blob>) -> Result<[u8; 32]> {
    let bytes = key.map(|key| key.0).unwrap_or_default();
    bytes.try_into().map_err(|_| Error::internal("KMS gave a data key of another length"))
}

/// KMS's errors as S3 tells them: `KMS.` before their code, denials as its own.
/// AWS: S3 API reference, "List of SELECT/KMS error codes": `KMS.DisabledException`, `KMS.NotFoundException`, …
fn told(error: Error) -> Error {
    match error.code.as_ref() {
        "AccessDeniedException" | "AccessDenied" => Error::new("AccessDenied", 403, error.message),
        "NotImplemented" => error,
        code if error.status < 500 => Error::new(format!("KMS.{code}"), 400, error.message),
        _ => error,
    }
}
