//! Judging a claim.

use std::borrow::Cow;

use crate::canonical::{CanonicalRules, canonical_request, string_to_sign};
use crate::chunk::{ChunkDecoder, ChunkLimits};
use crate::chunk_key::{ChunkChain, ChunkKey};
use crate::claim::{Algorithm, Claim, Kind, PayloadHash};
use crate::error::{AuthError, Mismatch, ScopeProblem, SkewProblem};
use crate::key::{KeyMaterial, SigningKey};
use crate::options::{Body, PayloadRule, VerifyOptions};
use crate::request::RequestParts;
use crate::v4a::AsymmetricKey;

/// Longest life of a presigned URL of S3, in seconds: a week.
const WEEK: u64 = 604_800;

/// A claim of which everything is right that needs no secret. Made by [`Claim::check`] alone.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    parts: RequestParts<'a>,
    claim: &'a Claim,
    options: VerifyOptions<'a>,
}

/// Proof that the holder of the secret signed this request. Made by [`Checked::verify`] alone.
#[derive(Debug)]
pub struct Verified {
    access_key: String,
    payload: PayloadHash,
    signature: String,
    timestamp: String,
    scope: String,
    key: ChunkKey,
}

impl Claim {
    /// Judges everything that needs no secret: the scope, the time, the signed headers, the declared payload.
    /// `now` is in unix seconds.
    ///
    /// The order is AWS's as far as it was observed (dynalite, which records DynamoDB: date, host, scope, then the
    /// access key): a caller looks up the access key after this and before [`Checked::verify`].
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn check<'a>(
        &'a self,
        parts: &RequestParts<'a>,
        now: i64,
        options: &VerifyOptions<'a>,
    ) -> Result<Checked<'a>, AuthError> {
        if options.s3 {
            // versitygw, which is compared with S3: region and scope are judged before the time in query form.
            check_scope(self, options)?;
            check_time(self, now, options)?;
            check_signed_headers(self, parts, options)?;
            check_payload(self, options)?;
        } else {
            check_time(self, now, options)?;
            check_signed_headers(self, parts, options)?;
            check_scope(self, options)?;
        }
        Ok(Checked { parts: *parts, claim: self, options: *options })
    }
}

/// [`Claim::check`] and [`Checked::verify`] in one, for callers that know the secret already.
///
/// # Errors
/// As the two.
pub fn verify(
    parts: &RequestParts<'_>,
    claim: &Claim,
    key: KeyMaterial<'_>,
    body: Body,
    now: i64,
    options: &VerifyOptions<'_>,
) -> Result<Verified, AuthError> {
    claim.check(parts, now, options)?.verify(key, body)
}

impl Checked<'_> {
    /// Judges the signature itself, in constant time.
    ///
    /// # Errors
    /// [`AuthError::SignatureMismatch`]; [`AuthError::ContentSha256Mismatch`] when S3's body is not the signed
    /// one; [`AuthError::BodyNotHashed`] when the hash of the body is signed and `body` is [`Body::Later`].
    pub fn verify(&self, key: KeyMaterial<'_>, body: Body) -> Result<Verified, AuthError> {
        let claim = self.claim;
        let payload = self.signed_payload(body)?;
        let rules = CanonicalRules {
            kind: claim.kind,
            signed_headers: &claim.signed_headers,
            payload: &payload,
            path: self.options.path,
            without_token: self.options.token_after_signing,
        };
        let canonical = canonical_request(&self.parts, &rules);
        let to_sign = string_to_sign(claim, &canonical);
        let mismatch = || {
            AuthError::SignatureMismatch(Box::new(Mismatch {
                access_key: claim.access_key.clone(),
                signature: claim.signature.clone(),
                string_to_sign: to_sign.clone(),
                canonical_request: String::from_utf8_lossy(&canonical).into_owned(),
            }))
        };
        let key = verifying_key(claim, key).ok_or_else(mismatch)?;
        if !key.verify(to_sign.as_bytes(), &claim.signature) {
            return Err(mismatch());
        }
        let verified = Verified {
            access_key: claim.access_key.clone(),
            payload: PayloadHash::from_text(&payload),
            signature: claim.signature.clone(),
            timestamp: claim.timestamp.clone(),
            scope: claim.scope(),
            key,
        };
        if let Body::Sha256(hash) = body {
            verified.check_body(&hash)?;
        }
        Ok(verified)
    }

    fn signed_payload(&self, body: Body) -> Result<Cow<'_, str>, AuthError> {
        let claim = self.claim;
        let declared = || Ok(Cow::Borrowed(claim.payload.as_str()));
        let hash_of_body = || match body {
            Body::Sha256(hash) => Ok(Cow::Owned(hex::encode(hash))),
            Body::Later => Err(AuthError::BodyNotHashed),
        };
        match (self.options.payload, &claim.payload) {
            // AWS: "Authenticating Requests: Using Query Parameters": a presigned URL does not know the body.
            (PayloadRule::Declared | PayloadRule::UnsignedAllowed, PayloadHash::Absent) => {
                Ok(Cow::Borrowed(PayloadHash::Unsigned.as_str()))
            }
            (PayloadRule::Declared, _) => declared(),
            (PayloadRule::UnsignedAllowed, PayloadHash::Unsigned) => declared(),
            (PayloadRule::EventStream, PayloadHash::StreamingEvents) => declared(),
            (_, PayloadHash::Exact(_)) if body == Body::Later => declared(),
            _ => hash_of_body(),
        }
    }
}

