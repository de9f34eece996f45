//! CreateMultipartUpload and AbortMultipartUpload.

use super::DATA;
use super::put_object::{about, asked_acl, ownership, refuse_lock, write_access};
use crate::checksums::Algorithm;
use crate::encryption::{self, asked_encryption};
use crate::scene::{self, Scene};
use crate::uploads::{self, Multipart};
use crate::{ageing, errors, names, tagging};
use kage_api_s3::operations;
use kage_api_s3::types::{
    AbortMultipartUploadOutput, AbortMultipartUploadRequest, CreateMultipartUploadOutput,
    CreateMultipartUploadRequest,
};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::OperationModel;

/// Begins an upload in parts.
pub struct CreateMultipartUpload;
/// Gives an upload up.
pub struct AbortMultipartUpload;

/// Whether the checksum is of the whole object.
/// AWS: S3 user guide, "Checking object integrity", "Full object and composite checksum types".
fn is_full(algorithm: Option<Algorithm>, kind: Option<&str>) -> Result<bool> {
    let refuse = |algorithm: Algorithm, kind: &str| {
        let text = format!(
            "The {kind} checksum type cannot be used with the {} checksum algorithm.",
            algorithm.name().to_lowercase()
        );
        Err(errors::invalid_request(text))
    };
    match (algorithm, kind) {
        (None, None) | (Some(Algorithm::Crc64Nvme), None | Some("FULL_OBJECT")) => Ok(true),
        (None, Some(_)) => Err(errors::invalid_request(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
        )),
        (Some(algorithm @ Algorithm::Crc64Nvme), Some(kind)) => refuse(algorithm, kind),
        (Some(algorithm), Some("FULL_OBJECT")) if algorithm.combines() => Ok(true),
        (Some(algorithm), Some(kind @ "FULL_OBJECT")) => refuse(algorithm, kind),
        (Some(_), _) => Ok(false),
    }
}

impl Operation for CreateMultipartUpload {
    type Input = CreateMultipartUploadRequest;
    type Output = CreateMultipartUploadOutput;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::CREATE_MULTIPART_UPLOAD;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &CreateMultipartUploadRequest) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(call: &Call<'_>, input: &CreateMultipartUploadRequest, target: &Lookup<Scene>) -> Access {
        let Some(scene) = target.found() else { return Access::any("s3:PutObject") };
        write_access!(call, scene, input)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scene: Scene,
        input: &CreateMultipartUploadRequest,
    ) -> Result<CreateMultipartUploadOutput> {
        refuse_lock!(input);
        names::require_key(&input.key)?;
        let about = about!(input);
        about.require_valid()?;
        let tags = tagging::from_header(input.tagging.as_deref())?;
        let algorithm = input.checksum_algorithm.as_deref().map(Algorithm::parse).transpose()?;
        let is_full = is_full(algorithm, input.checksum_type.as_deref())?;
        let (owner, grants) = ownership(call, tx, &scene, &asked_acl!(input), &input.key)?;
        let (protection, _) = encryption::protect(call, tx, &scene, &input.key, &asked_encryption!(input))?;
        let upload = Multipart {
            bucket: input.bucket.clone(),
            key: input.key.clone(),
            id: call.ids().token(64).replace(['+', '/'], "_"),
            initiated: call.now.milliseconds(),
            initiator: call.caller.arn.clone(),
            owner,
            grants,
            about,
            tags,
            protection,
            algorithm,
            is_full,
        };
        uploads::put(tx, &upload)?;
        ageing::touch(call, tx, &scene.bucket)?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(input.bucket.clone()),
            key: Some(input.key.clone()),
            server_side_encryption: Some(upload.protection.algorithm()),
            ssekms_key_id: upload.protection.key_arn(),
            ssekms_encryption_context: upload.protection.shown_context(),
            bucket_key_enabled: upload.protection.bucket_key(),
            checksum_algorithm: upload.algorithm.map(|algorithm| algorithm.name().to_owned()),
            checksum_type: upload.checksum_type(),
            upload_id: Some(upload.id),
            ..CreateMultipartUploadOutput::default()
        })
    }

    in_words_of_s3!();
}

impl Operation for AbortMultipartUpload {
    type Input = AbortMultipartUploadRequest;
    type Output = AbortMultipartUploadOutput;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::ABORT_MULTIPART_UPLOAD;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &AbortMultipartUploadRequest) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(call: &Call<'_>, input: &AbortMultipartUploadRequest, target: &Lookup<Scene>) -> Access {
        const ACTION: &str = "s3:AbortMultipartUpload";
        target
            .found()
            .map_or_else(|| Access::any(ACTION), |scene| scene.object_access(call, ACTION, &input.key, None))
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        _: Scene,
        input: &AbortMultipartUploadRequest,
    ) -> Result<AbortMultipartUploadOutput> {
        if input.if_match_initiated_time.is_some() {
            return Err(errors::not_implemented("x-amz-if-match-initiated-time"));
        }
        let upload = uploads::require(tx.reads(), &input.bucket, &input.key, &input.upload_id)?;
        uploads::discard(tx, &upload)?;
        Ok(AbortMultipartUploadOutput::default())
    }

    in_words_of_s3!();
}
