//! `PutMetricData`.

use crate::metric::MetricName;
use crate::{errors, evaluate, jobs, metrics, points};
use kage_api_cloudwatch::types::{Entity, MetricDatum, PutMetricDataInput, PutMetricDataResponse};
use kage_core::{Access, Call, Category, Lookup, Millis, Operation, Recording, Result, Tx};
use kage_metricmath::Summary;

/// AWS: CloudWatch user guide, "CloudWatch service quotas": metrics of one request, values of one metric.
const METRICS_MAX: usize = 1_000;
const VALUES_MAX: usize = 150;
const ENTITIES_MAX: usize = 2;
const HOUR: Millis = 3_600_000;

/// Stores data of metrics.
pub struct PutMetricData;

impl Operation for PutMetricData {
    shape!(PUT_METRIC_DATA: PutMetricDataInput -> PutMetricDataResponse on ());

    // AWS: CloudWatch user guide, "Logging CloudWatch API calls": PutMetricData is a data event of this type.
    const RECORDING: Recording = Recording {
        category: Category::Data { resource_type: "AWS::CloudWatch::Metric" },
        read_only: Some(false),
        response: None,
    };

    fn resolve(_: &Call<'_>, _: &Tx, _: &PutMetricDataInput) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &PutMetricDataInput, _: &Lookup<()>) -> Access {
        if call.caller.service_name().is_some() {
            return Access::open(
                "AWS: CloudWatch user guide, \"AWS services that publish CloudWatch metrics\"",
            );
        }
        Access::any("cloudwatch:PutMetricData").key("cloudwatch:namespace", input.namespace.clone())
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &PutMetricDataInput,
    ) -> Result<PutMetricDataResponse> {
        // Only AWS itself writes there. AWS: PutMetricData, `Namespace`.
        if input.namespace.starts_with("AWS/") && call.caller.service_name().is_none() {
            return Err(errors::bad_value("AWS/", "Namespace"));
        }
        let checked = data(input)?
            .into_iter()
            .map(|(place, datum)| check(call, &input.namespace, &place, datum))
            .collect::<Result<Vec<_>>>()?;
        let place = (call.account.as_str(), call.region.as_str());
        let now = call.now.milliseconds();
        if !metrics::any(tx.reads(), place) {
            jobs::plan_compaction(tx, place, now)?;
        }
        for datum in checked {
            let mut metric = metrics::touch(tx, place, &datum.metric, datum.unit, now)?;
            points::add(tx, place, (&metric, datum.unit), (datum.time, datum.resolution), &datum.samples)?;
            evaluate::data_came(tx, place, &datum.metric, now)?;
            if now - metric.compacted > HOUR {
                points::compact(tx, place, &metric, now)?;
                metric.compacted = now;
                metrics::put(tx, place, &metric)?;
            }
        }
        Ok(PutMetricDataResponse {})
    }
}

/// All data of a request, each with its path.
fn data(input: &PutMetricDataInput) -> Result<Vec<(String, &MetricDatum)>> {
    let plain = input.metric_data.as_deref().unwrap_or_default();
    let mut out: Vec<(String, &MetricDatum)> = plain
        .iter()
        .enumerate()
        .map(|(index, datum)| (format!("MetricData.member.{}", index + 1), datum))
        .collect();
    let entities = input.entity_metric_data.as_deref().unwrap_or_default();
    if !entities.is_empty() && input.strict_entity_validation.is_none() {
        return Err(errors::missing("StrictEntityValidation"));
    }
    if entities.len() > ENTITIES_MAX {
        return Err(errors::value("The collection EntityMetricData must not have a size greater than 2."));
    }
    for (index, entity) in entities.iter().enumerate() {
        let place = format!("EntityMetricData.member.{}", index + 1);
        if input.strict_entity_validation == Some(true) && !is_entity(entity.entity.as_ref()) {
            return Err(errors::value(format!("The parameter {place}.Entity is invalid.")));
        }
        for (inner, datum) in entity.metric_data.as_deref().unwrap_or_default().iter().enumerate() {
            out.push((format!("{place}.MetricData.member.{}", inner + 1), datum));
        }
    }
    if out.is_empty() {
        return Err(errors::missing("MetricData"));
    }
    if out.len() > METRICS_MAX {
        return Err(errors::value("The collection MetricData must not have a size greater than 1000."));
    }
    Ok(out)
}

/// Whether key attributes name an entity. AWS: PutMetricData, `EntityMetricData`; user guide, "How to add related
/// information to telemetry".
fn is_entity(entity: Option<&Entity>) -> bool {
    let Some(keys) = entity.and_then(|entity| entity.key_attributes.as_ref()) else { return false };
    let known = ["Type", "ResourceType", "Identifier", "Name", "Environment"];
    let required: &[&str] = match keys.get("Type").map(String::as_str) {
        Some("Service") => &["Name", "Environment"],
        Some("RemoteService") => &["Name"],
        Some("AWS::Resource" | "Resource") => &["ResourceType", "Identifier"],
        _ => return false,
    };
    keys.keys().all(|key| known.contains(&key.as_str())) && required.iter().all(|key| keys.contains_key(*key))
}

