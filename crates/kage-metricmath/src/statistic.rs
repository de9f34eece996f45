//! Statistics of samples.
//!
//! AWS: CloudWatch user guide, "CloudWatch statistics definitions".

use crate::Summary;

/// A statistic, as `Statistic`, `ExtendedStatistic` and `Stat` name it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// How many samples.
    SampleCount,
    /// The mean.
    Average,
    /// The sum.
    Sum,
    /// The smallest.
    Minimum,
    /// The largest.
    Maximum,
    /// `p90`: the value below which so many percent of the samples lie.
    Percentile(f64),
    /// `TM(10%:90%)` and the like.
    Trimmed(Kept, Range),
    /// `PR(100:2000)`: how many percent of the samples are greater than the first and not greater than the second.
    PercentileRank(Range),
}

/// What is told of the samples that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// TM: their mean.
    Mean,
    /// TC: how many they are.
    Count,
    /// TS: their sum.
    Sum,
    /// WM: the mean of all, those outside counted as the nearest that is kept.
    Winsorized,
}

/// Which samples are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// By rank, in percent.
    Percent(f64, f64),
    /// Greater than the first and not greater than the second.
    Values(f64, f64),
}

impl Statistic {
    /// Reads the name of a statistic; `None` when it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Statistic> {
        Some(match text {
            "SampleCount" => Statistic::SampleCount,
            "Average" => Statistic::Average,
            "Sum" => Statistic::Sum,
            "Minimum" => Statistic::Minimum,
            "Maximum" => Statistic::Maximum,
            "IQM" => Statistic::Trimmed(Kept::Mean, Range::Percent(25.0, 75.0)),
            other => return extended(other),
        })
    }

    /// Whether it needs the distribution of the samples.
    #[must_use]
    pub fn is_extended(&self) -> bool {
        matches!(self, Statistic::Percentile(_) | Statistic::Trimmed(..) | Statistic::PercentileRank(_))
    }

    /// Its value; `None` without samples, and for extended statistics also when the samples are not known or one is
    /// negative.
    // AWS: GetMetricStatistics: percentiles are not available when any value is negative.
    #[must_use]
    pub fn of(&self, samples: &Summary) -> Option<f64> {
        if samples.count <= 0.0 {
            return None;
        }
        Some(match *self {
            Statistic::SampleCount => samples.count,
            Statistic::Average => samples.average(),
            Statistic::Sum => samples.sum,
            Statistic::Minimum => samples.minimum,
            Statistic::Maximum => samples.maximum,
            _ if samples.minimum < 0.0 => return None,
            Statistic::Percentile(percent) => percentile(samples.values.as_ref()?, samples.count, percent)?,
            Statistic::Trimmed(kept, range) => trimmed(samples.values.as_ref()?, samples.count, kept, range)?,
            Statistic::PercentileRank(range) => {
                let kept = keep(samples.values.as_ref()?, samples.count, range);
                100.0 * kept.iter().map(|(_, count)| count).sum::<f64>() / samples.count
            }
        })
    }
}

fn extended(text: &str) -> Option<Statistic> {
    if let Some((name, inside)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        let range = range(inside)?;
        return Some(match (name, range) {
            ("PR", Range::Values(..)) => Statistic::PercentileRank(range),
            ("TM", _) => Statistic::Trimmed(Kept::Mean, range),
            ("TC", _) => Statistic::Trimmed(Kept::Count, range),
            ("TS", _) => Statistic::Trimmed(Kept::Sum, range),
            ("WM", _) => Statistic::Trimmed(Kept::Winsorized, range),
            _ => return None,
        });
    }
    let (name, digits) = text.split_at_checked(text.find(|letter: char| letter.is_ascii_digit())?)?;
    let percent = percent(digits)?;
    let upper = Range::Percent(0.0, percent);
    Some(match name {
        "p" => Statistic::Percentile(percent),
        "tm" => Statistic::Trimmed(Kept::Mean, upper),
        "tc" => Statistic::Trimmed(Kept::Count, upper),
        "ts" => Statistic::Trimmed(Kept::Sum, upper),
        "wm" => Statistic::Trimmed(Kept::Winsorized, upper),
        _ => return None,
    })
}

/// A number from 0 to 100 with up to ten decimals. AWS: the model's pattern of statistics.
fn percent(text: &str) -> Option<f64> {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value: f64 = text.parse().ok()?;
    (plain && decimals <= 10 && (0.0..=100.0).contains(&value)).then_some(value)
}

