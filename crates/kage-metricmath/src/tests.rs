//! Expressions from text to values.

use crate::{Expression, Label, MathError, Scope, Search, Series, Value, label};
use std::collections::BTreeMap;

const MINUTE: i64 = 60_000;

/// Five minutes; `None` is a minute without a value.
fn series(name: &str, values: [Option<f64>; 5]) -> Series {
    let points = (0_i64..).zip(values).filter_map(|(index, value)| Some((index * MINUTE, value?))).collect();
    Series { label: name.to_owned(), start: 0, end: 5 * MINUTE, period: MINUTE, points }
}

fn full(name: &str, values: [f64; 5]) -> Series {
    series(name, values.map(Some))
}

fn run(text: &str) -> Result<Value, MathError> {
    let m1 = full("m1", [1.0, 2.0, 3.0, 4.0, 5.0]);
    let m2 = full("m2", [10.0, 20.0, 30.0, 40.0, 50.0]);
    let gaps = series("gaps", [Some(1.0), None, None, Some(4.0), None]);
    let values: BTreeMap<String, Value> = [("m1", m1.clone()), ("m2", m2), ("gaps", gaps)]
        .into_iter()
        .map(|(name, series)| (name.to_owned(), Value::Series(series)))
        .collect();
    let metrics = ["m1".to_owned(), "m2".to_owned()];
    let search = |_: &Search, statistic: &str, period: Option<i64>| {
        Ok(vec![full(&format!("{statistic} {period:?}"), [7.0; 5])])
    };
    let frame = m1.with(BTreeMap::new());
    Expression::parse(text)?.evaluate(&Scope { values: &values, metrics: &metrics, frame, search: &search })
}

/// The values of a series, minute by minute.
fn of(series: &Series) -> String {
    let shown = series.times().map(|time| series.points.get(&time).map_or("-".to_owned(), f64::to_string));
    shown.collect::<Vec<_>>().join(" ")
}

fn shown(text: &str) -> String {
    match run(text) {
        Ok(Value::Number(number)) => number.to_string(),
        Ok(Value::Series(series)) => of(&series),
        Ok(Value::Array(array)) => array.iter().map(of).collect::<Vec<_>>().join(" | "),
        Ok(Value::Text(text)) => text,
        Err(error) => error.to_string(),
    }
}

