//! CompleteMultipartUpload.

use super::DATA;
use super::put_object::{draft, shown_version};
use crate::checksums::{self, Algorithm, Checksum};
use crate::event::{self, What};
use crate::object::{PartFact, Version};
use crate::scene::{self, Scene};
use crate::uploads::{self, Multipart, Part};
use crate::{conditions, errors, objects};
use kage_api_s3::operations;
use kage_api_s3::types::{CompleteMultipartUploadOutput, CompleteMultipartUploadRequest, CompletedPart};
use kage_core::{Access, Call, Error, Lookup, Operation, Recording, Result, Tx, UploadDigests};
use kage_schema::OperationModel;

/// Makes an object of the parts of an upload.
pub struct CompleteMultipartUpload;

/// AWS: S3 user guide, "Amazon S3 multipart upload limits": parts but the last have 5 MiB or more.
const PART_MIN: u64 = 5 << 20;

/// The parts that the client names, as they were uploaded.
fn chosen(all: Vec<Part>, named: &[CompletedPart]) -> Result<Vec<Part>> {
    let numbers: Vec<i32> = named.iter().map(|part| part.part_number.unwrap_or_default()).collect();
    if numbers.is_empty() {
        return Err(errors::malformed_xml());
    }
    if !numbers.is_sorted_by(|a, b| a < b) {
        let text = "The list of parts was not in ascending order. Parts must be ordered by part number.";
        return Err(Error::new("InvalidPartOrder", 400, text));
    }
    let mut all = all.into_iter();
    let mut out = Vec::with_capacity(named.len());
    for (given, number) in named.iter().zip(numbers) {
        let etag = given.e_tag.as_deref().unwrap_or_default().trim_matches('"');
        let claimed = checksums::values!(given);
        let fits = |part: &Part| {
            part.etag == etag
                && claimed.iter().all(|(name, value)| match (value, &part.checksum) {
                    (None, _) => true,
                    (Some(value), Some(sum)) => sum.algorithm.name() == *name && sum.value == **value,
                    (Some(_), None) => false,
                })
        };
        let found = all.find(|part| part.number == number).filter(fits).ok_or_else(|| {
            let text = "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
            Error::new("InvalidPart", 400, text).with("PartNumber", number.to_string()).with("ETag", etag)
        })?;
        out.push(found);
    }
    let but_last = out.len().saturating_sub(1);
    match out.iter().take(but_last).find(|part| part.size < PART_MIN) {
        None => Ok(out),
        Some(small) => Err(Error::new(
            "EntityTooSmall",
            400,
            "Your proposed upload is smaller than the minimum allowed size",
        )
        .with("ProposedSize", small.size.to_string())
        .with("MinSizeAllowed", PART_MIN.to_string())
        .with("PartNumber", small.number.to_string())
        .with("ETag", small.etag.clone())),
    }
}

/// The checksum of the whole, as the upload asked for it; and its CRC-64/NVME where it is known.
fn checksum(upload: &Multipart, parts: &[Part]) -> (Option<Checksum>, Option<u64>) {
    let known: Option<Vec<(&UploadDigests, u64)>> =
        parts.iter().map(|part| Some((part.digests.as_ref()?, part.size))).collect();
    let Some(known) = known else { return (None, None) };
    let crc64 = checksums::combined(Algorithm::Crc64Nvme, &known);
    let sum = match upload.algorithm {
        None => crc64.map(Checksum::of_crc64nvme),
        Some(algorithm) if upload.is_full => {
            checksums::combined(algorithm, &known).map(|crc| checksums::full(algorithm, crc))
        }
        Some(algorithm) => {
            let digests: Vec<&UploadDigests> = known.iter().map(|(digests, _)| *digests).collect();
            checksums::composite(algorithm, &digests)
        }
    };
    (sum, crc64)
}

