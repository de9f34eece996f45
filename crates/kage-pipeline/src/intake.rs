//! Receiving the body of a request whose head is known.

use crate::answer;
use crate::authenticate::{self, Identified, Presented};
use crate::call::{self, Arrived};
use crate::ingest::{self, Ingest};
use crate::pipeline::Pipeline;
use crate::post_answer::Success;
use crate::post_form::{self, PostForm};
use crate::receive::{Answer, Head};
use crate::route::{self, Early, RouteError, Routed};
use aws_lc_rs::digest;
use flate2::read::GzDecoder;
use kage_core::{Caller, Error};
use kage_schema::{Body, Flags, Protocol};
use kage_sigv4::{AuthError, ChunkDecoder, ChunkLimits, PayloadHash, Piece, Verified};
use std::io::Read as _;
use std::sync::Arc;

/// The largest body that is held in memory, in bytes. No API of AWS but the streaming ones takes more than 10 MiB.
const BUFFERED_MAX: usize = 16 << 20;
/// The largest request that holds the code of a function, in bytes; its text is Base64. AWS: Lambda's refusal, "Request must
/// be smaller than 70167211 bytes for the CreateFunction operation".
const CODE_MAX: usize = 70_167_211;
const CODE_OPERATIONS: &[&str] = &["CreateFunction", "UpdateFunctionCode", "PublishLayerVersion"];
/// Operations outside S3 that answer unsigned calls: a token is the proof, and their `access` decides. AWS: SNS API
/// reference, `ConfirmSubscription` and `Unsubscribe`. Those of STS and Cognito are not modelled yet.
const UNSIGNED: &[(&str, &str)] = &[("sns", "ConfirmSubscription"), ("sns", "Unsubscribe")];
/// The largest streamed body. AWS: S3 user guide, "Upload an object in a single operation: 5 GB".
pub const STREAMED_MAX: u64 = 5 << 30;

/// What becomes of a request after its head.
pub enum Opening {
    /// It was refused; the body need not be read.
    Refused(Answer),
    /// Its body is wanted.
    Body(Box<Intake>),
}

/// A request whose body is being received.
pub struct Intake {
    pipeline: Pipeline,
    head: Head,
    request_id: String,
    routed: Option<Routed>,
    signer: Signer,
    mode: Mode,
}

/// What is known of the signer.
enum Signer {
    /// Nobody signed.
    Anonymous,
    /// The signature waits for the body.
    Presented(Box<Presented>),
    /// The signature was proven by the head.
    Identified(Box<Identified>),
}

enum Mode {
    Buffered {
        bytes: Vec<u8>,
        decoder: Option<Box<ChunkDecoder>>,
        raw: Option<digest::Context>,
    },
    /// A browser upload to S3, which is no operation of the API model.
    Form(Box<PostForm>),
    Streamed {
        ingest: Box<Ingest>,
        decoder: Option<Box<ChunkDecoder>>,
        verified: Option<Box<Verified>>,
    },
}

/// Refuses a request in the words of its service.
struct Refuse<'a> {
    service: &'a str,
    protocol: Protocol,
    request_id: &'a str,
}

impl Refuse<'_> {
    fn auth(&self, error: &AuthError) -> Answer {
        let error = authenticate::refusal(error, authenticate::dialect(self.service, self.protocol));
        self.error(&error)
    }

    fn stop(&self, stop: &Stop) -> Answer {
        match stop {
            Stop::Auth(error) => self.auth(error),
            Stop::Error(error) => self.error(error),
        }
    }

    fn error(&self, error: &Error) -> Answer {
        answer::error(self.service, self.protocol, error, self.request_id)
    }
}

