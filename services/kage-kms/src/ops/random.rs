//! `GenerateRandom`.

use crate::errors;
use crate::named::with_call_keys;
use kage_api_kms::types::GenerateRandomResponse;
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_schema::Blob;

/// Gives 1 to 1,024 random bytes.
pub struct GenerateRandom;

impl Operation for GenerateRandom {
    shape!(GENERATE_RANDOM: GenerateRandomRequest -> GenerateRandomResponse on ());
    const RECORDING: Recording = Recording::READ;

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        with_call_keys(call, Access::any("kms:GenerateRandom"))
    }

    fn run(call: &Call<'_>, _: &mut Tx, (): (), input: &Self::Input) -> Result<GenerateRandomResponse> {
        errors::refuse(&input.custom_key_store_id, "CustomKeyStoreId")?;
        errors::refuse(&input.recipient, "Recipient")?;
        let length = input.number_of_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let Some(length) = length else { return Err(errors::validation("NumberOfBytes is required.")) };
        let mut bytes = vec![0; length];
        call.rng().fill(&mut bytes);
        Ok(GenerateRandomResponse { plaintext: Some(Blob(bytes)), ciphertext_for_recipient: None })
    }
}
