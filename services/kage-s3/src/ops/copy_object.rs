//! CopyObject.

use super::DATA;
use super::get_object::{Named, named};
use super::put_object::{
    Facts, about, access as write_access_of, asked_acl, draft, ownership, refuse_lock, shown_version,
};
use crate::checksums::{self, Algorithm, Checksum};
use crate::conditions::Conditions;
use crate::encryption::{self, asked_encryption};
use crate::event::{self, What};
use crate::names::{self, Source};
use crate::object::{About, Version};
use crate::scene::{self, Scene};
use crate::{bodies, conditions, errors, objects, tagging};
use kage_api_s3::operations;
use kage_api_s3::types::{CopyObjectOutput, CopyObjectRequest, CopyObjectResult};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::{OperationModel, Timestamp};

/// Copies an object of at most 5 GB.
pub struct CopyObject;

/// AWS: CopyObject: "up to 5 GB in size".
const MAX: u64 = 5 << 30;

/// From where to where a copy goes.
pub struct Journey {
    /// The destination's bucket.
    pub scene: Scene,
    /// The source as it is named.
    pub source: Source,
    /// The source.
    pub from: Named,
}

/// Finds source and destination of a copy.
///
/// # Errors
/// Those of naming.
pub fn journey(
    call: &Call<'_>,
    tx: &Tx,
    (bucket, owner): (&str, Option<&str>),
    (source, source_owner): (&str, Option<&str>),
) -> Result<Lookup<Journey>> {
    let scene = scene::find(call, tx, bucket, owner)?;
    let source = names::source(source)?;
    let from =
        named(call, tx, &source.bucket, source_owner, (&source.key, source.version.as_deref()))?.require()?;
    Ok(Lookup::Found(Journey { scene, source, from }))
}

impl Journey {
    /// Reading the source.
    pub fn source_access(&self, call: &Call<'_>) -> Access {
        let actions = ("s3:GetObject", "s3:GetObjectVersion");
        self.from.access(call, &self.source.key, self.source.version.as_deref(), actions)
    }
}

/// Gives every evaluation of a copy's write the keys that tell of the copy.
fn with_copy_keys(mut access: Access, input: &CopyObjectRequest) -> Access {
    for evaluation in &mut access.evaluations {
        let mut key = |name: &str, value: &str| {
            evaluation.keys.push((name.to_owned(), kage_core::KeyValue::One(value.to_owned())));
        };
        key("s3:x-amz-copy-source", input.copy_source.trim_start_matches('/'));
        if let Some(directive) = &input.metadata_directive {
            key("s3:x-amz-metadata-directive", directive);
        }
    }
    access
}

impl Operation for CopyObject {
    type Input = CopyObjectRequest;
    type Output = CopyObjectOutput;
    type Target = Journey;
    const MODEL: &'static OperationModel = &operations::COPY_OBJECT;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &CopyObjectRequest) -> Result<Lookup<Journey>> {
        let to = (input.bucket.as_str(), input.expected_bucket_owner.as_deref());
        journey(call, tx, to, (&input.copy_source, input.expected_source_bucket_owner.as_deref()))
    }

    fn access(call: &Call<'_>, input: &CopyObjectRequest, target: &Lookup<Journey>) -> Access {
        let Some(journey) = target.found() else { return Access::any("s3:GetObject") };
        let replaces_tags = input.tagging_directive.as_deref() == Some("REPLACE");
        let copied: String = match &journey.from.version {
            Some(version) if !replaces_tags => {
                let pair = |(key, value): &(String, String)| {
                    format!("{}={}", names::encode(key), names::encode(value))
                };
                version.tags.iter().map(pair).collect::<Vec<_>>().join("&")
            }
            _ => String::new(),
        };
        let facts = Facts {
            encryption: input.server_side_encryption.as_deref(),
            kms_key: input.ssekms_key_id.as_deref(),
            customer: input.sse_customer_algorithm.as_deref(),
            storage_class: input.storage_class.as_deref(),
            redirect: input.website_redirect_location.as_deref(),
            tagging: if replaces_tags { input.tagging.as_deref() } else { Some(copied.as_str()) },
        };
        let write = write_access_of(call, &journey.scene, &input.key, &asked_acl!(input), &facts);
        let mut access = journey.source_access(call);
        if !copied.is_empty() {
            let actions = ("s3:GetObjectTagging", "s3:GetObjectVersionTagging");
            let version = journey.source.version.as_deref();
            access = access.and(journey.from.access(call, &journey.source.key, version, actions));
        }
        access.and(with_copy_keys(write, input))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Journey,
        input: &CopyObjectRequest,
    ) -> Result<CopyObjectOutput> {
        refuse_lock!(input);
        names::require_key(&input.key)?;
        let Journey { scene, source, from } = target;
        let (from_scene, old) = from.require(&source.key, source.version.as_deref(), "GET")?;
        judge_source(input, &old)?;
        old.require_readable(call.now)?;
        if old.size > MAX {
            let text = format!(
                "The specified copy source is larger than the maximum allowable size for a copy source: {MAX}"
            );
            return Err(errors::invalid_request(text));
        }
        let about = new_about(input, &old);
        about.require_valid()?;
        require_change(input, &source)?;
        let newest = objects::newest(tx.reads(), &input.bucket, &input.key)?;
        conditions::judge_write(
            input.if_match.as_deref(),
            input.if_none_match.as_deref(),
            &input.key,
            newest.as_ref(),
        )?;
        let tags = match input.tagging_directive.as_deref() {
            Some("REPLACE") => tagging::from_header(input.tagging.as_deref())?,
            _ => old.tags.clone(),
        };
        let owned = ownership(call, tx, &scene, &asked_acl!(input), &input.key)?;
        let old_key = encryption::open(call, tx, &old.protection)?;
        let (protection, new_key) =
            encryption::protect(call, tx, &scene, &input.key, &asked_encryption!(input))?;
        let mut version = draft(call, &input.key, owned, about, tags, protection);
        version.checksum = new_checksum(input, &old)?;
        version.size = old.size;
        version.digests.clone_from(&old.digests);
        version.crc64nvme = old.crc64nvme;
        version.etag = match (&old.digests, &version.protection.kms) {
            (Some(digests), None) => hex::encode(digests.md5),
            _ => call.ids().hex(32),
        };
        for piece in &old.pieces {
            version.pieces.push(bodies::share(call, tx, piece, (&old_key, &new_key), (0, piece.length))?);
        }
        let version = objects::insert(call, tx, &scene.bucket, version)?;
        event::tell(call, tx, &scene.bucket, What::Copied, &version)?;
        let mut output = answer(&scene, &from_scene, &old, &version);
        output.expiration = super::get_object::expiry(tx, &input.bucket, &version, None)?;
        Ok(output)
    }

    in_words_of_s3!();
}

