//! DeleteBucket, HeadBucket, GetBucketLocation, ListBuckets.

use super::DATA;
use crate::{ageing, buckets, errors, notifications, objects, uploads};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_s3::operations;
use kage_api_s3::types::{
    Bucket, DeleteBucketResponse, GetBucketLocationOutput, HeadBucketOutput, ListBucketsOutput,
    ListBucketsRequest,
};
use kage_core::{Access, Call, Error, Lookup, Operation, Recording, Result, Tx, page};
use kage_schema::{OperationModel, Timestamp};

on_bucket!(
    /// Deletes an empty bucket.
    DeleteBucket(DeleteBucketRequest) -> DeleteBucketResponse, DELETE_BUCKET, "s3:DeleteBucket", Recording::MANAGEMENT,
    |_call, tx, scene, _input| {
        if objects::any(tx.reads(), &scene.bucket.name) {
            let text = if scene.bucket.versioning == crate::bucket::Versioning::Never {
                "The bucket you tried to delete is not empty"
            } else {
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
            };
            return Err(Error::new("BucketNotEmpty", 409, text).with("BucketName", scene.bucket.name));
        }
        for upload in uploads::list(tx.reads(), &scene.bucket.name)? {
            uploads::discard(tx, &upload)?;
        }
        buckets::remove(tx, &scene.bucket);
        notifications::remove(tx, &scene.bucket.name);
        ageing::remove(tx, &scene.bucket.name);
        Ok(DeleteBucketResponse {})
    }
);

on_bucket!(
    /// Says whether a bucket is there and may be listed.
    HeadBucket(HeadBucketRequest) -> HeadBucketOutput, HEAD_BUCKET, "s3:ListBucket", DATA,
    |_call, _tx, scene, _input| {
        Ok(HeadBucketOutput {
            bucket_arn: Some(scene.bucket.arn()),
            bucket_region: Some(scene.bucket.region),
            access_point_alias: Some(false),
            ..HeadBucketOutput::default()
        })
    }
);

on_bucket!(
    /// Tells the Region of a bucket.
    GetBucketLocation(GetBucketLocationRequest) -> GetBucketLocationOutput, GET_BUCKET_LOCATION,
    "s3:GetBucketLocation", Recording::MANAGEMENT,
    |_call, _tx, scene, _input| {
        // AWS: GetBucketLocation: buckets in us-east-1 have a location constraint of null.
        let region = Some(scene.bucket.region).filter(|region| region != "us-east-1");
        Ok(GetBucketLocationOutput { location_constraint: region })
    }
);

/// Lists the caller's buckets.
pub struct ListBuckets;

impl Operation for ListBuckets {
    type Input = ListBucketsRequest;
    type Output = ListBucketsOutput;
    type Target = ();
    const MODEL: &'static OperationModel = &operations::LIST_BUCKETS;

    fn resolve(_: &Call<'_>, _: &Tx, _: &ListBucketsRequest) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &ListBucketsRequest, _: &Lookup<()>) -> Access {
        crate::scene::keys(call, Access::any("s3:ListAllMyBuckets"), &call.account)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &ListBucketsRequest) -> Result<ListBucketsOutput> {
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let region = input.bucket_region.as_deref();
        let wanted = buckets::list(tx.reads(), &call.account)?.into_iter().filter(|bucket| {
            bucket.name.starts_with(prefix) && region.is_none_or(|region| bucket.region == region)
        });
        let after = match input.continuation_token.as_deref() {
            Some(token) => {
                Some(STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(
                    || {
                        errors::invalid_argument(
                            "The continuation token provided is incorrect",
                            "continuation-token",
                            token,
                        )
                    },
                )?)
            }
            None => None,
        };
        let limit = usize::try_from(input.max_buckets.unwrap_or(10_000)).unwrap_or(10_000);
        let page = page(wanted, |bucket| bucket.name.clone(), after.as_deref(), limit);
        let owner = crate::scene::canonical_id(tx.reads(), &call.account)?.unwrap_or_default();
        let paged = input.max_buckets.is_some() || region.is_some() || input.prefix.is_some();
        let shown = |bucket: crate::bucket::Bucket| Bucket {
            creation_date: Some(Timestamp(bucket.created)),
            bucket_arn: Some(bucket.arn()),
            // AWS: ListBuckets: the Region is said in paginated requests.
            bucket_region: paged.then_some(bucket.region),
            name: Some(bucket.name),
        };
        Ok(ListBucketsOutput {
            buckets: Some(page.items.into_iter().map(shown).collect()),
            owner: Some(crate::view::owner(&owner)),
            continuation_token: page.next.map(|name| STANDARD.encode(name)),
            prefix: input.prefix.clone(),
        })
    }

    in_words_of_s3!();
}
