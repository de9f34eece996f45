//! UploadPartCopy.

use super::DATA;
use super::copy_object::{Journey, journey};
use super::upload_part::require_number;
use crate::checksums::{self, Checksum};
use crate::conditions::{self, Conditions};
use crate::uploads::{self, Part};
use crate::{bodies, encryption, errors};
use kage_api_s3::operations;
use kage_api_s3::types::{CopyPartResult, UploadPartCopyOutput, UploadPartCopyRequest};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::{OperationModel, Timestamp};

/// Makes a part of an object or of a range of it.
pub struct UploadPartCopy;

impl Operation for UploadPartCopy {
    type Input = UploadPartCopyRequest;
    type Output = UploadPartCopyOutput;
    type Target = Journey;
    const MODEL: &'static OperationModel = &operations::UPLOAD_PART_COPY;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &UploadPartCopyRequest) -> Result<Lookup<Journey>> {
        let to = (input.bucket.as_str(), input.expected_bucket_owner.as_deref());
        journey(call, tx, to, (&input.copy_source, input.expected_source_bucket_owner.as_deref()))
    }

    fn access(call: &Call<'_>, input: &UploadPartCopyRequest, target: &Lookup<Journey>) -> Access {
        let Some(journey) = target.found() else { return Access::any("s3:PutObject") };
        let write = journey
            .scene
            .object_access(call, "s3:PutObject", &input.key, None)
            .key("s3:x-amz-copy-source", input.copy_source.trim_start_matches('/'));
        journey.source_access(call).and(write)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Journey,
        input: &UploadPartCopyRequest,
    ) -> Result<UploadPartCopyOutput> {
        require_number(input.part_number)?;
        if input.sse_customer_key.is_some() || input.copy_source_sse_customer_key.is_some() {
            return Err(errors::not_implemented("x-amz-server-side-encryption-customer-algorithm"));
        }
        let upload = uploads::require(tx.reads(), &input.bucket, &input.key, &input.upload_id)?;
        let Journey { source, from, .. } = target;
        let (from_scene, old) = from.require(&source.key, source.version.as_deref(), "GET")?;
        Conditions {
            matches: input.copy_source_if_match.as_deref(),
            none_match: input.copy_source_if_none_match.as_deref(),
            modified_since: input.copy_source_if_modified_since,
            unmodified_since: input.copy_source_if_unmodified_since,
        }
        .judge_source(&old)?;
        old.require_readable(call.now)?;
        let (first, length) = range(input.copy_source_range.as_deref(), old.size)?;
        let digests = old.digests.clone().filter(|_| length == old.size);
        let checksum = match (upload.algorithm, &digests) {
            (Some(algorithm), Some(digests)) => Checksum::of(algorithm, digests),
            (None, Some(digests)) => Some(Checksum::of_crc64nvme(digests.crc64nvme)),
            (_, None) => None,
        };
        if upload.algorithm.is_some() && checksum.is_none() {
            return Err(errors::not_implemented(
                "x-amz-copy-source-range in an upload with a checksum algorithm",
            ));
        }
        let old_key = encryption::open(call, tx, &old.protection)?;
        let new_key = encryption::open(call, tx, &upload.protection)?;
        let mut pieces = Vec::new();
        for (piece, from, length) in bodies::cut(&old.pieces, first, length) {
            pieces.push(bodies::share(call, tx, piece, (&old_key, &new_key), (from, length))?);
        }
        let part = Part {
            number: input.part_number,
            modified: call.now.milliseconds(),
            size: length,
            etag: match (&digests, &upload.protection.kms) {
                (Some(digests), None) => hex::encode(digests.md5),
                _ => call.ids().hex(32),
            },
            pieces,
            digests,
            checksum,
        };
        uploads::put_part(tx, &upload, &part)?;
        let mut result = CopyPartResult {
            e_tag: Some(format!("\"{}\"", part.etag)),
            last_modified: Some(Timestamp(part.modified)),
            ..CopyPartResult::default()
        };
        checksums::show!(result, &part.checksum);
        Ok(UploadPartCopyOutput {
            copy_source_version_id: super::put_object::shown_version(&from_scene, &old),
            copy_part_result: Some(result),
            server_side_encryption: Some(upload.protection.algorithm()),
            ssekms_key_id: upload.protection.key_arn(),
            bucket_key_enabled: upload.protection.bucket_key(),
            ..UploadPartCopyOutput::default()
        })
    }

    in_words_of_s3!();
}

/// The bytes to copy. AWS: UploadPartCopy: the range is `bytes=first-last` and must lie in the source.
fn range(header: Option<&str>, size: u64) -> Result<(u64, u64)> {
    let Some(header) = header else { return Ok((0, size)) };
    let whole = header.strip_prefix("bytes=").and_then(|spec| spec.split_once('-'));
    let last = whole.and_then(|(_, last)| last.parse::<u64>().ok());
    let found = conditions::range(header, size).ok().flatten();
    match (found, last) {
        (Some(found), Some(last)) if last < size => Ok(found),
        (_, Some(_)) => {
            let text = format!("Range specified is not valid for source object of size: {size}");
            Err(errors::invalid_argument(text, "x-amz-copy-source-range", header))
        }
        _ => {
            let text = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy";
            Err(errors::invalid_argument(text, "x-amz-copy-source-range", header))
        }
    }
}
