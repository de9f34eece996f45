//! `ReEncrypt`.

use super::{crypto, decrypt};
use crate::errors;
use crate::named::{self, Named};
use kage_api_kms::types::ReEncryptResponse;
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use serde_json::{Map, Value};

/// Decrypts and encrypts again under another key or context; the plaintext never leaves.
pub struct ReEncrypt;

/// Both keys. The whole is always found, so that both are judged; what is missing is said afterwards.
pub struct Pair {
    source: Lookup<Named>,
    destination: Lookup<Named>,
}

impl Operation for ReEncrypt {
    shape!(RE_ENCRYPT: ReEncryptRequest -> ReEncryptResponse on Pair);
    const RECORDING: Recording = Recording::READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Pair>> {
        let source =
            decrypt::source(call, tx, input.source_key_id.as_deref(), input.ciphertext_blob.as_ref())?;
        let destination = named::lookup(call, tx, &input.destination_key_id)?;
        Ok(Lookup::Found(Pair { source, destination }))
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Pair>) -> Access {
        let Lookup::Found(Pair { source, destination }) = target else {
            return Access::any("kms:ReEncryptFrom");
        };
        let id = |side: &Lookup<Named>| side.found().map(|named| named.key.arn());
        let same = (id(source).is_some() && id(source) == id(destination)).to_string();
        let (from, to) = (
            crypto::context(input.source_encryption_context.as_ref()),
            crypto::context(input.destination_encryption_context.as_ref()),
        );
        let (opens, seals) =
            (input.source_encryption_algorithm.as_deref(), input.destination_encryption_algorithm.as_deref());
        named::crypto_access(call, "kms:ReEncryptFrom", source, &from, opens)
            .key("kms:ReEncryptOnSameKey", same.as_str())
            .and(
                named::crypto_access(call, "kms:ReEncryptTo", destination, &to, seals)
                    .key("kms:ReEncryptOnSameKey", same.as_str()),
            )
    }

    fn run(call: &Call<'_>, tx: &mut Tx, pair: Pair, input: &Self::Input) -> Result<ReEncryptResponse> {
        errors::refuse(&input.dry_run_modifiers, "DryRunModifiers")?;
        let source = pair.source.require()?.establish(call, tx)?;
        let destination = pair.destination.require()?.establish(call, tx)?;
        let tokens = input.grant_tokens.as_ref();
        crypto::require_ready(tx, &source, tokens, input.source_encryption_algorithm.as_deref())?;
        crypto::require_ready(tx, &destination, tokens, input.destination_encryption_algorithm.as_deref())?;
        let blob = crypto::required(input.ciphertext_blob.as_ref())?;
        let from = crypto::context(input.source_encryption_context.as_ref());
        let to = crypto::context(input.destination_encryption_context.as_ref());
        let (plain, source_material) = crypto::open(call, tx, &source, blob, &from)?;
        crypto::require_wet(input.dry_run)?;
        let (sealed, material) = crypto::seal(call, tx, &destination, &plain, &to)?;
        let algorithm = Some("SYMMETRIC_DEFAULT".to_owned());
        Ok(ReEncryptResponse {
            ciphertext_blob: Some(sealed),
            source_key_id: Some(source.arn()),
            key_id: Some(destination.arn()),
            source_encryption_algorithm: algorithm.clone(),
            destination_encryption_algorithm: algorithm,
            source_key_material_id: Some(source_material),
            destination_key_material_id: Some(material),
        })
    }

    fn amend(_: &Call<'_>, _: &Self::Input, _: Option<&Self::Output>, event: &mut Map<String, Value>) {
        crypto::record_algorithm("sourceEncryptionAlgorithm", event);
        crypto::record_algorithm("destinationEncryptionAlgorithm", event);
    }
}
