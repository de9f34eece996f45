//! Keys of Signature Version 4.

use std::sync::Arc;

use aws_lc_rs::{digest, hmac};

use crate::v4a::AsymmetricKey;

/// The lower case hexadecimal SHA-256 of `bytes`.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

/// A signing key, valid for one day, region and service. Deriving it costs four HMACs; callers that see the
/// same access key often keep it; clones share the key.
#[derive(Clone)]
pub struct SigningKey {
    key: Arc<hmac::Key>,
    date: String,
    region: String,
    service: String,
}

impl SigningKey {
    /// Derives the key from the secret access key. `date` is `YYYYMMDD`.
    ///
    /// AWS: "Create a signed AWS API request", step 4.
    #[must_use]
    pub fn derive(secret: &str, date: &str, region: &str, service: &str) -> Self {
        let mut seed = Vec::with_capacity(secret.len().saturating_add(4));
        seed.extend_from_slice(b"AWS4");
        seed.extend_from_slice(secret.as_bytes());
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, &seed);
        for part in [date, region, service, "aws4_request"] {
            key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
        }
        Self {
            key: Arc::new(key),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        }
    }

    /// The day the key is for, `YYYYMMDD`.
    #[must_use]
    pub fn date(&self) -> &str {
        &self.date
    }

    /// The region the key is for.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The signing name of the service the key is for.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// Signs a string: 64 lower case hexadecimal digits.
    #[must_use]
    pub fn sign(&self, string_to_sign: &[u8]) -> String {
        hex::encode(hmac::sign(&self.key, string_to_sign))
    }

    pub(crate) fn is_for(&self, date: &str, region: &str, service: &str) -> bool {
        self.date == date && self.region == region && self.service == service
    }

    /// Compares in constant time.
    pub(crate) fn verify(&self, string_to_sign: &[u8], signature: &str) -> bool {
        let expected = self.sign(string_to_sign);
        aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), signature.as_bytes()).is_ok()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({}/{}/{})", self.date, self.region, self.service)
    }
}

/// What the caller found for an access key.
#[derive(Clone, Copy)]
pub enum KeyMaterial<'a> {
    /// The secret access key; the signing key is derived on the spot.
    Secret(&'a str),
    /// A kept signing key. It must be for the scope of the claim, otherwise the signature does not match.
    Signing(&'a SigningKey),
    /// A kept Version 4A key of the same access key id.
    Asymmetric(&'a AsymmetricKey),
}

#[cfg(test)]
mod tests {
    use super::*;

    // AWS: General Reference, "Examples of how to derive a signing key for Signature Version 4".
    #[test]
    fn documented_signing_key() {
        let key =
            SigningKey::derive("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam");
        let text = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n\
                    f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59";
        let signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
        assert_eq!(key.sign(text.as_bytes()), signature);
        assert!(key.verify(text.as_bytes(), signature));
        assert!(!key.verify(text.as_bytes(), &signature.to_uppercase()));
        assert!(!key.verify(text.as_bytes(), &signature[..63]));
    }
}
