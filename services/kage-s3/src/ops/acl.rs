//! ACLs of buckets and objects.

use super::DATA;
use super::get_object::{Named, named};
use crate::acl::{self, Asked, Grant, Permission};
use crate::event::{self, What};
use crate::scene::{self, Scene};
use crate::{buckets, errors, names, objects, view};
use kage_api_s3::operations;
use kage_api_s3::types::{
    AccessControlPolicy, GetBucketAclOutput, GetObjectAclOutput, GetObjectAclRequest, PutBucketAclRequest,
    PutBucketAclResponse, PutObjectAclOutput, PutObjectAclRequest,
};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::OperationModel;
use kage_store::Reads;

/// Sets the ACL of a bucket.
pub struct PutBucketAcl;
/// Sets the ACL of an object.
pub struct PutObjectAcl;
/// Shows the ACL of an object.
pub struct GetObjectAcl;

macro_rules! asked {
    ($input:expr) => {
        Asked {
            canned: $input.acl.as_deref(),
            full_control: $input.grant_full_control.as_deref(),
            read: $input.grant_read.as_deref(),
            read_acp: $input.grant_read_acp.as_deref(),
            write: $input.grant_write.as_deref(),
            write_acp: $input.grant_write_acp.as_deref(),
        }
    };
}

fn with_keys(access: Access, asked: &Asked<'_>) -> Access {
    let access = access.key_if("s3:x-amz-acl", asked.canned);
    asked
        .headers()
        .into_iter()
        .fold(access, |access, (name, value)| access.key_if(&format!("s3:x-amz-grant-{name}"), value))
}

/// The grants of a document. `owner` is who must be named as the owner.
fn from_document(reads: &dyn Reads, document: &AccessControlPolicy, owner: &str) -> Result<Vec<Grant>> {
    let named = document.owner.as_ref().and_then(|owner| owner.id.as_deref());
    if named.is_some_and(|named| named != owner) {
        return Err(errors::access_denied());
    }
    let mut grants = Vec::new();
    for given in document.grants.as_deref().unwrap_or_default() {
        let grantee = given.grantee.as_ref().ok_or_else(errors::malformed_xml)?;
        let (kind, value) = match (&grantee.id, &grantee.uri, &grantee.email_address) {
            (Some(id), _, _) => ("id", id),
            (_, Some(uri), _) => ("uri", uri),
            (_, _, Some(email)) => ("emailAddress", email),
            _ => return Err(errors::malformed_xml()),
        };
        let permission =
            given.permission.as_deref().and_then(Permission::parse).ok_or_else(errors::malformed_xml)?;
        grants.push(Grant { grantee: acl::grantee(reads, kind, value)?, permission });
    }
    acl::require_size(&grants)?;
    Ok(grants)
}

/// The grants that a call sets: from headers or from the document.
fn wanted(
    reads: &dyn Reads,
    asked: &Asked<'_>,
    document: Option<&AccessControlPolicy>,
    (owner, bucket_owner): (&str, &str),
) -> Result<Vec<Grant>> {
    match document {
        Some(_) if !asked.is_empty() => {
            let text = "This request does not support content";
            Err(kage_core::Error::new("UnexpectedContent", 400, text))
        }
        Some(document) => from_document(reads, document, owner),
        None if asked.is_empty() => {
            let text = "Your request was missing a required header";
            Err(kage_core::Error::new("MissingSecurityHeader", 400, text)
                .with("MissingHeaderName", "x-amz-acl"))
        }
        None => asked.grants(reads, owner, bucket_owner),
    }
}

/// With ACLs disabled only what they say anyway is accepted: the owner has full control.
fn require_accepted(scene: &Scene, grants: &[Grant]) -> Result<()> {
    let own = Grant::account(&scene.owner_id, Permission::FullControl);
    if scene.bucket.has_acls() || grants.iter().all(|grant| *grant == own) {
        return Ok(());
    }
    Err(errors::no_access_control_lists())
}

impl Operation for PutBucketAcl {
    type Input = PutBucketAclRequest;
    type Output = PutBucketAclResponse;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::PUT_BUCKET_ACL;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &PutBucketAclRequest) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(call: &Call<'_>, input: &PutBucketAclRequest, target: &Lookup<Scene>) -> Access {
        let Some(scene) = target.found() else { return Access::any("s3:PutBucketAcl") };
        with_keys(scene.bucket_access(call, "s3:PutBucketAcl"), &asked!(input))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scene: Scene,
        input: &PutBucketAclRequest,
    ) -> Result<PutBucketAclResponse> {
        let owner = (scene.owner_id.as_str(), scene.owner_id.as_str());
        let grants = wanted(tx.reads(), &asked!(input), input.access_control_policy.as_ref(), owner)?;
        require_accepted(&scene, &grants)?;
        scene.require_not_public(call, &grants, "s3:PutBucketAcl", &scene.bucket.arn())?;
        let mut bucket = scene.bucket;
        bucket.grants = grants;
        buckets::put(tx, &bucket)?;
        Ok(PutBucketAclResponse {})
    }

    in_words_of_s3!();
}

