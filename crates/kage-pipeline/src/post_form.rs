//! Browser uploads to S3: a form with a policy becomes a PutObject, and its answer is worded for a browser.
//!
//! AWS: S3 API reference, "POST Object" and "Browser-based uploads using POST (AWS Signature Version 4)"; that the call is a
//! PutObject for policies and records: S3 user guide, "Required permissions for Amazon S3 API operations".

use crate::authenticate::{self, Identified};
use crate::call::Arrived;
use crate::form_data::{FIELDS_MAX, FormError, FormReader, Found};
use crate::ingest::Ingest;
use crate::intake::{self, STREAMED_MAX, Stop};
use crate::pipeline::Pipeline;
use crate::post_answer::Success;
use crate::receive::Head;
use crate::route::Routed;
use kage_core::{Caller, Error, Origin};
use kage_schema::{Body, Problems, Protocol, View};
use kage_sigv4::{Algorithm, AsymmetricKey, AuthError, KeyMaterial, PostClaim, PostPolicy, PostUpload};
use std::sync::Arc;

/// A form that is being received.
pub struct PostForm {
    bucket: String,
    reader: FormReader,
    /// The fields before the file, variables still in them.
    fields: Vec<(String, String)>,
    file: Option<File>,
    /// `Content-Length`, to tell the size of what is refused for its size.
    announced: Option<u64>,
}

/// The file, once it began: the form has been proven by then.
struct File {
    ingest: Ingest,
    identified: Identified,
    policy: Option<PostPolicy>,
    /// The fields with their variables replaced.
    fields: Vec<(String, String)>,
    key: String,
}

/// Whether this is a form for the bucket that `path` names, and for which. `path` is in path form.
///
/// # Errors
/// The refusal of a POST to a bucket that is no form.
pub fn bucket_of(head: &Head, path: &str) -> Result<Option<String>, Error> {
    let name = path.trim_start_matches('/').trim_end_matches('/');
    if head.method != "POST" || name.is_empty() || name.contains('/') || !head.query.is_empty() {
        return Ok(None);
    }
    let kind = head.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if !kind.starts_with("multipart/form-data") {
        // versitygw, `tests/integration/PostObject.go`, as S3 answers.
        let text = "At least one of the pre-conditions you specified did not hold";
        let condition = "Bucket POST must be of the enclosure-type multipart/form-data";
        return Err(Error::new("PreconditionFailed", 412, text).with("Condition", condition));
    }
    Ok(Some(crate::receive::decode(&name.replace('+', "%2B"))))
}

impl PostForm {
    /// A form for this bucket, of which nothing was received yet.
    ///
    /// # Errors
    /// `MalformedPOSTRequest` without a boundary.
    pub fn new(head: &Head, bucket: String) -> Result<PostForm, Error> {
        let kind = head.header("content-type").unwrap_or_default();
        Ok(PostForm {
            bucket,
            reader: FormReader::new(kind).ok_or_else(malformed)?,
            fields: Vec::new(),
            file: None,
            announced: head.header("content-length").and_then(|text| text.parse().ok()),
        })
    }

    /// Takes the next bytes. The form is proven when its file begins.
    ///
    /// # Errors
    /// What S3 refuses in forms; nothing more is to be read then.
    pub fn write(&mut self, pipeline: &Pipeline, bytes: &[u8]) -> Result<(), Stop> {
        let PostForm { bucket, reader, fields, file, announced } = self;
        reader.write(bytes, &mut |found| match found {
            Found::Field { name, value } => {
                // RFC 7578, section 5.1.2: forms of today are UTF-8.
                let value = String::from_utf8(value).map_err(|_| malformed())?;
                if fields.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                    // What a policy speaks of must be what is used. S3's own text for this is not documented.
                    let text = format!("Bucket POST must not contain the field '{name}' more than once.");
                    return Err(argument(&text, "field", &name).into());
                }
                fields.push((name, value));
                Ok(())
            }
            Found::File { name } => {
                let named = expanded(fields, &name);
                *file = Some(File::begin(pipeline, bucket, named)?);
                Ok(())
            }
            Found::Data(piece) => match file {
                Some(file) => file.write(piece, *announced),
                None => Err(malformed().into()),
            },
        })
    }

    /// The form is complete: the PutObject that it stands for, and how its success is answered.
    ///
    /// # Errors
    /// A form without a file, or one that breaks off; a file that is too small; fields that PutObject cannot take.
    pub fn finish(self, pipeline: &Pipeline, head: &Head) -> Result<(Arrived, Success), Stop> {
        let Some(file) = self.file else {
            // AWS: S3 API reference, "Error responses": the code; ArgumentName as for other fields.
            let text = "POST requires exactly one file upload per request.";
            return Err(argument(text, "file", "0").into());
        };
        if !self.reader.file_ended() {
            return Err(malformed().into());
        }
        if let Some(policy) = &file.policy {
            policy.check_size(file.ingest.length())?;
        }
        let headers = headers(pipeline, head, &file.fields)?;
        let path = format!("/{}/{}", encode(&self.bucket, false), encode(&file.key, true));
        let success = Success::new(head, &self.bucket, &file.key, &file.fields);
        let is_signed = !file.identified.caller.is_anonymous();
        let origin = Origin {
            // AWS: S3 API reference, "Amazon S3 Signature Version 4 authentication specific policy keys", s3:authType.
            authentication: is_signed.then_some("POST"),
            signature_version: is_signed.then_some("SigV4"),
            ..head.origin.clone()
        };
        let head =
            Head { method: "PUT".to_owned(), path: path.clone(), query: String::new(), headers, origin };
        let routed = routed(path).ok_or_else(malformed)?;
        let upload = file.ingest.finish(Vec::new())?;
        let arrived = Arrived {
            head,
            request_id: String::new(),
            routed,
            identified: file.identified,
            bytes: Vec::new(),
            streaming: Some(Body::Attached(Arc::new(upload))),
        };
        Ok((arrived, success))
    }
}

