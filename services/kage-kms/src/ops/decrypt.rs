//! `Decrypt`.

use super::crypto;
use crate::ciphertext::Ciphertext;
use crate::errors;
use crate::named::{self, Named};
use kage_api_kms::types::DecryptResponse;
use kage_core::{Access, Arn, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::Blob;
use serde_json::{Map, Value};

/// Decrypts what `Encrypt`, `ReEncrypt` or `GenerateDataKey` made.
pub struct Decrypt;

impl Operation for Decrypt {
    shape!(DECRYPT: DecryptRequest -> DecryptResponse on Named);
    const RECORDING: Recording = Recording::READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        source(call, tx, input.key_id.as_deref(), input.ciphertext_blob.as_ref())
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Named>) -> Access {
        let context = crypto::context(input.encryption_context.as_ref());
        named::crypto_access(call, "kms:Decrypt", target, &context, input.encryption_algorithm.as_deref())
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Named, input: &Self::Input) -> Result<DecryptResponse> {
        errors::refuse(&input.recipient, "Recipient")?;
        errors::refuse(&input.dry_run_modifiers, "DryRunModifiers")?;
        let key = target.establish(call, tx)?;
        crypto::require_ready(tx, &key, input.grant_tokens.as_ref(), input.encryption_algorithm.as_deref())?;
        let blob = crypto::required(input.ciphertext_blob.as_ref())?;
        let context = crypto::context(input.encryption_context.as_ref());
        let (plain, material) = crypto::open(call, tx, &key, blob, &context)?;
        crypto::require_wet(input.dry_run)?;
        Ok(DecryptResponse {
            key_id: Some(key.arn()),
            plaintext: Some(plain),
            encryption_algorithm: Some("SYMMETRIC_DEFAULT".to_owned()),
            key_material_id: Some(material),
            ciphertext_for_recipient: None,
        })
    }

    fn amend(_: &Call<'_>, _: &Self::Input, _: Option<&Self::Output>, event: &mut Map<String, Value>) {
        crypto::record_algorithm("encryptionAlgorithm", event);
    }
}

/// The key that is to decrypt: the one that is named, or the one that the blob names.
///
/// # Errors
/// `InvalidCiphertextException` for a blob that names no key, when no key is named either.
pub fn source(call: &Call<'_>, tx: &Tx, key_id: Option<&str>, blob: Option<&Blob>) -> Result<Lookup<Named>> {
    if let Some(key_id) = key_id {
        return named::lookup(call, tx, key_id);
    }
    let read = Ciphertext::parse(crypto::required(blob)?).ok_or_else(errors::invalid_ciphertext)?;
    let origin = read.origin;
    let found = if origin.region == call.region {
        named::by_id(tx, &origin.account, &origin.region, &origin.key)?
    } else {
        let arn = Arn::new("kms", &origin.region, &origin.account, format!("key/{}", origin.key));
        Lookup::Missing {
            arn: arn.to_string(),
            owner: Some(origin.account),
            error: errors::unreachable_key(),
        }
    };
    Ok(match found {
        Lookup::Missing { arn, owner, .. } => {
            Lookup::Missing { arn, owner, error: errors::unreachable_key() }
        }
        found => found,
    })
}