/// The grants as they count now (rules 146 and 150).
fn shown(scene: &Scene, grants: &[Grant], owner: &str) -> Vec<kage_api_s3::types::Grant> {
    if !scene.bucket.has_acls() {
        return vec![view::grant(&Grant::account(owner, Permission::FullControl))];
    }
    scene.effective(grants).map(view::grant).collect()
}

on_bucket!(
    /// Shows the ACL of a bucket.
    GetBucketAcl(GetBucketAclRequest) -> GetBucketAclOutput, GET_BUCKET_ACL, "s3:GetBucketAcl", Recording::MANAGEMENT,
    |_call, _tx, scene, _input| {
        Ok(GetBucketAclOutput {
            owner: Some(view::owner(&scene.owner_id)),
            grants: Some(shown(&scene, &scene.bucket.grants, &scene.owner_id)),
        })
    }
);

impl Operation for PutObjectAcl {
    type Input = PutObjectAclRequest;
    type Output = PutObjectAclOutput;
    type Target = Named;
    const MODEL: &'static OperationModel = &operations::PUT_OBJECT_ACL;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &PutObjectAclRequest) -> Result<Lookup<Named>> {
        let owner = input.expected_bucket_owner.as_deref();
        named(call, tx, &input.bucket, owner, (&input.key, input.version_id.as_deref()))
    }

    fn access(call: &Call<'_>, input: &PutObjectAclRequest, target: &Lookup<Named>) -> Access {
        let actions = ("s3:PutObjectAcl", "s3:PutObjectVersionAcl");
        let Some(named) = target.found() else { return Access::any(actions.0) };
        with_keys(named.access(call, &input.key, input.version_id.as_deref(), actions), &asked!(input))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Named,
        input: &PutObjectAclRequest,
    ) -> Result<PutObjectAclOutput> {
        let (scene, mut version) = target.require(&input.key, input.version_id.as_deref(), "PUT")?;
        let owner = scene::canonical_id(tx.reads(), scene.object_owner(&version))?.unwrap_or_default();
        let owners = (owner.as_str(), scene.owner_id.as_str());
        let asked = asked!(input);
        let grants = wanted(tx.reads(), &asked, input.access_control_policy.as_ref(), owners)?;
        if !asked.is_bucket_owner_full_control() {
            require_accepted(&scene, &grants)?;
        }
        let arn = names::object_arn(&input.bucket, &input.key);
        scene.require_not_public(call, &grants, "s3:PutObjectAcl", &arn)?;
        version.grants = grants;
        objects::update(tx, &input.bucket, &version)?;
        event::tell(call, tx, &scene.bucket, What::AclPut, &version)?;
        Ok(PutObjectAclOutput { request_charged: None })
    }

    in_words_of_s3!();
}

impl Operation for GetObjectAcl {
    type Input = GetObjectAclRequest;
    type Output = GetObjectAclOutput;
    type Target = Named;
    const MODEL: &'static OperationModel = &operations::GET_OBJECT_ACL;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &GetObjectAclRequest) -> Result<Lookup<Named>> {
        let owner = input.expected_bucket_owner.as_deref();
        named(call, tx, &input.bucket, owner, (&input.key, input.version_id.as_deref()))
    }

    fn access(call: &Call<'_>, input: &GetObjectAclRequest, target: &Lookup<Named>) -> Access {
        let actions = ("s3:GetObjectAcl", "s3:GetObjectVersionAcl");
        let version = input.version_id.as_deref();
        target
            .found()
            .map_or_else(|| Access::any(actions.0), |named| named.access(call, &input.key, version, actions))
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        target: Named,
        input: &GetObjectAclRequest,
    ) -> Result<GetObjectAclOutput> {
        let (scene, version) = target.require(&input.key, input.version_id.as_deref(), "GET")?;
        let owner = scene::canonical_id(tx.reads(), scene.object_owner(&version))?.unwrap_or_default();
        let grants = shown(&scene, &version.grants, &owner);
        Ok(GetObjectAclOutput {
            owner: Some(view::owner(&owner)),
            grants: Some(grants),
            request_charged: None,
        })
    }

    in_words_of_s3!();
}
