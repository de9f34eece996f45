//! UploadPart.

use super::DATA;
use super::put_object::upload as body_of;
use crate::checksums::{self, Checksum};
use crate::scene::{self, Scene};
use crate::uploads::{self, Multipart, Part};
use crate::{bodies, encryption, errors};
use kage_api_s3::operations;
use kage_api_s3::types::{UploadPartOutput, UploadPartRequest};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::OperationModel;

/// Uploads a part.
pub struct UploadPart;

/// Refuses numbers that no part may have.
///
/// # Errors
/// `InvalidArgument`.
pub fn require_number(number: i32) -> Result<()> {
    if (1..=10_000).contains(&number) {
        return Ok(());
    }
    let text = "Part number must be an integer between 1 and 10000, inclusive";
    Err(errors::invalid_argument(text, "partNumber", number.to_string()))
}

/// The checksum that is kept of a part: the claimed one, or the one that the upload asked for.
///
/// # Errors
/// `InvalidRequest` when another algorithm is claimed than the upload asked for.
fn kept_checksum(
    upload: &Multipart,
    claimed: Option<Checksum>,
    digests: &kage_core::UploadDigests,
) -> Result<Option<Checksum>> {
    match (upload.algorithm, claimed) {
        (Some(asked), Some(claimed)) if claimed.algorithm != asked => {
            let text = format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                asked.name().to_lowercase(),
                claimed.algorithm.name().to_lowercase()
            );
            Err(errors::invalid_request(text))
        }
        (_, Some(claimed)) => Ok(Some(claimed)),
        (Some(asked), None) => Ok(Checksum::of(asked, digests)),
        (None, None) => Ok(Some(Checksum::of_crc64nvme(digests.crc64nvme))),
    }
}

impl Operation for UploadPart {
    type Input = UploadPartRequest;
    type Output = UploadPartOutput;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::UPLOAD_PART;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &UploadPartRequest) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(call: &Call<'_>, input: &UploadPartRequest, target: &Lookup<Scene>) -> Access {
        const ACTION: &str = "s3:PutObject";
        target
            .found()
            .map_or_else(|| Access::any(ACTION), |scene| scene.object_access(call, ACTION, &input.key, None))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scene: Scene,
        input: &UploadPartRequest,
    ) -> Result<UploadPartOutput> {
        require_number(input.part_number)?;
        encryption::require_no_customer_key(&scene.bucket.encryption, input.sse_customer_key.is_some())?;
        let upload = uploads::require(tx.reads(), &input.bucket, &input.key, &input.upload_id)?;
        let body = body_of(&input.body);
        let claimed = checksums::verify(call, &checksums::claims!(input), &body)?;
        let checksum = kept_checksum(&upload, claimed, &body.digests)?;
        let key = encryption::open(call, tx, &upload.protection)?;
        let part = Part {
            number: input.part_number,
            modified: call.now.milliseconds(),
            size: body.length,
            etag: super::put_object::etag(call, &upload.protection, &body.digests),
            pieces: vec![bodies::keep(call, tx, &body, &key)?],
            digests: Some(body.digests.clone()),
            checksum,
        };
        uploads::put_part(tx, &upload, &part)?;
        let mut output = UploadPartOutput {
            server_side_encryption: Some(upload.protection.algorithm()),
            e_tag: Some(format!("\"{}\"", part.etag)),
            ssekms_key_id: upload.protection.key_arn(),
            bucket_key_enabled: upload.protection.bucket_key(),
            ..UploadPartOutput::default()
        };
        checksums::show!(output, &part.checksum);
        Ok(output)
    }

    in_words_of_s3!();
}