/// Routes and, where it can, authenticates.
pub fn open(pipeline: &Pipeline, head: Head) -> Opening {
    let claim = authenticate::claim(&head);
    let scope = claim.as_ref().ok().and_then(Option::as_ref).map(|claim| claim.service.clone());
    let early = route::early(&head, scope.as_deref());
    let (service, protocol) = match &early {
        Ok(Early::Routed(routed)) => (routed.service.name, routed.protocol),
        Ok(Early::Query) => route::form_words(&head, scope.as_deref()),
        Err(error) => answer::words_of(error, scope.as_deref()),
    };
    let request_id = answer::request_id(pipeline, service);
    let refuse = Refuse { service, protocol, request_id: &request_id };
    let claim = match claim {
        Ok(claim) => claim,
        Err(error) => return Opening::Refused(refuse.auth(&error)),
    };
    let routed = match early {
        Ok(Early::Routed(routed)) => Some(routed),
        Ok(Early::Query) => None,
        Err(error) if service == "s3" && claim.is_none() => match form(&head) {
            Ok(Some(form)) => return opened_form(pipeline, head, request_id, form),
            Ok(None) => return Opening::Refused(refuse.error(&answer::unroutable(&error))),
            Err(error) => return Opening::Refused(refuse.error(&error)),
        },
        Err(error) => return Opening::Refused(refuse.error(&answer::unroutable(&error))),
    };
    let signer = match claim {
        // AWS: IAM user guide, "AWS Signature Version 4 for API requests".
        None if service != "s3" && !routed.as_ref().is_some_and(answers_unsigned) => {
            return Opening::Refused(refuse.auth(&AuthError::MissingToken));
        }
        None => Signer::Anonymous,
        Some(claim) => {
            let (wall, now) =
                (pipeline.world().clock.wall().seconds(), pipeline.world().clock.now().milliseconds());
            let names = routed.as_ref().map_or(claim.service.clone(), |r| r.service.signing_name.to_owned());
            let names = [names.as_str()];
            let options = authenticate::options(&names, protocol);
            // Time and scope are judged before the key is looked up, as AWS does.
            let is_stranger = |key: &str| is_stranger(pipeline, key);
            if !is_stranger(&claim.access_key)
                && let Err(error) =
                    authenticate::with_parts(&head, |parts| claim.check(parts, wall, &options).map(|_| ()))
            {
                return Opening::Refused(refuse.auth(&error));
            }
            let reads = pipeline.world().store.read();
            match authenticate::present(&reads, claim, now, &pipeline.0.options.auth) {
                Ok(Ok(presented)) => Signer::Presented(Box::new(presented)),
                Ok(Err(error)) => return Opening::Refused(refuse.auth(&error)),
                Err(error) => return Opening::Refused(refuse.error(&error)),
            }
        }
    };
    let opened = match routed.as_ref().filter(|routed| streams(pipeline, routed)) {
        Some(routed) => streamed(pipeline, &head, routed, signer),
        None => buffered(&head, signer),
    };
    match opened {
        Ok((signer, mode)) => {
            let pipeline = pipeline.clone();
            Opening::Body(Box::new(Intake {
                pipeline,
                head,
                request_id: request_id.clone(),
                routed,
                signer,
                mode,
            }))
        }
        Err(stop) => Opening::Refused(refuse.stop(&stop)),
    }
}

/// The browser upload that begins with this head, when it is one. AWS: S3 API reference, "POST Object".
fn form(head: &Head) -> Result<Option<PostForm>, Error> {
    let bucket = post_form::bucket_of(head, &route::s3_path(head))?;
    bucket.map(|bucket| PostForm::new(head, bucket)).transpose()
}

fn opened_form(pipeline: &Pipeline, head: Head, request_id: String, form: PostForm) -> Opening {
    Opening::Body(Box::new(Intake {
        pipeline: pipeline.clone(),
        head,
        request_id,
        // For the words of refusals.
        routed: post_form::routed(String::new()),
        signer: Signer::Anonymous,
        mode: Mode::Form(Box::new(form)),
    }))
}

/// Whether `--auth open` will let this key pass without knowing it; such a key's signature proves nothing.
pub fn is_stranger(pipeline: &Pipeline, access_key: &str) -> bool {
    pipeline.0.options.auth != crate::Auth::Strict
        && kage_identity::principal::credential(&pipeline.world().store.read(), access_key)
            .is_ok_and(|found| found.is_none())
}

