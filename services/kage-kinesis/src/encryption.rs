//! Server-side encryption: records under data keys of a KMS key.
//!
//! AWS: developer guide, "Data protection in Amazon Kinesis Data Streams": producers need kms:GenerateDataKey, consumers
//! kms:Decrypt, and the encryption context is the ARN of the stream.

use crate::errors;
use crate::log::Sealing;
use crate::stream::Stream;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_kms::types as kms;
use kage_core::{Call, Error, Forward, Millis, Result, Tx};
use kage_schema::Blob;
use kage_store::Reads;
use kage_store::table::{Table, key};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const VIA: Forward = Forward::AsCaller { via: "kinesis.amazonaws.com" };
const SECRET: &str = "kinesis-data-keys";
/// How long records share a data key, in milliseconds.
// AWS: Kinesis Data Streams FAQ: the data key is rotated every five minutes or so.
const PERIOD_MS: i64 = 300_000;

const DATA_KEYS: Table<DataKey> = Table::new("kinesis.data_keys");

/// A data key of a stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct DataKey {
    /// ARN of the KMS key.
    key_arn: String,
    /// When KMS made it.
    made: Millis,
    /// The key as KMS wrapped it, base64: what consumers hand to KMS.
    wrapped: String,
    /// The key under a secret of the double, base64: producers may not decrypt, and share it for a while.
    kept: String,
}

/// The KMS key of a stream by a name that means the same for callers of other accounts.
fn qualified(stream: &Stream, key: &str) -> String {
    if key.starts_with("arn:") {
        return key.to_owned();
    }
    let resource = if key.starts_with("alias/") { key.to_owned() } else { format!("key/{key}") };
    kage_core::Arn::new("kms", &stream.region, &stream.account, resource).to_string()
}

fn context(stream: &Stream) -> BTreeMap<String, String> {
    BTreeMap::from([("aws:kinesis:arn".to_owned(), stream.arn())])
}

/// Refuses a KMS key that is not there, not usable, or not the caller's to see.
///
/// # Errors
/// Those of KMS in Kinesis's words.
pub fn require_key(call: &Call<'_>, tx: &mut Tx, stream: &Stream, key: &str) -> Result<()> {
    let input =
        kms::DescribeKeyRequest { key_id: qualified(stream, key), ..kms::DescribeKeyRequest::default() };
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::DESCRIBE_KEY);
    let found: kms::DescribeKeyResponse = call.forward(tx, VIA, target, input).map_err(errors::of_kms)?;
    let metadata = found.key_metadata.unwrap_or_default();
    let arn = metadata.arn.unwrap_or_else(|| key.to_owned());
    match metadata.key_state.as_deref() {
        Some("Enabled") | None => Ok(()),
        Some("Disabled") => Err(errors::key_disabled(&arn)),
        Some(state) => Err(errors::key_state(&arn, state)),
    }
}