/// Judges what the client claims of the whole.
fn require_claims(input: &CompleteMultipartUploadRequest, sum: Option<&Checksum>, size: u64) -> Result<()> {
    if input.mpu_object_size.is_some_and(|claimed| u64::try_from(claimed) != Ok(size)) {
        let text = format!(
            "The provided 'x-amz-mp-object-size' header value {} does not match what was computed: {size}",
            input.mpu_object_size.unwrap_or_default()
        );
        return Err(errors::invalid_request(text));
    }
    for (name, value) in checksums::values!(input) {
        let Some(value) = value else { continue };
        let algorithm = Algorithm::parse(name)?;
        if sum.is_none_or(|sum| sum.algorithm != algorithm || sum.value != value) {
            let text = format!("The {name} you specified did not match the calculated checksum.");
            return Err(errors::bad_digest(text));
        }
    }
    Ok(())
}

impl Operation for CompleteMultipartUpload {
    type Input = CompleteMultipartUploadRequest;
    type Output = CompleteMultipartUploadOutput;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::COMPLETE_MULTIPART_UPLOAD;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &CompleteMultipartUploadRequest) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(call: &Call<'_>, input: &CompleteMultipartUploadRequest, target: &Lookup<Scene>) -> Access {
        let Some(scene) = target.found() else { return Access::any("s3:PutObject") };
        scene
            .object_access(call, "s3:PutObject", &input.key, None)
            .key_if("s3:if-none-match", call.header("if-none-match"))
            .key_if("s3:if-match", call.header("if-match"))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scene: Scene,
        input: &CompleteMultipartUploadRequest,
    ) -> Result<CompleteMultipartUploadOutput> {
        let upload = uploads::require(tx.reads(), &input.bucket, &input.key, &input.upload_id)?;
        let newest = objects::newest(tx.reads(), &input.bucket, &input.key)?;
        conditions::judge_write(
            input.if_match.as_deref(),
            input.if_none_match.as_deref(),
            &input.key,
            newest.as_ref(),
        )?;
        let named =
            input.multipart_upload.as_ref().and_then(|list| list.parts.as_deref()).unwrap_or_default();
        let parts = chosen(uploads::parts(tx.reads(), &upload)?, named)?;
        let (sum, crc64nvme) = checksum(&upload, &parts);
        let size = parts.iter().map(|part| part.size).sum();
        require_claims(input, sum.as_ref(), size)?;
        let kept: Vec<i32> = parts.iter().map(|part| part.number).collect();
        uploads::close(tx, &upload, &kept)?;
        let version = assemble(call, upload, parts, sum, crc64nvme);
        let version = objects::insert(call, tx, &scene.bucket, version)?;
        event::tell(call, tx, &scene.bucket, What::Completed, &version)?;
        let mut output = CompleteMultipartUploadOutput {
            location: Some(format!(
                "https://{}.s3.{}.amazonaws.com/{}",
                input.bucket,
                scene.bucket.region,
                crate::names::encode(&input.key).replace('/', "%2F")
            )),
            bucket: Some(input.bucket.clone()),
            key: Some(input.key.clone()),
            expiration: super::get_object::expiry(tx, &input.bucket, &version, None)?,
            e_tag: Some(version.quoted_etag()),
            checksum_type: version.checksum.as_ref().map(Checksum::kind),
            server_side_encryption: Some(version.protection.algorithm()),
            version_id: shown_version(&scene, &version),
            ssekms_key_id: version.protection.key_arn(),
            bucket_key_enabled: version.protection.bucket_key(),
            ..CompleteMultipartUploadOutput::default()
        };
        checksums::show!(output, &version.checksum);
        Ok(output)
    }

    in_words_of_s3!();
}

fn assemble(
    call: &Call<'_>,
    upload: Multipart,
    parts: Vec<Part>,
    checksum: Option<Checksum>,
    crc64nvme: Option<u64>,
) -> Version {
    let md5s: Vec<Vec<u8>> = parts
        .iter()
        .map(|part| hex::decode(&part.etag).unwrap_or_else(|_| part.etag.clone().into_bytes()))
        .collect();
    let owned = (upload.owner, upload.grants);
    let mut version = draft(call, &upload.key, owned, upload.about, upload.tags, upload.protection);
    version.size = parts.iter().map(|part| part.size).sum();
    version.etag = checksums::etag_of_parts(&md5s);
    version.checksum = checksum;
    version.crc64nvme = crc64nvme;
    for part in parts {
        version.parts.push(PartFact { number: part.number, size: part.size, checksum: part.checksum });
        version.pieces.extend(part.pieces);
    }
    version
}
