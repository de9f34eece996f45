//! Secrets of the double itself, made on first use and kept in its store.

use crate::{Result, Tx, World};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

const SECRETS: Table<[u8; 32]> = Table::new("kage.secrets");
const MESSAGES: &str = "authorization-messages";

/// The secret of this name, made when it is first asked for.
///
/// # Errors
/// Those of the store.
pub fn secret(tx: &mut Tx, world: &World, name: &str) -> Result<[u8; 32]> {
    let key = row(&[name]);
    if let Some(found) = SECRETS.get(tx.reads(), &key)? {
        return Ok(found);
    }
    let made = world.rng.bytes::<32>();
    SECRETS.put(tx.writer(), &key, &made)?;
    Ok(made)
}

/// The secret of this name, if it was made.
///
/// # Errors
/// Those of the store.
pub fn find_secret(reads: &dyn Reads, name: &str) -> Result<Option<[u8; 32]>> {
    Ok(SECRETS.get(reads, &row(&[name]))?)
}

/// Makes the secrets that every double needs; called once for a fresh store.
///
/// # Errors
/// Those of the store.
pub fn create_secrets(tx: &mut Tx, world: &World) -> Result<()> {
    secret(tx, world, MESSAGES).map(|_| ())
}

/// Seals an authorization message so that only this double can open it. `None` before [`create_secrets`].
#[must_use]
pub fn seal_message(world: &World, message: &[u8]) -> Option<Vec<u8>> {
    let key = find_secret(&world.store.read(), MESSAGES).ok().flatten()?;
    seal(&key, world.rng.bytes(), message)
}

/// Opens what [`seal_message`] sealed; `None` for anything else.
#[must_use]
pub fn open_message(reads: &dyn Reads, sealed: &[u8]) -> Option<Vec<u8>> {
    open(&find_secret(reads, MESSAGES).ok().flatten()?, sealed)
}

/// Encrypts with AES-256-GCM under a nonce, which stands before the ciphertext. `None` when the key is refused.
#[must_use]
pub fn seal(key: &[u8; 32], nonce: [u8; 12], plain: &[u8]) -> Option<Vec<u8>> {
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let mut body = plain.to_vec();
    cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut body).ok()?;
    let mut out = nonce.to_vec();
    out.append(&mut body);
    Some(out)
}

/// Decrypts what [`seal`] made; `None` when it was made under another key or changed.
#[must_use]
pub fn open(key: &[u8; 32], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, body) = sealed.split_first_chunk::<12>()?;
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let mut body = body.to_vec();
    let plain = cipher.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut body).ok()?;
    Some(plain.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_under_its_key_only() {
        let sealed = seal(&[1; 32], [2; 12], b"text").unwrap();
        assert_eq!(open(&[1; 32], &sealed).unwrap(), b"text");
        assert!(open(&[3; 32], &sealed).is_none());
        let mut changed = sealed.clone();
        changed[13] ^= 1;
        assert!(open(&[1; 32], &changed).is_none());
        assert!(open(&[1; 32], b"short").is_none());
    }
}
