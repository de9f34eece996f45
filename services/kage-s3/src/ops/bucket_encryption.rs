//! Default encryption of a bucket.

use crate::bucket::DefaultEncryption;
use crate::{buckets, errors};
use kage_api_s3::types::{
    BlockedEncryptionTypes, DeleteBucketEncryptionResponse, GetBucketEncryptionOutput,
    PutBucketEncryptionResponse, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule,
};
use kage_core::{Recording, Result};

on_bucket!(
    /// Sets the default encryption.
    PutBucketEncryption(PutBucketEncryptionRequest) -> PutBucketEncryptionResponse, PUT_BUCKET_ENCRYPTION,
    "s3:PutEncryptionConfiguration", Recording::MANAGEMENT,
    |_call, tx, scene, input| {
        let mut bucket = scene.bucket;
        bucket.encryption = read(&input.server_side_encryption_configuration, &bucket.encryption)?;
        buckets::put(tx, &bucket)?;
        Ok(PutBucketEncryptionResponse {})
    }
);

on_bucket!(
    /// Shows the default encryption; every bucket has one.
    GetBucketEncryption(GetBucketEncryptionRequest) -> GetBucketEncryptionOutput, GET_BUCKET_ENCRYPTION,
    "s3:GetEncryptionConfiguration", Recording::MANAGEMENT,
    |_call, _tx, scene, _input| {
        let default = &scene.bucket.encryption;
        let blocked = if default.blocks_customer_keys { "SSE-C" } else { "NONE" };
        let rule = ServerSideEncryptionRule {
            apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
                sse_algorithm: default.algorithm.clone(),
                kms_master_key_id: default.key_id.clone(),
            }),
            bucket_key_enabled: Some(default.bucket_key.unwrap_or(false)),
            blocked_encryption_types: Some(BlockedEncryptionTypes { encryption_type: Some(vec![blocked.to_owned()]) }),
        };
        let configuration = ServerSideEncryptionConfiguration { rules: vec![rule] };
        Ok(GetBucketEncryptionOutput { server_side_encryption_configuration: Some(configuration) })
    }
);

on_bucket!(
    /// Resets the default encryption to SSE-S3. AWS: it takes the permission of PutBucketEncryption.
    DeleteBucketEncryption(DeleteBucketEncryptionRequest) -> DeleteBucketEncryptionResponse, DELETE_BUCKET_ENCRYPTION,
    "s3:PutEncryptionConfiguration", Recording::MANAGEMENT,
    |_call, tx, scene, _input| {
        let mut bucket = scene.bucket;
        bucket.encryption = DefaultEncryption::default();
        buckets::put(tx, &bucket)?;
        Ok(DeleteBucketEncryptionResponse {})
    }
);

fn read(given: &ServerSideEncryptionConfiguration, before: &DefaultEncryption) -> Result<DefaultEncryption> {
    let [rule] = given.rules.as_slice() else { return Err(errors::malformed_xml()) };
    let mut out = before.clone();
    if let Some(default) = &rule.apply_server_side_encryption_by_default {
        match default.sse_algorithm.as_str() {
            "AES256" if default.kms_master_key_id.is_some() => {
                let text = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse";
                return Err(errors::invalid_argument(text, "ApplyServerSideEncryptionByDefault", "AES256"));
            }
            "AES256" | "aws:kms" => {}
            "aws:kms:dsse" => return Err(errors::not_implemented("SSEAlgorithm aws:kms:dsse")),
            _ => return Err(errors::malformed_xml()),
        }
        out.algorithm.clone_from(&default.sse_algorithm);
        out.key_id.clone_from(&default.kms_master_key_id);
    }
    out.bucket_key = rule.bucket_key_enabled.or(out.bucket_key);
    if let Some(types) =
        rule.blocked_encryption_types.as_ref().and_then(|blocked| blocked.encryption_type.as_ref())
    {
        out.blocks_customer_keys = types.iter().any(|kind| kind == "SSE-C");
    }
    Ok(out)
}
