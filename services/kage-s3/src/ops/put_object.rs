//! PutObject, and how any new object comes to be.

use super::DATA;
use crate::acl::{self, Grant};
use crate::bucket::Ownership;
use crate::encryption::{self, Protection, asked_encryption};
use crate::event::{self, What};
use crate::object::{About, Version};
use crate::scene::{self, Scene};
use crate::{bodies, checksums, conditions, errors, names, objects, tagging};
use kage_api_s3::operations;
use kage_api_s3::types::{PutObjectOutput, PutObjectRequest};
use kage_core::{Access, Call, Content, Lookup, Operation, Recording, Result, Tx, Upload, UploadDigests};
use kage_schema::{Blob, Body, OperationModel};
use md5::Digest as _;
use std::sync::Arc;

/// Writes an object.
pub struct PutObject;

/// The ACL that a write asks for.
macro_rules! asked_acl {
    ($input:expr) => {
        $crate::acl::Asked {
            canned: $input.acl.as_deref(),
            full_control: $input.grant_full_control.as_deref(),
            read: $input.grant_read.as_deref(),
            read_acp: $input.grant_read_acp.as_deref(),
            write: None,
            write_acp: $input.grant_write_acp.as_deref(),
        }
    };
}

/// Headers and metadata of a write.
macro_rules! about {
    ($input:expr) => {
        $crate::object::About {
            cache_control: $input.cache_control.clone(),
            content_disposition: $input.content_disposition.clone(),
            content_encoding: $crate::ops::put_object::content_encoding($input.content_encoding.as_deref()),
            content_language: $input.content_language.clone(),
            content_type: $input.content_type.clone(),
            expires: $input.expires.clone(),
            redirect: $input.website_redirect_location.clone(),
            metadata: $input.metadata.clone().unwrap_or_default(),
            storage_class: $input.storage_class.clone().unwrap_or_else(|| "STANDARD".to_owned()),
        }
    };
}

/// Refuses object lock, which is not modelled.
macro_rules! refuse_lock {
    ($input:expr) => {
        if $input.object_lock_mode.is_some() || $input.object_lock_retain_until_date.is_some() {
            return Err($crate::errors::not_implemented("x-amz-object-lock-mode"));
        }
        if $input.object_lock_legal_hold_status.is_some() || $input.object_lock_event_hold.is_some() {
            return Err($crate::errors::not_implemented("x-amz-object-lock-legal-hold"));
        }
    };
}

/// What a write asks permission for: the write itself with its condition keys, tags, ACL.
macro_rules! write_access {
    ($call:expr, $scene:expr, $input:expr) => {{
        let asked = $crate::ops::put_object::asked_acl!($input);
        let facts = $crate::ops::put_object::Facts {
            encryption: $input.server_side_encryption.as_deref(),
            kms_key: $input.ssekms_key_id.as_deref(),
            customer: $input.sse_customer_algorithm.as_deref(),
            storage_class: $input.storage_class.as_deref(),
            redirect: $input.website_redirect_location.as_deref(),
            tagging: $input.tagging.as_deref(),
        };
        $crate::ops::put_object::access($call, $scene, &$input.key, &asked, &facts)
    }};
}

pub(crate) use {about, asked_acl, refuse_lock, write_access};

/// Facts of a write that condition keys speak of.
pub struct Facts<'a> {
    /// `x-amz-server-side-encryption`.
    pub encryption: Option<&'a str>,
    /// `x-amz-server-side-encryption-aws-kms-key-id`.
    pub kms_key: Option<&'a str>,
    /// `x-amz-server-side-encryption-customer-algorithm`.
    pub customer: Option<&'a str>,
    /// `x-amz-storage-class`.
    pub storage_class: Option<&'a str>,
    /// `x-amz-website-redirect-location`.
    pub redirect: Option<&'a str>,
    /// `x-amz-tagging`.
    pub tagging: Option<&'a str>,
}

