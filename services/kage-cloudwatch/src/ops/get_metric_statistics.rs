//! `GetMetricStatistics`.

use crate::metric::MetricName;
use crate::query::{self, Span};
use crate::{errors, metrics};
use kage_api_cloudwatch::types::{Datapoint, GetMetricStatisticsInput, GetMetricStatisticsOutput};
use kage_core::{Access, Call, Lookup, Millis, Operation, Result, Tx};
use kage_metricmath::{Statistic, Summary};
use kage_schema::Timestamp;

/// AWS: GetMetricStatistics: data points of one answer.
const POINTS_MAX: Millis = 1_440;

/// Gives statistics of one metric.
pub struct GetMetricStatistics;

impl Operation for GetMetricStatistics {
    shape!(GET_METRIC_STATISTICS: GetMetricStatisticsInput -> GetMetricStatisticsOutput on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &GetMetricStatisticsInput) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &GetMetricStatisticsInput, _: &Lookup<()>) -> Access {
        Access::any("cloudwatch:GetMetricStatistics")
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &GetMetricStatisticsInput,
    ) -> Result<GetMetricStatisticsOutput> {
        let wanted = wanted(input)?;
        query::require_period(input.period, "Period")?;
        let (start, end) = (input.start_time.milliseconds(), input.end_time.milliseconds());
        let period = Millis::from(input.period);
        if start >= end {
            return Err(errors::value("The parameter StartTime must be less than the parameter EndTime."));
        }
        let points = end.saturating_sub(start) / (period * 1_000);
        if points > POINTS_MAX {
            return Err(errors::combination(format!(
                "You have requested up to {} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
                grouped(points)
            )));
        }
        let name = MetricName::new(&input.namespace, &input.metric_name, input.dimensions.as_deref());
        let place = (call.account.as_str(), call.region.as_str());
        let now = call.now.milliseconds();
        let mut datapoints = Vec::new();
        if let Some(metric) = metrics::find(tx.reads(), place, &name)? {
            let span = Span::requested(start, end, period, now);
            let data = query::by_unit(tx.reads(), place, &metric, input.unit.as_deref(), span, now)?;
            datapoints.extend(data.iter().map(|((time, unit), samples)| view(*time, unit, samples, &wanted)));
        }
        Ok(GetMetricStatisticsOutput {
            label: Some(input.metric_name.clone()),
            datapoints: Some(datapoints.into_iter().flatten().collect()),
        })
    }
}

/// The statistics that are asked for, by name.
fn wanted(input: &GetMetricStatisticsInput) -> Result<Vec<(String, Statistic)>> {
    let plain = input.statistics.as_deref().unwrap_or_default();
    let extended = input.extended_statistics.as_deref().unwrap_or_default();
    if plain.is_empty() == extended.is_empty() {
        return Err(errors::combination("Must specify either Statistics or ExtendedStatistics"));
    }
    plain
        .iter()
        .chain(extended)
        .map(|name| match Statistic::parse(name) {
            Some(found) if found.is_extended() == plain.is_empty() => Ok((name.clone(), found)),
            _ => Err(errors::bad_value(name, "ExtendedStatistics")),
        })
        .collect()
}

/// A data point; `None` when none of its statistics can be told.
fn view(time: Millis, unit: &str, samples: &Summary, wanted: &[(String, Statistic)]) -> Option<Datapoint> {
    let mut point =
        Datapoint { timestamp: Some(Timestamp(time)), unit: Some(unit.to_owned()), ..Datapoint::default() };
    let mut told = false;
    for (name, statistic) in wanted {
        let value = statistic.of(samples);
        told |= value.is_some();
        match statistic {
            Statistic::SampleCount => point.sample_count = value,
            Statistic::Average => point.average = value,
            Statistic::Sum => point.sum = value,
            Statistic::Minimum => point.minimum = value,
            Statistic::Maximum => point.maximum = value,
            _ => {
                if let Some(value) = value {
                    point.extended_statistics.get_or_insert_default().insert(name.clone(), value);
                }
            }
        }
    }
    told.then_some(point)
}

/// A number with commas: `16,666`.
fn grouped(number: Millis) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            (grouped(999), grouped(16_666), grouped(1_000_000)),
            ("999".into(), "16,666".into(), "1,000,000".into())
        );
    }
}
