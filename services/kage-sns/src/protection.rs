//! Encryption of messages on their way. With a KMS key the publisher must be allowed to use it.
//!
//! AWS: SNS developer guide, "Securing Amazon SNS data with server-side encryption".

use crate::errors;
use crate::topic::Topic;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_kms::types as kms;
use kage_core::{Arn, Call, CallerKind, Error, Forward, Millis, Result, Tx, open, seal};
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const SECRET: &str = "sns.messages";
const VIA: Forward = Forward::AsCaller { via: "sns.amazonaws.com" };
/// AWS: the same page, "Key terms": SNS reuses a data key for up to five minutes.
const REUSE_MS: Millis = 300_000;
/// Data keys of publishers, by topic and principal.
const MADE: Table<DataKey> = Table::new("sns.data-keys");

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct DataKey {
    master: String,
    sealed: String,
    expires: Millis,
}

fn broken() -> Error {
    Error::internal("a message at rest cannot be opened")
}

/// Seals bytes; in Base64.
fn wrap(call: &Call<'_>, key: &[u8; 32], plain: &[u8]) -> Result<String> {
    let sealed = seal(key, call.rng().bytes(), plain).ok_or_else(broken)?;
    Ok(STANDARD.encode(sealed))
}

fn unwrap(key: &[u8; 32], text: &str) -> Result<Vec<u8>> {
    let sealed = STANDARD.decode(text).map_err(|_| broken())?;
    open(key, &sealed).ok_or_else(broken)
}

/// Encrypts a text as the topic says: gives the sealed text and the key, itself sealed under the double's secret.
///
/// # Errors
/// Those of KMS.
pub fn close(call: &Call<'_>, tx: &mut Tx, topic: &Topic, text: &str) -> Result<(String, String)> {
    let secret = kage_core::secret(tx, call.world, SECRET)?;
    let sealed = match &topic.kms_key {
        Some(id) => publisher_key(call, tx, topic, &key_arn(topic, id), &secret)?,
        None => wrap(call, &secret, &call.rng().bytes::<32>())?,
    };
    let key = exact(unwrap(&secret, &sealed)?)?;
    Ok((wrap(call, &key, text.as_bytes())?, sealed))
}

/// Decrypts what [`close`] made.
///
/// # Errors
/// HTTP 500 when it was changed.
pub fn read(call: &Call<'_>, tx: &mut Tx, text: &str, key: &str) -> Result<String> {
    let secret = kage_core::secret(tx, call.world, SECRET)?;
    let plain = unwrap(&exact(unwrap(&secret, key)?)?, text)?;
    String::from_utf8(plain).map_err(|_| broken())
}

fn key_arn(topic: &Topic, id: &str) -> String {
    if id.starts_with("arn:") {
        return id.to_owned();
    }
    let resource = if id.starts_with("alias/") { id.to_owned() } else { format!("key/{id}") };
    Arn::new("kms", &topic.region, &topic.account, resource).to_string()
}

fn publisher_key(
    call: &Call<'_>,
    tx: &mut Tx,
    topic: &Topic,
    master: &str,
    secret: &[u8; 32],
) -> Result<String> {
    let principal = match &call.caller.kind {
        CallerKind::Role { role_arn, .. } => role_arn,
        _ => &call.caller.arn,
    };
    let place = row(&[&topic.id, principal]);
    if let Some(made) = MADE.get(tx.reads(), &place)?
        && made.expires > call.now.milliseconds()
        && made.master == master
    {
        return Ok(made.sealed);
    }
    let context = Some(BTreeMap::from([("aws:sns:topicArn".to_owned(), topic.arn())]));
    let input = kms::GenerateDataKeyRequest {
        key_id: master.to_owned(),
        encryption_context: context.clone(),
        key_spec: Some("AES_256".to_owned()),
        ..kms::GenerateDataKeyRequest::default()
    };
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::GENERATE_DATA_KEY);
    let answer: kms::GenerateDataKeyResponse =
        call.forward(tx, VIA, target, input).map_err(errors::of_kms)?;
    // AWS: the same page, "Configure AWS KMS permissions": publishers need kms:GenerateDataKey* and kms:Decrypt.
    let input = kms::DecryptRequest {
        ciphertext_blob: answer.ciphertext_blob,
        encryption_context: context,
        ..kms::DecryptRequest::default()
    };
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::DECRYPT);
    let opened: kms::DecryptResponse = call.forward(tx, VIA, target, input).map_err(errors::of_kms)?;
    let key = exact(opened.plaintext.unwrap_or_default().0)?;
    let sealed = wrap(call, secret, &key)?;
    let expires = call.now.milliseconds().saturating_add(REUSE_MS);
    MADE.put(tx.writer(), &place, &DataKey { master: master.to_owned(), sealed: sealed.clone(), expires })?;
    Ok(sealed)
}

fn exact(bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| broken())
}
