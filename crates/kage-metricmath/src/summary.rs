//! What is kept of the samples of one metric in one span of time.

/// So many different values are kept exactly; beyond, values share buckets of less than one percent.
const EXACT: usize = 256;

/// Samples in one span of time: a statistic set, and as far as it is known their distribution.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// How many samples. AWS counts in floating point: `Counts` may be fractions.
    pub count: f64,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub minimum: f64,
    /// The largest.
    pub maximum: f64,
    /// Each value with its count, in the order of the values; `None` when a statistic set hid the samples.
    pub values: Option<Vec<(f64, f64)>>,
}

impl Summary {
    /// One value that occurred `count` times.
    #[must_use]
    pub fn of(value: f64, count: f64) -> Summary {
        Summary {
            count,
            sum: value * count,
            minimum: value,
            maximum: value,
            values: Some(vec![(value, count)]),
        }
    }

    /// A statistic set. Its samples are known only when all of them are equal.
    // AWS: PutMetricData: percentiles need raw values, or sets whose minimum and maximum are equal.
    #[must_use]
    pub fn set(count: f64, sum: f64, minimum: f64, maximum: f64) -> Summary {
        let values = (minimum == maximum).then(|| vec![(minimum, count)]);
        Summary { count, sum, minimum, maximum, values }
    }

    /// Adds the samples of another summary.
    pub fn merge(&mut self, other: &Summary) {
        if other.count == 0.0 {
            return;
        }
        if self.count == 0.0 {
            *self = other.clone();
            return;
        }
        self.count += other.count;
        self.sum += other.sum;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
        self.values = match (self.values.take(), &other.values) {
            (Some(mine), Some(theirs)) => Some(bounded(join(mine, theirs))),
            _ => None,
        };
    }

    /// The mean.
    #[must_use]
    pub fn average(&self) -> f64 {
        if self.count == 0.0 { 0.0 } else { self.sum / self.count }
    }
}

/// Two sorted lists as one.
fn join(mut mine: Vec<(f64, f64)>, theirs: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if let [(value, count)] = *theirs {
        let value = if mine.len() > EXACT { coarse(value) } else { value };
        match mine.binary_search_by(|(known, _)| known.total_cmp(&value)) {
            Ok(at) => mine[at].1 += count,
            Err(at) => mine.insert(at, (value, count)),
        }
        return mine;
    }
    let mut out: Vec<(f64, f64)> = Vec::with_capacity(mine.len() + theirs.len());
    let mut left = mine.into_iter().peekable();
    let mut right = theirs.iter().copied().peekable();
    loop {
        let next = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) if b.0 < a.0 => right.next(),
            (Some(_), _) => left.next(),
            (None, _) => right.next(),
        };
        let Some((value, count)) = next else { return out };
        match out.last_mut() {
            Some(last) if last.0 == value => last.1 += count,
            _ => out.push((value, count)),
        }
    }
}

/// The same list, in buckets of equal relative width when it is long.
fn bounded(values: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let is_coarse = || values.iter().all(|(value, _)| *value == coarse(*value));
    if values.len() <= EXACT || is_coarse() {
        return values;
    }
    let mut out: Vec<(f64, f64)> = Vec::new();
    for (value, count) in values {
        let value = coarse(value);
        match out.last_mut() {
            Some(last) if last.0 == value => last.1 += count,
            _ => out.push((value, count)),
        }
    }
    out
}

/// The value with seven binary digits behind the leading one. Rounding this way keeps the order of values, and values
/// already rounded stay what they are.
fn coarse(value: f64) -> f64 {
    const DROPPED: u32 = 52 - 7;
    let half = 1_u64 << (DROPPED - 1);
    let bits = value.to_bits().saturating_add(half) & !((1_u64 << DROPPED) - 1);
    f64::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_adds_and_keeps_equal_values_together() {
        let mut all = Summary::default();
        for value in [3.0, 1.0, 2.0, 1.0] {
            all.merge(&Summary::of(value, 1.0));
        }
        assert_eq!((all.count, all.sum, all.minimum, all.maximum), (4.0, 7.0, 1.0, 3.0));
        assert_eq!(all.values, Some(vec![(1.0, 2.0), (2.0, 1.0), (3.0, 1.0)]));
        all.merge(&Summary::set(2.0, 10.0, 4.0, 6.0));
        assert_eq!((all.count, all.maximum, all.values), (6.0, 6.0, None));
    }

    #[test]
    fn long_lists_stay_short_and_close() {
        let mut all = Summary::default();
        for value in 0..100_000 {
            all.merge(&Summary::of(f64::from(value), 1.0));
        }
        let values = all.values.unwrap_or_default();
        assert!(values.len() < 2_500, "{}", values.len());
        assert_eq!(values.iter().map(|(_, count)| count).sum::<f64>(), 100_000.0);
        assert!(values.is_sorted_by(|a, b| a.0 < b.0));
        let middle = values
            .iter()
            .scan(0.0, |seen, (value, count)| {
                *seen += count;
                Some((*value, *seen))
            })
            .find(|(_, seen)| *seen >= 50_000.0);
        assert!(middle.is_some_and(|(value, _)| (49_500.0..50_500.0).contains(&value)));
    }

    #[test]
    fn coarse_values_keep_their_sign() {
        assert_eq!(coarse(-100.0), -100.0);
        assert!((coarse(-1000.3) + 1000.3).abs() < 10.0);
        assert_eq!(coarse(coarse(1234.567)), coarse(1234.567));
    }
}
