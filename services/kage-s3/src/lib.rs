//! Amazon S3 and the part of S3 Control that is about accounts.
//!
//! Read [`scene`] first: every call acts in a bucket, and the scene says whose it is, what its policy and ACL allow and
//! what Block Public Access takes away. Then the nouns (`bucket`, `object`, `uploads`), what makes their bytes safe
//! (`bodies`, `encryption`, `checksums`), and the operations.

mod acl;
mod ageing;
mod bodies;
mod body_checksum;
mod bucket;
mod buckets;
mod checksums;
mod conditions;
mod destinations;
mod encryption;
mod errors;
mod event;
mod host_id;
mod lifecycle;
mod listing;
mod names;
mod notifications;
mod object;
mod objects;
mod ops;
mod policy;
mod public;
mod record;
mod scene;
mod tagging;
mod uploads;
mod view;
mod violations;

use kage_core::{DenialStyle, Handler, Service, operation};

static MODELS: [&kage_schema::ServiceModel; 2] = [&kage_api_s3::SERVICE, &kage_api_s3control::SERVICE];

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        models: &MODELS,
        event_source: "s3.amazonaws.com",
        global: false,
        denial: DenialStyle::S3,
        validation_code: "InvalidArgument",
        validation_first: false,
        operations: operations(),
        jobs: vec![destinations::job(), ageing::job()],
    }
}

fn operations() -> Vec<Box<dyn Handler>> {
    vec![
        operation::<ops::account_block::DeleteAccountBlock>(),
        operation::<ops::account_block::GetAccountBlock>(),
        operation::<ops::account_block::PutAccountBlock>(),
        operation::<ops::acl::GetBucketAcl>(),
        operation::<ops::acl::GetObjectAcl>(),
        operation::<ops::acl::PutBucketAcl>(),
        operation::<ops::acl::PutObjectAcl>(),
        operation::<ops::attributes::GetObjectAttributes>(),
        operation::<ops::bucket_encryption::DeleteBucketEncryption>(),
        operation::<ops::bucket_encryption::GetBucketEncryption>(),
        operation::<ops::bucket_encryption::PutBucketEncryption>(),
        operation::<ops::bucket_policy::DeleteBucketPolicy>(),
        operation::<ops::bucket_policy::GetBucketPolicy>(),
        operation::<ops::bucket_policy::GetBucketPolicyStatus>(),
        operation::<ops::bucket_policy::PutBucketPolicy>(),
        operation::<ops::bucket_settings::DeleteBucketOwnershipControls>(),
        operation::<ops::bucket_settings::DeletePublicAccessBlock>(),
        operation::<ops::bucket_settings::GetBucketOwnershipControls>(),
        operation::<ops::bucket_settings::GetBucketVersioning>(),
        operation::<ops::bucket_settings::GetPublicAccessBlock>(),
        operation::<ops::bucket_settings::PutBucketOwnershipControls>(),
        operation::<ops::bucket_settings::PutBucketVersioning>(),
        operation::<ops::bucket_settings::PutPublicAccessBlock>(),
        operation::<ops::bucket_tagging::DeleteBucketTagging>(),
        operation::<ops::bucket_tagging::GetBucketTagging>(),
        operation::<ops::bucket_tagging::PutBucketTagging>(),
        operation::<ops::buckets::DeleteBucket>(),
        operation::<ops::buckets::GetBucketLocation>(),
        operation::<ops::buckets::HeadBucket>(),
        operation::<ops::buckets::ListBuckets>(),
        operation::<ops::complete::CompleteMultipartUpload>(),
        operation::<ops::copy_object::CopyObject>(),
        operation::<ops::create_bucket::CreateBucket>(),
        operation::<ops::delete_objects::DeleteObject>(),
        operation::<ops::delete_objects::DeleteObjects>(),
        operation::<ops::get_object::GetObject>(),
        operation::<ops::get_object::HeadObject>(),
        operation::<ops::lifecycle::DeleteBucketLifecycle>(),
        operation::<ops::lifecycle::GetBucketLifecycleConfiguration>(),
        operation::<ops::lifecycle::PutBucketLifecycleConfiguration>(),
        operation::<ops::list_objects::ListObjects>(),
        operation::<ops::list_objects::ListObjectsV2>(),
        operation::<ops::list_versions::ListObjectVersions>(),
        operation::<ops::multipart::AbortMultipartUpload>(),
        operation::<ops::multipart::CreateMultipartUpload>(),
        operation::<ops::multipart_lists::ListMultipartUploads>(),
        operation::<ops::multipart_lists::ListParts>(),
        operation::<ops::notifications::GetBucketNotificationConfiguration>(),
        operation::<ops::notifications::PutBucketNotificationConfiguration>(),
        operation::<ops::object_tagging::DeleteObjectTagging>(),
        operation::<ops::object_tagging::GetObjectTagging>(),
        operation::<ops::object_tagging::PutObjectTagging>(),
        operation::<ops::put_object::PutObject>(),
        operation::<ops::restore::RestoreObject>(),
        operation::<ops::upload_part::UploadPart>(),
        operation::<ops::upload_part_copy::UploadPartCopy>(),
    ]
}
