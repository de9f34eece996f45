//! Which accounts and Regions have a trail that logs. EventBridge gets API calls only there.
//!
//! AWS: EventBridge user guide, "AWS service events delivered via AWS CloudTrail": "you must have a CloudTrail trail with
//! logging enabled".

use kage_core::{Result, Tx, scan};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const LOGGING: Table<Logging> = Table::new("events.logging");

/// What one trail logs of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Logging {
    /// The trail.
    pub trail: String,
    /// The Region; `None` for all of them.
    pub region: Option<String>,
    /// Whether management events that read are logged.
    pub read: bool,
    /// Whether management events that write are logged.
    pub write: bool,
    /// Whether data events are logged; which ones is for [`Logging::data_resources`] to say.
    pub data: bool,
    /// The beginnings of ARNs whose data events are logged; empty for all.
    pub data_resources: Vec<String>,
    /// Set when the trail was stopped: the request that stopped it is the last one that counts.
    pub last_request: Option<String>,
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

/// Whether some trail logs this record.
pub(crate) fn is_logged(reads: &dyn Reads, account: &str, region: &str, record: &Value) -> Result<bool> {
    let flag = |key: &str| record.get(key).and_then(Value::as_bool).unwrap_or(true);
    let (management, read_only) = (flag("managementEvent"), flag("readOnly"));
    let request = record.get("requestID").and_then(Value::as_str);
    let logs = |logging: &Logging| {
        logging.region.as_deref().is_none_or(|known| known == region)
            && logging.last_request.as_deref().is_none_or(|last| request == Some(last))
            && if management {
                if read_only { logging.read } else { logging.write }
            } else {
                logging.data && logging.concerns(record)
            }
    };
    Ok(scan(&LOGGING, reads, &row(&[account]))?.iter().any(logs))
}

impl Logging {
    fn concerns(&self, record: &Value) -> bool {
        let arns = record.get("resources").and_then(Value::as_array).into_iter().flatten();
        let mut arns = arns.filter_map(|one| one.get("ARN").and_then(Value::as_str));
        self.data_resources.is_empty()
            || arns.any(|arn| self.data_resources.iter().any(|start| arn.starts_with(start.as_str())))
    }
}
