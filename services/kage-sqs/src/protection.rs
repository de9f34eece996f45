//! Encryption of bodies at rest: SSE-SQS under a secret of the double, SSE-KMS under data keys of KMS.
//!
//! AWS: SQS developer guide, "Encryption at rest in Amazon SQS": bodies are encrypted, attributes and metadata are not;
//! a message stays encrypted as it was sent when the encryption of its queue changes or when it moves to another queue.

use crate::errors;
use crate::queue::{Queue, seconds};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_kms::types as kms;
use kage_core::{Arn, Call, CallerKind, Error, Forward, Millis, Result, Tx, open, seal};
use kage_schema::Blob;
use kage_store::Key;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const SECRET: &str = "sqs.managed-key";
const VIA: Forward = Forward::AsCaller { via: "sqs.amazonaws.com" };
/// Data keys of producers, by queue and principal.
const MADE: Table<DataKey> = Table::new("sqs.data-keys");
/// Data keys that consumers had opened, by queue and principal.
const OPENED: Table<DataKey> = Table::new("sqs.opened-data-keys");

/// A body at rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sealed {
    /// Not encrypted: the queue had no encryption.
    Plain(String),
    /// Under the double's secret, in Base64.
    Managed(String),
    /// Under a data key of KMS.
    Kms {
        /// The encrypted data key, in Base64.
        key: String,
        /// ARN of the queue to which it was sent: the encryption context `aws:sqs:arn`.
        queue: String,
        /// The encrypted body, in Base64.
        body: String,
    },
}

impl Default for Sealed {
    fn default() -> Sealed {
        Sealed::Plain(String::new())
    }
}

/// A data key that may be used again for a while. AWS: `KmsDataKeyReusePeriodSeconds`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct DataKey {
    /// The KMS key by which it was asked for.
    master: String,
    /// The encrypted data key, in Base64.
    encrypted: String,
    /// The key itself, sealed under the double's secret, in Base64.
    sealed: String,
    /// When it may no longer be used.
    expires: Millis,
}

fn broken() -> Error {
    Error::internal("a message at rest cannot be opened")
}

fn wrap(call: &Call<'_>, key: &[u8; 32], plain: &[u8]) -> Result<String> {
    let sealed = seal(key, call.rng().bytes(), plain).ok_or_else(broken)?;
    Ok(STANDARD.encode(sealed))
}

fn unwrap(key: &[u8; 32], text: &str) -> Result<Vec<u8>> {
    let sealed = STANDARD.decode(text).map_err(|_| broken())?;
    open(key, &sealed).ok_or_else(broken)
}

/// Encrypts a body as the queue says.
///
/// # Errors
/// Those of KMS.
pub fn close(call: &Call<'_>, tx: &mut Tx, queue: &Queue, body: &str) -> Result<Sealed> {
    if let Some(id) = &queue.settings.kms_key {
        let (key, encrypted) = producer_key(call, tx, queue, &key_arn(queue, id))?;
        let body = wrap(call, &key, body.as_bytes())?;
        return Ok(Sealed::Kms { key: encrypted, queue: queue.arn(), body });
    }
    if queue.settings.managed {
        let key = kage_core::secret(tx, call.world, SECRET)?;
        return Ok(Sealed::Managed(wrap(call, &key, body.as_bytes())?));
    }
    Ok(Sealed::Plain(body.to_owned()))
}

/// Decrypts a body. Under SSE-KMS the caller must be allowed to.
///
/// # Errors
/// Those of KMS.
pub fn read(call: &Call<'_>, tx: &mut Tx, queue: &Queue, sealed: &Sealed) -> Result<String> {
    let plain = match sealed {
        Sealed::Plain(body) => return Ok(body.clone()),
        Sealed::Managed(body) => unwrap(&kage_core::secret(tx, call.world, SECRET)?, body)?,
        Sealed::Kms { key, queue: context, body } => {
            unwrap(&consumer_key(call, tx, queue, key, context)?, body)?
        }
    };
    String::from_utf8(plain).map_err(|_| broken())
}

/// The ARN by which the caller's KMS finds the key of the queue's account.
fn key_arn(queue: &Queue, id: &str) -> String {
    if id.starts_with("arn:") {
        return id.to_owned();
    }
    let resource = if id.starts_with("alias/") { id.to_owned() } else { format!("key/{id}") };
    Arn::new("kms", &queue.region, &queue.account, resource).to_string()
}

