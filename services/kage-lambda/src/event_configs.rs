//! How asynchronous invocations are made again, and where their results go.

use crate::errors;
use crate::function::LATEST;
use crate::place::Place;
use kage_core::{Arn, Millis, Result, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};

const CONFIGS: Table<EventConfig> = Table::new("lambda.event-configs");

/// Settings of asynchronous invocation of a function, version or alias.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventConfig {
    /// `$LATEST`, a number or an alias.
    pub qualifier: String,
    /// How often a failed event is tried again: 0 to 2.
    pub retries: Option<i32>,
    /// How old an event may become, in seconds.
    pub max_age: Option<i32>,
    /// Where successes go.
    pub on_success: Option<String>,
    /// Where failures go.
    pub on_failure: Option<String>,
    /// When it was changed last.
    pub modified: Millis,
}

impl EventConfig {
    /// How often a failed event is tried again. AWS: Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation": two.
    pub fn retries(&self) -> u32 {
        self.retries.and_then(|retries| u32::try_from(retries).ok()).unwrap_or(2)
    }

    /// How old an event may become, in milliseconds; six hours unless told.
    pub fn max_age_ms(&self) -> i64 {
        i64::from(self.max_age.unwrap_or(21_600)).saturating_mul(1000)
    }
}

fn key(place: &Place, qualifier: &str) -> Key {
    row(&[&place.account, &place.region, &place.name]).with(if qualifier.is_empty() {
        LATEST
    } else {
        qualifier
    })
}

/// The settings of a qualifier; none and `$LATEST` are the same.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, place: &Place, qualifier: &str) -> Result<Option<EventConfig>> {
    Ok(CONFIGS.get(reads, &key(place, qualifier))?)
}

/// All settings of a function.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, place: &Place) -> Result<Vec<EventConfig>> {
    scan(&CONFIGS, reads, &row(&[&place.account, &place.region, &place.name]))
}

/// Writes settings.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, place: &Place, config: &EventConfig) -> Result<()> {
    Ok(CONFIGS.put(tx.writer(), &key(place, &config.qualifier), config)?)
}

/// Removes settings.
pub fn remove(tx: &mut Tx, place: &Place, qualifier: &str) {
    CONFIGS.delete(tx.writer(), &key(place, qualifier));
}

/// Removes all settings of a function.
///
/// # Errors
/// Those of the store.
pub fn remove_all(tx: &mut Tx, place: &Place) -> Result<()> {
    for config in list(tx.reads(), place)? {
        remove(tx, place, &config.qualifier);
    }
    Ok(())
}

/// Refuses destinations that results cannot go to.
///
/// # Errors
/// `InvalidParameterValueException`; `NotImplemented` for S3.
pub fn require_destination(target: &str) -> Result<()> {
    match Arn::parse(target).map(|arn| arn.service).as_deref() {
        Some("sqs" | "sns" | "lambda" | "events") => Ok(()),
        Some("s3") => Err(errors::not_modelled("a destination in S3")),
        _ => Err(errors::invalid(format!("The provided destination is invalid: {target}"))),
    }
}
