//! Alarms as the API shows them.

use crate::alarm::{Alarm, CompositeRule, MetricRule, Rule, State};
use crate::judge::Missing;
use kage_api_cloudwatch::types::{CompositeAlarm, MetricAlarm};
use kage_core::Resource;
use kage_schema::Timestamp;

/// A metric alarm; `None` for a composite one.
pub fn metric_alarm(alarm: &Alarm) -> Option<MetricAlarm> {
    let Rule::Metric(rule) = &alarm.rule else { return None };
    let MetricRule { single, queries, comparison, threshold, periods, needed, missing, low_samples } =
        rule.as_ref();
    let State { value, reason, data, updated, transitioned } = alarm.state.clone();
    let mut out = MetricAlarm {
        alarm_name: Some(alarm.name.clone()),
        alarm_arn: Some(alarm.arn()),
        alarm_description: alarm.description.clone(),
        alarm_configuration_updated_timestamp: Some(Timestamp(alarm.configured)),
        actions_enabled: Some(alarm.actions_enabled),
        ok_actions: Some(alarm.ok_actions.clone()),
        alarm_actions: Some(alarm.alarm_actions.clone()),
        insufficient_data_actions: Some(alarm.insufficient_data_actions.clone()),
        state_value: Some(value),
        state_reason: Some(reason),
        state_reason_data: data,
        state_updated_timestamp: Some(Timestamp(updated)),
        state_transitioned_timestamp: Some(Timestamp(transitioned)),
        dimensions: Some(Vec::new()),
        evaluation_periods: Some(*periods),
        datapoints_to_alarm: *needed,
        threshold: Some(*threshold),
        comparison_operator: Some(comparison.name()),
        treat_missing_data: missing.map(Missing::name).map(str::to_owned),
        evaluate_low_sample_count_percentile: low_samples.clone(),
        ..MetricAlarm::default()
    };
    match single {
        Some(single) => {
            out.metric_name = Some(single.name.name.clone());
            out.namespace = Some(single.name.namespace.clone());
            out.dimensions = Some(single.name.shown_dimensions());
            out.period = Some(single.period);
            out.unit.clone_from(&single.unit);
            let statistic = Some(single.statistic.clone());
            if single.extended {
                out.extended_statistic = statistic;
            } else {
                out.statistic = statistic;
            }
        }
        None => out.metrics = Some(queries.iter().map(crate::formula::Query::view).collect()),
    }
    Some(out)
}

/// A composite alarm; `None` for a metric one.
pub fn composite_alarm(alarm: &Alarm) -> Option<CompositeAlarm> {
    let Rule::Composite(CompositeRule { text, suppressor, wait, extension, held }) = &alarm.rule else {
        return None;
    };
    let State { value, reason, data, updated, transitioned } = alarm.state.clone();
    let with_suppressor = |seconds: i32| suppressor.is_some().then_some(seconds);
    Some(CompositeAlarm {
        actions_enabled: Some(alarm.actions_enabled),
        alarm_actions: Some(alarm.alarm_actions.clone()),
        alarm_arn: Some(alarm.arn()),
        alarm_configuration_updated_timestamp: Some(Timestamp(alarm.configured)),
        alarm_description: alarm.description.clone(),
        alarm_name: Some(alarm.name.clone()),
        alarm_rule: Some(text.clone()),
        insufficient_data_actions: Some(alarm.insufficient_data_actions.clone()),
        ok_actions: Some(alarm.ok_actions.clone()),
        state_reason: Some(reason),
        state_reason_data: data,
        state_updated_timestamp: Some(Timestamp(updated)),
        state_value: Some(value),
        state_transitioned_timestamp: Some(Timestamp(transitioned)),
        actions_suppressed_by: held.as_ref().map(|held| held.by.clone()),
        actions_suppressed_reason: held.as_ref().map(|held| format!("Actions suppressed by {}", held.by)),
        actions_suppressor: suppressor.clone(),
        actions_suppressor_wait_period: with_suppressor(*wait),
        actions_suppressor_extension_period: with_suppressor(*extension),
        action_configuration: None,
    })
}
