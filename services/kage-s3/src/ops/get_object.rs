//! GetObject and HeadObject.

use super::DATA;
use crate::conditions::{self, Conditions};
use crate::object::Version;
use crate::scene::{self, Scene};
use crate::{ageing, bodies, checksums, encryption, errors, lifecycle, objects, view};
use kage_api_s3::operations;
use kage_api_s3::types::{GetObjectOutput, GetObjectRequest, HeadObjectOutput, HeadObjectRequest};
use kage_core::{Access, Call, Download, Lookup, Operation, Recording, Result, Tx};
use kage_schema::{Body, OperationModel, Timestamp};
use std::sync::Arc;

/// Reads an object.
pub struct GetObject;
/// Reads what is known of an object.
pub struct HeadObject;

/// An object that a call names, which may not be there.
pub struct Named {
    /// The bucket.
    pub scene: Scene,
    /// The version.
    pub version: Option<Version>,
}

/// Finds the object that a call names.
///
/// # Errors
/// Those of [`scene::find`].
pub fn named(
    call: &Call<'_>,
    tx: &Tx,
    bucket: &str,
    owner: Option<&str>,
    (key, version): (&str, Option<&str>),
) -> Result<Lookup<Named>> {
    let scene = scene::find(call, tx, bucket, owner)?;
    let version = match version {
        Some(id) => objects::find(tx.reads(), bucket, key, id)?,
        None => objects::newest(tx.reads(), bucket, key)?,
    };
    Ok(Lookup::Found(Named { scene, version }))
}

impl Named {
    /// Access to the object by the action without or with a version (rule 7). Who may not list the bucket is not told
    /// that a key is missing.
    pub fn access(&self, call: &Call<'_>, key: &str, version: Option<&str>, actions: (&str, &str)) -> Access {
        let action = if version.is_some() { actions.1 } else { actions.0 };
        let object = self.version.as_ref().filter(|version| !version.is_marker);
        let access = self.scene.object_access(call, action, key, object).key_if("s3:VersionId", version);
        match object {
            Some(_) => access,
            None => access.and(self.scene.bucket_access(call, "s3:ListBucket")),
        }
    }

    /// The object.
    ///
    /// # Errors
    /// `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker named by its id.
    pub fn require(self, key: &str, version: Option<&str>, method: &'static str) -> Result<(Scene, Version)> {
        match (self.version, version) {
            (Some(found), Some(_)) if found.is_marker => Err(errors::method_not_allowed(method, &found)),
            (Some(found), _) if !found.is_marker => Ok((self.scene, found)),
            (Some(marker), None) => Err(errors::deleted(key, &marker)),
            (None, Some(id)) => Err(errors::no_such_version(key, id)),
            _ => Err(errors::no_such_key(key)),
        }
    }
}

/// The bytes that are asked for: first byte, length, and `Content-Range` when it is a part.
struct Wanted {
    from: u64,
    length: u64,
    range: Option<String>,
    parts: Option<i32>,
    /// Whether the checksum is of these bytes.
    whole: bool,
}

fn wanted(version: &Version, range: Option<&str>, part: Option<i32>) -> Result<Wanted> {
    let shown = |from: u64, length: u64| {
        (length > 0).then(|| {
            format!("bytes {from}-{}/{}", from.saturating_add(length).saturating_sub(1), version.size)
        })
    };
    let whole = Wanted { from: 0, length: version.size, range: None, parts: None, whole: true };
    match (range, part) {
        (Some(_), Some(_)) => {
            Err(errors::invalid_request("Cannot specify both Range header and partNumber query parameter"))
        }
        (None, None) => Ok(whole),
        (Some(header), None) => Ok(match conditions::range(header, version.size)? {
            Some((from, length)) => {
                let all = length == version.size;
                Wanted { from, length, range: shown(from, length), parts: None, whole: all }
            }
            None => whole,
        }),
        (None, Some(number)) => {
            let sizes: Vec<u64> = match version.parts.is_empty() {
                true => vec![version.size],
                false => version.parts.iter().map(|part| part.size).collect(),
            };
            let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            let Some(length) = place.and_then(|place| sizes.get(place)).copied() else {
                let text = "The requested partnumber is not satisfiable";
                return Err(kage_core::Error::new("InvalidPartNumber", 416, text)
                    .with("PartNumberRequested", number.to_string())
                    .with("ActualPartCount", sizes.len().to_string()));
            };
            let from = sizes.iter().take(place.unwrap_or_default()).sum();
            let parts = (!version.parts.is_empty()).then(|| i32::try_from(sizes.len()).unwrap_or(i32::MAX));
            Ok(Wanted { from, length, range: shown(from, length), parts, whole: version.parts.is_empty() })
        }
    }
}

