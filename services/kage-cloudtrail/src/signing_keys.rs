//! The keys that sign digests: one for each Region, as in AWS, made on first use.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use kage_core::{Call, Error, Millis, Result, Tx, open, scan, seal, secret};
use kage_schema::Timestamp;
use kage_store::Key;
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

const KEYS: Table<SigningKey> = Table::new("cloudtrail.signing-keys");
/// The name of the double's secret under which private keys are kept.
const SECRET: &str = "cloudtrail-digests";
/// How long a key is used. AWS does not say how long its own are; each digest names its key.
const LIFE_MS: i64 = 365 * 24 * 3_600_000;

/// An RSA key of 2048 bits.
#[derive(Clone, Serialize, Deserialize)]
pub struct SigningKey {
    /// The private key: PKCS#8, sealed with a secret of the double.
    sealed: Vec<u8>,
    /// The public key: DER of PKCS#1, which is what ListPublicKeys gives and the AWS CLI reads.
    pub public: Vec<u8>,
    /// MD5 of the public key, in hexadecimal.
    pub fingerprint: String,
    /// When it begins to be used.
    pub from: Millis,
    /// When it ends.
    pub until: Millis,
}

/// The key of this Region, made when there is none for now.
///
/// # Errors
/// Those of the store and of the generator.
pub fn current(call: &Call<'_>, tx: &mut Tx, region: &str) -> Result<SigningKey> {
    let now = call.now.milliseconds();
    let found = of_region(tx.reads(), region)?;
    match found.into_iter().find(|key| key.from <= now && now < key.until) {
        Some(key) => Ok(key),
        None => make(call, tx, region),
    }
}

/// All keys of this Region, oldest first.
///
/// # Errors
/// Those of the store.
pub fn of_region(reads: &dyn Reads, region: &str) -> Result<Vec<SigningKey>> {
    scan(&KEYS, reads, &row(&[region]))
}

fn make(call: &Call<'_>, tx: &mut Tx, region: &str) -> Result<SigningKey> {
    // aws-lc-rs draws from the system's generator, which cannot be seeded: the key, its fingerprint and the signatures are
    // the one thing here that differs between two runs with the same seed.
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| Error::internal("no RSA key was made"))?;
    let private =
        AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| Error::internal("an RSA key without DER"))?;
    let wrapping = secret(tx, call.world, SECRET)?;
    let sealed = seal(&wrapping, call.rng().bytes(), private.as_ref());
    let public = pair.public_key().as_ref().to_vec();
    let from = call.now.milliseconds();
    let key = SigningKey {
        sealed: sealed.ok_or_else(|| Error::internal("an RSA key was not sealed"))?,
        fingerprint: hex::encode(Md5::digest(&public)),
        public,
        from,
        until: Timestamp(from).plus_ms(LIFE_MS).milliseconds(),
    };
    let place = Key::new().with(region).with_number(from.max(0).unsigned_abs());
    KEYS.put(tx.writer(), &place, &key)?;
    Ok(key)
}

/// Signs with RSASSA-PKCS1-v1_5 and SHA-256.
///
/// # Errors
/// An internal error when the key cannot be read.
pub fn sign(call: &Call<'_>, tx: &mut Tx, key: &SigningKey, message: &[u8]) -> Result<Vec<u8>> {
    let wrapping = secret(tx, call.world, SECRET)?;
    let unreadable = || Error::internal("the key that signs digests cannot be read");
    let private = open(&wrapping, &key.sealed).ok_or_else(unreadable)?;
    let pair = RsaKeyPair::from_pkcs8(&private).map_err(|_| unreadable())?;
    let mut signature = vec![0; pair.public_modulus_len()];
    // The padding is deterministic; the generator only blinds the computation.
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| unreadable())?;
    Ok(signature)
}
