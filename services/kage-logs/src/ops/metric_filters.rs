//! Metric filters: put, described, removed, tested.

use crate::filters::{self, MetricFilter};
use crate::group::Group;
use crate::named;
use crate::pages::{self, Asked};
use crate::{errors, groups};
use kage_api_logs::types::{
    DeleteMetricFilterResponse, DescribeMetricFiltersResponse, MetricFilter as Shown,
    MetricFilterMatchRecord, MetricTransformation, PutMetricFilterRequest, PutMetricFilterResponse,
    TestMetricFilterResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx};
use kage_logquery::FilterPattern;
use std::collections::BTreeMap;

/// AWS: model, PutMetricFilter: "The maximum number of metric filters that can be associated with a log group is 100."
const MOST: usize = 100;
/// AWS: model, MetricTransformation$dimensions: "as many as three dimensions".
const DIMENSIONS: usize = 3;
/// AWS: model, PutMetricFilter: "five regular expression patterns per log group".
const REGEXES: usize = 5;

/// Reads a pattern.
///
/// # Errors
/// `InvalidParameterException`.
pub fn read_pattern(text: &str) -> Result<FilterPattern> {
    FilterPattern::parse(text).map_err(|error| errors::invalid(error.to_string()))
}

/// Requires that a group has no more regular expressions than it may, with those of a new pattern.
///
/// # Errors
/// `LimitExceededException`.
pub fn require_regexes<'p>(new: &FilterPattern, others: impl Iterator<Item = &'p str>) -> Result<()> {
    let used: usize =
        others.filter_map(|text| FilterPattern::parse(text).ok()).map(|found| found.regexes()).sum();
    if new.regexes() > 0 && used.saturating_add(new.regexes()) > REGEXES {
        Err(errors::limit())
    } else {
        Ok(())
    }
}

/// Makes or changes a metric filter.
pub struct PutMetricFilter;

