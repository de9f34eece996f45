//! `DescribeAlarms`, `DescribeAlarmsForMetric`, `DescribeAlarmHistory`.

use crate::alarm::{Alarm, Rule};
use crate::alarms::HistoryItem;
use crate::metric::MetricName;
use crate::{alarms, errors, pages, rule, view};
use kage_api_cloudwatch::types::{
    AlarmHistoryItem, CompositeAlarm, DescribeAlarmHistoryInput, DescribeAlarmHistoryOutput,
    DescribeAlarmsForMetricInput, DescribeAlarmsForMetricOutput, DescribeAlarmsInput, DescribeAlarmsOutput,
    MetricAlarm,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_schema::Timestamp;

/// AWS: DescribeAlarms, DescribeAlarmHistory: records of a page unless told.
const PAGE: i32 = 50;
const METRIC: &str = "MetricAlarm";

/// AWS: DescribeAlarms: the permission for composite alarms must be scoped to `*`.
fn every_alarm(call: &Call<'_>) -> String {
    call.arn("cloudwatch", "alarm:*")
}

fn limit(asked: Option<i32>) -> usize {
    usize::try_from(asked.unwrap_or(PAGE)).unwrap_or(1)
}

/// Shows alarms.
pub struct DescribeAlarms;

impl Operation for DescribeAlarms {
    shape!(DESCRIBE_ALARMS: DescribeAlarmsInput -> DescribeAlarmsOutput on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &DescribeAlarmsInput) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &DescribeAlarmsInput, _: &Lookup<()>) -> Access {
        Access::to("cloudwatch:DescribeAlarms", every_alarm(call))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &DescribeAlarmsInput,
    ) -> Result<DescribeAlarmsOutput> {
        if input.alarm_names.is_some() && input.alarm_name_prefix.is_some() {
            return Err(errors::validation("AlarmNamePrefix cannot be specified together with AlarmNames."));
        }
        let found = match (&input.children_of_alarm_name, &input.parents_of_alarm_name) {
            (None, None) => filtered(call, tx, input)?,
            (named, parents) => {
                if named.is_some() && parents.is_some() || has_filters(input) {
                    return Err(errors::validation(
                        "ChildrenOfAlarmName and ParentsOfAlarmName cannot be specified together with other parameters.",
                    ));
                }
                return related(call, tx, input);
            }
        };
        let key = |alarm: &Alarm| alarm.name.clone();
        let page = pages::cut(call, found, key, input.next_token.as_deref(), limit(input.max_records))?;
        Ok(DescribeAlarmsOutput {
            metric_alarms: Some(page.items.iter().filter_map(view::metric_alarm).collect()),
            composite_alarms: Some(page.items.iter().filter_map(view::composite_alarm).collect()),
            log_alarms: None,
            next_token: page.next,
        })
    }
}

fn has_filters(input: &DescribeAlarmsInput) -> bool {
    input.alarm_names.is_some()
        || input.alarm_name_prefix.is_some()
        || input.alarm_types.is_some()
        || input.state_value.is_some()
        || input.action_prefix.is_some()
}

fn filtered(call: &Call<'_>, tx: &Tx, input: &DescribeAlarmsInput) -> Result<Vec<Alarm>> {
    let all = alarms::list(tx.reads(), (&call.account, &call.region))?;
    // Without types only metric alarms are shown.
    let kinds = input.alarm_types.as_deref().unwrap_or_default();
    let fits = |alarm: &Alarm| {
        let kind = alarm.kind();
        let by_kind =
            if kinds.is_empty() { kind == METRIC } else { kinds.iter().any(|wanted| wanted == kind) };
        by_kind
            && input.alarm_names.as_ref().is_none_or(|names| names.contains(&alarm.name))
            && input.alarm_name_prefix.as_ref().is_none_or(|prefix| alarm.name.starts_with(prefix))
            && input.state_value.as_ref().is_none_or(|value| alarm.state.value == *value)
            && input
                .action_prefix
                .as_ref()
                .is_none_or(|prefix| alarm.all_actions().any(|action| action.starts_with(prefix)))
    };
    Ok(all.into_iter().filter(fits).collect())
}

