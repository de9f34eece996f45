//! Making signatures: for tests and for kage's own clients.

use crate::canonical::{CanonicalRules, canonical_request, string_to_sign};
use crate::chunk_sign::{ChunkSigner, SecretKey};
use crate::claim::{Algorithm, Claim, Kind, PayloadHash};
use crate::encode::encode_into;
use crate::key::SigningKey;
use crate::options::PathRule;
use crate::request::RequestParts;
use crate::time::format_basic;
use crate::v4a::AsymmetricKey;

/// Headers that hops change, which no SDK signs (botocore `SIGNED_HEADERS_BLACKLIST`).
const NEVER_SIGNED: [&str; 5] =
    ["authorization", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id"];

/// The crypto library refused to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningFailed;

impl std::fmt::Display for SigningFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the signature could not be made")
    }
}

impl std::error::Error for SigningFailed {}

/// Signs requests with one access key for one service.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The signing algorithm.
    pub algorithm: Algorithm,
    /// The access key id.
    pub access_key: &'a str,
    /// The secret access key.
    pub secret: &'a str,
    /// The session token of a temporary key.
    pub session_token: Option<&'a str>,
    /// The region; with Version 4A the region set.
    pub region: &'a str,
    /// The signing name of the service.
    pub service: &'a str,
    /// How the path enters the canonical request; [`crate::VerifyOptions`] has the two in use.
    pub path: PathRule,
    /// Add the session token to the request only after signing.
    pub token_after_signing: bool,
    /// Send `x-amz-content-sha256`. S3 wants it.
    pub send_content_sha256: bool,
}