/// Fills the members that GetObject and HeadObject share.
macro_rules! shown {
    ($output:ident, $input:expr, $scene:expr, $version:expr, $wanted:expr) => {{
        let (version, wanted) = ($version, $wanted);
        let about = &version.about;
        $output {
            accept_ranges: Some("bytes".to_owned()),
            last_modified: Some(Timestamp(version.modified).whole_seconds()),
            content_length: Some(view::size(wanted.length)),
            content_range: wanted.range.clone(),
            e_tag: Some(version.quoted_etag()),
            version_id: super::put_object::shown_version($scene, version),
            cache_control: $input.response_cache_control.clone().or_else(|| about.cache_control.clone()),
            content_disposition: $input
                .response_content_disposition
                .clone()
                .or_else(|| about.content_disposition.clone()),
            content_encoding: $input
                .response_content_encoding
                .clone()
                .or_else(|| about.content_encoding.clone()),
            content_language: $input
                .response_content_language
                .clone()
                .or_else(|| about.content_language.clone()),
            // AWS: S3 API reference, PutObject: objects without a type are binary/octet-stream.
            content_type: $input
                .response_content_type
                .clone()
                .or_else(|| about.content_type.clone())
                .or_else(|| Some("binary/octet-stream".to_owned())),
            expires: $input.response_expires.map(Timestamp::rfc822).or_else(|| about.expires.clone()),
            website_redirect_location: about.redirect.clone(),
            server_side_encryption: Some(version.protection.algorithm()),
            metadata: Some(about.metadata.clone()),
            ssekms_key_id: version.protection.key_arn(),
            bucket_key_enabled: version.protection.bucket_key(),
            storage_class: about.shown_class(),
            parts_count: wanted.parts,
            tag_count: i32::try_from(version.tags.len()).ok().filter(|count| *count > 0),
            ..$output::default()
        }
    }};
}

/// When the lifecycle rules will make the current version expire.
pub fn expiry(tx: &Tx, bucket: &str, version: &Version, named: Option<&str>) -> Result<Option<String>> {
    if named.is_some() {
        return Ok(None);
    }
    let lifecycle = ageing::find(tx.reads(), bucket)?;
    Ok(lifecycle.and_then(|lifecycle| lifecycle::expiry(&lifecycle, version)))
}

/// What both operations refuse.
macro_rules! judge {
    ($call:expr, $input:expr, $scene:expr, $version:expr) => {
        if $input.sse_customer_key.is_some() {
            return Err(errors::invalid_request(
                "The encryption parameters are not applicable to this object.",
            ));
        }
        let overrides = [
            &$input.response_cache_control,
            &$input.response_content_disposition,
            &$input.response_content_encoding,
            &$input.response_content_language,
            &$input.response_content_type,
        ];
        // AWS: GetObject, "Overriding response header values": signed requests only.
        if $call.caller.is_anonymous() && overrides.iter().any(|value| value.is_some()) {
            return Err(errors::invalid_request(
                "Request specific response headers cannot be used for anonymous GET requests.",
            ));
        }
        Conditions {
            matches: $input.if_match.as_deref(),
            none_match: $input.if_none_match.as_deref(),
            modified_since: $input.if_modified_since,
            unmodified_since: $input.if_unmodified_since,
        }
        .judge($version)?;
    };
}

