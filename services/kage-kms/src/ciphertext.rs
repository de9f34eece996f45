//! The double's ciphertext blob, and the cryptography under it.
//!
//! A blob names its key and the version of the material, so that `Decrypt` needs no key id and rotation loses nothing.
//! As in AWS (KMS cryptographic details, "Symmetric key encryption"), every message has a key of its own, derived
//! from the backing key and a random salt; the encryption context is additional authenticated data of AES-256-GCM.
//!
//! Layout: `KAGEKMS\x01`, then account, Region and key id with one byte of length each, the version (4 bytes, big
//! endian), salt (16), nonce (12), and the ciphertext with its tag (16).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use std::collections::BTreeMap;

const MAGIC: &[u8; 8] = b"KAGEKMS\x01";
/// What the derivation is for; a key derived for one purpose serves no other.
const PURPOSE: &[u8] = b"kage-kms message key 1";

/// An encryption context.
pub type Context = BTreeMap<String, String>;

/// Which key made a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The account that owns the key.
    pub account: String,
    /// The key's Region.
    pub region: String,
    /// The key's id.
    pub key: String,
    /// The version of its material.
    pub version: u32,
}

/// A blob taken apart.
pub struct Ciphertext<'b> {
    /// Which key made it.
    pub origin: Origin,
    salt: [u8; 16],
    nonce: [u8; 12],
    header: &'b [u8],
    body: &'b [u8],
}

impl<'b> Ciphertext<'b> {
    /// Takes a blob apart; `None` when it is none of ours.
    pub fn parse(blob: &'b [u8]) -> Option<Ciphertext<'b>> {
        let rest = blob.strip_prefix(MAGIC)?;
        let (account, rest) = text(rest)?;
        let (region, rest) = text(rest)?;
        let (key, rest) = text(rest)?;
        let (version, rest) = rest.split_first_chunk::<4>()?;
        let (salt, rest) = rest.split_first_chunk::<16>()?;
        let (nonce, body) = rest.split_first_chunk::<12>()?;
        let header = blob.get(..blob.len().checked_sub(body.len())?)?;
        let origin = Origin { account, region, key, version: u32::from_be_bytes(*version) };
        Some(Ciphertext { origin, salt: *salt, nonce: *nonce, header, body })
    }

    /// Decrypts it; `None` under other material or another encryption context, or when a bit was changed.
    pub fn open(&self, material: &[u8; 32], context: &Context) -> Option<Vec<u8>> {
        let cipher = message_key(material, &self.salt)?;
        let mut body = self.body.to_vec();
        let aad = Aad::from(authenticated(self.header, context));
        let plain = cipher.open_in_place(Nonce::assume_unique_for_key(self.nonce), aad, &mut body).ok()?;
        Some(plain.to_vec())
    }
}

/// Encrypts. `salt` and `nonce` must be random.
pub fn seal(
    origin: &Origin,
    material: &[u8; 32],
    (salt, nonce): ([u8; 16], [u8; 12]),
    plain: &[u8],
    context: &Context,
) -> Option<Vec<u8>> {
    let mut out = MAGIC.to_vec();
    for part in [&origin.account, &origin.region, &origin.key] {
        out.push(u8::try_from(part.len()).ok()?);
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(&origin.version.to_be_bytes());
    out.extend_from_slice(&salt);
    out.extend_from_slice(&nonce);
    let mut body = plain.to_vec();
    let aad = Aad::from(authenticated(&out, context));
    let cipher = message_key(material, &salt)?;
    cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body).ok()?;
    out.append(&mut body);
    Some(out)
}

fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((String::from_utf8(text.to_vec()).ok()?, rest))
}

fn message_key(material: &[u8; 32], salt: &[u8; 16]) -> Option<LessSafeKey> {
    let input = [PURPOSE, salt].concat();
    let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, material), &input);
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, derived.as_ref()).ok()?))
}

/// The header and the context, unambiguous: every text after its length.
fn authenticated(header: &[u8], context: &Context) -> Vec<u8> {
    let mut out = header.to_vec();
    for (name, value) in context {
        for part in [name, value] {
            out.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            out.extend_from_slice(part.as_bytes());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin { account: "111122223333".into(), region: "eu-west-1".into(), key: "k".into(), version: 7 }
    }

    fn context(pairs: &[(&str, &str)]) -> Context {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_blob_names_its_key_and_opens_with_its_context_only() {
        let with = context(&[("a", "bc")]);
        let blob = seal(&origin(), &[1; 32], ([2; 16], [3; 12]), b"text", &with).unwrap();
        let read = Ciphertext::parse(&blob).unwrap();
        assert_eq!(read.origin, origin());
        assert_eq!(read.open(&[1; 32], &with).unwrap(), b"text");
        assert!(read.open(&[9; 32], &with).is_none());
        assert!(read.open(&[1; 32], &context(&[("ab", "c")])).is_none());
        assert!(read.open(&[1; 32], &context(&[])).is_none());
    }

    #[test]
    fn every_byte_counts() {
        let none = context(&[]);
        let blob = seal(&origin(), &[1; 32], ([2; 16], [3; 12]), b"text", &none).unwrap();
        for place in 0..blob.len() {
            let mut changed = blob.clone();
            changed[place] ^= 1;
            let opened = Ciphertext::parse(&changed).and_then(|read| read.open(&[1; 32], &none));
            assert!(opened.is_none(), "byte {place} may be changed");
            assert!(Ciphertext::parse(&blob[..place]).is_none_or(|cut| cut.open(&[1; 32], &none).is_none()));
        }
    }
}
