//! Reading metrics: samples by period.

use crate::errors;
use crate::metric::{Metric, MetricName};
use crate::metrics::{self, Place};
use crate::points;
use kage_core::{Millis, Result};
use kage_metricmath::Summary;
use kage_store::Reads;
use std::collections::BTreeMap;

const SECOND: Millis = 1_000;

/// A span of time cut into periods.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The beginning; the first period begins here.
    pub start: Millis,
    /// The end, which is not in it.
    pub end: Millis,
    /// How long a period is, in seconds.
    pub period: Millis,
}

impl Span {
    /// The span of a request, its start rounded down as CloudWatch does.
    // AWS: GetMetricStatistics, `StartTime`.
    pub fn requested(start: Millis, end: Millis, period: Millis, now: Millis) -> Span {
        let age = now - start;
        let step = match points::resolution_at(age) {
            Some(1) | Some(60) | None if age <= 15 * 86_400 * SECOND => {
                if period < 60 {
                    period
                } else {
                    60
                }
            }
            Some(300) => 300,
            _ => 3_600,
        };
        Span { start: points::floor(start, step), end, period }
    }

    /// When the period in which a time lies begins.
    fn slot(&self, time: Millis) -> Millis {
        let period = self.period.max(1) * SECOND;
        self.start + (time - self.start).div_euclid(period) * period
    }
}

/// Refuses periods that no metric has.
///
/// # Errors
/// `InvalidParameterValue`.
// AWS: GetMetricStatistics, `Period`.
pub fn require_period(period: i32, parameter: &str) -> Result<()> {
    if matches!(period, 1 | 5 | 10 | 20 | 30) || (period > 0 && period % 60 == 0) {
        return Ok(());
    }
    Err(errors::value(format!(
        "The parameter {parameter} must be a value in the set [ 1, 5, 10, 20, 30 ] or a multiple of 60."
    )))
}

/// The samples of a metric by period and unit, oldest first. Data coarser than the period is not given.
///
/// # Errors
/// Those of the store.
pub fn by_unit(
    reads: &dyn Reads,
    place: Place<'_>,
    metric: &Metric,
    unit: Option<&str>,
    span: Span,
    now: Millis,
) -> Result<BTreeMap<(Millis, String), Summary>> {
    let mut out: BTreeMap<(Millis, String), Summary> = BTreeMap::new();
    for known in metric.units.iter().filter(|known| unit.is_none_or(|unit| unit == known.as_str())) {
        let data = points::read(reads, place, (metric.id, known), (span.start, span.end), now)?;
        for (time, resolution, samples) in data {
            if span.period % resolution == 0 && time >= span.start {
                out.entry((span.slot(time), known.clone())).or_default().merge(&samples);
            }
        }
    }
    Ok(out)
}

/// The samples of a metric by period, of one unit or of all together; nothing when there is no such metric.
///
/// # Errors
/// Those of the store.
pub fn samples(
    reads: &dyn Reads,
    place: Place<'_>,
    name: &MetricName,
    unit: Option<&str>,
    span: Span,
    now: Millis,
) -> Result<BTreeMap<Millis, Summary>> {
    let Some(metric) = metrics::find(reads, place, name)? else { return Ok(BTreeMap::new()) };
    let mut out: BTreeMap<Millis, Summary> = BTreeMap::new();
    for ((time, _), samples) in by_unit(reads, place, &metric, unit, span, now)? {
        out.entry(time).or_default().merge(&samples);
    }
    Ok(out)
}
