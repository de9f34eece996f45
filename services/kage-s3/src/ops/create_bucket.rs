//! CreateBucket.

use crate::acl::{Asked, Grant, Permission};
use crate::bucket::{Block, Bucket, DefaultEncryption, Ownership, Versioning};
use crate::{buckets, errors, names, scene, tagging};
use kage_api_s3::types::bucket_location_constraint::VALUES as REGIONS;
use kage_api_s3::types::{CreateBucketOutput, CreateBucketRequest};
use kage_api_s3::{errors as model, operations};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};
use kage_schema::OperationModel;

/// Makes a bucket.
pub struct CreateBucket;

fn asked(input: &CreateBucketRequest) -> Asked<'_> {
    Asked {
        canned: input.acl.as_deref(),
        full_control: input.grant_full_control.as_deref(),
        read: input.grant_read.as_deref(),
        read_acp: input.grant_read_acp.as_deref(),
        write: input.grant_write.as_deref(),
        write_acp: input.grant_write_acp.as_deref(),
    }
}

fn constraint(input: &CreateBucketRequest) -> Option<&str> {
    input.create_bucket_configuration.as_ref()?.location_constraint.as_deref().filter(|text| !text.is_empty())
}

impl Operation for CreateBucket {
    type Input = CreateBucketRequest;
    type Output = CreateBucketOutput;
    type Target = ();
    const MODEL: &'static OperationModel = &operations::CREATE_BUCKET;

    fn resolve(_: &Call<'_>, _: &Tx, _: &CreateBucketRequest) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &CreateBucketRequest, _: &Lookup<()>) -> Access {
        let arn = names::bucket_arn(&input.bucket);
        let asked = asked(input);
        let to = |action: &str| {
            let access = scene::keys(call, Access::to(action, arn.clone()), &call.account);
            let access = access
                .key_if("s3:LocationConstraint", constraint(input))
                .key_if("s3:x-amz-acl", asked.canned)
                .key_if("s3:x-amz-object-ownership", input.object_ownership.as_deref());
            asked
                .headers()
                .into_iter()
                .fold(access, |access, (name, value)| access.key_if(&format!("s3:x-amz-grant-{name}"), value))
        };
        let mut access = to("s3:CreateBucket");
        if !asked.is_empty() {
            access = access.and(to("s3:PutBucketAcl"));
        }
        if input.object_ownership.is_some() {
            access = access.and(to("s3:PutBucketOwnershipControls"));
        }
        let tags =
            input.create_bucket_configuration.as_ref().and_then(|c| c.tags.as_deref()).unwrap_or_default();
        if !tags.is_empty() {
            let pairs = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
            access = access.and(to("s3:TagResource").request_tags(pairs));
        }
        access
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &CreateBucketRequest) -> Result<CreateBucketOutput> {
        names::require_bucket_name(&input.bucket)?;
        refuse_unmodelled(input)?;
        let region = region(call, constraint(input))?;
        if let Some(existing) = buckets::find(tx.reads(), &input.bucket)? {
            return again(call, &existing, &region);
        }
        let owner_id = scene::canonical_id(tx.reads(), &call.account)?.unwrap_or_default();
        let ownership = match input.object_ownership.as_deref() {
            None => Ownership::BucketOwnerEnforced,
            Some(name) => Ownership::parse(name).ok_or_else(errors::malformed_xml)?,
        };
        let asked = asked(input);
        let grants = asked.grants(tx.reads(), &owner_id, &owner_id)?;
        // AWS: S3 user guide, "Setting Object Ownership when you create a bucket"; private is the owner's own grant.
        if ownership == Ownership::BucketOwnerEnforced
            && grants != [Grant::account(&owner_id, Permission::FullControl)]
        {
            let text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
            return Err(Error::new("InvalidBucketAclWithObjectOwnership", 400, text));
        }
        if grants.iter().any(Grant::is_public) {
            let text = "Bucket cannot have public ACLs set with BlockPublicAccess enabled";
            return Err(Error::new("InvalidBucketAclWithBlockPublicAccessError", 400, text));
        }
        let tags =
            input.create_bucket_configuration.as_ref().and_then(|c| c.tags.as_deref()).unwrap_or_default();
        let bucket = Bucket {
            name: input.bucket.clone(),
            owner: call.account.clone(),
            region,
            created: call.now.milliseconds(),
            versioning: Versioning::Never,
            policy: None,
            block: Some(Block::ALL),
            ownership: Some(ownership),
            grants,
            encryption: DefaultEncryption::default(),
            tags: tagging::from_set(tags, tagging::BUCKET_MAX)?,
        };
        buckets::put(tx, &bucket)?;
        Ok(answer(call, &bucket))
    }

    in_words_of_s3!();
}

fn refuse_unmodelled(input: &CreateBucketRequest) -> Result<()> {
    if input.object_lock_enabled_for_bucket == Some(true) {
        return Err(errors::not_implemented("x-amz-bucket-object-lock-enabled"));
    }
    if input.bucket_namespace.as_deref().is_some_and(|namespace| namespace != "global") {
        return Err(errors::not_implemented("x-amz-bucket-namespace"));
    }
    let configuration = input.create_bucket_configuration.as_ref();
    if configuration.is_some_and(|c| c.location.is_some() || c.bucket.is_some()) {
        return Err(errors::not_implemented("directory buckets (Location, Bucket)"));
    }
    Ok(())
}

/// The Region of the new bucket. AWS: CreateBucket, `LocationConstraint`.
fn region(call: &Call<'_>, constraint: Option<&str>) -> Result<String> {
    let known = |name: &str| REGIONS.contains(&name);
    match constraint {
        None if call.region == "us-east-1" => Ok(call.region.clone()),
        Some("EU") if matches!(call.region.as_str(), "us-east-1" | "eu-west-1") => Ok("eu-west-1".to_owned()),
        Some(name) if known(name) && (call.region == "us-east-1" || call.region == name) => {
            Ok(name.to_owned())
        }
        Some(name) if !known(name) => Err(errors::invalid_location(name)),
        given => {
            let text = format!(
                "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
                given.unwrap_or("unspecified")
            );
            Err(Error::new("IllegalLocationConstraintException", 400, text))
        }
    }
}

/// The name is taken. AWS: CreateBucket: in us-east-1 the owner gets 200 again.
fn again(call: &Call<'_>, existing: &Bucket, region: &str) -> Result<CreateBucketOutput> {
    if existing.owner != call.account {
        let text = "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.";
        return Err(Error::of(&model::BUCKET_ALREADY_EXISTS, text).with("BucketName", existing.name.clone()));
    }
    if existing.region == "us-east-1" && region == "us-east-1" {
        return Ok(answer(call, existing));
    }
    let text = "Your previous request to create the named bucket succeeded and you already own it.";
    Err(Error::of(&model::BUCKET_ALREADY_OWNED_BY_YOU, text).with("BucketName", existing.name.clone()))
}

fn answer(call: &Call<'_>, bucket: &Bucket) -> CreateBucketOutput {
    let location = if bucket.region == "us-east-1" && call.region == "us-east-1" {
        format!("/{}", bucket.name)
    } else {
        format!("http://{}.s3.amazonaws.com/", bucket.name)
    };
    CreateBucketOutput { location: Some(location), bucket_arn: Some(bucket.arn()) }
}
