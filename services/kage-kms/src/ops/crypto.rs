//! What the cryptographic operations share.

use crate::ciphertext::{self, Ciphertext, Context, Origin};
use crate::key::Key;
use crate::{errors, grants, material};
use kage_core::{Call, Error, Result, Tx};
use kage_schema::Blob;
use serde_json::{Map, Value, json};

/// The encryption context of a request, empty when it has none.
pub fn context(given: Option<&Context>) -> Context {
    given.cloned().unwrap_or_default()
}

/// What must hold before any cryptography: grant tokens are known, the key is ready, the algorithm fits.
///
/// # Errors
/// `InvalidGrantTokenException`, `DisabledException`, `KMSInvalidStateException`, `InvalidKeyUsageException`.
pub fn require_ready(
    tx: &Tx,
    key: &Key,
    tokens: Option<&Vec<String>>,
    algorithm: Option<&str>,
) -> Result<()> {
    grants::require_tokens(tx.reads(), tokens)?;
    key.require_enabled()?;
    key.require_algorithm(algorithm)
}

/// Refuses a call that was only to be tried.
///
/// # Errors
/// `DryRunOperationException`.
pub fn require_wet(dry_run: Option<bool>) -> Result<()> {
    if dry_run == Some(true) { Err(errors::dry_run()) } else { Ok(()) }
}

/// Encrypts under the newest material of a key. Gives the blob and the id of the material.
///
/// # Errors
/// HTTP 500 when the key has no material.
pub fn seal(
    call: &Call<'_>,
    tx: &mut Tx,
    key: &Key,
    plain: &[u8],
    context: &Context,
) -> Result<(Blob, String)> {
    let (version, backing) = key.current().ok_or_else(|| Error::internal("a key without material"))?;
    let material = material::open(call, tx, backing)?;
    let origin =
        Origin { account: key.account.clone(), region: key.region.clone(), key: key.id.clone(), version };
    let random = (call.rng().bytes(), call.rng().bytes());
    let blob = ciphertext::seal(&origin, &material, random, plain, context)
        .ok_or_else(|| Error::internal("encryption failed"))?;
    Ok((Blob(blob), backing.id.clone()))
}

/// Decrypts a blob that must have been made under this key. Gives the plaintext and the id of the material.
///
/// # Errors
/// `InvalidCiphertextException`, `IncorrectKeyException`.
pub fn open(
    call: &Call<'_>,
    tx: &mut Tx,
    key: &Key,
    blob: &[u8],
    context: &Context,
) -> Result<(Blob, String)> {
    let read = Ciphertext::parse(blob).ok_or_else(errors::invalid_ciphertext)?;
    let origin = &read.origin;
    if (&origin.account, &origin.region, &origin.key) != (&key.account, &key.region, &key.id) {
        return Err(errors::incorrect_key());
    }
    let backing = key.version(origin.version).ok_or_else(errors::invalid_ciphertext)?;
    let material = material::open(call, tx, backing)?;
    let plain = read.open(&material, context).ok_or_else(errors::invalid_ciphertext)?;
    Ok((Blob(plain), backing.id.clone()))
}

/// The blob of a request.
///
/// # Errors
/// `ValidationException` when there is none.
// The model marks it optional for dry runs alone, which are refused by name.
pub fn required(blob: Option<&Blob>) -> Result<&Blob> {
    blob.ok_or_else(|| {
        errors::validation(
            "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
        )
    })
}

/// Writes the algorithm into the record also when the request leaves it out.
// AWS: KMS developer guide, "Logging AWS KMS API calls", entries of Encrypt and Decrypt.
pub fn record_algorithm(member: &str, event: &mut Map<String, Value>) {
    let Some(parameters) = event.get_mut("requestParameters") else { return };
    if parameters.is_null() {
        *parameters = json!({});
    }
    if let Value::Object(members) = parameters {
        members.entry(member).or_insert_with(|| json!("SYMMETRIC_DEFAULT"));
    }
}