impl Operation for PutMetricFilter {
    shape!(PUT_METRIC_FILTER: PutMetricFilterRequest -> PutMetricFilterResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        named::by_name(call, tx, &input.log_group_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:PutMetricFilter", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        group: Group,
        input: &Self::Input,
    ) -> Result<PutMetricFilterResponse> {
        named::require_standard(&group)?;
        errors::refuse_flag(input.apply_on_transformed_logs, "applyOnTransformedLogs")?;
        errors::refuse(&input.field_selection_criteria, "fieldSelectionCriteria")?;
        errors::refuse(&input.emit_system_field_dimensions, "emitSystemFieldDimensions")?;
        let filter = read(call, input)?;
        let others = filters::list_metric(tx.reads(), &group)?;
        let others: Vec<MetricFilter> =
            others.into_iter().filter(|other| other.name != filter.name).collect();
        if others.len() >= MOST {
            return Err(errors::limit());
        }
        let pattern = read_pattern(&filter.pattern)?;
        require_regexes(&pattern, others.iter().map(|other| other.pattern.as_str()))?;
        filters::put_metric(tx, &group, &filter)?;
        Ok(PutMetricFilterResponse {})
    }
}

fn read(call: &Call<'_>, input: &PutMetricFilterRequest) -> Result<MetricFilter> {
    let pattern = read_pattern(&input.filter_pattern)?;
    let Some(transformation) = input.metric_transformations.first() else {
        return Err(errors::invalid("A metric filter has one metric transformation."));
    };
    let value = &transformation.metric_value;
    let is_number = value.parse::<f64>().is_ok_and(f64::is_finite);
    // AWS: user guide, "Creating metrics from log events using filters": a number, or `$` and the name of a field.
    if !is_number && !pattern.knows(value) {
        return Err(errors::invalid(format!(
            "Invalid metric transformation: metricValue {value} is not valid"
        )));
    }
    let dimensions = transformation.dimensions.clone().unwrap_or_default();
    if dimensions.len() > DIMENSIONS {
        return Err(errors::invalid(
            "Invalid metric transformation: a metric filter can have at most 3 dimensions",
        ));
    }
    if let Some(field) = dimensions.values().find(|field| !pattern.knows(field)) {
        return Err(errors::invalid(format!(
            "Invalid metric transformation: dimension {field} is not valid"
        )));
    }
    // AWS: user guide, "Using filter patterns to extract values as dimensions": no default value beside dimensions.
    if !dimensions.is_empty() && transformation.default_value.is_some() {
        return Err(errors::invalid(
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties.",
        ));
    }
    Ok(MetricFilter {
        name: input.filter_name.clone(),
        pattern: input.filter_pattern.clone(),
        created: call.now.milliseconds(),
        metric: transformation.metric_name.clone(),
        namespace: transformation.metric_namespace.clone(),
        value: value.clone(),
        default_value: transformation.default_value,
        dimensions,
        unit: transformation.unit.clone(),
    })
}

/// Removes a metric filter.
pub struct DeleteMetricFilter;

impl Operation for DeleteMetricFilter {
    shape!(DELETE_METRIC_FILTER: DeleteMetricFilterRequest -> DeleteMetricFilterResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        named::by_name(call, tx, &input.log_group_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:DeleteMetricFilter", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        group: Group,
        input: &Self::Input,
    ) -> Result<DeleteMetricFilterResponse> {
        match filters::remove_metric(tx, &group, &input.filter_name) {
            true => Ok(DeleteMetricFilterResponse {}),
            false => Err(errors::missing("metric filter")),
        }
    }
}

/// Describes metric filters: of one group, or of all.
pub struct DescribeMetricFilters;

impl Operation for DescribeMetricFilters {
    shape!(DESCRIBE_METRIC_FILTERS: DescribeMetricFiltersRequest -> DescribeMetricFiltersResponse on Option<Group>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Option<Group>>> {
        match &input.log_group_name {
            Some(name) => Ok(named::by_name(call, tx, name)?.map(Some)),
            None => Ok(Lookup::Found(None)),
        }
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Option<Group>>) -> Access {
        let action = "logs:DescribeMetricFilters";
        match target {
            Lookup::Found(Some(group)) => Access::on_found(action, group),
            Lookup::Found(None) => named::on_account(call, action),
            Lookup::Missing { arn, .. } => Access::to(action, arn.clone()),
        }
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        group: Option<Group>,
        input: &Self::Input,
    ) -> Result<DescribeMetricFiltersResponse> {
        if input.metric_name.is_some() != input.metric_namespace.is_some() {
            return Err(errors::invalid("metricName and metricNamespace must be given together."));
        }
        let groups = match group {
            Some(group) => vec![group],
            None => groups::list(tx.reads(), &call.account, &call.region)?,
        };
        let mut found = Vec::new();
        for group in groups {
            for filter in filters::list_metric(tx.reads(), &group)? {
                found.push((group.name.clone(), filter));
            }
        }
        if let Some(prefix) = &input.filter_name_prefix {
            found.retain(|(_, filter)| filter.name.starts_with(prefix));
        }
        if let (Some(metric), Some(namespace)) = (&input.metric_name, &input.metric_namespace) {
            found.retain(|(_, filter)| filter.metric == *metric && filter.namespace == *namespace);
        }
        let asked = Asked::fifty(input.next_token.as_ref(), input.limit);
        let page = pages::cut(call, found, |(group, filter)| format!("{group}\n{}", filter.name), &asked)?;
        Ok(DescribeMetricFiltersResponse {
            metric_filters: Some(page.items.into_iter().map(show).collect()),
            next_token: page.next,
        })
    }
}

fn show((group, filter): (String, MetricFilter)) -> Shown {
    let some = |dimensions: BTreeMap<String, String>| (!dimensions.is_empty()).then_some(dimensions);
    Shown {
        filter_name: Some(filter.name),
        filter_pattern: Some(filter.pattern),
        metric_transformations: Some(vec![MetricTransformation {
            metric_name: filter.metric,
            metric_namespace: filter.namespace,
            metric_value: filter.value,
            default_value: filter.default_value,
            dimensions: some(filter.dimensions),
            unit: filter.unit,
        }]),
        creation_time: Some(filter.created),
        log_group_name: Some(group),
        apply_on_transformed_logs: Some(false),
        ..Shown::default()
    }
}

/// Tries a pattern on messages.
pub struct TestMetricFilter;

impl Operation for TestMetricFilter {
    shape!(TEST_METRIC_FILTER: TestMetricFilterRequest -> TestMetricFilterResponse on ());
    const RECORDING: Recording = Recording::READ;

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        named::on_account(call, "logs:TestMetricFilter")
    }

    fn run(_: &Call<'_>, _: &mut Tx, (): (), input: &Self::Input) -> Result<TestMetricFilterResponse> {
        let pattern = read_pattern(&input.filter_pattern)?;
        let numbered = (1_i64..).zip(&input.log_event_messages);
        let matching = numbered.filter(|(_, message)| pattern.matches(message.as_bytes()));
        let record = |(number, message): (i64, &String)| MetricFilterMatchRecord {
            event_number: Some(number),
            event_message: Some(message.clone()),
            extracted_values: Some(pattern.extract(message.as_bytes())),
        };
        Ok(TestMetricFilterResponse { matches: Some(matching.map(record).collect()) })
    }
}
