//! What metric filters count.

use crate::filters::MetricFilter;
use crate::group::Group;
use crate::walk::Kept;
use kage_api_cloudwatch::types::{Dimension, MetricDatum, PutMetricDataInput, PutMetricDataResponse};
use kage_core::{Call, Forward, Millis, Result, Tx};
use kage_logquery::FilterPattern;
use kage_schema::Timestamp;
use std::collections::BTreeMap;

const MINUTE: Millis = 60_000;
/// AWS: CloudWatch user guide, "CloudWatch service quotas": metrics of one request, values of one metric.
const DATA: usize = 1_000;
const VALUES: usize = 150;

/// The dimensions of a match.
type Dimensions = Vec<(String, String)>;
/// How often each value was counted; values as the bits of their number.
type Counts = BTreeMap<u64, u32>;

/// Counts the events of one put and hands the metric to CloudWatch.
///
/// # Errors
/// Those of CloudWatch.
pub fn count(
    call: &Call<'_>,
    tx: &mut Tx,
    group: &Group,
    filter: &MetricFilter,
    events: &[Kept],
) -> Result<()> {
    let data = data(filter, events);
    for part in data.chunks(DATA) {
        let input = PutMetricDataInput {
            namespace: filter.namespace.clone(),
            metric_data: Some(part.to_vec()),
            ..PutMetricDataInput::default()
        };
        let how = Forward::AsService {
            name: "logs.amazonaws.com",
            source_arn: Some(group.arn()),
            source_account: Some(group.account.clone()),
        };
        let target = (&kage_api_cloudwatch::SERVICE, &kage_api_cloudwatch::operations::PUT_METRIC_DATA);
        call.forward::<PutMetricDataResponse>(tx, how, target, input)?;
    }
    Ok(())
}

/// The metric data of these events: by minute and dimensions.
fn data(filter: &MetricFilter, events: &[Kept]) -> Vec<MetricDatum> {
    // A pattern was read when it was put.
    let Ok(pattern) = FilterPattern::parse(&filter.pattern) else { return Vec::new() };
    let mut counted: BTreeMap<(Millis, Dimensions), Counts> = BTreeMap::new();
    let mut quiet: BTreeMap<Millis, bool> = BTreeMap::new();
    for event in events {
        let minute = event.timestamp.div_euclid(MINUTE).saturating_mul(MINUTE);
        let message = event.message.as_bytes();
        let is_quiet = quiet.entry(minute).or_insert(true);
        if !pattern.matches(message) {
            continue;
        }
        let Some(value) = value(filter, &pattern, message) else { continue };
        let Some(dimensions) = dimensions(filter, &pattern, message) else { continue };
        *is_quiet = false;
        let counts = counted.entry((minute, dimensions)).or_default();
        let count = counts.entry(value.to_bits()).or_default();
        *count = count.saturating_add(1);
    }
    if let Some(value) = filter.default_value {
        // AWS: model, MetricTransformation$defaultValue: emitted "when a filter pattern does not match a log event".
        for (minute, _) in quiet.into_iter().filter(|(_, is_quiet)| *is_quiet) {
            counted.insert((minute, Vec::new()), BTreeMap::from([(value.to_bits(), 1)]));
        }
    }
    counted
        .into_iter()
        .flat_map(|((minute, dimensions), counts)| datum(filter, minute, &dimensions, counts))
        .collect()
}

fn value(filter: &MetricFilter, pattern: &FilterPattern, message: &[u8]) -> Option<f64> {
    let text = match filter.value.starts_with('$') {
        true => pattern.field(message, &filter.value)?,
        false => filter.value.clone(),
    };
    text.trim().parse().ok().filter(|value: &f64| value.is_finite())
}

/// The dimensions of an event; `None` when it lacks the field of one of them.
// AWS: user guide, "Configuring metric values for a log group": no dimension, no metric.
fn dimensions(filter: &MetricFilter, pattern: &FilterPattern, message: &[u8]) -> Option<Dimensions> {
    let field =
        |(name, selector): (&String, &String)| Some((name.clone(), pattern.field(message, selector)?));
    filter.dimensions.iter().map(field).collect()
}

fn datum(filter: &MetricFilter, minute: Millis, dimensions: &Dimensions, counts: Counts) -> Vec<MetricDatum> {
    let counts: Vec<(u64, u32)> = counts.into_iter().collect();
    let dimension = |(name, value): &(String, String)| Dimension { name: name.clone(), value: value.clone() };
    counts
        .chunks(VALUES)
        .map(|part| MetricDatum {
            metric_name: filter.metric.clone(),
            dimensions: (!dimensions.is_empty()).then(|| dimensions.iter().map(dimension).collect()),
            timestamp: Some(Timestamp(minute)),
            values: Some(part.iter().map(|(bits, _)| f64::from_bits(*bits)).collect()),
            counts: Some(part.iter().map(|(_, count)| f64::from(*count)).collect()),
            unit: filter.unit.clone(),
            ..MetricDatum::default()
        })
        .collect()
}