/// The key under which records are put now; none when the stream is not encrypted. KMS is asked on every call, so that
/// a producer who lost the permission, or a disabled key, is noticed at once; the data key itself changes every five
/// minutes.
///
/// # Errors
/// Those of KMS in Kinesis's words.
pub fn for_put(call: &Call<'_>, tx: &mut Tx, stream: &mut Stream) -> Result<Option<Sealing>> {
    let Some(key_id) = &stream.key else { return Ok(None) };
    let input = kms::GenerateDataKeyRequest {
        key_id: qualified(stream, key_id),
        encryption_context: Some(context(stream)),
        key_spec: Some("AES_256".to_owned()),
        ..kms::GenerateDataKeyRequest::default()
    };
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::GENERATE_DATA_KEY);
    let made: kms::GenerateDataKeyResponse = call.forward(tx, VIA, target, input).map_err(errors::of_kms)?;
    let secret = kage_core::secret(tx, call.world, SECRET)?;
    let key_arn = made.key_id.unwrap_or_default();
    let now = call.now.milliseconds();
    let row = |number: u32| key(&[&stream.id]).with_number(number.into());
    let current = DATA_KEYS.get(tx.reads(), &row(stream.data_key))?;
    if let Some(current) = current.filter(|key| key.key_arn == key_arn && now - key.made < PERIOD_MS) {
        let kept = STANDARD.decode(&current.kept).ok().and_then(|kept| kage_core::open(&secret, &kept));
        return Ok(Some(Sealing { number: stream.data_key, key: exact(kept)? }));
    }
    let plain: [u8; 32] = exact(made.plaintext.map(|plain| plain.0))?;
    let kept = kage_core::seal(&secret, call.rng().bytes(), &plain);
    let kept = kept.ok_or_else(|| Error::internal("a data key could not be sealed"))?;
    let wrapped = made.ciphertext_blob.ok_or_else(|| Error::internal("KMS gave no data key"))?;
    let number = stream.data_key.saturating_add(1);
    let fresh =
        DataKey { key_arn, made: now, wrapped: STANDARD.encode(&wrapped.0), kept: STANDARD.encode(kept) };
    DATA_KEYS.put(tx.writer(), &row(number), &fresh)?;
    stream.data_key = number;
    crate::streams::put(tx, stream)?;
    Ok(Some(Sealing { number, key: plain }))
}

/// The data key of this number in the clear. The caller must be allowed to decrypt.
///
/// # Errors
/// Those of KMS in Kinesis's words.
pub fn for_get(call: &Call<'_>, tx: &mut Tx, stream: &Stream, number: u32) -> Result<[u8; 32]> {
    let row = key(&[&stream.id]).with_number(number.into());
    let found = DATA_KEYS.get(tx.reads(), &row)?.ok_or_else(|| Error::internal("a data key is gone"))?;
    let wrapped = STANDARD.decode(&found.wrapped).map_err(|_| Error::internal("a data key is not base64"))?;
    let input = kms::DecryptRequest {
        ciphertext_blob: Some(Blob(wrapped)),
        encryption_context: Some(context(stream)),
        ..kms::DecryptRequest::default()
    };
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::DECRYPT);
    let opened: kms::DecryptResponse = call.forward(tx, VIA, target, input).map_err(errors::of_kms)?;
    exact(opened.plaintext.map(|plain| plain.0))
}

/// Judges whether the caller may decrypt every record under the data keys from number `from` on: KMS is asked once for
/// each of its keys.
///
/// # Errors
/// Those of KMS in Kinesis's words.
pub fn require_decrypt(call: &Call<'_>, tx: &mut Tx, stream: &Stream, from: u32) -> Result<()> {
    let mut judged: BTreeSet<String> = BTreeSet::new();
    for number in (from.max(1)..=stream.data_key).rev() {
        let found = DATA_KEYS.get(tx.reads(), &key(&[&stream.id]).with_number(number.into()))?;
        if found.is_some_and(|found| judged.insert(found.key_arn)) {
            for_get(call, tx, stream, number)?;
        }
    }
    Ok(())
}

/// The data key of this number, for a reader who was judged before.
///
/// # Errors
/// HTTP 500 when it is gone.
pub fn for_judged(reads: &dyn Reads, stream: &Stream, number: u32) -> Result<[u8; 32]> {
    let found = DATA_KEYS.get(reads, &key(&[&stream.id]).with_number(number.into()))?;
    let secret = kage_core::find_secret(reads, SECRET)?;
    let kept = found.and_then(|found| STANDARD.decode(found.kept).ok());
    exact(secret.zip(kept).and_then(|(secret, kept)| kage_core::open(&secret, &kept)))
}

fn exact(key: Option<Vec<u8>>) -> Result<[u8; 32]> {
    let key = key.and_then(|key| key.try_into().ok());
    key.ok_or_else(|| Error::internal("a data key of another length"))
}

/// Forgets the data keys of a stream.
pub fn remove_all(tx: &mut Tx, stream: &Stream) {
    for number in 1..=stream.data_key {
        DATA_KEYS.delete(tx.writer(), &key(&[&stream.id]).with_number(number.into()));
    }
}
