//! Laws that hold for any input.

use crate::{Expression, Label, Scope, Search, Series, Statistic, Summary, Value, label};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Words of the language in any order, so that much of it can be read.
fn expressions() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "m1",
        "m2",
        "1",
        "0",
        "2.5",
        "+",
        "-",
        "*",
        "/",
        "^",
        "(",
        ")",
        "[",
        "]",
        ",",
        "<",
        "==",
        "AND",
        "OR",
        "SUM",
        "FILL",
        "IF",
        "METRICS()",
        "SORT",
        "AVG",
        "DESC",
        "RATE",
        "REPEAT",
        "LINEAR",
        "SLICE",
        "'x'",
        "RUNNING_SUM",
        "TIME_SERIES",
        "PERIOD",
        "HOUR",
        "FIRST",
        "STDDEV",
    ]);
    prop::collection::vec(words, 0..24).prop_map(|words| words.join(" "))
}

fn samples() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.0..1e6_f64, 1..600)
}

fn summary(values: &[f64]) -> Summary {
    let mut out = Summary::default();
    values.iter().for_each(|value| out.merge(&Summary::of(*value, 1.0)));
    out
}

proptest! {
    #[test]
    fn no_expression_breaks_the_evaluation(text in expressions()) {
        let Ok(expression) = Expression::parse(&text) else { return Ok(()) };
        let frame = Series { start: 0, end: 300_000, period: 60_000, ..Series::default() };
        let points: BTreeMap<i64, f64> = [(0, 1.0), (120_000, -3.0), (240_000, 0.0)].into();
        let values: BTreeMap<String, Value> = [("m1", points), ("m2", BTreeMap::new())]
            .into_iter()
            .map(|(name, points)| (name.to_owned(), Value::Series(frame.with(points))))
            .collect();
        let metrics = ["m1".to_owned(), "m2".to_owned()];
        let scope = Scope { values: &values, metrics: &metrics, frame, search: &|_, _, _| Ok(Vec::new()) };
        let series = match expression.evaluate(&scope) {
            Ok(Value::Series(series)) => vec![series],
            Ok(Value::Array(array)) => array,
            _ => return Ok(()),
        };
        for one in series {
            prop_assert!(one.points.keys().all(|time| (0..300_000).contains(time)), "{text}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
        let _ = (Expression::parse(&text), Search::parse(&text), Statistic::parse(&text));
        let facts = Label { usual: "u", series: &Series::default(), properties: &[], offset: 0 };
        let _ = label(&text, &facts);
    }

    #[test]
    fn the_order_of_merging_means_nothing(values in samples(), at in 0_usize..600) {
        let (left, right) = values.split_at(at.min(values.len()));
        let mut parts = summary(left);
        parts.merge(&summary(right));
        let whole = summary(&values);
        prop_assert_eq!((parts.count, parts.minimum, parts.maximum), (whole.count, whole.minimum, whole.maximum));
        prop_assert!((parts.sum - whole.sum).abs() <= whole.sum.abs() * 1e-9);
        let total = |of: &Summary| of.values.as_ref().map(|list| list.iter().map(|(_, count)| count).sum::<f64>());
        prop_assert_eq!(total(&parts), Some(parts.count));
    }

    #[test]
    fn percentiles_are_samples_within_one_percent(values in samples(), percent in 0.0..100.0_f64) {
        let told = Statistic::Percentile(percent).of(&summary(&values)).unwrap();
        let mut sorted = values;
        sorted.sort_by(f64::total_cmp);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank of at most 600")]
        let rank = (percent * sorted.len() as f64 / 100.0 - 1e-9).ceil().max(1.0) as usize;
        let exact = sorted[rank - 1];
        prop_assert!((told - exact).abs() <= exact * 0.01 + 1e-9, "{} {}", told, exact);
    }
}
