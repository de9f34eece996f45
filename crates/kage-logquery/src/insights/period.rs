//! Periods of `bin`, `datefloor` and `dateceil`: `5m`, `1h`, `1mo`.

use super::time;

/// A period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// So many milliseconds.
    Fixed(i64),
    /// So many months.
    Months(i64),
}

impl Period {
    /// A number with its unit; `None` for unknown units and for what is not at least one millisecond.
    // AWS: user guide, "Functions", datetime functions: units and their abbreviations.
    pub fn new(count: i64, unit: &str) -> Option<Period> {
        let fixed = |unit: i64| count.checked_mul(unit).map(Period::Fixed);
        let months =
            |unit: i64| count.checked_mul(unit).filter(|months| *months <= 12_000).map(Period::Months);
        if count < 1 {
            return None;
        }
        match unit {
            "ms" | "msec" => fixed(1),
            "s" | "sec" => fixed(1_000),
            "m" | "min" => fixed(60_000),
            "h" | "hr" => fixed(3_600_000),
            "d" => fixed(time::DAY),
            "w" => fixed(7 * time::DAY),
            "mo" | "mon" => months(1),
            "q" | "qtr" => months(3),
            "y" | "yr" => months(12),
            _ => None,
        }
    }

    /// The beginning of the period in which a time lies.
    pub fn floor(self, at: i64) -> i64 {
        match self {
            Period::Fixed(length) => at.saturating_sub(at.rem_euclid(length)),
            Period::Months(count) => {
                let month = time::month_of(at);
                time::days_of_month(month - month.rem_euclid(count)).saturating_mul(time::DAY)
            }
        }
    }

    /// The beginning of the next period, or the time itself where one begins.
    pub fn ceil(self, at: i64) -> i64 {
        let floor = self.floor(at);
        if floor == at {
            return at;
        }
        match self {
            Period::Fixed(length) => floor.saturating_add(length),
            Period::Months(count) => {
                time::days_of_month(time::month_of(floor) + count).saturating_mul(time::DAY)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods() {
        let at = 1_767_323_045_678;
        let shown = |period: Period| (time::shown(period.floor(at)), time::shown(period.ceil(at)));
        let of = |count, unit| shown(Period::new(count, unit).unwrap());
        assert_eq!(of(5, "m"), ("2026-01-02 03:00:00.000".into(), "2026-01-02 03:05:00.000".into()));
        assert_eq!(of(1, "mo"), ("2026-01-01 00:00:00.000".into(), "2026-02-01 00:00:00.000".into()));
        assert_eq!(of(1, "y"), ("2026-01-01 00:00:00.000".into(), "2027-01-01 00:00:00.000".into()));
        assert_eq!(Period::new(0, "m"), None);
        assert_eq!(Period::new(1, "x"), None);
        assert_eq!(Period::new(i64::MAX, "d"), None);
    }
}