/// A datum that was found right.
struct Checked<'a> {
    metric: MetricName,
    unit: &'a str,
    time: Millis,
    resolution: Millis,
    samples: Summary,
}

fn check<'a>(call: &Call<'_>, namespace: &str, place: &str, datum: &'a MetricDatum) -> Result<Checked<'a>> {
    let metric = MetricName::new(namespace, &datum.metric_name, datum.dimensions.as_deref());
    metric.require_valid(place)?;
    let now = call.now.milliseconds();
    let time = datum.timestamp.map_or(now, |time| time.milliseconds());
    // AWS: PutMetricData: two weeks back, two hours ahead.
    if time < now - 14 * 24 * HOUR {
        return Err(errors::value(format!(
            "The parameter {place}.Timestamp must specify a time within the past two weeks."
        )));
    }
    if time > now + 2 * HOUR {
        return Err(errors::value(format!(
            "The parameter {place}.Timestamp must specify a time no more than two hours in the future."
        )));
    }
    let resolution = match datum.storage_resolution {
        None | Some(60) => 60,
        Some(1) => 1,
        Some(other) => return Err(errors::bad_value(other, &format!("{place}.StorageResolution"))),
    };
    let unit = datum.unit.as_deref().unwrap_or("None");
    Ok(Checked { metric, unit, time, resolution, samples: samples(place, datum)? })
}

fn number(value: f64, place: &str) -> Result<f64> {
    // AWS: PutMetricData, `Value`: -2^360 to 2^360, no special values.
    let limit = 2.0_f64.powi(360);
    if value.is_finite() && (-limit..=limit).contains(&value) {
        return Ok(value);
    }
    let shown = if value.is_infinite() {
        if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else {
        value.to_string()
    };
    Err(errors::bad_value(shown, place))
}

fn samples(place: &str, datum: &MetricDatum) -> Result<Summary> {
    let forms = [
        ("Value", datum.value.is_some()),
        ("StatisticValues", datum.statistic_values.is_some()),
        ("Values", datum.values.is_some()),
    ];
    let given: Vec<&str> = forms.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    match given[..] {
        [] => {
            return Err(errors::combination(format!(
                "At least one of the parameters {place}.Value, {place}.StatisticValues or {place}.Values must be specified."
            )));
        }
        [_] => {}
        [first, second, ..] => {
            return Err(errors::combination(format!(
                "The parameters {place}.{first} and {place}.{second} are mutually exclusive and you have specified both."
            )));
        }
    }
    if datum.counts.is_some() && datum.values.is_none() {
        return Err(errors::combination(format!("The parameter {place}.Counts needs {place}.Values.")));
    }
    if let Some(value) = datum.value {
        return Ok(Summary::of(number(value, &format!("{place}.Value"))?, 1.0));
    }
    if let Some(set) = &datum.statistic_values {
        let place = format!("{place}.StatisticValues");
        let count = number(set.sample_count, &format!("{place}.SampleCount"))?;
        let (low, high) = (
            number(set.minimum, &format!("{place}.Minimum"))?,
            number(set.maximum, &format!("{place}.Maximum"))?,
        );
        let sum = number(set.sum, &format!("{place}.Sum"))?;
        if count <= 0.0 {
            return Err(errors::bad_value(count, &format!("{place}.SampleCount")));
        }
        if low > high {
            return Err(errors::value(format!(
                "The parameter {place}.Maximum must be greater than or equal to the parameter {place}.Minimum."
            )));
        }
        return Ok(Summary::set(count, sum, low, high));
    }
    arrays(place, datum.values.as_deref().unwrap_or_default(), datum.counts.as_deref())
}

fn arrays(place: &str, values: &[f64], counts: Option<&[f64]>) -> Result<Summary> {
    if values.is_empty() {
        return Err(errors::missing(&format!("{place}.Values")));
    }
    if values.len() > VALUES_MAX {
        return Err(errors::value(format!(
            "The collection {place}.Values must not have a size greater than {VALUES_MAX}."
        )));
    }
    if counts.is_some_and(|counts| counts.len() != values.len()) {
        return Err(errors::value(format!(
            "The parameters {place}.Values and {place}.Counts must be of the same size."
        )));
    }
    let mut all = Summary::default();
    for (index, value) in values.iter().enumerate() {
        let value = number(*value, &format!("{place}.Values.member.{}", index + 1))?;
        let counted = format!("{place}.Counts.member.{}", index + 1);
        let count = number(counts.and_then(|counts| counts.get(index)).copied().unwrap_or(1.0), &counted)?;
        if count < 0.0 {
            return Err(errors::bad_value(count, &counted));
        }
        all.merge(&Summary::of(value, count));
    }
    if all.count <= 0.0 {
        return Err(errors::value(format!("The parameter {place}.Counts must not be all zero.")));
    }
    Ok(all)
}