/// PutObject at this path.
pub fn routed(path: String) -> Option<Routed> {
    let service = kage_api_routes::find("s3")?;
    let operation = service.operation("PutObject")?.name.to_owned();
    Some(Routed { service, operation, protocol: Protocol::RestXml, path })
}

impl File {
    fn begin(pipeline: &Pipeline, bucket: &str, fields: Vec<(String, String)>) -> Result<File, Stop> {
        let key = field(&fields, "key").ok_or(AuthError::PostMissingField("key"))?.to_owned();
        let borrowed: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (identified, policy) = identify(pipeline, &borrowed)?;
        if let Some(policy) = &policy {
            let upload = PostUpload { bucket, key: &key, fields: &borrowed };
            // The wall clock, as for all questions of signatures.
            policy.evaluate(&upload, pipeline.world().clock.wall().seconds())?;
        }
        if key.is_empty() {
            // AWS: recorded in the tests of Ceph (s3-tests, `test_post_object_missing_policy_condition` and others).
            return Err(argument("User key must have a length greater than 0.", "key", "").into());
        }
        let sha1 = fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("x-amz-checksum-sha1"));
        Ok(File { ingest: Ingest::new(pipeline.world(), sha1), identified, policy, fields, key })
    }

    fn write(&mut self, piece: &[u8], announced: Option<u64>) -> Result<(), Stop> {
        let size = self.ingest.length() + piece.len() as u64;
        let allowed =
            self.policy.as_ref().and_then(PostPolicy::size_range).map_or(u64::MAX, |(_, high)| high);
        let limit = allowed.min(STREAMED_MAX);
        if size > limit {
            let size = announced.unwrap_or(size).max(size);
            return Err(AuthError::EntityTooLarge { size, limit }.into());
        }
        Ok(self.ingest.write(piece)?)
    }
}

/// Who signed the policy, and the policy. A form without a policy is nobody's.
fn identify(pipeline: &Pipeline, fields: &[(&str, &str)]) -> Result<(Identified, Option<PostPolicy>), Stop> {
    let Some(post) = PostClaim::parse(fields)? else {
        return Ok((Identified { caller: Caller::anonymous(), region: None, waived: false }, None));
    };
    let names = ["s3"];
    if !intake::is_stranger(pipeline, &post.claim.access_key) {
        post.check(&authenticate::options(&names, Protocol::RestXml))?;
    }
    let auth = &pipeline.0.options.auth;
    let now = pipeline.world().clock.now().milliseconds();
    let reads = pipeline.world().store.read();
    let presented = authenticate::present(&reads, post.claim.clone(), now, auth)??;
    let policy = match &presented.credential {
        // `--auth open` takes the signature of a stranger for true; the policy holds nevertheless.
        None => PostPolicy::parse(&post.policy)?,
        Some(credential) if post.claim.algorithm == Algorithm::EcdsaP256Sha256 => {
            let key = AsymmetricKey::derive(&post.claim.access_key, &credential.secret.0)
                .ok_or_else(|| AuthError::UnknownAccessKey(post.claim.access_key.clone()))?;
            post.verify(KeyMaterial::Asymmetric(&key))?
        }
        Some(credential) => post.verify(KeyMaterial::Secret(&credential.secret.0))?,
    };
    Ok((presented.identify(auth), Some(policy)))
}

/// The fields with `${filename}` replaced in their values.
/// AWS: "HTML form fields": a path before the file's name is dropped; the variable is known in all fields.
/// "Creating a POST policy": variables are replaced before the policy is judged.
fn expanded(fields: &[(String, String)], file_name: &str) -> Vec<(String, String)> {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    fields.iter().map(|(field, value)| (field.clone(), value.replace("${filename}", name))).collect()
}

