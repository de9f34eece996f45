//! `Encrypt`.

use super::crypto;
use crate::named::{self, Named};
use kage_api_kms::types::EncryptResponse;
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use serde_json::{Map, Value};

/// Encrypts up to 4,096 bytes under one key.
pub struct Encrypt;

impl Operation for Encrypt {
    shape!(ENCRYPT: EncryptRequest -> EncryptResponse on Named);
    const RECORDING: Recording = Recording::READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Named>) -> Access {
        let context = crypto::context(input.encryption_context.as_ref());
        named::crypto_access(call, "kms:Encrypt", target, &context, input.encryption_algorithm.as_deref())
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Named, input: &Self::Input) -> Result<EncryptResponse> {
        let key = target.establish(call, tx)?;
        crypto::require_ready(tx, &key, input.grant_tokens.as_ref(), input.encryption_algorithm.as_deref())?;
        crypto::require_wet(input.dry_run)?;
        let context = crypto::context(input.encryption_context.as_ref());
        let (blob, _) = crypto::seal(call, tx, &key, &input.plaintext, &context)?;
        Ok(EncryptResponse {
            ciphertext_blob: Some(blob),
            key_id: Some(key.arn()),
            encryption_algorithm: Some("SYMMETRIC_DEFAULT".to_owned()),
        })
    }

    fn amend(_: &Call<'_>, _: &Self::Input, _: Option<&Self::Output>, event: &mut Map<String, Value>) {
        crypto::record_algorithm("encryptionAlgorithm", event);
    }
}