/// Who shares a data key: a role, not its sessions.
fn principal<'a>(call: &'a Call<'_>) -> &'a str {
    match &call.caller.kind {
        CallerKind::Role { role_arn, .. } => role_arn,
        _ => &call.caller.arn,
    }
}

fn context(queue: &str) -> Option<BTreeMap<String, String>> {
    Some(BTreeMap::from([("aws:sqs:arn".to_owned(), queue.to_owned())]))
}

fn producer_key(call: &Call<'_>, tx: &mut Tx, queue: &Queue, master: &str) -> Result<([u8; 32], String)> {
    let place = row(&[&queue.id, principal(call)]);
    let secret = kage_core::secret(tx, call.world, SECRET)?;
    if let Some(made) = MADE.get(tx.reads(), &place)?
        && made.expires > call.now.milliseconds()
        && made.master == master
    {
        return Ok((exact(unwrap(&secret, &made.sealed)?)?, made.encrypted));
    }
    let input = kms::GenerateDataKeyRequest {
        key_id: master.to_owned(),
        encryption_context: context(&queue.arn()),
        key_spec: Some("AES_256".to_owned()),
        ..kms::GenerateDataKeyRequest::default()
    };
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::GENERATE_DATA_KEY);
    let answer: kms::GenerateDataKeyResponse =
        call.forward(tx, VIA, target, input).map_err(errors::of_kms)?;
    let encrypted = STANDARD.encode(answer.ciphertext_blob.unwrap_or_default().0);
    // AWS: SQS developer guide, "Key management": SQS decrypts a new data key to verify its integrity, so producers
    // need kms:Decrypt too.
    let key = decrypt(call, tx, &encrypted, &queue.arn())?;
    if answer.plaintext.map(|plain| plain.0).as_deref() != Some(&key) {
        return Err(Error::internal("KMS opened another data key than it made"));
    }
    let made = DataKey {
        master: master.to_owned(),
        encrypted: encrypted.clone(),
        sealed: wrap(call, &secret, &key)?,
        expires: call.now.milliseconds().saturating_add(seconds(queue.settings.reuse)),
    };
    MADE.put(tx.writer(), &place, &made)?;
    Ok((key, encrypted))
}

fn consumer_key(
    call: &Call<'_>,
    tx: &mut Tx,
    queue: &Queue,
    encrypted: &str,
    context: &str,
) -> Result<[u8; 32]> {
    let now = call.now.milliseconds();
    let prefix = row(&[&queue.id, principal(call)]);
    let secret = kage_core::secret(tx, call.world, SECRET)?;
    let mut expired: Vec<Key> = Vec::new();
    let mut found = None;
    for opened in OPENED.scan_prefix(tx.reads(), &prefix) {
        let (place, opened) = opened?;
        if opened.expires <= now {
            expired.push(place);
        } else if opened.encrypted == encrypted {
            found = Some(opened);
        }
    }
    if let Some(opened) = found {
        return exact(unwrap(&secret, &opened.sealed)?);
    }
    for place in expired {
        OPENED.delete(tx.writer(), &place);
    }
    let key = decrypt(call, tx, encrypted, context)?;
    let opened = DataKey {
        master: String::new(),
        encrypted: encrypted.to_owned(),
        sealed: wrap(call, &secret, &key)?,
        expires: now.saturating_add(seconds(queue.settings.reuse)),
    };
    OPENED.put(tx.writer(), &prefix.with(encrypted), &opened)?;
    Ok(key)
}

fn decrypt(call: &Call<'_>, tx: &mut Tx, encrypted: &str, queue: &str) -> Result<[u8; 32]> {
    let input = kms::DecryptRequest {
        ciphertext_blob: Some(Blob(STANDARD.decode(encrypted).map_err(|_| broken())?)),
        encryption_context: context(queue),
        ..kms::DecryptRequest::default()
    };
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::DECRYPT);
    let answer: kms::DecryptResponse = call.forward(tx, VIA, target, input).map_err(errors::of_kms)?;
    exact(answer.plaintext.unwrap_or_default().0)
}

fn exact(bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| broken())
}
