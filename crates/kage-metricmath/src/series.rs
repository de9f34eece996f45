//! Values over time.

use std::collections::BTreeMap;

/// Values over time, in periods; periods may be without a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// What it is called when it is one of several.
    pub label: String,
    /// When the first period begins, in milliseconds.
    pub start: i64,
    /// When the last period ends.
    pub end: i64,
    /// How long a period is, in milliseconds.
    pub period: i64,
    /// The values, by the beginning of their periods.
    pub points: BTreeMap<i64, f64>,
}

impl Series {
    /// The same periods with these values.
    #[must_use]
    pub fn with(&self, points: BTreeMap<i64, f64>) -> Series {
        Series { points, ..self.clone() }
    }

    /// The same periods, each value changed; a value that is no number is left out.
    #[must_use]
    pub fn map(&self, change: impl Fn(f64) -> f64) -> Series {
        let changed = self.points.iter().map(|(time, value)| (*time, change(*value)));
        self.with(changed.filter(|(_, value)| value.is_finite()).collect())
    }

    /// When the periods begin.
    pub fn times(&self) -> impl Iterator<Item = i64> + use<> {
        let (start, end, period) = (self.start, self.end, self.period.max(1));
        // The last period may be cut off by the end.
        let length = end.saturating_sub(start).max(0);
        let count = (length / period + i64::from(length % period > 0)).min(200_000);
        (0..count).map(move |index| start + index * period)
    }
}

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// One number.
    Number(f64),
    /// One series.
    Series(Series),
    /// Several series.
    Array(Vec<Series>),
    /// Text, for functions only.
    Text(String),
}
