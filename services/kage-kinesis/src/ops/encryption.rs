//! `StartStreamEncryption`, `StopStreamEncryption`.

use crate::named::{self, naming, own_access};
use crate::stream::{Change, Stream, count_in_day};
use crate::{encryption, errors, jobs};
use kage_api_kinesis::types::{StartStreamEncryptionResponse, StopStreamEncryptionResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// AWS: API reference, StartStreamEncryption: 25 times in a rolling 24-hour period.
const STARTS_A_DAY: usize = 25;

/// Encrypts records from now on.
pub struct StartStreamEncryption;

impl Operation for StartStreamEncryption {
    shape!(START_STREAM_ENCRYPTION: StartStreamEncryptionInput -> StartStreamEncryptionResponse on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:StartStreamEncryption", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<StartStreamEncryptionResponse> {
        require_kms(&input.encryption_type)?;
        stream.require_active()?;
        encryption::require_key(call, tx, &stream, &input.key_id)?;
        if !count_in_day(&mut stream.encryptions, call.now.milliseconds(), STARTS_A_DAY) {
            // The text is ours.
            return Err(errors::limit(format!(
                "A KMS key can be applied to a stream {STARTS_A_DAY} times in a rolling 24-hour period."
            )));
        }
        let key = Some(input.key_id.clone());
        jobs::begin(call, tx, &mut stream, Change::Encrypt { key })?;
        Ok(StartStreamEncryptionResponse {})
    }
}

/// Encrypts records no more. Those that are encrypted stay so.
pub struct StopStreamEncryption;

impl Operation for StopStreamEncryption {
    shape!(STOP_STREAM_ENCRYPTION: StopStreamEncryptionInput -> StopStreamEncryptionResponse on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:StopStreamEncryption", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<StopStreamEncryptionResponse> {
        require_kms(&input.encryption_type)?;
        stream.require_active()?;
        if stream.key.is_none() {
            // The text is ours.
            return Err(errors::argument(format!(
                "Stream {} under account {} is not encrypted.",
                stream.name, stream.account
            )));
        }
        jobs::begin(call, tx, &mut stream, Change::Encrypt { key: None })?;
        Ok(StopStreamEncryptionResponse {})
    }
}

/// AWS: API reference, StartStreamEncryption: "The only valid value is KMS." The text is ours.
fn require_kms(kind: &str) -> Result<()> {
    if kind == "KMS" { Ok(()) } else { Err(errors::argument("EncryptionType must be KMS.")) }
}