/// A signed request: what to add to it, and the seed of its chunks.
pub struct SignedRequest {
    /// The headers to add, `Authorization` last.
    pub headers: Vec<(&'static str, String)>,
    /// The string that was signed, for tests.
    pub string_to_sign: String,
    /// The canonical request, for tests.
    pub canonical_request: String,
    /// The signature.
    pub signature: String,
    timestamp: String,
    scope: String,
    key: SecretKey,
}

impl SignedRequest {
    /// Signs the chunks of the body of this request.
    #[must_use]
    pub fn chunk_signer(self) -> ChunkSigner {
        ChunkSigner::new(self.key, self.timestamp, self.scope, self.signature)
    }
}

impl Signer<'_> {
    /// Signs a request in its headers. All headers of `parts` are signed but those that hops change. `now` is in
    /// unix seconds.
    ///
    /// # Errors
    /// Only when the crypto library fails.
    pub fn sign(
        &self,
        parts: &RequestParts<'_>,
        payload: &PayloadHash,
        now: i64,
    ) -> Result<SignedRequest, SigningFailed> {
        let mut claim = self.claim(Kind::Header, payload, now);
        let mut headers: Vec<(&'static str, String)> = Vec::new();
        if self.send_content_sha256 {
            headers.push(("X-Amz-Content-Sha256", payload.as_str().to_owned()));
        }
        if let Some(token) = self.session_token {
            headers.push(("X-Amz-Security-Token", token.to_owned()));
        }
        headers.push(("X-Amz-Date", claim.timestamp.clone()));
        if self.algorithm == Algorithm::EcdsaP256Sha256 {
            headers.push(("X-Amz-Region-Set", self.region.to_owned()));
        }
        let skip_token = |name: &str| self.token_after_signing && name == "X-Amz-Security-Token";
        let added = headers.iter().filter(|(name, _)| !skip_token(name));
        let mut all: Vec<(&str, &[u8])> = parts.headers.to_vec();
        all.extend(added.map(|(name, value)| (*name, value.as_bytes())));
        let parts = RequestParts { headers: &all, ..*parts };
        claim.signed_headers = signed_names(&parts);
        let (canonical_request, string_to_sign) = self.strings(&claim, &parts, payload);
        let key = self.key(&claim).ok_or(SigningFailed)?;
        let signature = key.sign(&string_to_sign)?;
        let credential = format!("{}/{}", self.access_key, claim.scope());
        let authorization = format!(
            "{} Credential={credential}, SignedHeaders={}, Signature={signature}",
            self.algorithm.as_str(),
            claim.signed_headers.join(";"),
        );
        headers.push(("Authorization", authorization));
        let (timestamp, scope) = (claim.timestamp.clone(), claim.scope());
        Ok(SignedRequest { headers, string_to_sign, canonical_request, signature, timestamp, scope, key })
    }

    /// Signs a request in its query and returns the whole query: that of `parts`, then the signature's
    /// parameters. All headers of `parts` are signed but those that hops change.
    ///
    /// # Errors
    /// Only when the crypto library fails.
    pub fn presign(
        &self,
        parts: &RequestParts<'_>,
        payload: &PayloadHash,
        expires_seconds: u64,
        now: i64,
    ) -> Result<String, SigningFailed> {
        let mut claim = self.claim(Kind::Query, payload, now);
        claim.signed_headers = signed_names(parts);
        let mut query = parts.query.as_bytes().to_vec();
        let credential = format!("{}/{}", self.access_key, claim.scope());
        push_parameter(&mut query, "X-Amz-Algorithm", self.algorithm.as_str());
        push_parameter(&mut query, "X-Amz-Credential", &credential);
        push_parameter(&mut query, "X-Amz-Date", &claim.timestamp);
        push_parameter(&mut query, "X-Amz-SignedHeaders", &claim.signed_headers.join(";"));
        push_parameter(&mut query, "X-Amz-Expires", &expires_seconds.to_string());
        if let Some(token) = self.session_token {
            push_parameter(&mut query, "X-Amz-Security-Token", token);
        }
        if self.algorithm == Algorithm::EcdsaP256Sha256 {
            push_parameter(&mut query, "X-Amz-Region-Set", self.region);
        }
        let text = String::from_utf8_lossy(&query).into_owned();
        let parts = RequestParts { query: &text, ..*parts };
        let (_, string_to_sign) = self.strings(&claim, &parts, payload);
        let signature = self.key(&claim).ok_or(SigningFailed)?.sign(&string_to_sign)?;
        push_parameter(&mut query, "X-Amz-Signature", &signature);
        Ok(String::from_utf8_lossy(&query).into_owned())
    }

    /// Signs the base64 policy of a browser upload.
    ///
    /// # Errors
    /// Only when the crypto library fails.
    pub fn sign_policy(&self, policy: &str, now: i64) -> Result<String, SigningFailed> {
        let claim = self.claim(Kind::Post, &PayloadHash::Absent, now);
        self.key(&claim).ok_or(SigningFailed)?.sign(policy)
    }

    fn claim(&self, kind: Kind, payload: &PayloadHash, now: i64) -> Claim {
        let timestamp = format_basic(now);
        Claim {
            kind,
            algorithm: self.algorithm,
            access_key: self.access_key.to_owned(),
            date: timestamp.chars().take(8).collect(),
            region: self.region.to_owned(),
            service: self.service.to_owned(),
            terminator: "aws4_request".to_owned(),
            region_set: None,
            signed_headers: Vec::new(),
            signature: String::new(),
            timestamp,
            signed_at: now,
            expires_seconds: None,
            session_token: None,
            payload: payload.clone(),
        }
    }

    fn strings(&self, claim: &Claim, parts: &RequestParts<'_>, payload: &PayloadHash) -> (String, String) {
        let rules = CanonicalRules {
            kind: claim.kind,
            signed_headers: &claim.signed_headers,
            payload: payload.as_str(),
            path: self.path,
            without_token: self.token_after_signing,
        };
        let canonical = canonical_request(parts, &rules);
        let to_sign = string_to_sign(claim, &canonical);
        (String::from_utf8_lossy(&canonical).into_owned(), to_sign)
    }

    fn key(&self, claim: &Claim) -> Option<SecretKey> {
        match self.algorithm {
            Algorithm::HmacSha256 => Some(SecretKey::Symmetric(SigningKey::derive(
                self.secret,
                &claim.date,
                self.region,
                self.service,
            ))),
            Algorithm::EcdsaP256Sha256 => {
                AsymmetricKey::derive(self.access_key, self.secret).map(SecretKey::Asymmetric)
            }
        }
    }
}

fn signed_names(parts: &RequestParts<'_>) -> Vec<String> {
    let mut names: Vec<String> = parts.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.retain(|name| !NEVER_SIGNED.contains(&name.as_str()));
    names.sort_unstable();
    names.dedup();
    names
}

fn push_parameter(query: &mut Vec<u8>, name: &str, value: &str) {
    if !query.is_empty() {
        query.push(b'&');
    }
    query.extend_from_slice(name.as_bytes());
    query.push(b'=');
    encode_into(query, value.as_bytes(), false);
}
