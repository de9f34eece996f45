//! The metrics of an account in a Region.

use crate::metric::{Metric, MetricName};
use kage_core::{Millis, Result, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};

const METRICS: Table<Metric> = Table::new("cloudwatch.metrics");
const NUMBERS: Table<u64> = Table::new("cloudwatch.numbers");
const MINUTE: Millis = 60_000;

/// An account in a Region.
pub type Place<'a> = (&'a str, &'a str);

/// The beginning of all rows of a place.
pub fn prefix((account, region): Place<'_>) -> Key {
    row(&[account, region])
}

/// The metric of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, place: Place<'_>, name: &MetricName) -> Result<Option<Metric>> {
    Ok(METRICS.get(reads, &name.key(prefix(place)))?)
}

/// All metrics, those of one namespace, or those of one name in it.
///
/// # Errors
/// Those of the store.
pub fn list(
    reads: &dyn Reads,
    place: Place<'_>,
    namespace: Option<&str>,
    name: Option<&str>,
) -> Result<Vec<Metric>> {
    let mut from = prefix(place);
    if let Some(namespace) = namespace {
        from = from.with(namespace);
        if let Some(name) = name {
            from = from.with(name);
        }
    }
    let all = scan(&METRICS, reads, &from)?;
    Ok(all.into_iter().filter(|metric| name.is_none_or(|name| metric.name.name == name)).collect())
}

/// Whether there is any metric.
pub fn any(reads: &dyn Reads, place: Place<'_>) -> bool {
    METRICS.scan_prefix(reads, &prefix(place)).next().is_some()
}

/// The metric of this name, made when data first comes for it, marked as active. A row is written only when it changes.
///
/// # Errors
/// Those of the store.
pub fn touch(tx: &mut Tx, place: Place<'_>, name: &MetricName, unit: &str, now: Millis) -> Result<Metric> {
    let key = name.key(prefix(place));
    let minute = now - now.rem_euclid(MINUTE);
    let mut metric = match METRICS.get(tx.reads(), &key)? {
        Some(known) if known.active == minute && known.units.iter().any(|known| known == unit) => {
            return Ok(known);
        }
        Some(known) => known,
        None => Metric { name: name.clone(), id: next_id(tx, place)?, compacted: now, ..Metric::default() },
    };
    metric.active = minute;
    if !metric.units.iter().any(|known| known == unit) {
        metric.units.push(unit.to_owned());
    }
    METRICS.put(tx.writer(), &key, &metric)?;
    Ok(metric)
}

/// Writes a metric.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, place: Place<'_>, metric: &Metric) -> Result<()> {
    METRICS.put(tx.writer(), &metric.name.key(prefix(place)), metric)?;
    Ok(())
}

/// Removes a metric whose points are gone.
pub fn remove(tx: &mut Tx, place: Place<'_>, metric: &Metric) {
    METRICS.delete(tx.writer(), &metric.name.key(prefix(place)));
}

fn next_id(tx: &mut Tx, place: Place<'_>) -> Result<u64> {
    let key = prefix(place);
    let next = NUMBERS.get(tx.reads(), &key)?.unwrap_or(0).saturating_add(1);
    NUMBERS.put(tx.writer(), &key, &next)?;
    Ok(next)
}