/// What a write asks permission for (rules 1 and 158).
pub fn access(
    call: &Call<'_>,
    scene: &Scene,
    key: &str,
    asked: &acl::Asked<'_>,
    facts: &Facts<'_>,
) -> Access {
    let tags = tagging::from_header(facts.tagging).unwrap_or_default();
    let to = |action: &str| {
        let access = scene
            .object_access(call, action, key, None)
            .key_if("s3:x-amz-acl", asked.canned)
            .key_if("s3:x-amz-server-side-encryption", facts.encryption)
            .key_if("s3:x-amz-server-side-encryption-aws-kms-key-id", facts.kms_key)
            .key_if("s3:x-amz-server-side-encryption-customer-algorithm", facts.customer)
            .key_if("s3:x-amz-storage-class", facts.storage_class)
            .key_if("s3:x-amz-website-redirect-location", facts.redirect)
            .key_if("s3:if-none-match", call.header("if-none-match"))
            .key_if("s3:if-match", call.header("if-match"))
            .keys("s3:RequestObjectTagKeys", tags.iter().map(|(key, _)| key.as_str()));
        let headers = asked.headers();
        let access = headers
            .into_iter()
            .fold(access, |access, (name, value)| access.key_if(&format!("s3:x-amz-grant-{name}"), value));
        tags.iter()
            .fold(access, |access, (key, value)| access.key(format!("s3:RequestObjectTag/{key}"), value))
    };
    let mut access = to("s3:PutObject");
    if !tags.is_empty() {
        access = access.and(to("s3:PutObjectTagging"));
    }
    // `bucket-owner-full-control` gives nothing away; AWS's own bucket policies for log delivery grant s3:PutObject alone
    // for it (CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail").
    if !asked.is_empty() && !asked.is_bucket_owner_full_control() {
        access = access.and(to("s3:PutObjectAcl"));
    }
    access
}

/// `aws-chunked` says how the body travelled and is not kept.
/// AWS: S3 API reference, "Signature calculations for the authorization header: chunked uploads".
pub fn content_encoding(header: Option<&str>) -> Option<String> {
    let kept: Vec<&str> =
        header?.split(',').map(str::trim).filter(|one| !one.eq_ignore_ascii_case("aws-chunked")).collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

/// The uploaded body.
pub fn upload(body: &Body) -> Arc<Upload> {
    body.attached::<Upload>().unwrap_or_else(|| {
        let bytes = body.bytes().unwrap_or_default();
        let mut digests = UploadDigests { md5: md5::Md5::digest(bytes).into(), ..UploadDigests::default() };
        let sha256 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
        digests.sha256.copy_from_slice(sha256.as_ref());
        digests.crc32 =
            u32::try_from(crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32IsoHdlc, bytes)).unwrap_or(0);
        digests.crc32c =
            u32::try_from(crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, bytes)).unwrap_or(0);
        digests.crc64nvme = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, bytes);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Arc::new(Upload {
            content: Content::Inline(Blob::from(bytes)),
            length,
            digests,
            trailers: Vec::new(),
        })
    })
}

/// Who owns a new object, and its ACL (rule 146). Unsigned writers and services own nothing.
pub fn ownership(
    call: &Call<'_>,
    tx: &Tx,
    scene: &Scene,
    asked: &acl::Asked<'_>,
    key: &str,
) -> Result<(String, Vec<Grant>)> {
    let writer = scene.caller_id.as_deref();
    let keeps = scene.bucket.has_acls()
        && !(scene.bucket.ownership == Some(Ownership::BucketOwnerPreferred)
            && asked.is_bucket_owner_full_control());
    let (owner, owner_id) = match writer {
        Some(id) if keeps => (call.caller.account.as_str(), id),
        _ => (scene.bucket.owner.as_str(), scene.owner_id.as_str()),
    };
    // Without ACLs the only list that is accepted says nothing new.
    if !scene.bucket.has_acls() && !asked.is_empty() && !asked.is_bucket_owner_full_control() {
        return Err(errors::no_access_control_lists());
    }
    let grants = asked.grants(tx.reads(), owner_id, &scene.owner_id)?;
    let arn = names::object_arn(&scene.bucket.name, key);
    scene.require_acl(call, asked, &grants, "s3:PutObjectAcl", &arn)?;
    acl::require_size(&grants)?;
    Ok((owner.to_owned(), grants))
}

