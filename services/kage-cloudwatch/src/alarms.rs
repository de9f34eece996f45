//! The alarms of an account in a Region, which metrics they watch, and their history.

use crate::alarm::{Alarm, Rule};
use crate::metric::MetricName;
use crate::metrics::{Place, prefix};
use kage_core::{Millis, Result, Tx, scan};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const ALARMS: Table<Alarm> = Table::new("cloudwatch.alarms");
const WATCHED: Table<String> = Table::new("cloudwatch.watched");
const HISTORY: Table<HistoryItem> = Table::new("cloudwatch.history");
/// AWS: CloudWatch user guide, "Using Amazon CloudWatch alarms": history is kept for 30 days.
const HISTORY_KEPT: Millis = 30 * 86_400_000;

/// One item of an alarm's history. It outlives its alarm.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryItem {
    /// The alarm.
    pub alarm: String,
    /// `MetricAlarm` or `CompositeAlarm`.
    pub kind: String,
    /// When it was.
    pub time: Millis,
    /// Its place among items of one moment.
    pub number: u64,
    /// `ConfigurationUpdate`, `StateUpdate`, `Action`.
    pub item: String,
    /// In words.
    pub summary: String,
    /// As JSON.
    pub data: String,
}

/// The alarm of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, place: Place<'_>, name: &str) -> Result<Option<Alarm>> {
    Ok(ALARMS.get(reads, &prefix(place).with(name))?)
}

/// The alarm of this name or ARN.
///
/// # Errors
/// Those of the store.
pub fn find_named(reads: &dyn Reads, place: Place<'_>, text: &str) -> Result<Option<Alarm>> {
    match kage_core::Arn::parse(text) {
        Some(arn) if arn.service == "cloudwatch" => match arn.resource.strip_prefix("alarm:") {
            Some(name) if (arn.account.as_str(), arn.region.as_str()) == place => find(reads, place, name),
            _ => Ok(None),
        },
        _ => find(reads, place, text),
    }
}

/// All alarms, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, place: Place<'_>) -> Result<Vec<Alarm>> {
    scan(&ALARMS, reads, &prefix(place))
}

/// Writes an alarm whose metrics did not change.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, alarm: &Alarm) -> Result<()> {
    ALARMS.put(tx.writer(), &row(&[&alarm.account, &alarm.region, &alarm.name]), alarm)?;
    Ok(())
}

/// Writes an alarm and notes which metrics it watches.
///
/// # Errors
/// Those of the store.
pub fn configure(tx: &mut Tx, alarm: &Alarm) -> Result<()> {
    let place = (alarm.account.as_str(), alarm.region.as_str());
    if let Some(old) = find(tx.reads(), place, &alarm.name)? {
        unwatch(tx, &old);
    }
    if let Rule::Metric(rule) = &alarm.rule {
        for metric in rule.metrics() {
            WATCHED.put(tx.writer(), &metric.key(prefix(place)).with(&alarm.name), &alarm.name)?;
        }
    }
    put(tx, alarm)
}

fn unwatch(tx: &mut Tx, alarm: &Alarm) {
    let place = (alarm.account.as_str(), alarm.region.as_str());
    if let Rule::Metric(rule) = &alarm.rule {
        for metric in rule.metrics() {
            WATCHED.delete(tx.writer(), &metric.key(prefix(place)).with(&alarm.name));
        }
    }
}

/// Removes an alarm.
pub fn remove(tx: &mut Tx, alarm: &Alarm) {
    unwatch(tx, alarm);
    ALARMS.delete(tx.writer(), &row(&[&alarm.account, &alarm.region, &alarm.name]));
}

/// The names of the alarms that watch a metric.
///
/// # Errors
/// Those of the store.
pub fn watching(reads: &dyn Reads, place: Place<'_>, metric: &MetricName) -> Result<Vec<String>> {
    scan(&WATCHED, reads, &metric.key(prefix(place)))
}

/// Adds to the history of an alarm and forgets what is too old.
///
/// # Errors
/// Those of the store.
pub fn remember(
    tx: &mut Tx,
    alarm: &Alarm,
    time: Millis,
    (item, summary): (&str, String),
    data: &serde_json::Value,
) -> Result<()> {
    let rows = row(&[&alarm.account, &alarm.region, &alarm.name]);
    let mut number = 0;
    let mut old = Vec::new();
    for found in HISTORY.scan_prefix(tx.reads(), &rows) {
        let (key, found) = found?;
        if found.time < time - HISTORY_KEPT {
            old.push(key);
        }
        number = found.number + 1;
    }
    for key in old {
        HISTORY.delete(tx.writer(), &key);
    }
    let item = HistoryItem {
        alarm: alarm.name.clone(),
        kind: alarm.kind().to_owned(),
        time,
        number,
        item: item.to_owned(),
        summary: summary.chars().take(255).collect(),
        // AWS: AlarmHistoryItem, `HistoryData`: 4,095 characters.
        data: data.to_string().chars().take(4_095).collect(),
    };
    let key = rows.with_number(time.max(0).unsigned_abs()).with_number(number);
    HISTORY.put(tx.writer(), &key, &item)?;
    Ok(())
}

/// The history of one alarm or of all, oldest first within each alarm.
///
/// # Errors
/// Those of the store.
pub fn history(
    reads: &dyn Reads,
    place: Place<'_>,
    name: Option<&str>,
    now: Millis,
) -> Result<Vec<HistoryItem>> {
    let from = prefix(place);
    let from = match name {
        Some(name) => from.with(name),
        None => from,
    };
    let all = scan(&HISTORY, reads, &from)?;
    Ok(all.into_iter().filter(|item| item.time >= now - HISTORY_KEPT).collect())
}
