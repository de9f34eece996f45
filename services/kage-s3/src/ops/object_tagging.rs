//! Tags of an object.

use super::DATA;
use super::get_object::{Named, named};
use super::put_object::shown_version;
use crate::event::{self, What};
use crate::{ageing, objects, tagging};
use kage_api_s3::operations;
use kage_api_s3::types::{
    DeleteObjectTaggingOutput, DeleteObjectTaggingRequest, GetObjectTaggingOutput, GetObjectTaggingRequest,
    PutObjectTaggingOutput, PutObjectTaggingRequest,
};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::OperationModel;

/// Replaces the tags.
pub struct PutObjectTagging;
/// Shows the tags.
pub struct GetObjectTagging;
/// Removes the tags.
pub struct DeleteObjectTagging;

macro_rules! on_object {
    ($input:ident, $output:ident, $model:ident) => {
        type Input = $input;
        type Output = $output;
        type Target = Named;
        const MODEL: &'static OperationModel = &operations::$model;
        const RECORDING: Recording = DATA;

        fn resolve(call: &Call<'_>, tx: &Tx, input: &$input) -> Result<Lookup<Named>> {
            let owner = input.expected_bucket_owner.as_deref();
            named(call, tx, &input.bucket, owner, (&input.key, input.version_id.as_deref()))
        }

        in_words_of_s3!();
    };
}

impl Operation for PutObjectTagging {
    on_object!(PutObjectTaggingRequest, PutObjectTaggingOutput, PUT_OBJECT_TAGGING);

    fn access(call: &Call<'_>, input: &PutObjectTaggingRequest, target: &Lookup<Named>) -> Access {
        let Some(named) = target.found() else { return Access::any("s3:PutObjectTagging") };
        let actions = ("s3:PutObjectTagging", "s3:PutObjectVersionTagging");
        let mut access = named.access(call, &input.key, input.version_id.as_deref(), actions);
        // The new tags are of the first evaluation; the one that asks for listing comes behind it.
        if let Some(first) = access.evaluations.first_mut() {
            let set = &input.tagging.tag_set;
            for tag in set {
                let value = kage_core::KeyValue::One(tag.value.clone());
                first.keys.push((format!("s3:RequestObjectTag/{}", tag.key), value));
            }
            if !set.is_empty() {
                let keys = kage_core::KeyValue::Many(set.iter().map(|tag| tag.key.clone()).collect());
                first.keys.push(("s3:RequestObjectTagKeys".to_owned(), keys));
            }
        }
        access
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Named,
        input: &PutObjectTaggingRequest,
    ) -> Result<PutObjectTaggingOutput> {
        let (scene, mut version) = target.require(&input.key, input.version_id.as_deref(), "PUT")?;
        version.tags = tagging::from_set(&input.tagging.tag_set, tagging::OBJECT_MAX)?;
        objects::update(tx, &input.bucket, &version)?;
        ageing::touch(call, tx, &scene.bucket)?;
        event::tell(call, tx, &scene.bucket, What::Tagged, &version)?;
        Ok(PutObjectTaggingOutput { version_id: shown_version(&scene, &version) })
    }
}

impl Operation for GetObjectTagging {
    on_object!(GetObjectTaggingRequest, GetObjectTaggingOutput, GET_OBJECT_TAGGING);

    fn access(call: &Call<'_>, input: &GetObjectTaggingRequest, target: &Lookup<Named>) -> Access {
        let actions = ("s3:GetObjectTagging", "s3:GetObjectVersionTagging");
        let version = input.version_id.as_deref();
        target
            .found()
            .map_or_else(|| Access::any(actions.0), |named| named.access(call, &input.key, version, actions))
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        target: Named,
        input: &GetObjectTaggingRequest,
    ) -> Result<GetObjectTaggingOutput> {
        let (scene, version) = target.require(&input.key, input.version_id.as_deref(), "GET")?;
        Ok(GetObjectTaggingOutput {
            version_id: shown_version(&scene, &version),
            tag_set: tagging::shown(&version.tags),
        })
    }
}

impl Operation for DeleteObjectTagging {
    on_object!(DeleteObjectTaggingRequest, DeleteObjectTaggingOutput, DELETE_OBJECT_TAGGING);

    fn access(call: &Call<'_>, input: &DeleteObjectTaggingRequest, target: &Lookup<Named>) -> Access {
        let actions = ("s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging");
        let version = input.version_id.as_deref();
        target
            .found()
            .map_or_else(|| Access::any(actions.0), |named| named.access(call, &input.key, version, actions))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Named,
        input: &DeleteObjectTaggingRequest,
    ) -> Result<DeleteObjectTaggingOutput> {
        let (scene, mut version) = target.require(&input.key, input.version_id.as_deref(), "DELETE")?;
        version.tags = Vec::new();
        objects::update(tx, &input.bucket, &version)?;
        ageing::touch(call, tx, &scene.bucket)?;
        event::tell(call, tx, &scene.bucket, What::Untagged, &version)?;
        Ok(DeleteObjectTaggingOutput { version_id: shown_version(&scene, &version) })
    }
}