/// Children show their state, parents their names only.
fn related(call: &Call<'_>, tx: &Tx, input: &DescribeAlarmsInput) -> Result<DescribeAlarmsOutput> {
    let place = (call.account.as_str(), call.region.as_str());
    let name = input.children_of_alarm_name.as_ref().or(input.parents_of_alarm_name.as_ref());
    let name = name.map(String::as_str).unwrap_or_default();
    let alarm = alarms::find(tx.reads(), place, name)?
        .ok_or_else(|| errors::validation(format!("Alarm {name} does not exist.")))?;
    let with_state = input.children_of_alarm_name.is_some();
    let mut found: Vec<Alarm> = Vec::new();
    if with_state {
        let Rule::Composite(composite) = &alarm.rule else {
            return Err(errors::validation(format!("Alarm {name} is not a composite alarm.")));
        };
        for child in rule::Rule::parse(&composite.text)?.children() {
            found.extend(alarms::find_named(tx.reads(), place, child)?);
        }
        found.sort_by(|left, right| left.name.cmp(&right.name));
    } else {
        for parent in alarms::list(tx.reads(), place)? {
            if super::alarm_state::needs(&parent, &alarm)? {
                found.push(parent);
            }
        }
    }
    let key = |alarm: &Alarm| alarm.name.clone();
    let page = pages::cut(call, found, key, input.next_token.as_deref(), limit(input.max_records))?;
    let metric = |shown: MetricAlarm| MetricAlarm {
        alarm_name: shown.alarm_name,
        alarm_arn: shown.alarm_arn,
        state_value: shown.state_value.filter(|_| with_state),
        state_updated_timestamp: shown.state_updated_timestamp.filter(|_| with_state),
        ..MetricAlarm::default()
    };
    let composite = |shown: CompositeAlarm| CompositeAlarm {
        alarm_name: shown.alarm_name,
        alarm_arn: shown.alarm_arn,
        state_value: shown.state_value.filter(|_| with_state),
        state_updated_timestamp: shown.state_updated_timestamp.filter(|_| with_state),
        ..CompositeAlarm::default()
    };
    Ok(DescribeAlarmsOutput {
        metric_alarms: Some(page.items.iter().filter_map(view::metric_alarm).map(metric).collect()),
        composite_alarms: Some(page.items.iter().filter_map(view::composite_alarm).map(composite).collect()),
        log_alarms: None,
        next_token: page.next,
    })
}

/// Shows the alarms on one metric.
pub struct DescribeAlarmsForMetric;

impl Operation for DescribeAlarmsForMetric {
    shape!(DESCRIBE_ALARMS_FOR_METRIC: DescribeAlarmsForMetricInput -> DescribeAlarmsForMetricOutput on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &DescribeAlarmsForMetricInput) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &DescribeAlarmsForMetricInput, _: &Lookup<()>) -> Access {
        Access::any("cloudwatch:DescribeAlarmsForMetric")
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &DescribeAlarmsForMetricInput,
    ) -> Result<DescribeAlarmsForMetricOutput> {
        let name = MetricName::new(&input.namespace, &input.metric_name, input.dimensions.as_deref());
        let statistic = input.statistic.as_ref().or(input.extended_statistic.as_ref());
        let fits = |alarm: &Alarm| match &alarm.rule {
            Rule::Metric(rule) => rule.single.as_ref().is_some_and(|single| {
                single.name == name
                    && statistic.is_none_or(|wanted| single.statistic == *wanted)
                    && input.period.is_none_or(|period| single.period == period)
                    && input.unit.as_ref().is_none_or(|unit| single.unit.as_ref() == Some(unit))
            }),
            Rule::Composite(_) => false,
        };
        let all = alarms::list(tx.reads(), (&call.account, &call.region))?;
        let found = all.iter().filter(|alarm| fits(alarm)).filter_map(view::metric_alarm);
        Ok(DescribeAlarmsForMetricOutput { metric_alarms: Some(found.collect()) })
    }
}

/// Shows what happened to alarms.
pub struct DescribeAlarmHistory;

impl Operation for DescribeAlarmHistory {
    shape!(DESCRIBE_ALARM_HISTORY: DescribeAlarmHistoryInput -> DescribeAlarmHistoryOutput on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &DescribeAlarmHistoryInput) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &DescribeAlarmHistoryInput, _: &Lookup<()>) -> Access {
        Access::to("cloudwatch:DescribeAlarmHistory", every_alarm(call))
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &DescribeAlarmHistoryInput,
    ) -> Result<DescribeAlarmHistoryOutput> {
        errors::refuse(&input.alarm_contributor_id, "AlarmContributorId")?;
        let place = (call.account.as_str(), call.region.as_str());
        let now = call.now.milliseconds();
        let mut found = alarms::history(tx.reads(), place, input.alarm_name.as_deref(), now)?;
        let kinds = input.alarm_types.as_deref().unwrap_or_default();
        found.retain(|item| {
            // Without types only metric alarms are shown; a name says enough.
            let by_kind = match kinds {
                [] => item.kind == METRIC || input.alarm_name.is_some(),
                kinds => kinds.contains(&item.kind),
            };
            by_kind
                && input.history_item_type.as_ref().is_none_or(|wanted| item.item == *wanted)
                && input.start_date.is_none_or(|start| item.time >= start.milliseconds())
                && input.end_date.is_none_or(|end| item.time <= end.milliseconds())
        });
        found.sort_by(|left, right| {
            (left.time, left.number, &left.alarm).cmp(&(right.time, right.number, &right.alarm))
        });
        if input.scan_by.as_deref() != Some("TimestampAscending") {
            found.reverse();
        }
        let numbered = found.into_iter().enumerate();
        let key = |(index, _): &(usize, HistoryItem)| format!("{index:09}");
        let page = pages::cut(call, numbered, key, input.next_token.as_deref(), limit(input.max_records))?;
        Ok(DescribeAlarmHistoryOutput {
            alarm_history_items: Some(page.items.into_iter().map(|(_, item)| shown(item)).collect()),
            next_token: page.next,
        })
    }
}

fn shown(item: HistoryItem) -> AlarmHistoryItem {
    AlarmHistoryItem {
        alarm_name: Some(item.alarm),
        alarm_type: Some(item.kind),
        timestamp: Some(Timestamp(item.time)),
        history_item_type: Some(item.item),
        history_summary: Some(item.summary),
        history_data: Some(item.data),
        ..AlarmHistoryItem::default()
    }
}
