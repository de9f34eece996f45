//! Writing `aws-chunked` bodies: for tests and internal clients.

use crate::chunk_key::{canonical_trailers, chunk_string, trailer_string};
use crate::claim::Algorithm;
use crate::key::{SigningKey, sha256_hex};
use crate::sign::SigningFailed;
use crate::v4a::AsymmetricKey;

/// Length of a Version 4A signature on the wire, padded with asterisks.
const PADDED_LENGTH: usize = 144;

pub(crate) enum SecretKey {
    Symmetric(SigningKey),
    Asymmetric(AsymmetricKey),
}

impl SecretKey {
    pub(crate) fn sign(&self, text: &str) -> Result<String, SigningFailed> {
        match self {
            Self::Symmetric(key) => Ok(key.sign(text.as_bytes())),
            Self::Asymmetric(key) => key.sign(text.as_bytes()).ok_or(SigningFailed),
        }
    }

    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Symmetric(_) => Algorithm::HmacSha256,
            Self::Asymmetric(_) => Algorithm::EcdsaP256Sha256,
        }
    }
}

/// Writes the chunks of one body. Made by [`crate::SignedRequest::chunk_signer`].
pub struct ChunkSigner {
    key: Option<SecretKey>,
    timestamp: String,
    scope: String,
    previous: String,
}

impl ChunkSigner {
    /// Chunks without signatures, for `STREAMING-UNSIGNED-PAYLOAD-TRAILER`.
    #[must_use]
    pub const fn unsigned() -> Self {
        Self { key: None, timestamp: String::new(), scope: String::new(), previous: String::new() }
    }

    pub(crate) const fn new(key: SecretKey, timestamp: String, scope: String, seed: String) -> Self {
        Self { key: Some(key), timestamp, scope, previous: seed }
    }

    /// Appends one chunk. Empty data ends the chunks: use [`Self::finish`] for that.
    ///
    /// # Errors
    /// Only when the crypto library fails.
    pub fn chunk(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), SigningFailed> {
        if data.is_empty() {
            return Ok(());
        }
        self.header(data, out)?;
        out.extend_from_slice(data);
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// Appends the last chunk and, if `trailers` is given, the trailers with their signature.
    ///
    /// # Errors
    /// Only when the crypto library fails.
    pub fn finish(
        &mut self,
        trailers: Option<&[(&str, &str)]>,
        out: &mut Vec<u8>,
    ) -> Result<(), SigningFailed> {
        self.header(b"", out)?;
        for (name, value) in trailers.unwrap_or_default() {
            out.extend_from_slice(format!("{name}:{value}\r\n").as_bytes());
        }
        if let (Some(trailers), Some(key)) = (trailers, &self.key) {
            let text = canonical_trailers(trailers.iter().copied());
            let text = trailer_string(key.algorithm(), &self.timestamp, &self.scope, &self.previous, &text);
            let signature = padded(key.sign(&text)?, key.algorithm());
            out.extend_from_slice(format!("x-amz-trailer-signature:{signature}\r\n").as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    fn header(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), SigningFailed> {
        let size = format!("{:x}", data.len());
        out.extend_from_slice(size.as_bytes());
        if let Some(key) = &self.key {
            let algorithm = key.algorithm();
            let hash = sha256_hex(data);
            let text = chunk_string(algorithm, &self.timestamp, &self.scope, &self.previous, &hash);
            self.previous = key.sign(&text)?;
            let signature = padded(self.previous.clone(), algorithm);
            out.extend_from_slice(b";chunk-signature=");
            out.extend_from_slice(signature.as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }
}

fn padded(mut signature: String, algorithm: Algorithm) -> String {
    if algorithm == Algorithm::EcdsaP256Sha256 {
        while signature.len() < PADDED_LENGTH {
            signature.push('*');
        }
    }
    signature
}