fn range(text: &str) -> Option<Range> {
    let (low, high) = text.split_once(':')?;
    if low.is_empty() && high.is_empty() {
        return None;
    }
    if low.ends_with('%') || high.ends_with('%') {
        let side = |text: &str, missing: f64| match text {
            "" => Some(missing),
            text => percent(text.strip_suffix('%')?),
        };
        let (low, high) = (side(low, 0.0)?, side(high, 100.0)?);
        return (low < high).then_some(Range::Percent(low, high));
    }
    let side = |text: &str, missing: f64| match text {
        "" => Some(missing),
        text => text.parse::<f64>().ok().filter(|value| value.is_finite()),
    };
    let (low, high) = (side(low, f64::NEG_INFINITY)?, side(high, f64::INFINITY)?);
    (low < high).then_some(Range::Values(low, high))
}

/// The smallest value that has so many percent of the samples at or below it.
fn percentile(values: &[(f64, f64)], count: f64, percent: f64) -> Option<f64> {
    let wanted = count * percent / 100.0;
    let mut seen = 0.0;
    for (value, count) in values {
        seen += count;
        // Sums of fractions may miss a whole number by a hair.
        if seen + 1e-9 >= wanted {
            return Some(*value);
        }
    }
    values.last().map(|(value, _)| *value)
}

/// The values that lie in the range, with how often.
fn keep(values: &[(f64, f64)], count: f64, range: Range) -> Vec<(f64, f64)> {
    match range {
        Range::Values(low, high) => {
            values.iter().copied().filter(|(value, _)| *value > low && *value <= high).collect()
        }
        Range::Percent(low, high) => {
            // Whole samples: a percentile is the value of a sample, and that sample is inside.
            let first = (count * low / 100.0 + 1e-9).floor();
            let last = (count * high / 100.0 - 1e-9).ceil();
            let mut seen = 0.0_f64;
            let mut out = Vec::new();
            for (value, count) in values {
                let from = seen.max(first);
                seen += count;
                let inside = seen.min(last) - from;
                if inside > 0.0 {
                    out.push((*value, inside));
                }
            }
            out
        }
    }
}

fn trimmed(values: &[(f64, f64)], count: f64, kept: Kept, range: Range) -> Option<f64> {
    let inside = keep(values, count, range);
    let number: f64 = inside.iter().map(|(_, count)| count).sum();
    let sum: f64 = inside.iter().map(|(value, count)| value * count).sum();
    match kept {
        Kept::Count => Some(number),
        Kept::Sum => Some(sum),
        Kept::Mean => (number > 0.0).then(|| sum / number),
        Kept::Winsorized => {
            let (low, high) = (inside.first()?.0, inside.last()?.0);
            let all: f64 = values.iter().map(|(value, count)| value.clamp(low, high) * count).sum();
            Some(all / count)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, samples: &Summary) -> Option<f64> {
        Statistic::parse(name).unwrap_or_else(|| panic!("{name}")).of(samples)
    }

    fn to_100() -> Summary {
        let mut all = Summary::default();
        (1..=100).for_each(|value| all.merge(&Summary::of(f64::from(value), 1.0)));
        all
    }

    #[test]
    fn statistics_of_one_to_a_hundred() {
        let all = to_100();
        let expected = [
            ("SampleCount", 100.0),
            ("Average", 50.5),
            ("Sum", 5050.0),
            ("Minimum", 1.0),
            ("Maximum", 100.0),
            ("p90", 90.0),
            ("p99.9", 100.0),
            ("p0", 1.0),
            ("p0.0", 1.0),
            ("p100", 100.0),
            ("tm90", 45.5),
            ("tc90", 90.0),
            ("ts90", 4095.0),
            ("TM(10%:90%)", 50.5),
            ("TC(10%:90%)", 80.0),
            ("TS(80%:)", 1810.0),
            ("TM(95:100)", 98.0),
            ("TC(0.005:0.030)", 0.0),
            ("PR(:30)", 30.0),
            ("PR(10:30)", 20.0),
            ("IQM", 50.5),
            ("WM(:90%)", 49.95),
        ];
        for (name, value) in expected {
            let found = of(name, &all).unwrap_or_else(|| panic!("{name}"));
            assert!((found - value).abs() < 1e-9, "{name}: {found}, not {value}");
        }
    }

    #[test]
    fn names_that_are_no_statistics() {
        for name in [
            "",
            "p",
            "p101",
            "P90",
            "p-1",
            "p1.12345678901",
            "TM(:)",
            "TM(90%:10%)",
            "PR(1%:2%)",
            "XX(1:2)",
            "tm",
            "average",
            "TM(1:2",
            "p9e1",
        ] {
            assert_eq!(Statistic::parse(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        let set = Summary::set(3.0, 6.0, 1.0, 3.0);
        assert_eq!(of("Average", &set), Some(2.0));
        assert_eq!(of("p50", &set), None);
        assert_eq!(of("p50", &Summary::set(3.0, 6.0, 2.0, 2.0)), Some(2.0));
        assert_eq!(of("p50", &Summary::of(-1.0, 1.0)), None);
        assert_eq!(of("Average", &Summary::default()), None);
    }
}
