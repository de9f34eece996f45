//! Data keys of encrypted log groups. They are made and opened by KMS, under the group's key and for its ARN; only
//! their sealed form is kept.
// AWS: user guide, "Encrypt log data in CloudWatch Logs using AWS KMS": the encryption context is
// `aws:logs:arn` with the ARN of the log group, the principal is `logs.<region>.amazonaws.com`.

use crate::errors;
use crate::group::{Encryption, Group};
use kage_api_kms::types::{DecryptRequest, DecryptResponse, GenerateDataKeyRequest, GenerateDataKeyResponse};
use kage_core::{Call, Error, Forward, Result, Tx};
use kage_schema::Blob;
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const DATA_KEYS: Table<DataKey> = Table::new("logs.data-keys");

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct DataKey {
    /// ARN of the KMS key.
    kms_key: String,
    /// What KMS gave: base64.
    sealed: String,
}

fn at(group: &Group, number: u32) -> Key {
    row(&[&group.uid]).with_number(u64::from(number))
}

/// The Regions whose service principals are known here.
// AWS: general reference, "Amazon CloudWatch Logs endpoints and quotas".
const PRINCIPALS: [(&str, &str); 20] = [
    ("us-east-1", "logs.us-east-1.amazonaws.com"),
    ("us-east-2", "logs.us-east-2.amazonaws.com"),
    ("us-west-1", "logs.us-west-1.amazonaws.com"),
    ("us-west-2", "logs.us-west-2.amazonaws.com"),
    ("af-south-1", "logs.af-south-1.amazonaws.com"),
    ("ap-east-1", "logs.ap-east-1.amazonaws.com"),
    ("ap-northeast-1", "logs.ap-northeast-1.amazonaws.com"),
    ("ap-northeast-2", "logs.ap-northeast-2.amazonaws.com"),
    ("ap-northeast-3", "logs.ap-northeast-3.amazonaws.com"),
    ("ap-south-1", "logs.ap-south-1.amazonaws.com"),
    ("ap-southeast-1", "logs.ap-southeast-1.amazonaws.com"),
    ("ap-southeast-2", "logs.ap-southeast-2.amazonaws.com"),
    ("ca-central-1", "logs.ca-central-1.amazonaws.com"),
    ("eu-central-1", "logs.eu-central-1.amazonaws.com"),
    ("eu-north-1", "logs.eu-north-1.amazonaws.com"),
    ("eu-south-1", "logs.eu-south-1.amazonaws.com"),
    ("eu-west-1", "logs.eu-west-1.amazonaws.com"),
    ("eu-west-2", "logs.eu-west-2.amazonaws.com"),
    ("eu-west-3", "logs.eu-west-3.amazonaws.com"),
    ("sa-east-1", "logs.sa-east-1.amazonaws.com"),
];

/// The service principal of a Region.
pub fn principal(region: &str) -> Option<&'static str> {
    PRINCIPALS.into_iter().find(|(known, _)| *known == region).map(|(_, name)| name)
}

fn service(group: &Group) -> Result<Forward> {
    let name = principal(&group.region)
        .ok_or_else(|| errors::not_modelled(&format!("encryption of log groups in {}", group.region)))?;
    Ok(Forward::AsService {
        name,
        source_arn: Some(group.arn()),
        source_account: Some(group.account.clone()),
    })
}

fn context(group: &Group) -> Option<BTreeMap<String, String>> {
    Some(BTreeMap::from([("aws:logs:arn".to_owned(), group.arn())]))
}

/// Makes a data key under `kms_key` for the group and puts it to use. The group is changed, not yet written.
///
/// # Errors
/// `InvalidParameterException` for a key that is disabled, `AccessDeniedException` for one that does not let
/// CloudWatch Logs use it.
pub fn associate(call: &Call<'_>, tx: &mut Tx, group: &mut Group, kms_key: &str) -> Result<()> {
    let input = GenerateDataKeyRequest {
        key_id: kms_key.to_owned(),
        key_spec: Some("AES_256".to_owned()),
        encryption_context: context(group),
        ..GenerateDataKeyRequest::default()
    };
    let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::GENERATE_DATA_KEY);
    let made: GenerateDataKeyResponse =
        call.forward(tx, service(group)?, target, input).map_err(|error| refused(group, &error))?;
    let number = group.data_keys;
    let sealed = made.ciphertext_blob.ok_or_else(|| Error::internal("KMS gave no data key"))?;
    DATA_KEYS.put(
        tx.writer(),
        &at(group, number),
        &DataKey { kms_key: kms_key.to_owned(), sealed: encode(&sealed) },
    )?;
    group.data_keys = number.saturating_add(1);
    group.encryption = Some(Encryption { key: kms_key.to_owned(), data_key: number });
    Ok(())
}