impl Verified {
    /// The access key id that signed.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// What was signed about the body.
    #[must_use]
    pub const fn payload(&self) -> &PayloadHash {
        &self.payload
    }

    /// The signature of the request: the seed of the chain of chunk signatures.
    #[must_use]
    pub fn seed_signature(&self) -> &str {
        &self.signature
    }

    /// The signing key of the scope, to be kept by the caller. `None` with Version 4A.
    #[must_use]
    pub const fn signing_key(&self) -> Option<&SigningKey> {
        match &self.key {
            ChunkKey::Symmetric(key) => Some(key),
            ChunkKey::Asymmetric(_) => None,
        }
    }

    /// Compares the SHA-256 of the body with the signed one, when one was signed.
    ///
    /// # Errors
    /// [`AuthError::ContentSha256Mismatch`].
    pub fn check_body(&self, sha256: &[u8; 32]) -> Result<(), AuthError> {
        let PayloadHash::Exact(declared) = &self.payload else { return Ok(()) };
        let computed = hex::encode(sha256);
        if declared.eq_ignore_ascii_case(&computed) {
            return Ok(());
        }
        Err(AuthError::ContentSha256Mismatch { declared: declared.clone(), computed })
    }

    /// A decoder for the `aws-chunked` body, `None` when the body is not chunked. `decoded_length` is
    /// `x-amz-decoded-content-length`, `trailers` the names of `x-amz-trailer`.
    #[must_use]
    pub fn chunk_decoder(
        self,
        decoded_length: Option<u64>,
        trailers: &[&str],
        limits: ChunkLimits,
    ) -> Option<ChunkDecoder> {
        if !self.payload.is_chunked() {
            return None;
        }
        let signed = self.payload.has_signed_chunks();
        let has_trailers = self.payload.has_trailers();
        let chain = if signed { Some(self.into_chain()) } else { None };
        Some(ChunkDecoder::new(chain, has_trailers, decoded_length, trailers, limits))
    }

    pub(crate) fn into_chain(self) -> ChunkChain {
        ChunkChain::new(self.key, self.access_key, self.timestamp, self.scope, self.signature)
    }
}

// `None`: the key cannot be for this claim.
pub(crate) fn verifying_key(claim: &Claim, key: KeyMaterial<'_>) -> Option<ChunkKey> {
    match (claim.algorithm, key) {
        (Algorithm::HmacSha256, KeyMaterial::Secret(secret)) => {
            Some(ChunkKey::Symmetric(SigningKey::derive(secret, &claim.date, &claim.region, &claim.service)))
        }
        (Algorithm::HmacSha256, KeyMaterial::Signing(key)) => {
            key.is_for(&claim.date, &claim.region, &claim.service).then(|| ChunkKey::Symmetric(key.clone()))
        }
        (Algorithm::EcdsaP256Sha256, KeyMaterial::Secret(secret)) => {
            let key = AsymmetricKey::derive(&claim.access_key, secret)?;
            Some(ChunkKey::Asymmetric(key.public_half()))
        }
        (Algorithm::EcdsaP256Sha256, KeyMaterial::Asymmetric(key)) => {
            (key.access_key() == claim.access_key).then(|| ChunkKey::Asymmetric(key.public_half()))
        }
        _ => None,
    }
}

