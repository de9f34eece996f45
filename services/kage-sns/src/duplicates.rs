//! Deduplication of FIFO topics: a message with an id that was accepted within five minutes is accepted and not kept.
//!
//! AWS: SNS developer guide, "Message deduplication for FIFO topics".

use crate::topic::Topic;
use kage_core::{Millis, Result, Tx};
use kage_store::Key;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

/// The deduplication interval in milliseconds.
const INTERVAL_MS: Millis = 300_000;
/// Rows that one call clears away at most, so that no call pays for all.
const CLEARED: usize = 8;

const ACCEPTED: Table<Accepted> = Table::new("sns.accepted");
/// The same by time, so that what is old is found.
const BY_TIME: Table<Vec<String>> = Table::new("sns.accepted-by-time");

/// A message that was accepted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Accepted {
    /// When.
    pub at: Millis,
    /// Its `MessageId`.
    pub id: String,
    /// Its number in the topic.
    pub number: u64,
}

fn place(topic: &Topic, group: &str, id: &str) -> Vec<String> {
    let scope = if topic.duplicates_by_group() { group } else { "" };
    vec![topic.id.clone(), scope.to_owned(), id.to_owned()]
}

fn key_of(place: &[String]) -> Key {
    place.iter().fold(Key::new(), |key, part| key.with(part))
}

/// The message of this id that was accepted within the interval.
///
/// # Errors
/// Those of the store.
pub fn find(tx: &Tx, topic: &Topic, group: &str, id: &str, now: Millis) -> Result<Option<Accepted>> {
    let found = ACCEPTED.get(tx.reads(), &key_of(&place(topic, group, id)))?;
    Ok(found.filter(|accepted| accepted.at.saturating_add(INTERVAL_MS) > now))
}

/// Remembers a message, and forgets some that are past the interval.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, topic: &Topic, group: &str, id: &str, accepted: &Accepted) -> Result<()> {
    forget(tx, topic, accepted.at)?;
    let place = place(topic, group, id);
    ACCEPTED.put(tx.writer(), &key_of(&place), accepted)?;
    let time = row(&[&topic.id]).with_number(accepted.at.max(0).unsigned_abs()).with_number(accepted.number);
    Ok(BY_TIME.put(tx.writer(), &time, &place)?)
}

fn forget(tx: &mut Tx, topic: &Topic, now: Millis) -> Result<()> {
    let before = now.saturating_sub(INTERVAL_MS).max(0).unsigned_abs();
    let mut old = Vec::new();
    for found in BY_TIME.scan_prefix(tx.reads(), &row(&[&topic.id])).take(CLEARED) {
        let (time, place) = found?;
        if time.number(1).is_none_or(|at| at > before) {
            break;
        }
        old.push((time, place));
    }
    for (time, place) in old {
        BY_TIME.delete(tx.writer(), &time);
        let key = key_of(&place);
        // The id may have been used again since.
        let accepted = ACCEPTED.get(tx.reads(), &key)?;
        if accepted.is_some_and(|accepted| accepted.at.saturating_add(INTERVAL_MS) <= now) {
            ACCEPTED.delete(tx.writer(), &key);
        }
    }
    Ok(())
}