/// Why a request goes no further.
pub enum Stop {
    Auth(AuthError),
    Error(Error),
}

impl From<AuthError> for Stop {
    fn from(error: AuthError) -> Stop {
        Stop::Auth(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Error(error)
    }
}

fn answers_unsigned(routed: &Routed) -> bool {
    UNSIGNED.contains(&(routed.service.name, routed.operation.as_str()))
}

fn streams(pipeline: &Pipeline, routed: &Routed) -> bool {
    let entry = pipeline.0.registry.operation(routed.service.name, &routed.operation);
    let payload = entry.and_then(|entry| entry.handler.model().input.payload());
    payload.is_some_and(|(_, member)| member.has(Flags::STREAMING))
}

fn buffered(head: &Head, signer: Signer) -> Result<(Signer, Mode), Stop> {
    let payload = authenticate::with_parts(head, PayloadHash::of);
    if payload.is_chunked() && !payload.has_signed_chunks() {
        let decoder = chunk_decoder(head, None);
        let raw = Some(digest::Context::new(&digest::SHA256));
        return Ok((signer, Mode::Buffered { bytes: Vec::new(), decoder, raw }));
    }
    Ok((signer, Mode::Buffered { bytes: Vec::new(), decoder: None, raw: None }))
}

/// The body may be large: the signature is proven now, by the declared hash, and the body is checked while it passes.
fn streamed(
    pipeline: &Pipeline,
    head: &Head,
    routed: &Routed,
    signer: Signer,
) -> Result<(Signer, Mode), Stop> {
    let names = [routed.service.signing_name];
    let options = authenticate::options(&names, routed.protocol);
    let wall = pipeline.world().clock.wall().seconds();
    let mut verified = None;
    let signer = match signer {
        Signer::Presented(presented) => {
            verified = presented
                .verify(head, kage_sigv4::Body::Later, wall, &options, &pipeline.0.signing_keys)?
                .map(Box::new);
            Signer::Identified(Box::new(presented.identify(&pipeline.0.options.auth)))
        }
        other => other,
    };
    let is_chunked = authenticate::with_parts(head, PayloadHash::of).is_chunked();
    let decoder = if is_chunked { chunk_decoder(head, verified.take()) } else { None };
    let sha1 = head.headers.iter().any(|(name, value)| {
        let name = name.to_ascii_lowercase();
        name == "x-amz-checksum-sha1"
            || name.starts_with("x-amz-")
                && String::from_utf8_lossy(value).to_ascii_lowercase().contains("sha1")
    });
    let ingest = Box::new(Ingest::new(pipeline.world(), sha1));
    Ok((signer, Mode::Streamed { ingest, decoder, verified }))
}

fn chunk_decoder(head: &Head, verified: Option<Box<Verified>>) -> Option<Box<ChunkDecoder>> {
    let decoded = head.header("x-amz-decoded-content-length").and_then(|text| text.parse().ok());
    let names = head.header("x-amz-trailer").unwrap_or_default().to_ascii_lowercase();
    let trailers: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let limits = ChunkLimits::default();
    match verified {
        Some(verified) => verified.chunk_decoder(decoded, &trailers, limits).map(Box::new),
        None => Some(Box::new(ChunkDecoder::unsigned(decoded, &trailers, limits))),
    }
}

impl Intake {
    /// Takes the next bytes of the body.
    ///
    /// # Errors
    /// The answer to a body that is too large, or whose chunks are not what was signed. Nothing more is to be read then.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Box<Answer>> {
        let code = self.routed.as_ref().filter(|routed| holds_code(routed)).map(|routed| &routed.operation);
        let taken = match &mut self.mode {
            Mode::Buffered { bytes: held, decoder, raw } => {
                if held.len() + bytes.len() > code.map_or(BUFFERED_MAX, |_| CODE_MAX) {
                    Err(Stop::Error(code.map_or_else(too_large, |operation| too_much_code(operation))))
                } else {
                    if let Some(raw) = raw {
                        raw.update(bytes);
                    }
                    feed(decoder.as_deref_mut(), bytes, &mut |piece| {
                        held.extend_from_slice(piece);
                        Ok(())
                    })
                }
            }
            Mode::Form(form) => form.write(&self.pipeline, bytes),
            Mode::Streamed { ingest, decoder, .. } => feed(decoder.as_deref_mut(), bytes, &mut |piece| {
                if ingest.length() + piece.len() as u64 > STREAMED_MAX {
                    return Err(too_large());
                }
                ingest.write(piece)
            }),
        };
        taken.map_err(|stop| Box::new(self.refused(&stop)))
    }

