//! What the batch operations have in common.

use crate::errors;
use kage_api_sqs::types::BatchResultErrorEntry;
use kage_core::{Error, Result};

/// AWS: SQS API reference, `SendMessageBatch`.
const ENTRIES_MAX: usize = 10;

/// Refuses a batch whose entries cannot be told apart.
///
/// # Errors
/// `EmptyBatchRequest`, `TooManyEntriesInBatchRequest`, `InvalidBatchEntryId`, `BatchEntryIdsNotDistinct`.
pub fn require_entries<'a>(entry: &str, ids: impl Iterator<Item = &'a str>) -> Result<()> {
    let ids: Vec<&str> = ids.collect();
    if ids.is_empty() {
        return Err(errors::empty_batch(entry));
    }
    if ids.len() > ENTRIES_MAX {
        return Err(errors::too_many_entries(ids.len()));
    }
    for (place, id) in ids.iter().enumerate() {
        let is_id = (1..=80).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !is_id {
            return Err(errors::batch_entry_id());
        }
        if ids.iter().take(place).any(|before| before == id) {
            return Err(errors::repeated_entry(id));
        }
    }
    Ok(())
}

/// An entry that failed. An error of KMS or of the double itself is one of the whole batch.
///
/// # Errors
/// The error, when it is one of the whole batch.
pub fn failed(id: &str, error: Error) -> Result<BatchResultErrorEntry> {
    if error.status >= 500 || error.code.starts_with("KMS.") {
        return Err(error);
    }
    Ok(BatchResultErrorEntry {
        id: id.to_owned(),
        sender_fault: true,
        code: error.code.into_owned(),
        message: Some(error.message),
    })
}
