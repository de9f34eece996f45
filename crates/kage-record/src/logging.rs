//! Which accounts and Regions have a trail that logs. EventBridge gets API calls only there.
//!
//! AWS: EventBridge user guide, "AWS service events delivered via AWS CloudTrail": "you must have a CloudTrail trail with
//! logging enabled".

use crate::selectors::Filter;
use crate::watch::{Watch, end_watch, set_watch};
use kage_core::{Result, Tx, scan};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const LOGGING: Table<Logging> = Table::new("events.logging");

/// What one trail logs of an account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Logging {
    /// The trail.
    pub trail: String,
    /// The Region; `None` for all of them.
    pub region: Option<String>,
    /// Which records it takes.
    pub filter: Filter,
    /// Set when the trail was stopped: the request that stopped it is the last one that counts.
    pub last_request: Option<String>,
    /// Set for a trail of an organization: whom to wake for the events of accounts that join it.
    pub joining: Option<Vec<Watch>>,
}

/// Says what a trail logs of an account from now on, the present call included.
///
/// # Errors
/// Those of the store.
pub fn set_logging(tx: &mut Tx, account: &str, logging: &Logging) -> Result<()> {
    Ok(LOGGING.put(tx.writer(), &row(&[account, &logging.trail]), logging)?)
}

/// Says that a trail logs nothing of an account any more; `last_request` is the id of the call that stopped it, which is
/// still an event. AWS: the StopLogging call itself is delivered.
///
/// # Errors
/// Those of the store.
pub fn end_logging(tx: &mut Tx, account: &str, trail: &str, last_request: &str) -> Result<()> {
    let key = row(&[account, trail]);
    let Some(before) = LOGGING.get(tx.reads(), &key)? else { return Ok(()) };
    if before.last_request.is_some() {
        return Ok(());
    }
    let ended = Logging { last_request: Some(last_request.to_owned()), ..before };
    Ok(LOGGING.put(tx.writer(), &key, &ended)?)
}

/// An account joins an organization: the trails of the organization log it from its first event on.
///
/// # Errors
/// Those of the store.
pub fn join(tx: &mut Tx, management: &str, account: &str) -> Result<()> {
    for logging in scan(&LOGGING, tx.reads(), &row(&[management]))? {
        if logging.last_request.is_some() {
            continue;
        }
        let Some(watches) = &logging.joining else { continue };
        for watch in watches {
            // An account that joins is new: it has no trail of its own yet whose watch this could narrow.
            set_watch(tx, account, watch)?;
        }
        set_logging(tx, account, &logging)?;
    }
    Ok(())
}

/// An account leaves its organization: the trails of the organization log it no more. Its own trails go on.
///
/// # Errors
/// Those of the store.
pub fn leave(tx: &mut Tx, account: &str) -> Result<()> {
    let (of_organization, own): (Vec<_>, Vec<_>) = scan(&LOGGING, tx.reads(), &row(&[account]))?
        .into_iter()
        .partition(|logging| logging.joining.is_some());
    for logging in &of_organization {
        LOGGING.delete(tx.writer(), &row(&[account, &logging.trail]));
    }
    if own.iter().all(|logging| logging.last_request.is_some()) {
        for watch in of_organization.iter().filter_map(|logging| logging.joining.as_ref()).flatten() {
            end_watch(tx, account, &watch.job);
        }
    }
    Ok(())
}

/// Whether some trail logs this record.
pub(crate) fn is_logged(reads: &dyn Reads, account: &str, region: &str, record: &Value) -> Result<bool> {
    let request = record.get("requestID").and_then(Value::as_str);
    let logs = |logging: &Logging| {
        logging.region.as_deref().is_none_or(|known| known == region)
            && logging.last_request.as_deref().is_none_or(|last| request == Some(last))
            && logging.filter.takes(record)
    };
    Ok(scan(&LOGGING, reads, &row(&[account]))?.iter().any(logs))
}