    /// The body is complete: the call is made, and answered.
    #[must_use]
    pub fn finish(self) -> Answer {
        let Intake { pipeline, head, request_id, routed, signer, mode } = self;
        let (service, protocol) = words(&head, routed.as_ref(), &signer);
        let refuse = Refuse { service, protocol, request_id: &request_id };
        let (complete, success) = match complete(&pipeline, &head, signer, mode, routed) {
            Ok(complete) => complete,
            Err(stop) => return refuse.stop(&stop),
        };
        let answer = call::make(&pipeline, Arrived { request_id, ..complete });
        match success {
            Some(success) => success.word(answer),
            None => answer,
        }
    }

    fn refused(&self, stop: &Stop) -> Answer {
        let (service, protocol) = words(&self.head, self.routed.as_ref(), &self.signer);
        Refuse { service, protocol, request_id: &self.request_id }.stop(stop)
    }
}

/// Whose words an answer takes as long as nothing but head and signer are known.
fn words(head: &Head, routed: Option<&Routed>, signer: &Signer) -> (&'static str, Protocol) {
    let scope = match signer {
        Signer::Presented(presented) => Some(presented.claim.service.as_str()),
        _ => None,
    };
    routed.map_or_else(|| route::form_words(head, scope), |routed| (routed.service.name, routed.protocol))
}

