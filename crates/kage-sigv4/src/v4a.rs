//! Keys of Signature Version 4A: ECDSA over P-256, derived from the secret access key.
//!
//! AWS: IAM User Guide, "Signature Version 4A"; the derivation is a counter-mode KDF of NIST SP 800-108 as
//! published in aws-c-auth `source/key_derivation.c`.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};

/// The order of P-256 minus two, big endian: candidates above it are drawn again.
const ORDER_MINUS_TWO: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x4f,
];
/// RFC 5915 `ECPrivateKey` with the named curve prime256v1 and no public key: what stands before and after the
/// 32 bytes of the scalar.
const DER_HEAD: [u8; 7] = [0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20];
const DER_TAIL: [u8; 12] = [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// The Version 4A key pair of one access key. It is independent of date, region and service, so callers keep it;
/// deriving it costs a point multiplication.
pub struct AsymmetricKey {
    access_key: String,
    pair: EcdsaKeyPair,
}

impl AsymmetricKey {
    /// Derives the key pair. `None` only if all 254 candidates are out of range, which does not happen.
    #[must_use]
    pub fn derive(access_key: &str, secret: &str) -> Option<Self> {
        let input_key = [b"AWS4A", secret.as_bytes()].concat();
        let input_key = hmac::Key::new(hmac::HMAC_SHA256, &input_key);
        for counter in 1..=254_u8 {
            let mut context = hmac::Context::with_key(&input_key);
            context.update(&[0, 0, 0, 1]);
            context.update(b"AWS4-ECDSA-P256-SHA256");
            context.update(&[0]);
            context.update(access_key.as_bytes());
            context.update(&[counter]);
            context.update(&256_u32.to_be_bytes());
            let mut scalar: [u8; 32] = context.sign().as_ref().try_into().ok()?;
            if scalar > ORDER_MINUS_TWO {
                continue;
            }
            add_one(&mut scalar);
            let der = [&DER_HEAD[..], &scalar, &DER_TAIL].concat();
            let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, &der).ok()?;
            return Some(Self { access_key: access_key.to_owned(), pair });
        }
        None
    }

    /// The access key id the pair belongs to.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The public point, uncompressed: 65 bytes, `04 || X || Y`.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// Signs a string: hexadecimal DER. Two signatures of the same string differ, because ECDSA draws a nonce
    /// (inside the crypto library). `None` only on failure of the library.
    #[must_use]
    pub fn sign(&self, string_to_sign: &[u8]) -> Option<String> {
        self.pair.sign(&SystemRandom::new(), string_to_sign).ok().map(hex::encode)
    }

    /// True when `signature` (hexadecimal DER) is of this key over the string.
    #[must_use]
    pub fn verify(&self, string_to_sign: &[u8], signature: &str) -> bool {
        self.public_half().verify(string_to_sign, signature)
    }

    pub(crate) fn public_half(&self) -> PublicHalf {
        PublicHalf { point: self.public_key().to_vec() }
    }
}

/// The public half of an [`AsymmetricKey`].
#[derive(Clone, Debug)]
pub(crate) struct PublicHalf {
    point: Vec<u8>,
}

impl PublicHalf {
    pub(crate) fn verify(&self, string_to_sign: &[u8], signature: &str) -> bool {
        let Ok(signature) = hex::decode(signature) else { return false };
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.point)
            .verify(string_to_sign, &signature)
            .is_ok()
    }
}

impl std::fmt::Debug for AsymmetricKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AsymmetricKey({})", self.access_key)
    }
}

fn add_one(number: &mut [u8; 32]) {
    for byte in number.iter_mut().rev() {
        let (sum, carried) = byte.overflowing_add(1);
        *byte = sum;
        if !carried {
            return;
        }
    }
}
