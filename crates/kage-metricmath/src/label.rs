//! Labels that tell something of their series.
//!
//! AWS: CloudWatch user guide, "Using dynamic labels".

use crate::calendar::civil;
use crate::series::Series;

/// What a label may tell.
pub struct Label<'a> {
    /// The label that CloudWatch would give.
    pub usual: &'a str,
    /// The values.
    pub series: &'a Series,
    /// `${PROP('Namespace')}` and the like: names with values.
    pub properties: &'a [(String, String)],
    /// Added to times, in milliseconds.
    pub offset: i64,
}

/// The label with its dynamic parts filled in. A part that is not known stands as it was written.
#[must_use]
pub fn label(template: &str, facts: &Label<'_>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, after)) = behind.split_once('}') else {
            out.push_str("${");
            rest = behind;
            continue;
        };
        match part(name.trim(), facts) {
            Some(text) => out.push_str(&text),
            None => out.push_str(&format!("${{{name}}}")),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn part(name: &str, facts: &Label<'_>) -> Option<String> {
    if let Some(property) = name.strip_prefix("PROP(").and_then(|rest| rest.strip_suffix(')')) {
        let property = property.trim().trim_matches(['\'', '"']);
        return facts.properties.iter().find(|(known, _)| known == property).map(|(_, value)| value.clone());
    }
    if name == "LABEL" {
        return Some(facts.usual.to_owned());
    }
    let points = &facts.series.points;
    let (first, last) = (points.first_key_value(), points.last_key_value());
    let lowest = points.iter().min_by(|left, right| left.1.total_cmp(right.1));
    let highest = points.iter().max_by(|left, right| left.1.total_cmp(right.1));
    let value =
        |point: Option<(&i64, &f64)>| point.map_or_else(|| "--".to_owned(), |(_, value)| number(*value));
    let time = |point: Option<(&i64, &f64)>| {
        point.map_or_else(|| "--".to_owned(), |(time, _)| moment(time + facts.offset))
    };
    let sum: f64 = points.values().sum();
    #[expect(clippy::cast_precision_loss, reason = "a series has at most some hundred thousand points")]
    let average = sum / points.len() as f64;
    let or_none = |text: String| if points.is_empty() { "--".to_owned() } else { text };
    Some(match name {
        "AVG" => or_none(number(average)),
        "SUM" => or_none(number(sum)),
        "DATAPOINT_COUNT" => points.len().to_string(),
        "FIRST" => value(first),
        "LAST" => value(last),
        "MIN" => value(lowest),
        "MAX" => value(highest),
        "FIRST_TIME" => time(first),
        "LAST_TIME" => time(last),
        "MIN_TIME" => time(lowest),
        "MAX_TIME" => time(highest),
        "FIRST_LAST_RANGE" => format!("{} - {}", value(first), value(last)),
        "FIRST_LAST_TIME_RANGE" => format!("{} - {}", time(first), time(last)),
        "MIN_MAX_RANGE" => format!("{} - {}", value(lowest), value(highest)),
        "MIN_MAX_TIME_RANGE" => format!("{} - {}", time(lowest), time(highest)),
        _ => return None,
    })
}

/// At most three decimals.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `2026-01-02 03:04:05 UTC`.
fn moment(time: i64) -> String {
    let seconds = time.div_euclid(1_000);
    let (year, month, date) = civil(seconds.div_euclid(86_400));
    let (hour, minute, second) =
        (seconds.rem_euclid(86_400) / 3_600, seconds.rem_euclid(3_600) / 60, seconds.rem_euclid(60));
    format!("{year:04}-{month:02}-{date:02} {hour:02}:{minute:02}:{second:02} UTC")
}