fn answer(scene: &Scene, from: &Scene, old: &Version, version: &Version) -> CopyObjectOutput {
    let mut result = CopyObjectResult {
        e_tag: Some(version.quoted_etag()),
        last_modified: Some(Timestamp(version.modified)),
        checksum_type: version.checksum.as_ref().map(Checksum::kind),
        ..CopyObjectResult::default()
    };
    checksums::show!(result, &version.checksum);
    CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: shown_version(from, old),
        version_id: shown_version(scene, version),
        server_side_encryption: Some(version.protection.algorithm()),
        ssekms_key_id: version.protection.key_arn(),
        ssekms_encryption_context: version.protection.shown_context(),
        bucket_key_enabled: version.protection.bucket_key(),
        ..CopyObjectOutput::default()
    }
}

fn judge_source(input: &CopyObjectRequest, old: &Version) -> Result<()> {
    if input.copy_source_sse_customer_key.is_some() {
        return Err(errors::not_implemented("x-amz-copy-source-server-side-encryption-customer-algorithm"));
    }
    if input.annotation_directive.is_some() {
        return Err(errors::not_implemented("x-amz-annotation-directive"));
    }
    Conditions {
        matches: input.copy_source_if_match.as_deref(),
        none_match: input.copy_source_if_none_match.as_deref(),
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    }
    .judge_source(old)
}

/// Metadata of the copy: the source's, unless they are replaced. The storage class and the redirect are never copied.
fn new_about(input: &CopyObjectRequest, old: &Version) -> About {
    let given = about!(input);
    if input.metadata_directive.as_deref() == Some("REPLACE") {
        return given;
    }
    About { storage_class: given.storage_class, redirect: given.redirect, ..old.about.clone() }
}

/// AWS: CopyObject: a copy onto itself must change something.
fn require_change(input: &CopyObjectRequest, source: &Source) -> Result<()> {
    let same = source.bucket == input.bucket && source.key == input.key && source.version.is_none();
    let changes = input.metadata_directive.as_deref() == Some("REPLACE")
        || input.storage_class.is_some()
        || input.website_redirect_location.is_some()
        || input.server_side_encryption.is_some()
        || input.checksum_algorithm.is_some()
        || input.tagging_directive.as_deref() == Some("REPLACE");
    if !same || changes {
        return Ok(());
    }
    Err(errors::invalid_request(
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    ))
}

/// The checksum of the copy: the one asked for, else the source's, else CRC-64/NVME where it is known.
fn new_checksum(input: &CopyObjectRequest, old: &Version) -> Result<Option<Checksum>> {
    let usual = || old.crc64nvme.map(Checksum::of_crc64nvme);
    let Some(name) = input.checksum_algorithm.as_deref() else {
        return Ok(old.checksum.clone().filter(|sum| sum.is_full).or_else(usual));
    };
    let algorithm = Algorithm::parse(name)?;
    let kept = old.checksum.clone().filter(|sum| sum.is_full && sum.algorithm == algorithm);
    let known = kept.or_else(|| old.digests.as_ref().and_then(|digests| Checksum::of(algorithm, digests)));
    let known = known.or_else(|| usual().filter(|_| algorithm == Algorithm::Crc64Nvme));
    known.map(Some).ok_or_else(|| {
        errors::not_implemented(&format!(
            "x-amz-checksum-algorithm: {name} for a copy whose bytes it was not computed of"
        ))
    })
}