impl Operation for GetObject {
    type Input = GetObjectRequest;
    type Output = GetObjectOutput;
    type Target = Named;
    const MODEL: &'static OperationModel = &operations::GET_OBJECT;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &GetObjectRequest) -> Result<Lookup<Named>> {
        let owner = input.expected_bucket_owner.as_deref();
        named(call, tx, &input.bucket, owner, (&input.key, input.version_id.as_deref()))
    }

    fn access(call: &Call<'_>, input: &GetObjectRequest, target: &Lookup<Named>) -> Access {
        let actions = ("s3:GetObject", "s3:GetObjectVersion");
        let version = input.version_id.as_deref();
        target
            .found()
            .map_or_else(|| Access::any(actions.0), |named| named.access(call, &input.key, version, actions))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Named, input: &GetObjectRequest) -> Result<GetObjectOutput> {
        let (scene, version) = target.require(&input.key, input.version_id.as_deref(), "GET")?;
        judge!(call, input, &scene, &version);
        version.require_readable(call.now)?;
        let wanted = wanted(&version, input.range.as_deref(), input.part_number)?;
        let key = encryption::open(call, tx, &version.protection)?;
        let sources = bodies::sources(&version.pieces, &key, wanted.from, wanted.length)?;
        let mut output = shown!(GetObjectOutput, input, &scene, &version, &wanted);
        output.restore = version.shown_restore(call.now);
        output.expiration = expiry(tx, &input.bucket, &version, input.version_id.as_deref())?;
        output.body = Body::Attached(Arc::new(Download { sources }));
        if input.checksum_mode.is_some() && wanted.whole {
            output.checksum_type = version.checksum.as_ref().map(checksums::Checksum::kind);
            checksums::show!(output, &version.checksum);
        }
        Ok(output)
    }

    in_words_of_s3!();
}

impl Operation for HeadObject {
    type Input = HeadObjectRequest;
    type Output = HeadObjectOutput;
    type Target = Named;
    const MODEL: &'static OperationModel = &operations::HEAD_OBJECT;
    const RECORDING: Recording = DATA;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &HeadObjectRequest) -> Result<Lookup<Named>> {
        let owner = input.expected_bucket_owner.as_deref();
        named(call, tx, &input.bucket, owner, (&input.key, input.version_id.as_deref()))
    }

    fn access(call: &Call<'_>, input: &HeadObjectRequest, target: &Lookup<Named>) -> Access {
        let actions = ("s3:GetObject", "s3:GetObjectVersion");
        let version = input.version_id.as_deref();
        target
            .found()
            .map_or_else(|| Access::any(actions.0), |named| named.access(call, &input.key, version, actions))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Named,
        input: &HeadObjectRequest,
    ) -> Result<HeadObjectOutput> {
        let (scene, version) = target.require(&input.key, input.version_id.as_deref(), "HEAD")?;
        judge!(call, input, &scene, &version);
        let wanted = wanted(&version, input.range.as_deref(), input.part_number)?;
        // AWS: HeadObject: with SSE-KMS, kms:Decrypt is needed when the checksum is asked for.
        if input.checksum_mode.is_some() {
            encryption::open(call, tx, &version.protection)?;
        }
        let mut output = shown!(HeadObjectOutput, input, &scene, &version, &wanted);
        output.restore = version.shown_restore(call.now);
        output.expiration = expiry(tx, &input.bucket, &version, input.version_id.as_deref())?;
        if input.checksum_mode.is_some() && wanted.whole {
            output.checksum_type = version.checksum.as_ref().map(checksums::Checksum::kind);
            checksums::show!(output, &version.checksum);
        }
        Ok(output)
    }

    in_words_of_s3!();
}