#[test]
fn expressions_and_what_they_come_to() {
    let cases = [
        ("1 + 2 * 3 ^ 2 - 4 / 2", "17"),
        ("-(1 + 2) * 3", "-9"),
        ("-2 ^ 2", "-4"),
        ("m1 * 2", "2 4 6 8 10"),
        ("m2 / m1", "10 10 10 10 10"),
        ("m1 / (m1 - 3)", "-0.5 -2 - 4 2.5"),
        ("m1 + gaps", "2 - - 8 -"),
        ("100 - m2", "90 80 70 60 50"),
        ("m1 > 2 AND m2 < 50", "0 0 1 1 0"),
        ("m1 == 2 || m1 >= 5", "0 1 0 0 1"),
        ("m1 != 2 && m1 <= 3", "1 0 1 0 0"),
        ("[m1, m2] * 2", "2 4 6 8 10 | 20 40 60 80 100"),
        ("METRICS() / m1", "1 1 1 1 1 | 10 10 10 10 10"),
        ("SUM(METRICS())", "11 22 33 44 55"),
        ("SUM([m1, gaps])", "2 2 3 8 5"),
        ("AVG(METRICS(\"m\"))", "5.5 11 16.5 22 27.5"),
        ("MAX(METRICS('m2'))", "10 20 30 40 50"),
        ("SUM(m1)", "15"),
        ("m1 - AVG(m1)", "-2 -1 0 1 2"),
        ("m1 + MIN(m1) + MAX(m1)", "7 8 9 10 11"),
        ("STDDEV(m1)", "1.4142135623730951"),
        ("DATAPOINT_COUNT(gaps)", "2"),
        ("RATE(m2) * 60", "- 10 10 10 10"),
        ("DIFF(m1)", "- 1 1 1 1"),
        ("DIFF_TIME(gaps)", "- - - 180 -"),
        ("RUNNING_SUM(m1)", "1 3 6 10 15"),
        ("FILL(gaps, 0)", "1 0 0 4 0"),
        ("FILL(gaps, REPEAT)", "1 1 1 4 4"),
        ("FILL(gaps, LINEAR)", "1 2 3 4 -"),
        ("FILL(gaps, m2)", "1 20 30 4 50"),
        ("FILL([gaps], 9)", "1 9 9 4 9"),
        ("IF(m1 > 2, m2, 0)", "0 0 30 40 50"),
        ("IF(m1 > 2, m2)", "- - 30 40 50"),
        ("IF(1 > 2, m1, m2)", "10 20 30 40 50"),
        ("IF(gaps, 1, 2)", "1 - - 1 -"),
        ("CEIL(m1 / 2)", "1 1 2 2 3"),
        ("FLOOR(m1 / 2)", "0 1 1 2 2"),
        ("ABS(m1 - 3)", "2 1 0 1 2"),
        (
            "LOG10(m2) + LOG(1)",
            "1 1.3010299956639813 1.4771212547196624 1.6020599913279625 1.6989700043360187",
        ),
        ("PERIOD(m1)", "60"),
        ("m1 / PERIOD(m1) * 60", "1 2 3 4 5"),
        ("TIME_SERIES(4)", "4 4 4 4 4"),
        ("SORT(METRICS(), AVG, DESC)", "10 20 30 40 50 | 1 2 3 4 5"),
        ("SORT(METRICS(), SUM, ASC, 1)", "1 2 3 4 5"),
        ("SLICE(METRICS(), 1)", "10 20 30 40 50"),
        ("FIRST(METRICS()) + LAST(METRICS())", "11 22 33 44 55"),
        ("REMOVE_EMPTY([m1, IF(m1 > 9, m1)])", "1 2 3 4 5"),
        ("MINUTE(m1)", "0 1 2 3 4"),
        ("SUM(SEARCH('{A} x', 'Average', 300))", "7 7 7 7 7"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn expressions_that_are_wrong() {
    let cases = [
        ("", "the expression ends too early"),
        ("m1 +", "the expression ends too early"),
        ("m1 m2", "unexpected 'm2'"),
        ("(m1", "')' is missing"),
        ("m9", "'m9' is not defined"),
        ("NOPE(m1)", "the function 'NOPE' does not exist"),
        ("SUM(m1, m2)", "the function SUM takes one argument"),
        ("METRICS() + METRICS()", "two arrays of time series cannot be combined"),
        ("m1 + 'a'", "text is no number"),
        ("FILL(m1)", "the function FILL takes more arguments"),
        ("SORT(METRICS(), BY, ASC)", "the function SORT takes AVG, MAX, MIN or SUM"),
        ("ANOMALY_DETECTION_BAND(m1)", "the function ANOMALY_DETECTION_BAND is not modelled"),
        ("INSIGHT_RULE_METRIC('a', 'Sum')", "the function INSIGHT_RULE_METRIC is not modelled"),
        ("m1 ~ 2", "unexpected character '~'"),
        ("'a", "a quotation mark is not closed"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
    for text in [format!("{}1", "(".repeat(5_000)), format!("1{}", "+1".repeat(5_000)), "-".repeat(5_000)] {
        assert!(run(&text).is_err());
    }
}

#[test]
fn an_expression_tells_what_it_needs() {
    let parsed = Expression::parse("IF(m1 > 2 AND e_2 < 3, FILL(m3, REPEAT), HOUR(m1))").unwrap();
    let mut names = parsed.names();
    names.sort_unstable();
    assert_eq!(names, ["e_2", "m1", "m1", "m3"]);
    assert!(parsed.calls(&["HOUR"]) && !parsed.calls(&["METRICS"]));
}

#[test]
fn labels_tell_of_their_series() {
    let values = full("m1", [1.0, 2.0, 3.5, 4.0, 5.0]);
    let properties = [("Namespace".to_owned(), "App".to_owned()), ("Dim.Host".to_owned(), "a".to_owned())];
    let facts = Label { usual: "Latency", series: &values, properties: &properties, offset: 0 };
    let cases = [
        ("plain", "plain"),
        ("${LABEL}: ${AVG} of ${DATAPOINT_COUNT}", "Latency: 3.1 of 5"),
        ("${MIN} ${MAX} ${SUM} ${FIRST} ${LAST}", "1 5 15.5 1 5"),
        ("${PROP('Namespace')} ${PROP('Dim.Host')} ${MIN_MAX_RANGE}", "App a 1 - 5"),
        ("${LAST_TIME}", "1970-01-01 00:04:00 UTC"),
        ("${NOPE} ${", "${NOPE} ${"),
    ];
    for (template, expected) in cases {
        assert_eq!(label(template, &facts), expected);
    }
}
