//! `PutMetricAlarm`.

use crate::alarm::{Alarm, MetricRule, Rule, Single};
use crate::formula::Query;
use crate::judge::{Comparison, Missing};
use crate::metric::MetricName;
use crate::ops::configure::{self, Common};
use crate::query::Span;
use crate::{errors, evaluate, formula, tags};
use kage_api_cloudwatch::types::{EvaluationWindow, PutMetricAlarmInput, PutMetricAlarmResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_metricmath::Statistic;

const DAY: i64 = 86_400;

/// Makes or changes an alarm on a metric or an expression.
pub struct PutMetricAlarm;

impl Operation for PutMetricAlarm {
    shape!(PUT_METRIC_ALARM: PutMetricAlarmInput -> PutMetricAlarmResponse on Option<Alarm>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Option<Alarm>>> {
        configure::lookup(call, tx, &input.alarm_name)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Option<Alarm>>) -> Access {
        let access = configure::access(call, "cloudwatch:PutMetricAlarm", &common(input), target);
        match target.found().and_then(Option::as_ref) {
            // The tags of an alarm that is there are not changed.
            Some(_) => tags::requested(access, input.tags.as_deref()),
            None => {
                let arn = crate::alarm::arn(&call.account, &call.region, &input.alarm_name);
                tags::with_tags(access, &arn, input.tags.as_deref())
            }
        }
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Option<Alarm>,
        input: &PutMetricAlarmInput,
    ) -> Result<PutMetricAlarmResponse> {
        refuse(input)?;
        let rule = rule(call, input)?;
        try_expression(call, tx, &rule)?;
        let mut alarm = configure::make(call, target, &common(input), Rule::Metric(Box::new(rule)))?;
        evaluate::plan_soon(tx, &mut alarm.now, call.now.milliseconds())?;
        configure::finish(call, tx, &alarm)?;
        Ok(PutMetricAlarmResponse {})
    }
}

fn common(input: &PutMetricAlarmInput) -> Common<'_> {
    Common {
        name: &input.alarm_name,
        description: input.alarm_description.as_deref(),
        actions_enabled: input.actions_enabled,
        ok_actions: input.ok_actions.as_deref().unwrap_or_default(),
        alarm_actions: input.alarm_actions.as_deref().unwrap_or_default(),
        insufficient_data_actions: input.insufficient_data_actions.as_deref().unwrap_or_default(),
        tags: input.tags.as_deref().unwrap_or_default(),
    }
}

/// What is not modelled.
fn refuse(input: &PutMetricAlarmInput) -> Result<()> {
    errors::refuse(&input.threshold_metric_id, "ThresholdMetricId (anomaly detection)")?;
    errors::refuse(&input.evaluation_criteria, "EvaluationCriteria (PromQL)")?;
    errors::refuse(&input.evaluation_interval, "EvaluationInterval (PromQL)")?;
    errors::refuse(&input.warm_up_configuration, "WarmUpConfiguration")?;
    errors::refuse(&input.action_configuration, "ActionConfiguration")?;
    match &input.evaluation_window {
        Some(EvaluationWindow::WallClockWindow(_)) => {
            Err(errors::not_modelled("EvaluationWindow.WallClockWindow"))
        }
        _ => Ok(()),
    }
}

fn missing(parameter: &str) -> kage_core::Error {
    errors::validation(format!("The parameter {parameter} is required."))
}

/// One of the words that AWS takes.
fn word<T>(
    given: Option<&str>,
    parameter: &str,
    known: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>> {
    match given {
        None => Ok(None),
        Some(text) => read(text).map(Some).ok_or_else(|| {
            errors::validation(format!(
                "Option {text} is not supported. Supported options for parameter {parameter} are {known}."
            ))
        }),
    }
}

fn rule(call: &Call<'_>, input: &PutMetricAlarmInput) -> Result<MetricRule> {
    let comparison = input.comparison_operator.as_deref().ok_or_else(|| missing("ComparisonOperator"))?;
    let comparison = Comparison::parse(comparison).ok_or_else(|| {
        errors::not_modelled(&format!("ComparisonOperator {comparison} (anomaly detection)"))
    })?;
    let periods = input.evaluation_periods.ok_or_else(|| missing("EvaluationPeriods"))?;
    let threshold = input.threshold.ok_or_else(|| missing("Threshold"))?;
    if !threshold.is_finite() {
        return Err(errors::validation(format!("The value {threshold} for parameter Threshold is invalid.")));
    }
    if input.datapoints_to_alarm.is_some_and(|needed| needed > periods) {
        return Err(errors::validation(
            "The parameter DatapointsToAlarm must be less than or equal to the parameter EvaluationPeriods.",
        ));
    }
    let names = "breaching, notBreaching, ignore, missing";
    let treated = word(input.treat_missing_data.as_deref(), "TreatMissingData", names, Missing::parse)?;
    let keep = |text: &str| matches!(text, "evaluate" | "ignore").then(|| text.to_owned());
    let low = input.evaluate_low_sample_count_percentile.as_deref();
    let low = word(low, "EvaluateLowSampleCountPercentile", "evaluate, ignore", keep)?;
    let mut rule = MetricRule {
        comparison,
        threshold,
        periods,
        needed: input.datapoints_to_alarm,
        missing: treated,
        low_samples: low,
        ..MetricRule::default()
    };
    match (&input.metric_name, input.metrics.as_deref()) {
        (Some(name), None) => rule.single = Some(single(input, name)?),
        (None, Some(queries)) => rule.queries = expression(call, input, queries)?,
        (Some(_), Some(_)) => {
            return Err(errors::validation(
                "The parameters MetricName and Metrics are mutually exclusive and you have specified both.",
            ));
        }
        (None, None) => return Err(errors::validation("Either MetricName or Metrics must be specified.")),
    }
    let (period, length) = (i64::from(rule.period()), i64::from(rule.period()) * i64::from(periods));
    // AWS: PutMetricAlarm, `Period`.
    if period < 3_600 && length > DAY {
        return Err(errors::validation(
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
        ));
    }
    if length > 7 * DAY {
        return Err(errors::validation(
            "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).",
        ));
    }
    Ok(rule)
}

fn require_period(period: i32) -> Result<()> {
    if matches!(period, 10 | 20 | 30) || (period > 0 && period % 60 == 0) {
        return Ok(());
    }
    Err(errors::validation("The parameter Period must be 10, 20, 30 or a multiple of 60."))
}

fn single(input: &PutMetricAlarmInput, name: &str) -> Result<Single> {
    let namespace = input.namespace.as_deref().ok_or_else(|| missing("Namespace"))?;
    let period = input.period.ok_or_else(|| missing("Period"))?;
    require_period(period)?;
    let (statistic, extended) = match (&input.statistic, &input.extended_statistic) {
        (Some(statistic), None) => (statistic, false),
        (None, Some(extended)) => (extended, true),
        _ => {
            return Err(errors::validation(
                "Exactly one of Statistic and ExtendedStatistic must be specified.",
            ));
        }
    };
    if Statistic::parse(statistic).is_none_or(|found| found.is_extended() != extended) {
        return Err(errors::validation(format!(
            "The value {statistic} for parameter ExtendedStatistic is not supported."
        )));
    }
    Ok(Single {
        name: MetricName::new(namespace, name, input.dimensions.as_deref()),
        statistic: statistic.clone(),
        extended,
        period,
        unit: input.unit.clone(),
    })
}

fn expression(
    call: &Call<'_>,
    input: &PutMetricAlarmInput,
    queries: &[kage_api_cloudwatch::types::MetricDataQuery],
) -> Result<Vec<Query>> {
    let beside = [
        ("Namespace", input.namespace.is_some()),
        ("Dimensions", input.dimensions.as_ref().is_some_and(|list| !list.is_empty())),
        ("Period", input.period.is_some()),
        ("Unit", input.unit.is_some()),
        ("Statistic", input.statistic.is_some()),
        ("ExtendedStatistic", input.extended_statistic.is_some()),
    ];
    if let Some((name, _)) = beside.iter().find(|(_, given)| *given) {
        return Err(errors::validation(format!(
            "The parameter {name} cannot be specified together with Metrics."
        )));
    }
    let queries = Query::read_all(queries, "Metrics", &call.account)?;
    let watched: Vec<&Query> = queries.iter().filter(|query| query.return_data != Some(false)).collect();
    if watched.len() != 1 {
        return Err(errors::validation("Exactly one element of the metrics list should return data."));
    }
    for query in &queries {
        if let Some(source) = &query.source {
            require_period(source.period)?;
        }
    }
    Ok(queries)
}

/// Evaluates the expression once, so that a wrong one is refused now and not when it is needed.
fn try_expression(call: &Call<'_>, tx: &Tx, rule: &MetricRule) -> Result<()> {
    for query in &rule.queries {
        let text = query.expression.as_deref().unwrap_or_default();
        if !text.is_empty() && formula::parse(&query.id, text)?.calls(&["SEARCH"]) {
            return Err(errors::validation("SEARCH is not supported on Metric Alarms."));
        }
    }
    let now = call.now.milliseconds();
    let window = formula::Window {
        place: (call.account.as_str(), call.region.as_str()),
        now,
        span: &|period| Span { start: now - period * 1_000, end: now, period },
    };
    let outcome = formula::evaluate(tx.reads(), &window, &rule.queries)?;
    match rule.queries.iter().find(|query| query.return_data != Some(false)) {
        Some(query) if !outcome.is_single(&query.id) => Err(errors::validation(format!(
            "Error in expression '{}': an alarm watches exactly one time series",
            query.id
        ))),
        _ => Ok(()),
    }
}
