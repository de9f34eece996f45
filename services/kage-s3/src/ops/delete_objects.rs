//! DeleteObject and DeleteObjects.

use super::DATA;
use crate::bucket::Versioning;
use crate::event::{self, What};
use crate::object::{NULL, Version};
use crate::scene::{self, Scene};
use crate::{ageing, errors, names, objects};
use kage_api_s3::operations;
use kage_api_s3::types::{
    DeleteObjectOutput, DeleteObjectRequest, DeleteObjectsOutput, DeleteObjectsRequest, DeletedObject,
    Error as Failed, ObjectIdentifier,
};
use kage_core::{Access, Call, Error, Lookup, Operation, Recording, Result, Tx};
use kage_schema::OperationModel;

/// Deletes an object or a version.
pub struct DeleteObject;
/// Deletes up to 1,000 objects or versions.
pub struct DeleteObjects;

/// AWS: DeleteObjects: "up to 1,000 keys".
const MAX: usize = 1000;

fn access(call: &Call<'_>, scene: &Scene, key: &str, version: Option<&str>) -> Access {
    let action = if version.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
    scene.object_access(call, action, key, None).key_if("s3:VersionId", version)
}

/// What a deletion did.
struct Done {
    marker: bool,
    version: Option<String>,
}

/// AWS: S3 user guide, "Deleting object versions from a versioning-enabled bucket".
fn delete(call: &Call<'_>, tx: &mut Tx, scene: &Scene, key: &str, version: Option<&str>) -> Result<Done> {
    names::require_key(key)?;
    let bucket = &scene.bucket;
    match (version, bucket.versioning) {
        (Some(id), versioning) => {
            let found = objects::find(tx.reads(), &bucket.name, key, id)?;
            if found.is_none() && id != NULL && versioning == Versioning::Never {
                return Err(errors::invalid_argument("Invalid version id specified", "versionId", id));
            }
            let marker = found.as_ref().is_some_and(|found| found.is_marker);
            if let Some(found) = found {
                objects::remove(tx, &bucket.name, &found)?;
                ageing::touch(call, tx, bucket)?;
                event::tell(call, tx, bucket, What::Deleted, &found)?;
            }
            Ok(Done { marker, version: Some(id.to_owned()) })
        }
        (None, Versioning::Never) => {
            if let Some(found) = objects::newest(tx.reads(), &bucket.name, key)? {
                objects::remove(tx, &bucket.name, &found)?;
            }
            // Also where nothing was: recorded in LocalStack's snapshot of `test_delete_objects`.
            event::tell_deleted(call, tx, bucket, key)?;
            Ok(Done { marker: false, version: None })
        }
        (None, _) => {
            let owner = scene.caller_id.as_ref().filter(|_| bucket.has_acls());
            let marker = Version {
                key: key.to_owned(),
                modified: call.now.milliseconds(),
                is_marker: true,
                owner: owner.map_or_else(|| bucket.owner.clone(), |_| call.caller.account.clone()),
                ..Version::default()
            };
            let marker = objects::insert(call, tx, bucket, marker)?;
            event::tell(call, tx, bucket, What::Marked, &marker)?;
            Ok(Done { marker: true, version: Some(marker.id) })
        }
    }
}

impl Operation for DeleteObject {
    type Input = DeleteObjectRequest;
    type Output = DeleteObjectOutput;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::DELETE_OBJECT;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &DeleteObjectRequest) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(call: &Call<'_>, input: &DeleteObjectRequest, target: &Lookup<Scene>) -> Access {
        let version = input.version_id.as_deref();
        target
            .found()
            .map_or_else(|| Access::any("s3:DeleteObject"), |scene| access(call, scene, &input.key, version))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scene: Scene,
        input: &DeleteObjectRequest,
    ) -> Result<DeleteObjectOutput> {
        if input.if_match_last_modified_time.is_some() || input.if_match_size.is_some() {
            // AWS: DeleteObject: these two are for directory buckets.
            return Err(errors::not_implemented("x-amz-if-match-last-modified-time"));
        }
        let newest = objects::newest(tx.reads(), &input.bucket, &input.key)?;
        match (input.if_match.as_deref(), newest.as_ref().filter(|newest| !newest.is_marker)) {
            // AWS: S3 user guide, "How to perform conditional deletes".
            (Some("*"), None) => return Err(errors::precondition_failed("If-Match")),
            (Some("*"), Some(_)) | (None, _) => {}
            (matches, object) => crate::conditions::judge_write(matches, None, &input.key, object)?,
        }
        let done = delete(call, tx, &scene, &input.key, input.version_id.as_deref())?;
        Ok(DeleteObjectOutput {
            delete_marker: done.marker.then_some(true),
            version_id: done.version,
            request_charged: None,
        })
    }

    in_words_of_s3!();
}

impl Operation for DeleteObjects {
    type Input = DeleteObjectsRequest;
    type Output = DeleteObjectsOutput;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::DELETE_OBJECTS;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &DeleteObjectsRequest) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(_: &Call<'_>, _: &DeleteObjectsRequest, target: &Lookup<Scene>) -> Access {
        match target.found() {
            // Each key is judged when its turn comes.
            Some(scene) => {
                Access::open("AWS: DeleteObjects: a key that is not allowed is one of the errors of a 200")
                    .touching(scene.bucket.arn(), &scene.bucket.owner)
            }
            None => Access::any("s3:DeleteObject"),
        }
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scene: Scene,
        input: &DeleteObjectsRequest,
    ) -> Result<DeleteObjectsOutput> {
        let objects = &input.delete.objects;
        if objects.is_empty() || objects.len() > MAX {
            return Err(errors::malformed_xml());
        }
        let (mut deleted, mut failed) = (Vec::new(), Vec::new());
        for object in objects {
            let before = tx.moment();
            match delete_one(call, tx, &scene, object) {
                Ok(done) => deleted.push(done),
                Err(error) if error.status >= 500 && error.code == "InternalFailure" => return Err(error),
                Err(error) => {
                    tx.undo(before);
                    failed.push(Failed {
                        key: Some(object.key.clone()),
                        version_id: object.version_id.clone(),
                        code: Some(error.code.into_owned()),
                        message: Some(error.message),
                    });
                }
            }
        }
        let quiet = input.delete.quiet == Some(true);
        Ok(DeleteObjectsOutput {
            deleted: (!quiet).then_some(deleted),
            errors: (!failed.is_empty()).then_some(failed),
            request_charged: None,
        })
    }

    in_words_of_s3!();
}

fn delete_one(
    call: &Call<'_>,
    tx: &mut Tx,
    scene: &Scene,
    object: &ObjectIdentifier,
) -> Result<DeletedObject> {
    call.require_allowed(tx, access(call, scene, &object.key, object.version_id.as_deref()))?;
    if object.last_modified_time.is_some() || object.size.is_some() {
        return Err(Error::new(
            "NotImplemented",
            501,
            "Kagemusha does not model LastModifiedTime and Size yet",
        ));
    }
    if object.e_tag.is_some() {
        let newest = objects::newest(tx.reads(), &scene.bucket.name, &object.key)?;
        crate::conditions::judge_write(object.e_tag.as_deref(), None, &object.key, newest.as_ref())?;
    }
    let done = delete(call, tx, scene, &object.key, object.version_id.as_deref())?;
    let made = done.marker && object.version_id.is_none();
    Ok(DeletedObject {
        key: Some(object.key.clone()),
        version_id: object.version_id.clone(),
        delete_marker: done.marker.then_some(true),
        delete_marker_version_id: if made || done.marker { done.version } else { None },
    })
}
