//! `GetMetricData`.

use crate::formula::{self, Query, Window};
use crate::query::Span;
use crate::{errors, pages};
use kage_api_cloudwatch::types::{GetMetricDataInput, GetMetricDataOutput, MetricDataResult};
use kage_core::{Access, Call, Category, Lookup, Millis, Operation, Recording, Result, Tx};
use kage_metricmath::{Label, Series, label};
use kage_schema::Timestamp;

/// AWS: GetMetricData: queries of one request, data points of one page.
const QUERIES_MAX: usize = 500;
const POINTS_MAX: i32 = 100_800;

/// Gives the values of metrics and expressions.
pub struct GetMetricData;

/// One series of the answer, before it is cut into pages.
struct Answered {
    id: String,
    label: String,
    series: Series,
}

impl Operation for GetMetricData {
    shape!(GET_METRIC_DATA: GetMetricDataInput -> GetMetricDataOutput on ());

    // AWS: CloudWatch user guide, "Logging CloudWatch API calls": GetMetricData is a data event of this type.
    const RECORDING: Recording = Recording {
        category: Category::Data { resource_type: "AWS::CloudWatch::Metric" },
        read_only: Some(true),
        response: None,
    };

    fn resolve(_: &Call<'_>, _: &Tx, _: &GetMetricDataInput) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &GetMetricDataInput, _: &Lookup<()>) -> Access {
        Access::any("cloudwatch:GetMetricData")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &GetMetricDataInput) -> Result<GetMetricDataOutput> {
        let (start, end) = (input.start_time.milliseconds(), input.end_time.milliseconds());
        if start >= end {
            return Err(errors::validation(
                "The parameter StartTime must be less than the parameter EndTime.",
            ));
        }
        if input.metric_data_queries.is_empty() || input.metric_data_queries.len() > QUERIES_MAX {
            return Err(errors::validation(
                "The collection MetricDataQueries must have a size from 1 to 500.",
            ));
        }
        let most = input.max_datapoints.unwrap_or(POINTS_MAX);
        if !(1..=POINTS_MAX).contains(&most) {
            return Err(errors::validation(format!(
                "The value {most} for parameter MaxDatapoints is invalid."
            )));
        }
        let offset = offset(input)?;
        let queries = Query::read_all(&input.metric_data_queries, "MetricDataQueries", &call.account)?;
        let now = call.now.milliseconds();
        let window = Window {
            place: (call.account.as_str(), call.region.as_str()),
            now,
            span: &|period| Span::requested(start, end, period, now),
        };
        let outcome = formula::evaluate(tx.reads(), &window, &queries)?;
        let mut answered = Vec::new();
        for query in queries.iter().filter(|query| query.return_data != Some(false)) {
            let lines = outcome.lines(&query.id)?;
            let is_array = !outcome.is_single(&query.id);
            for line in lines {
                let label = named(call, query, &line.series, is_array, offset);
                answered.push(Answered { id: query.id.clone(), label, series: line.series });
            }
        }
        let descending = input.scan_by.as_deref() != Some("TimestampAscending");
        page(call, &answered, descending, usize::try_from(most).unwrap_or(1), input.next_token.as_deref())
    }
}

/// `LabelOptions.Timezone` in milliseconds. AWS: LabelOptions: `+0130`.
fn offset(input: &GetMetricDataInput) -> Result<Millis> {
    let zone = input.label_options.as_ref().and_then(|options| options.timezone.as_deref());
    let Some(zone) = zone else { return Ok(0) };
    let read = || {
        let (sign, digits) = zone.split_at_checked(1)?;
        let (hours, minutes) = digits.split_at_checked(2)?;
        let plain = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let ms = hours.parse::<Millis>().ok()? * 3_600_000 + minutes.parse::<Millis>().ok()? * 60_000;
        match sign {
            "+" if plain => Some(ms),
            "-" if plain => Some(-ms),
            _ => None,
        }
    };
    read().ok_or_else(|| {
        errors::validation(format!("The value {zone} for parameter LabelOptions.Timezone is invalid."))
    })
}

/// The label of a series: as it was asked for, or the name of the metric, or the id of the expression.
fn named(call: &Call<'_>, query: &Query, series: &Series, is_array: bool, offset: Millis) -> String {
    let usual = match &query.source {
        Some(source) => source.name.name.clone(),
        None if is_array => series.label.clone(),
        None => query.id.clone(),
    };
    let Some(template) = &query.label else { return usual };
    let mut properties =
        vec![("AccountId".to_owned(), call.account.clone()), ("Region".to_owned(), call.region.clone())];
    if let Some(source) = &query.source {
        let mut add = |name: &str, value: &str| properties.push((name.to_owned(), value.to_owned()));
        add("MetricName", &source.name.name);
        add("Namespace", &source.name.namespace);
        add("Stat", &source.statistic);
        add("Period", &source.period.to_string());
        for (name, value) in &source.name.dimensions {
            add(&format!("Dim.{name}"), value);
        }
    }
    let told = label(template, &Label { usual: &usual, series, properties: &properties, offset });
    // Several series of one query are told apart by their own names.
    if is_array && told == *template { format!("{template} {usual}") } else { told }
}

/// One page: values are ordered by time over all series, so that each page is the newest (or oldest) of what is left.
fn page(
    call: &Call<'_>,
    answered: &[Answered],
    descending: bool,
    most: usize,
    token: Option<&str>,
) -> Result<GetMetricDataOutput> {
    let skip = match token {
        None => 0,
        Some(token) => pages::open(call, token)?.parse::<usize>().map_err(|_| errors::invalid_token())?,
    };
    let mut all: Vec<(Millis, usize, f64)> = answered
        .iter()
        .enumerate()
        .flat_map(|(index, one)| one.series.points.iter().map(move |(time, value)| (*time, index, *value)))
        .collect();
    all.sort_by(|left, right| {
        let by_time = left.0.cmp(&right.0);
        let by_time = if descending { by_time.reverse() } else { by_time };
        by_time.then(left.1.cmp(&right.1))
    });
    let left = all.get(skip..).unwrap_or_default();
    let (shown, later) = left.split_at(most.min(left.len()));
    let mut results: Vec<MetricDataResult> = answered
        .iter()
        .map(|one| MetricDataResult {
            id: Some(one.id.clone()),
            label: Some(one.label.clone()),
            timestamps: Some(Vec::new()),
            values: Some(Vec::new()),
            status_code: Some("Complete".to_owned()),
            messages: None,
        })
        .collect();
    for (time, index, value) in shown {
        if let Some(result) = results.get_mut(*index) {
            result.timestamps.get_or_insert_default().push(Timestamp(*time));
            result.values.get_or_insert_default().push(*value);
        }
    }
    for (_, index, _) in later {
        if let Some(result) = results.get_mut(*index) {
            result.status_code = Some("PartialData".to_owned());
        }
    }
    let next = (!later.is_empty()).then(|| pages::seal(call, &(skip + shown.len()).to_string()));
    Ok(GetMetricDataOutput {
        metric_data_results: Some(results),
        next_token: next,
        messages: Some(Vec::new()),
    })
}
