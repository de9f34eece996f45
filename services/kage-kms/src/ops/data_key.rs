//! `GenerateDataKey` and `GenerateDataKeyWithoutPlaintext`.

use super::crypto;
use crate::errors;
use crate::named::{self, Named};
use kage_api_kms::types::{GenerateDataKeyResponse, GenerateDataKeyWithoutPlaintextResponse};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::Blob;

/// Makes a data key and gives it in the clear and encrypted.
pub struct GenerateDataKey;

impl Operation for GenerateDataKey {
    shape!(GENERATE_DATA_KEY: GenerateDataKeyRequest -> GenerateDataKeyResponse on Named);
    const RECORDING: Recording = Recording::READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Named>) -> Access {
        let context = crypto::context(input.encryption_context.as_ref());
        named::crypto_access(call, "kms:GenerateDataKey", target, &context, None)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Named,
        input: &Self::Input,
    ) -> Result<GenerateDataKeyResponse> {
        errors::refuse(&input.recipient, "Recipient")?;
        let key = target.establish(call, tx)?;
        crypto::require_ready(tx, &key, input.grant_tokens.as_ref(), None)?;
        let plain = random(call, length(input.key_spec.as_deref(), input.number_of_bytes)?);
        crypto::require_wet(input.dry_run)?;
        let context = crypto::context(input.encryption_context.as_ref());
        let (blob, material) = crypto::seal(call, tx, &key, &plain, &context)?;
        Ok(GenerateDataKeyResponse {
            ciphertext_blob: Some(blob),
            plaintext: Some(plain),
            key_id: Some(key.arn()),
            key_material_id: Some(material),
            ciphertext_for_recipient: None,
        })
    }
}

/// Makes a data key and gives it encrypted only.
pub struct GenerateDataKeyWithoutPlaintext;

impl Operation for GenerateDataKeyWithoutPlaintext {
    shape!(GENERATE_DATA_KEY_WITHOUT_PLAINTEXT: GenerateDataKeyWithoutPlaintextRequest -> GenerateDataKeyWithoutPlaintextResponse on Named);
    const RECORDING: Recording = Recording::READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Named>) -> Access {
        let context = crypto::context(input.encryption_context.as_ref());
        named::crypto_access(call, "kms:GenerateDataKeyWithoutPlaintext", target, &context, None)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Named,
        input: &Self::Input,
    ) -> Result<GenerateDataKeyWithoutPlaintextResponse> {
        let key = target.establish(call, tx)?;
        crypto::require_ready(tx, &key, input.grant_tokens.as_ref(), None)?;
        let plain = random(call, length(input.key_spec.as_deref(), input.number_of_bytes)?);
        crypto::require_wet(input.dry_run)?;
        let context = crypto::context(input.encryption_context.as_ref());
        let (blob, material) = crypto::seal(call, tx, &key, &plain, &context)?;
        Ok(GenerateDataKeyWithoutPlaintextResponse {
            ciphertext_blob: Some(blob),
            key_id: Some(key.arn()),
            key_material_id: Some(material),
        })
    }
}

/// How long the data key is to be, in bytes.
fn length(spec: Option<&str>, bytes: Option<i32>) -> Result<usize> {
    match (spec, bytes) {
        (Some("AES_128"), None) => Ok(16),
        (Some(_), None) => Ok(32),
        // The model bounds it: 1 to 1024.
        (None, Some(bytes)) => Ok(usize::try_from(bytes).unwrap_or_default()),
        _ => Err(errors::validation("Please specify either number of bytes or key spec.")),
    }
}

fn random(call: &Call<'_>, length: usize) -> Blob {
    let mut bytes = vec![0; length];
    call.rng().fill(&mut bytes);
    Blob(bytes)
}
