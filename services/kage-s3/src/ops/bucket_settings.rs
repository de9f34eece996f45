//! Versioning, Block Public Access and ownership controls of a bucket.

use crate::bucket::{Block, Ownership, Versioning};
use crate::{buckets, errors, view};
use kage_api_s3::types::{
    DeleteBucketOwnershipControlsResponse, DeletePublicAccessBlockResponse, GetBucketOwnershipControlsOutput,
    GetBucketVersioningOutput, GetPublicAccessBlockOutput, OwnershipControls, OwnershipControlsRule,
    PutBucketOwnershipControlsResponse, PutBucketVersioningResponse, PutPublicAccessBlockResponse,
};
use kage_core::{Error, Recording};

on_bucket!(
    /// Enables or suspends versioning.
    PutBucketVersioning(PutBucketVersioningRequest) -> PutBucketVersioningResponse, PUT_BUCKET_VERSIONING,
    "s3:PutBucketVersioning", Recording::MANAGEMENT,
    |_call, tx, scene, input| {
        let configuration = &input.versioning_configuration;
        if configuration.mfa_delete.as_deref() == Some("Enabled") || input.mfa.is_some() {
            return Err(errors::not_implemented("MfaDelete"));
        }
        let mut bucket = scene.bucket;
        bucket.versioning = match configuration.status.as_deref() {
            Some("Enabled") => Versioning::Enabled,
            Some("Suspended") => Versioning::Suspended,
            Some(_) => return Err(errors::malformed_xml()),
            None => {
                let text = "The Versioning element must be specified";
                return Err(Error::new("IllegalVersioningConfigurationException", 400, text));
            }
        };
        buckets::put(tx, &bucket)?;
        Ok(PutBucketVersioningResponse {})
    }
);

on_bucket!(
    /// Shows the state of versioning; nothing when it was never enabled.
    GetBucketVersioning(GetBucketVersioningRequest) -> GetBucketVersioningOutput, GET_BUCKET_VERSIONING,
    "s3:GetBucketVersioning", Recording::MANAGEMENT,
    |_call, _tx, scene, _input| {
        let status = match scene.bucket.versioning {
            Versioning::Never => None,
            Versioning::Enabled => Some("Enabled".to_owned()),
            Versioning::Suspended => Some("Suspended".to_owned()),
        };
        Ok(GetBucketVersioningOutput { status, mfa_delete: None })
    }
);

on_bucket!(
    /// Sets Block Public Access of a bucket. Flags that are not said are off.
    PutPublicAccessBlock(PutPublicAccessBlockRequest) -> PutPublicAccessBlockResponse, PUT_PUBLIC_ACCESS_BLOCK,
    "s3:PutBucketPublicAccessBlock", Recording::MANAGEMENT,
    |_call, tx, scene, input| {
        let given = &input.public_access_block_configuration;
        let mut bucket = scene.bucket;
        bucket.block = Some(Block {
            block_acls: given.block_public_acls == Some(true),
            ignore_acls: given.ignore_public_acls == Some(true),
            block_policy: given.block_public_policy == Some(true),
            restrict: given.restrict_public_buckets == Some(true),
        });
        buckets::put(tx, &bucket)?;
        Ok(PutPublicAccessBlockResponse {})
    }
);

on_bucket!(
    /// Shows Block Public Access of a bucket.
    GetPublicAccessBlock(GetPublicAccessBlockRequest) -> GetPublicAccessBlockOutput, GET_PUBLIC_ACCESS_BLOCK,
    "s3:GetBucketPublicAccessBlock", Recording::MANAGEMENT,
    |_call, _tx, scene, input| {
        let block = scene.bucket.block.ok_or_else(|| {
            let text = "The public access block configuration was not found";
            errors::not_configured("NoSuchPublicAccessBlockConfiguration", text, &input.bucket)
        })?;
        Ok(GetPublicAccessBlockOutput { public_access_block_configuration: Some(view::block(block)) })
    }
);

on_bucket!(
    /// Removes Block Public Access of a bucket. AWS: it takes the permission of PutPublicAccessBlock.
    DeletePublicAccessBlock(DeletePublicAccessBlockRequest) -> DeletePublicAccessBlockResponse,
    DELETE_PUBLIC_ACCESS_BLOCK, "s3:PutBucketPublicAccessBlock", Recording::MANAGEMENT,
    |_call, tx, scene, _input| {
        let mut bucket = scene.bucket;
        bucket.block = None;
        buckets::put(tx, &bucket)?;
        Ok(DeletePublicAccessBlockResponse {})
    }
);

on_bucket!(
    /// Sets who owns new objects, and whether ACLs count.
    PutBucketOwnershipControls(PutBucketOwnershipControlsRequest) -> PutBucketOwnershipControlsResponse,
    PUT_BUCKET_OWNERSHIP_CONTROLS, "s3:PutBucketOwnershipControls", Recording::MANAGEMENT,
    |_call, tx, scene, input| {
        let [rule] = input.ownership_controls.rules.as_slice() else { return Err(errors::malformed_xml()) };
        let ownership = Ownership::parse(&rule.object_ownership).ok_or_else(errors::malformed_xml)?;
        let foreign = |grant: &crate::acl::Grant| {
            grant.grantee != crate::acl::Grantee::Account(scene.owner_id.clone())
        };
        if ownership == Ownership::BucketOwnerEnforced && scene.bucket.grants.iter().any(foreign) {
            let text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
            return Err(Error::new("InvalidBucketAclWithObjectOwnership", 400, text));
        }
        let mut bucket = scene.bucket;
        bucket.ownership = Some(ownership);
        buckets::put(tx, &bucket)?;
        Ok(PutBucketOwnershipControlsResponse {})
    }
);

on_bucket!(
    /// Shows the ownership controls.
    GetBucketOwnershipControls(GetBucketOwnershipControlsRequest) -> GetBucketOwnershipControlsOutput,
    GET_BUCKET_OWNERSHIP_CONTROLS, "s3:GetBucketOwnershipControls", Recording::MANAGEMENT,
    |_call, _tx, scene, input| {
        let ownership = scene.bucket.ownership.ok_or_else(|| {
            let text = "The bucket ownership controls were not found";
            errors::not_configured("OwnershipControlsNotFoundError", text, &input.bucket)
        })?;
        let rules = vec![OwnershipControlsRule { object_ownership: ownership.name().to_owned() }];
        Ok(GetBucketOwnershipControlsOutput { ownership_controls: Some(OwnershipControls { rules }) })
    }
);

on_bucket!(
    /// Removes the ownership controls. AWS: it takes the permission of PutBucketOwnershipControls.
    DeleteBucketOwnershipControls(DeleteBucketOwnershipControlsRequest) -> DeleteBucketOwnershipControlsResponse,
    DELETE_BUCKET_OWNERSHIP_CONTROLS, "s3:PutBucketOwnershipControls", Recording::MANAGEMENT,
    |_call, tx, scene, _input| {
        let mut bucket = scene.bucket;
        bucket.ownership = None;
        buckets::put(tx, &bucket)?;
        Ok(DeleteBucketOwnershipControlsResponse {})
    }
);