fn feed(
    decoder: Option<&mut ChunkDecoder>,
    bytes: &[u8],
    take: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Stop> {
    let Some(decoder) = decoder else { return Ok(take(bytes)?) };
    let mut input = bytes;
    loop {
        match decoder.next(&mut input)? {
            Piece::Data(piece) => take(piece)?,
            Piece::NeedInput | Piece::Done => return Ok(()),
        }
    }
}

/// The body without its gzip encoding. SDKs compress large requests of operations with the trait `requestCompression`
/// (CloudWatch PutMetricData). AWS: SDK reference guide, "Request compression".
fn inflated(head: &Head, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    let encoding = head.header("content-encoding").unwrap_or_default().to_ascii_lowercase();
    if encoding.split(',').map(str::trim).next_back() != Some("gzip") {
        return Ok(bytes);
    }
    let mut out = Vec::new();
    let limit = BUFFERED_MAX as u64 + 1;
    let read = GzDecoder::new(bytes.as_slice()).take(limit).read_to_end(&mut out);
    if read.is_err() {
        return Err(Error::new("SerializationException", 400, "The request body is no gzip stream."));
    }
    if out.len() > BUFFERED_MAX { Err(too_large()) } else { Ok(out) }
}

fn holds_code(routed: &Routed) -> bool {
    routed.service.signing_name == "lambda" && CODE_OPERATIONS.contains(&routed.operation.as_str())
}

fn too_much_code(operation: &str) -> Error {
    let text = format!("Request must be smaller than {CODE_MAX} bytes for the {operation} operation");
    Error::new("RequestEntityTooLargeException", 413, text)
}

fn too_large() -> Error {
    // AWS: S3 API reference, "Error responses", EntityTooLarge.
    Error::new("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size")
}

/// Brings a complete request together: proves what is still to be proven, routes what is still to be routed. The success
/// of a form is worded in a way of its own.
fn complete(
    pipeline: &Pipeline,
    head: &Head,
    signer: Signer,
    mode: Mode,
    routed: Option<Routed>,
) -> Result<(Arrived, Option<Success>), Stop> {
    let mut trailing = Vec::new();
    let (bytes, streaming, sha256) = match mode {
        Mode::Buffered { bytes, decoder, raw } => {
            if let Some(decoder) = decoder {
                trailing = decoder.finish()?.into_iter().map(|t| (t.name, t.value)).collect();
            }
            let digest = raw.map_or_else(|| digest::digest(&digest::SHA256, &bytes), digest::Context::finish);
            let mut sha256 = [0; 32];
            sha256.copy_from_slice(digest.as_ref());
            // The signature is of the bytes as they were sent.
            (inflated(head, bytes)?, None, sha256)
        }
        Mode::Form(form) => {
            let (arrived, success) = form.finish(pipeline, head)?;
            return Ok((arrived, Some(success)));
        }
        Mode::Streamed { ingest, decoder, verified } => {
            let trailers = match decoder {
                Some(decoder) => decoder.finish()?.into_iter().map(|t| (t.name, t.value)).collect(),
                None => Vec::new(),
            };
            let upload = ingest.finish(trailers)?;
            let sha256 = upload.digests.sha256;
            let body = Body::Attached(Arc::new(upload));
            if let Some(verified) = verified
                && let Err(error) = verified.check_body(&sha256)
            {
                ingest::discard(pipeline.world(), Some(&body));
                return Err(error.into());
            }
            (Vec::new(), Some(body), sha256)
        }
    };
    let scope = match &signer {
        Signer::Presented(presented) => Some(presented.claim.service.clone()),
        _ => None,
    };
    let routed = match routed {
        Some(routed) => Ok(routed),
        None => route::query(head, &String::from_utf8_lossy(&bytes), scope.as_deref()),
    };
    let (names, protocol) = match &routed {
        Ok(routed) => (routed.service.signing_name.to_owned(), routed.protocol),
        Err(_) => {
            let (_, protocol) = route::form_words(head, scope.as_deref());
            (scope.unwrap_or_default(), protocol)
        }
    };
    let identified = match signer {
        Signer::Anonymous => Identified { caller: Caller::anonymous(), region: None, waived: false },
        Signer::Identified(identified) => *identified,
        Signer::Presented(presented) => {
            let names = [names.as_str()];
            let options = authenticate::options(&names, protocol);
            let wall = pipeline.world().clock.wall().seconds();
            presented.verify(
                head,
                kage_sigv4::Body::Sha256(sha256),
                wall,
                &options,
                &pipeline.0.signing_keys,
            )?;
            presented.identify(&pipeline.0.options.auth)
        }
    };
    let routed = routed.map_err(|error: RouteError| Stop::Error(answer::unroutable(&error)))?;
    let mut head = head.clone();
    if streaming.is_none() && matches!(routed.service.name, "s3" | "s3control") {
        head.origin.body = Some(Arc::new(ingest::told(&bytes, trailing)));
    }
    let arrived = Arrived { head, request_id: String::new(), routed, identified, bytes, streaming };
    Ok((arrived, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn head(encoding: &str) -> Head {
        let headers = vec![("Content-Encoding".to_owned(), encoding.as_bytes().to_vec())];
        let (method, path) = ("POST".to_owned(), "/".to_owned());
        Head { method, path, query: String::new(), headers, origin: kage_core::Origin::default() }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_compressed_request_is_inflated_and_a_bomb_is_refused() {
        assert_eq!(inflated(&head("gzip"), gzip(b"{}")).unwrap(), b"{}");
        assert_eq!(inflated(&head("identity"), b"{}".to_vec()).unwrap(), b"{}");
        assert_eq!(inflated(&head("gzip"), b"{}".to_vec()).unwrap_err().code, "SerializationException");
        let bomb = gzip(&vec![0; BUFFERED_MAX + 1]);
        assert!(bomb.len() < BUFFERED_MAX / 100);
        assert_eq!(inflated(&head("gzip"), bomb).unwrap_err().code, "EntityTooLarge");
    }
}
