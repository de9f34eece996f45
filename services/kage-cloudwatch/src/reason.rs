//! Why an alarm is in its state: AWS's texts, as recorded in notifications that people publish in issue threads.

use crate::alarm::MetricRule;
use crate::judge::{BEYOND, Missing, Verdict};
use crate::moments;
use kage_core::Millis;
use serde_json::{Value, json};

/// One period of the evaluation range.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// When it begins.
    pub time: Millis,
    /// Its value.
    pub value: f64,
    /// How many samples it holds, where that is known.
    pub samples: Option<f64>,
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The reason in words. `real` are the data points that were judged, newest first; `filled` were missing.
pub fn text(rule: &MetricRule, verdict: Verdict, real: &[Point], filled: usize, old: &str) -> String {
    if verdict == Verdict::Insufficient {
        return format!("Insufficient Data: {} unknown.", plural(filled, "datapoint was", "datapoints were"));
    }
    let treated = match rule.missing() {
        Missing::Breaching => "Breaching",
        _ => "NonBreaching",
    };
    let stands_in = matches!(rule.missing(), Missing::Breaching | Missing::NotBreaching) && filled > 0;
    let missing = format!(
        "{} treated as [{treated}]",
        plural(filled, "missing datapoint was", "missing datapoints were")
    );
    if real.is_empty() {
        let periods = plural(filled, "period", "periods");
        return format!("Threshold Crossed: no datapoints were received for {periods} and {missing}.");
    }
    let breaches = |point: &&Point| rule.comparison.breaches(point.value, rule.threshold);
    let is_alarm = verdict == Verdict::Alarm;
    let meant: Vec<&Point> = real.iter().filter(|point| breaches(point) == is_alarm).collect();
    let listed: Vec<Point> =
        if meant.is_empty() { real.to_vec() } else { meant.into_iter().copied().collect() };
    let values: Vec<String> =
        listed.iter().map(|point| format!("{:?} ({})", point.value, moments::short(point.time))).collect();
    let not = if is_alarm { "" } else { "not " };
    let verb = if listed.len() == 1 { "was" } else { "were" };
    let compared = format!(
        "[{}] {verb} {not}{} the threshold ({:?})",
        values.join(", "),
        rule.comparison.words(),
        rule.threshold
    );
    let and_missing = if stands_in { format!(" and {missing}") } else { String::new() };
    match rule.needed {
        None => format!(
            "Threshold Crossed: {} {compared}{and_missing}.",
            plural(listed.len(), "datapoint", "datapoints")
        ),
        Some(needed) => {
            let needed = usize::try_from(needed).unwrap_or(1);
            let (from, to) = if is_alarm { ("OK", "ALARM") } else { (old, "OK") };
            let enough =
                if is_alarm { needed } else { usize::try_from(rule.periods).unwrap_or(1) + 1 - needed };
            format!(
                "Threshold Crossed: {} out of the last {} {compared}{and_missing} (minimum {} for {from} -> {to} transition).",
                listed.len(),
                plural(real.len(), "datapoint", "datapoints"),
                plural(enough, "datapoint", "datapoints"),
            )
        }
    }
}

/// The reason as data.
pub fn data(rule: &MetricRule, real: &[Point], now: Millis) -> Value {
    let period = rule.period();
    let mut out = json!({
        "version": "1.0",
        "queryDate": moments::iso(now),
        "period": period,
        "recentDatapoints": real.iter().rev().map(|point| point.value).collect::<Vec<_>>(),
        "threshold": rule.threshold,
    });
    if let Some(oldest) = real.last() {
        out["startDate"] = json!(moments::iso(oldest.time));
    }
    if let Some(single) = &rule.single {
        out["statistic"] = json!(single.statistic);
        if let Some(unit) = &single.unit {
            out["unit"] = json!(unit);
        }
    }
    // The text may hold 4,000 characters; what stands beside the points is short.
    let shown = real.iter().take(20);
    let evaluated = shown.map(|point| {
        let mut one = json!({ "timestamp": moments::iso(point.time), "value": point.value });
        if let Some(samples) = point.samples {
            one["sampleCount"] = json!(samples);
        }
        one
    });
    out["evaluatedDatapoints"] = evaluated.collect();
    if real.len() > 50 {
        out["recentDatapoints"] =
            json!(real.iter().take(50).rev().map(|point| point.value).collect::<Vec<_>>());
    }
    out
}

/// How many periods the evaluation range of a rule has.
pub fn range(rule: &MetricRule) -> usize {
    usize::try_from(rule.periods).unwrap_or(1).max(1) + BEYOND
}