fn refused(group: &Group, error: &Error) -> Error {
    match error.code.as_ref() {
        "DisabledException" | "KMSInvalidStateException" | "InvalidKeyUsageException" => {
            errors::key_unusable(&group.arn())
        }
        "NotImplemented" | "InternalFailure" => Error::new(error.code.clone(), error.status, &error.message),
        _ => errors::key_not_allowed(&group.arn()),
    }
}

fn encode(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn decode(text: &str) -> Result<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .map_err(|_| Error::internal("a data key of a log group cannot be read"))
}

/// Removes the data keys of a group.
///
/// # Errors
/// Those of the store.
pub fn remove_all(tx: &mut Tx, group: &Group) -> Result<()> {
    let keys: Vec<Key> = DATA_KEYS
        .scan_prefix(tx.reads(), &row(&[&group.uid]))
        .map(|found| Ok(found?.0))
        .collect::<Result<_>>()?;
    for key in keys {
        DATA_KEYS.delete(tx.writer(), &key);
    }
    Ok(())
}

/// Data keys in the clear, for one call.
#[derive(Default)]
pub struct DataKeys(BTreeMap<u32, [u8; 32]>);

impl DataKeys {
    /// Asks KMS to open these data keys of a group.
    ///
    /// # Errors
    /// As [`associate`]: a key that was disabled, deleted or withdrawn makes its events unreadable.
    pub fn open(
        call: &Call<'_>,
        tx: &mut Tx,
        group: &Group,
        numbers: impl IntoIterator<Item = u32>,
    ) -> Result<DataKeys> {
        let mut out = BTreeMap::new();
        for number in numbers {
            if out.contains_key(&number) {
                continue;
            }
            let (kms_key, sealed) = find(tx.reads(), group, number)?;
            let input = DecryptRequest {
                ciphertext_blob: Some(Blob(sealed)),
                key_id: Some(kms_key),
                encryption_context: context(group),
                ..DecryptRequest::default()
            };
            let target = (&kage_api_kms::SERVICE, &kage_api_kms::operations::DECRYPT);
            let opened: DecryptResponse =
                call.forward(tx, service(group)?, target, input).map_err(|error| refused(group, &error))?;
            let plain = opened.plaintext.and_then(|plain| <[u8; 32]>::try_from(plain.0).ok());
            out.insert(number, plain.ok_or_else(|| Error::internal("KMS gave a data key of another size"))?);
        }
        Ok(DataKeys(out))
    }

    /// Encrypts under a data key that is open.
    ///
    /// # Errors
    /// When it is not.
    pub fn seal(&self, call: &Call<'_>, number: u32, plain: &[u8]) -> Result<Vec<u8>> {
        let sealed = self.0.get(&number).and_then(|key| kage_core::seal(key, call.rng().bytes(), plain));
        sealed.ok_or_else(|| Error::internal("log events could not be encrypted"))
    }

    /// Decrypts what [`DataKeys::seal`] made.
    ///
    /// # Errors
    /// When the data key is not open, or the bytes were changed.
    pub fn unseal(&self, number: u32, sealed: &[u8]) -> Result<Vec<u8>> {
        let plain = self.0.get(&number).and_then(|key| kage_core::open(key, sealed));
        plain.ok_or_else(|| Error::internal("log events could not be decrypted"))
    }
}

fn find(reads: &dyn Reads, group: &Group, number: u32) -> Result<(String, Vec<u8>)> {
    let found = DATA_KEYS.get(reads, &at(group, number))?;
    let found = found.ok_or_else(|| Error::internal("a data key of a log group is gone"))?;
    Ok((found.kms_key, decode(&found.sealed)?))
}
