//! Tags of a bucket.

use crate::{buckets, errors, tagging};
use kage_api_s3::types::{DeleteBucketTaggingResponse, GetBucketTaggingOutput, PutBucketTaggingResponse};
use kage_core::Recording;

on_bucket!(
    /// Replaces the tags.
    PutBucketTagging(PutBucketTaggingRequest) -> PutBucketTaggingResponse, PUT_BUCKET_TAGGING,
    "s3:PutBucketTagging", Recording::MANAGEMENT,
    |_call, tx, scene, input| {
        let mut bucket = scene.bucket;
        bucket.tags = tagging::from_set(&input.tagging.tag_set, tagging::BUCKET_MAX)?;
        buckets::put(tx, &bucket)?;
        Ok(PutBucketTaggingResponse {})
    }
);

on_bucket!(
    /// Shows the tags.
    GetBucketTagging(GetBucketTaggingRequest) -> GetBucketTaggingOutput, GET_BUCKET_TAGGING,
    "s3:GetBucketTagging", Recording::MANAGEMENT,
    |_call, _tx, scene, input| {
        if scene.bucket.tags.is_empty() {
            return Err(errors::not_configured("NoSuchTagSet", "The TagSet does not exist", &input.bucket));
        }
        Ok(GetBucketTaggingOutput { tag_set: tagging::shown(&scene.bucket.tags) })
    }
);

on_bucket!(
    /// Removes the tags. AWS: it takes the permission of PutBucketTagging.
    DeleteBucketTagging(DeleteBucketTaggingRequest) -> DeleteBucketTaggingResponse, DELETE_BUCKET_TAGGING,
    "s3:PutBucketTagging", Recording::MANAGEMENT,
    |_call, tx, scene, _input| {
        let mut bucket = scene.bucket;
        bucket.tags = Vec::new();
        buckets::put(tx, &bucket)?;
        Ok(DeleteBucketTaggingResponse {})
    }
);