fn check_time(claim: &Claim, now: i64, options: &VerifyOptions<'_>) -> Result<(), AuthError> {
    let skew = |allowed_seconds| SkewProblem {
        timestamp: claim.timestamp.clone(),
        signed_at: claim.signed_at,
        now,
        allowed_seconds,
    };
    let age = now.saturating_sub(claim.signed_at);
    let too_new = age < options.skew_seconds.saturating_neg();
    if claim.kind != Kind::Query || !options.honour_expires {
        return match (too_new, age > options.skew_seconds) {
            (true, _) => Err(AuthError::NotYetCurrent(skew(options.skew_seconds))),
            (_, true) => Err(AuthError::Expired(skew(options.skew_seconds))),
            _ => Ok(()),
        };
    }
    let life = match claim.expires_seconds {
        Some(seconds) if seconds > WEEK => return Err(AuthError::ExpiresTooLong),
        Some(seconds) => i64::try_from(seconds).unwrap_or(i64::MAX),
        None if options.s3 => return Err(AuthError::IncompleteQuery(vec!["X-Amz-Expires"])),
        None => options.skew_seconds,
    };
    if too_new {
        let expires_seconds = claim.expires_seconds.unwrap_or_default();
        return Err(AuthError::PresignedNotYetValid { skew: skew(options.skew_seconds), expires_seconds });
    }
    if age > life {
        return Err(AuthError::PresignedExpired { skew: skew(life) });
    }
    Ok(())
}

pub(crate) fn check_scope(claim: &Claim, options: &VerifyOptions<'_>) -> Result<(), AuthError> {
    let region_is_right = options.region.is_none_or(|region| claim.covers_region(region));
    let service_is_right = options.services.is_empty() || options.services.contains(&claim.service.as_str());
    let terminator_is_right = claim.terminator == "aws4_request";
    let date_is_right = claim.timestamp.get(..8) == Some(claim.date.as_str());
    if region_is_right && service_is_right && terminator_is_right && date_is_right {
        return Ok(());
    }
    let received_region = claim.region_set.clone().unwrap_or_else(|| claim.region.clone());
    let expected_service = options.services.first().copied().unwrap_or_default();
    Err(AuthError::Scope(Box::new(ScopeProblem {
        kind: claim.kind,
        credential: format!("{}/{}", claim.access_key, claim.scope()),
        region: (!region_is_right).then(|| (received_region, options.region.unwrap_or_default().to_owned())),
        service: (!service_is_right).then(|| (claim.service.clone(), expected_service.to_owned())),
        terminator: (!terminator_is_right).then(|| claim.terminator.clone()),
        date: (!date_is_right).then(|| claim.date.clone()),
        timestamp: claim.timestamp.clone(),
    })))
}

// AWS: "Create a canonical request": host and every x-amz-* header of the request must be signed.
// `x-amz-content-sha256` is bound by its place in the canonical request and S3 takes it unsigned (ds_proxy pull
// request 164, benji pull request 309). Outside S3 the session token may be added after signing (the case
// post-sts-header-after of the test suite): a token that is not the key's is refused by the caller.
fn check_signed_headers(
    claim: &Claim,
    parts: &RequestParts<'_>,
    options: &VerifyOptions<'_>,
) -> Result<(), AuthError> {
    let is_signed = |name: &str| claim.signed_headers.iter().any(|signed| signed == name);
    if !is_signed("host") && !is_signed(":authority") {
        return Err(AuthError::HostNotSigned);
    }
    let mut unsigned: Vec<String> = Vec::new();
    for (name, _) in parts.headers {
        let is_aws = name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"));
        if !is_aws || claim.signed_headers.iter().any(|signed| signed.eq_ignore_ascii_case(name)) {
            continue;
        }
        let name = name.to_ascii_lowercase();
        let tolerated = name == "x-amz-content-sha256" || (name == "x-amz-security-token" && !options.s3);
        if !tolerated && !unsigned.contains(&name) {
            unsigned.push(name);
        }
    }
    if unsigned.is_empty() {
        return Ok(());
    }
    unsigned.sort_unstable();
    Err(AuthError::HeadersNotSigned(unsigned))
}

fn check_payload(claim: &Claim, options: &VerifyOptions<'_>) -> Result<(), AuthError> {
    if options.payload != PayloadRule::Declared {
        return Ok(());
    }
    match &claim.payload {
        PayloadHash::Absent if claim.kind == Kind::Header => Err(AuthError::MissingContentSha256),
        PayloadHash::Unknown(value) => Err(AuthError::InvalidContentSha256(value.clone())),
        PayloadHash::StreamingEvents => {
            Err(AuthError::InvalidContentSha256(claim.payload.as_str().to_owned()))
        }
        PayloadHash::StreamingEcdsa | PayloadHash::StreamingEcdsaTrailer
            if claim.algorithm == Algorithm::HmacSha256 =>
        {
            Err(AuthError::InvalidContentSha256(claim.payload.as_str().to_owned()))
        }
        PayloadHash::StreamingSigned | PayloadHash::StreamingSignedTrailer
            if claim.algorithm == Algorithm::EcdsaP256Sha256 =>
        {
            Err(AuthError::InvalidContentSha256(claim.payload.as_str().to_owned()))
        }
        _ => Ok(()),
    }
}