/// The value of a field, its name in any case.
pub fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The headers of the PutObject. AWS: "POST Object", "Form fields".
fn headers(
    pipeline: &Pipeline,
    head: &Head,
    fields: &[(String, String)],
) -> Result<Vec<(String, Vec<u8>)>, Stop> {
    let kept = ["host", "user-agent", "referer"];
    let mut headers: Vec<(String, Vec<u8>)> = head
        .headers
        .iter()
        .filter(|(name, _)| kept.iter().any(|k| name.eq_ignore_ascii_case(k)))
        .cloned()
        .collect();
    for (name, value) in fields {
        let Some(header) = header_of(&name.to_ascii_lowercase()) else { continue };
        let value = if header == "x-amz-tagging" { tags(pipeline, value)? } else { value.clone() };
        // What becomes a header of answers must be able to stand in one.
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if !header.bytes().all(is_token) || value.bytes().any(|byte| byte.is_ascii_control()) {
            let text = format!("The field '{name}' cannot be a header of an object.");
            return Err(argument(&text, "field", name).into());
        }
        if !value.is_empty() {
            headers.push((header, value.into_bytes()));
        }
    }
    Ok(headers)
}

/// The header that a form field stands for; its name is in lower case. Other fields say nothing about the object.
fn header_of(name: &str) -> Option<String> {
    match name {
        "acl" => Some("x-amz-acl".to_owned()),
        "tagging" => Some("x-amz-tagging".to_owned()),
        "cache-control"
        | "content-type"
        | "content-disposition"
        | "content-encoding"
        | "content-language"
        | "content-md5"
        | "expires" => Some(name.to_owned()),
        // The proof of the form, and what is said of the body of a PutObject only. The date tells the signature's age.
        "x-amz-algorithm"
        | "x-amz-credential"
        | "x-amz-signature"
        | "x-amz-security-token"
        | "x-amz-content-sha256"
        | "x-amz-decoded-content-length"
        | "x-amz-trailer"
        | "x-amz-sdk-checksum-algorithm"
        | "x-amz-tagging"
        | "x-amz-acl" => None,
        _ => name.starts_with("x-amz-").then(|| name.to_owned()),
    }
}

/// The field `tagging` as the header `x-amz-tagging`: it holds the document that PutObjectTagging takes.
fn tags(pipeline: &Pipeline, document: &str) -> Result<String, Error> {
    let entry = pipeline.0.registry.operation("s3", "PutObjectTagging");
    let entry = entry.ok_or_else(|| Error::internal("tags of a form cannot be read"))?;
    let mut input = entry.handler.new_input();
    let request = kage_wire::Request {
        method: "PUT",
        path: "/bucket/key",
        query: "tagging",
        headers: &[],
        body: document.as_bytes(),
        streaming: None,
    };
    let mut problems = Problems::new();
    kage_wire::read_input(
        Protocol::RestXml,
        entry.model,
        entry.handler.model(),
        &request,
        input.as_mut(),
        &mut problems,
    )
    .map_err(|error| Error::new(error.code, error.status, error.message))?;
    let mut pairs = Vec::new();
    collect_tags(View::Record(input.as_ref()), &mut pairs);
    if pairs.is_empty() && !document.trim().is_empty() && !problems.violations.is_empty() {
        return Err(malformed_xml());
    }
    Ok(pairs.join("&"))
}

fn malformed_xml() -> Error {
    let text = "The XML you provided was not well-formed or did not validate against our published schema";
    Error::new("MalformedXML", 400, text)
}

/// Finds the structures with `Key` and `Value`.
fn collect_tags(view: View<'_>, pairs: &mut Vec<String>) {
    match view {
        View::Record(record) => {
            let text = |wanted: &str| {
                let index = record.schema().members().iter().position(|member| member.name == wanted)?;
                match record.slot(index)?.view() {
                    View::Str(text) => Some(text.to_owned()),
                    _ => None,
                }
            };
            if let (Some(key), Some(value)) = (text("Key"), text("Value"))
                && record.schema().members().len() == 2
            {
                pairs.push(format!("{}={}", encode(&key, false), encode(&value, false)));
                return;
            }
            for index in 0..record.schema().members().len() {
                if let Some(slot) = record.slot(index) {
                    collect_tags(slot.view(), pairs);
                }
            }
        }
        View::List(list) => {
            for index in 0..list.len() {
                if let Some(slot) = list.at(index) {
                    collect_tags(slot.view(), pairs);
                }
            }
        }
        _ => {}
    }
}

/// Percent-encodes all but unreserved characters. AWS: "Create a canonical request", `UriEncode`.
pub fn encode(text: &str, keep_slash: bool) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            b'/' if keep_slash => "/".to_owned(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn argument(text: &str, name: &str, value: &str) -> Error {
    Error::new("InvalidArgument", 400, text).with("ArgumentName", name).with("ArgumentValue", value)
}

fn malformed() -> Error {
    // AWS: S3 API reference, "Error responses".
    let text = "The body of your POST request is not well-formed multipart/form-data.";
    Error::new("MalformedPOSTRequest", 400, text)
}

impl From<FormError> for Stop {
    fn from(error: FormError) -> Stop {
        match error {
            FormError::Malformed => malformed().into(),
            // AWS: S3 API reference, "Error responses".
            FormError::TooLong => Error::new(
                "MaxPostPreDataLengthExceeded",
                400,
                "Your POST request fields preceding the upload file were too large.",
            )
            .with("MaxPostPreDataLengthBytes", FIELDS_MAX.to_string())
            .into(),
        }
    }
}