/// A new object without content yet.
pub fn draft(
    call: &Call<'_>,
    key: &str,
    (owner, grants): (String, Vec<Grant>),
    about: About,
    tags: Vec<(String, String)>,
    protection: Protection,
) -> Version {
    Version {
        key: key.to_owned(),
        id: String::new(),
        sequence: 0,
        modified: call.now.milliseconds(),
        is_marker: false,
        owner,
        size: 0,
        etag: String::new(),
        pieces: Vec::new(),
        parts: Vec::new(),
        digests: None,
        crc64nvme: None,
        checksum: None,
        about,
        tags,
        grants,
        protection,
        restored: None,
    }
}

/// The id of a version as answers show it: buckets that never had versioning show none.
pub fn shown_version(scene: &Scene, version: &Version) -> Option<String> {
    (scene.bucket.versioning != crate::bucket::Versioning::Never).then(|| version.id.clone())
}

impl Operation for PutObject {
    type Input = PutObjectRequest;
    type Output = PutObjectOutput;
    type Target = Scene;
    const MODEL: &'static OperationModel = &operations::PUT_OBJECT;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &PutObjectRequest) -> Result<Lookup<Scene>> {
        scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
    }

    fn access(call: &Call<'_>, input: &PutObjectRequest, target: &Lookup<Scene>) -> Access {
        let Some(scene) = target.found() else { return Access::any("s3:PutObject") };
        let access = write_access!(call, scene, input);
        // AWS: PutObject, If-Match: needs s3:GetObject as well.
        if input.if_match.is_some() {
            return access.and(scene.object_access(call, "s3:GetObject", &input.key, None));
        }
        access
    }

    fn run(call: &Call<'_>, tx: &mut Tx, scene: Scene, input: &PutObjectRequest) -> Result<PutObjectOutput> {
        refuse_lock!(input);
        if input.write_offset_bytes.is_some() {
            return Err(errors::not_implemented("x-amz-write-offset-bytes"));
        }
        names::require_key(&input.key)?;
        let about = about!(input);
        about.require_valid()?;
        let tags = tagging::from_header(input.tagging.as_deref())?;
        let newest = objects::newest(tx.reads(), &input.bucket, &input.key)?;
        conditions::judge_write(
            input.if_match.as_deref(),
            input.if_none_match.as_deref(),
            &input.key,
            newest.as_ref(),
        )?;
        let upload = upload(&input.body);
        let claimed = checksums::verify(call, &checksums::claims!(input), &upload)?;
        let owned = ownership(call, tx, &scene, &asked_acl!(input), &input.key)?;
        let (protection, key) = encryption::protect(call, tx, &scene, &input.key, &asked_encryption!(input))?;
        let mut version = draft(call, &input.key, owned, about, tags, protection);
        version.size = upload.length;
        version.etag = etag(call, &version.protection, &upload.digests);
        version.pieces = vec![bodies::keep(call, tx, &upload, &key)?];
        version.crc64nvme = Some(upload.digests.crc64nvme);
        // AWS: S3 user guide, "Checking object integrity": without a checksum S3 computes CRC-64/NVME.
        version.checksum =
            claimed.or_else(|| Some(checksums::Checksum::of_crc64nvme(upload.digests.crc64nvme)));
        version.digests = Some(upload.digests.clone());
        let version = objects::insert(call, tx, &scene.bucket, version)?;
        let is_form = call.origin.authentication == Some("POST");
        event::tell(call, tx, &scene.bucket, if is_form { What::Posted } else { What::Put }, &version)?;
        let mut output = PutObjectOutput {
            e_tag: Some(version.quoted_etag()),
            expiration: super::get_object::expiry(tx, &input.bucket, &version, None)?,
            checksum_type: version.checksum.as_ref().map(checksums::Checksum::kind),
            server_side_encryption: Some(version.protection.algorithm()),
            version_id: shown_version(&scene, &version),
            ssekms_key_id: version.protection.key_arn(),
            ssekms_encryption_context: version.protection.shown_context(),
            bucket_key_enabled: version.protection.bucket_key(),
            ..PutObjectOutput::default()
        };
        checksums::show!(output, &version.checksum);
        Ok(output)
    }

    in_words_of_s3!();
}

/// The entity tag of an object that came in one piece. AWS: S3 API reference, Object, `ETag`: under SSE-KMS it is no MD5.
pub fn etag(call: &Call<'_>, protection: &Protection, digests: &UploadDigests) -> String {
    if protection.kms.is_some() { call.ids().hex(32) } else { hex::encode(digests.md5) }
}
