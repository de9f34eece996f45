//! The data of metrics: one row for each span of time, unit and resolution, and how long it is kept.
//!
//! AWS keeps seconds for 3 hours, minutes for 15 days, five minutes for 63 days and hours for 455 days. Reading treats
//! each row as what it should be by its age, so it does not matter when rows are aggregated: that only saves memory, and
//! is done when data comes for the metric, and once a week.

use crate::metric::Metric;
use crate::metrics::{Place, prefix};
use kage_core::{Millis, Result, Tx};
use kage_metricmath::Summary;
use kage_store::table::Table;
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};

const POINTS: Table<Cell> = Table::new("cloudwatch.points");
const SECOND: Millis = 1_000;
const HOUR: Millis = 3_600 * SECOND;
const DAY: Millis = 24 * HOUR;

/// The resolutions in seconds.
const RESOLUTIONS: [Millis; 4] = [1, 60, 300, 3_600];

/// How old data may be for its resolution in seconds.
// AWS: GetMetricStatistics, "Amazon CloudWatch retains metric data as follows".
const KEPT: [(Millis, Millis); 4] = [(1, 3 * HOUR), (60, 15 * DAY), (300, 63 * DAY), (3_600, 455 * DAY)];

/// A summary as it is stored: count, sum, minimum, maximum, and values with their counts (nothing when all are equal).
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cell(f64, f64, f64, f64, #[serde(default)] Option<Vec<(f64, f64)>>);

impl Cell {
    fn of(summary: &Summary) -> Cell {
        let Summary { count, sum, minimum, maximum, values } = summary;
        let values = if minimum == maximum { Some(Vec::new()) } else { values.clone() };
        Cell(*count, *sum, *minimum, *maximum, values)
    }

    fn summary(self) -> Summary {
        let Cell(count, sum, minimum, maximum, values) = self;
        let values = values.map(|values| if values.is_empty() { vec![(minimum, count)] } else { values });
        Summary { count, sum, minimum, maximum, values }
    }
}

/// The finest resolution, in seconds, that data of this age has; `None` when it is gone.
pub fn resolution_at(age: Millis) -> Option<Millis> {
    KEPT.iter().find(|(_, kept)| age <= *kept).map(|(resolution, _)| *resolution)
}

/// The beginning of the span of `seconds` in which a time lies.
pub fn floor(time: Millis, seconds: Millis) -> Millis {
    time - time.rem_euclid(seconds.max(1) * SECOND)
}

fn rows(place: Place<'_>, metric: u64, unit: &str, resolution: Millis) -> Key {
    prefix(place).with_number(metric).with(unit).with_number(resolution.unsigned_abs())
}

fn at(rows: &Key, time: Millis) -> Key {
    rows.clone().with_number(time.max(0).unsigned_abs())
}

/// Adds samples to the span in which `time` lies.
///
/// # Errors
/// Those of the store.
pub fn add(
    tx: &mut Tx,
    place: Place<'_>,
    (metric, unit): (&Metric, &str),
    (time, resolution): (Millis, Millis),
    samples: &Summary,
) -> Result<()> {
    let key = at(&rows(place, metric.id, unit, resolution), floor(time, resolution));
    let mut all = POINTS.get(tx.reads(), &key)?.map(Cell::summary).unwrap_or_default();
    all.merge(samples);
    POINTS.put(tx.writer(), &key, &Cell::of(&all))?;
    Ok(())
}

/// Data of one metric and unit with times from `start` up to `end`: when each span begins, its effective resolution in
/// seconds, and its samples. Data whose time is up is not given.
///
/// # Errors
/// Those of the store.
pub fn read(
    reads: &dyn Reads,
    place: Place<'_>,
    (metric, unit): (u64, &str),
    (start, end): (Millis, Millis),
    now: Millis,
) -> Result<Vec<(Millis, Millis, Summary)>> {
    let mut out = Vec::new();
    for resolution in RESOLUTIONS {
        let rows = rows(place, metric, unit, resolution);
        // A row before `start` may belong to it when it is coarser than a minute; the caller's `start` is aligned to that.
        let after = at(&rows, start.saturating_sub(1));
        for row in POINTS.scan_after(reads, &rows, &after) {
            let (key, cell) = row?;
            let Some(time) = key.number(5).and_then(|time| Millis::try_from(time).ok()) else { continue };
            if time >= end {
                break;
            }
            let Some(kept) = resolution_at(now - time) else { continue };
            let effective = kept.max(resolution);
            out.push((floor(time, effective), effective, cell.summary()));
        }
    }
    Ok(out)
}

/// Aggregates what is older than its resolution is kept, and removes what is too old. True when no point is left.
///
/// # Errors
/// Those of the store.
pub fn compact(tx: &mut Tx, place: Place<'_>, metric: &Metric, now: Millis) -> Result<bool> {
    let mut left = false;
    for unit in &metric.units {
        for (index, (resolution, kept)) in KEPT.iter().enumerate() {
            let rows = rows(place, metric.id, unit, *resolution);
            let old: Vec<(Key, Cell)> = POINTS
                .scan_prefix(tx.reads(), &rows)
                .take_while(|row| match row {
                    Ok((key, _)) => key.number(5).is_some_and(|time| time_of(time) < now - kept),
                    Err(_) => true,
                })
                .collect::<std::result::Result<_, _>>()?;
            for (key, cell) in old {
                POINTS.delete(tx.writer(), &key);
                let time = time_of(key.number(5).unwrap_or(0));
                if let Some((coarser, _)) = KEPT.get(index + 1) {
                    add(tx, place, (metric, unit), (time, *coarser), &cell.summary())?;
                }
            }
            left |= POINTS.scan_prefix(tx.reads(), &rows).next().is_some();
        }
    }
    Ok(!left)
}

fn time_of(number: u64) -> Millis {
    Millis::try_from(number).unwrap_or(Millis::MAX)
}

/// The times of a metric's data from `start` on.
///
/// # Errors
/// Those of the store.
pub fn times(reads: &dyn Reads, place: Place<'_>, metric: &Metric, start: Millis) -> Result<Vec<Millis>> {
    let mut out = Vec::new();
    for unit in &metric.units {
        for resolution in RESOLUTIONS {
            let rows = rows(place, metric.id, unit, resolution);
            let after = at(&rows, start.saturating_sub(1));
            for row in POINTS.scan_after(reads, &rows, &after) {
                out.push(time_of(row?.0.number(5).unwrap_or(0)));
            }
        }
    }
    Ok(out)
}
