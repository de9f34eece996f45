//! The chain of chunk signatures: each signs the one before.
//!
//! AWS: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks" and "…
//! Including Trailing Headers".

use crate::claim::Algorithm;
use crate::error::{AuthError, Mismatch};
use crate::key::{SigningKey, sha256_hex};
use crate::v4a::PublicHalf;

/// SHA-256 of nothing, a fixed line of the string to sign of a chunk.
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What verifies the signatures of one request and its chunks.
#[derive(Clone, Debug)]
pub(crate) enum ChunkKey {
    Symmetric(SigningKey),
    Asymmetric(PublicHalf),
}

impl ChunkKey {
    pub(crate) fn verify(&self, string_to_sign: &[u8], signature: &str) -> bool {
        match self {
            Self::Symmetric(key) => key.verify(string_to_sign, signature),
            Self::Asymmetric(key) => key.verify(string_to_sign, signature),
        }
    }

    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Symmetric(_) => Algorithm::HmacSha256,
            Self::Asymmetric(_) => Algorithm::EcdsaP256Sha256,
        }
    }
}

/// The position in the chain. Starts with the signature of the request.
#[derive(Clone, Debug)]
pub(crate) struct ChunkChain {
    key: ChunkKey,
    access_key: String,
    timestamp: String,
    scope: String,
    previous: String,
}

impl ChunkChain {
    pub(crate) fn new(
        key: ChunkKey,
        access_key: String,
        timestamp: String,
        scope: String,
        seed: String,
    ) -> Self {
        Self { key, access_key, timestamp, scope, previous: seed }
    }

    /// Checks the signature of one chunk by the hexadecimal SHA-256 of its data, and moves on.
    pub(crate) fn verify_chunk(&mut self, data_sha256: &str, signature: &str) -> Result<(), AuthError> {
        let algorithm = self.key.algorithm();
        let text = chunk_string(algorithm, &self.timestamp, &self.scope, &self.previous, data_sha256);
        self.advance(text, signature)
    }

    /// Checks the signature of the trailers in their canonical form.
    pub(crate) fn verify_trailers(&mut self, trailers: &str, signature: &str) -> Result<(), AuthError> {
        let algorithm = self.key.algorithm();
        let text = trailer_string(algorithm, &self.timestamp, &self.scope, &self.previous, trailers);
        self.advance(text, signature)
    }

    fn advance(&mut self, string_to_sign: String, signature: &str) -> Result<(), AuthError> {
        // Version 4A signatures vary in length and are padded with asterisks to 144 characters on the wire
        // (aws-sdk-net `AWS4aSignerCRTWrapper`, aws-c-auth `aws_trim_padded_sigv4a_signature`).
        let signature = match self.key {
            ChunkKey::Symmetric(_) => signature,
            ChunkKey::Asymmetric(_) => signature.trim_end_matches('*'),
        };
        if self.key.verify(string_to_sign.as_bytes(), signature) {
            self.previous = signature.to_owned();
            return Ok(());
        }
        Err(AuthError::SignatureMismatch(Box::new(Mismatch {
            access_key: self.access_key.clone(),
            signature: signature.to_owned(),
            string_to_sign,
            canonical_request: String::new(),
        })))
    }
}

/// The string to sign of one chunk.
pub(crate) fn chunk_string(
    algorithm: Algorithm,
    timestamp: &str,
    scope: &str,
    previous: &str,
    data_sha256: &str,
) -> String {
    let name = algorithm.as_str();
    format!("{name}-PAYLOAD\n{timestamp}\n{scope}\n{previous}\n{EMPTY_SHA256}\n{data_sha256}")
}

/// The string to sign of the trailers.
pub(crate) fn trailer_string(
    algorithm: Algorithm,
    timestamp: &str,
    scope: &str,
    previous: &str,
    trailers: &str,
) -> String {
    let (name, hash) = (algorithm.as_str(), sha256_hex(trailers.as_bytes()));
    format!("{name}-TRAILER\n{timestamp}\n{scope}\n{previous}\n{hash}")
}

/// Trailers in canonical form: sorted lines `name:value`, each with a line feed.
pub(crate) fn canonical_trailers<'a>(trailers: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut lines: Vec<String> = trailers.map(|(name, value)| format!("{name}:{value}\n")).collect();
    lines.sort_unstable();
    lines.concat()
}
