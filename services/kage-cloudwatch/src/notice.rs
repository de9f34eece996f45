//! What CloudWatch tells others about an alarm: events, notifications, the event of a function.

use crate::alarm::{Alarm, MetricRule, Rule, Single, State};
use crate::formula::Query;
use crate::judge::Missing;
use crate::moments;
use crate::regions;
use kage_core::{Call, Resource, Result, Tx};
use kage_record::bus::{self, Notice};
use serde_json::{Map, Value, json};

/// A state as the history shows it.
pub fn history_state(state: &State) -> Value {
    let mut out = json!({ "stateValue": state.value, "stateReason": state.reason });
    if let Some(data) = &state.data {
        out["stateReasonData"] = serde_json::from_str(data).unwrap_or_else(|_| json!(data));
    }
    out
}

fn state(state: &State) -> Value {
    let mut out = json!({
        "value": state.value,
        "reason": state.reason,
        "timestamp": moments::iso(state.updated),
    });
    if let Some(data) = &state.data {
        out["reasonData"] = json!(data);
    }
    out
}

fn query(query: &Query) -> Value {
    let mut out = json!({ "id": query.id, "returnData": query.return_data != Some(false) });
    if let Some(expression) = &query.expression {
        out["expression"] = json!(expression);
    }
    if let Some(label) = &query.label {
        out["label"] = json!(label);
    }
    if let Some(source) = &query.source {
        let dimensions: Map<String, Value> =
            source.name.dimensions.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        out["metricStat"] = json!({
            "metric": {
                "namespace": source.name.namespace,
                "name": source.name.name,
                "dimensions": dimensions,
            },
            "period": source.period,
            "stat": source.statistic,
        });
        if let Some(unit) = &source.unit {
            out["metricStat"]["unit"] = json!(unit);
        }
    }
    out
}

// AWS: CloudWatch user guide, "Alarm events and EventBridge".
fn configuration(alarm: &Alarm) -> Value {
    let mut out = match &alarm.rule {
        Rule::Metric(rule) => json!({ "metrics": rule.all_queries().iter().map(query).collect::<Vec<_>>() }),
        Rule::Composite(rule) => {
            let mut out = json!({ "alarmRule": rule.text });
            if let Some(suppressor) = &rule.suppressor {
                out["actionsSuppressor"] = json!(suppressor);
                out["actionsSuppressorWaitPeriod"] = json!(rule.wait);
                out["actionsSuppressorExtensionPeriod"] = json!(rule.extension);
            }
            out
        }
    };
    if let Some(description) = &alarm.description {
        out["description"] = json!(description);
    }
    out
}

/// What an event or a function hears: `detail`, `alarmData`.
fn facts(alarm: &Alarm, old: &State) -> Value {
    let mut now = state(&alarm.state);
    if let Rule::Composite(rule) = &alarm.rule
        && let Some(held) = &rule.held
    {
        now["actionsSuppressedBy"] = json!(held.by);
        now["actionsSuppressedReason"] = json!(format!("Actions suppressed by {}", held.by));
    }
    json!({
        "alarmName": alarm.name,
        "state": now,
        "previousState": state(old),
        "configuration": configuration(alarm),
    })
}

/// Puts the change of state on the bus.
///
/// # Errors
/// Those of the store.
pub fn publish(call: &Call<'_>, tx: &mut Tx, alarm: &Alarm, old: &State) -> Result<()> {
    let notice = Notice {
        source: "aws.cloudwatch",
        detail_type: "CloudWatch Alarm State Change",
        resources: vec![alarm.arn()],
        detail: facts(alarm, old),
    };
    bus::publish(call, tx, &alarm.account, &alarm.region, notice)
}

/// Puts a change of configuration on the bus: `create`, `update`, `delete`.
///
/// # Errors
/// Those of the store.
pub fn publish_configuration(call: &Call<'_>, tx: &mut Tx, alarm: &Alarm, operation: &str) -> Result<()> {
    let mut configuration = configuration(alarm);
    configuration["alarmName"] = json!(alarm.name);
    configuration["actionsEnabled"] = json!(alarm.actions_enabled);
    configuration["alarmActions"] = json!(alarm.alarm_actions);
    configuration["okActions"] = json!(alarm.ok_actions);
    configuration["insufficientDataActions"] = json!(alarm.insufficient_data_actions);
    configuration["timestamp"] = json!(moments::iso(alarm.configured));
    let detail = json!({
        "alarmName": alarm.name,
        "operation": operation,
        "state": state(&alarm.state),
        "configuration": configuration,
    });
    let notice = Notice {
        source: "aws.cloudwatch",
        detail_type: "CloudWatch Alarm Configuration Change",
        resources: vec![alarm.arn()],
        detail,
    };
    bus::publish(call, tx, &alarm.account, &alarm.region, notice)
}

/// The event that a function gets.
// AWS: CloudWatch user guide, "Lambda alarm actions".
pub fn function_event(alarm: &Alarm, old: &State) -> Value {
    json!({
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn(),
        "accountId": alarm.account,
        "time": moments::iso(alarm.state.updated),
        "region": alarm.region,
        "alarmData": facts(alarm, old),
    })
}

/// Subject and message of a notification.
pub fn message(alarm: &Alarm, old: &State) -> (String, String) {
    let place = regions::name(&alarm.region);
    let subject = format!("{}: \"{}\" in {place}", alarm.state.value, alarm.name);
    // SNS takes subjects of less than 100 characters.
    let subject = if subject.chars().count() < 100 {
        subject
    } else {
        let cut: String = subject.chars().take(96).collect();
        format!("{cut}...")
    };
    let subject: String =
        subject.chars().map(|letter| if letter.is_ascii_graphic() { letter } else { ' ' }).collect();
    let mut out = json!({
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": alarm.account,
        "AlarmConfigurationUpdatedTimestamp": moments::iso(alarm.configured),
        "NewStateValue": alarm.state.value,
        "NewStateReason": alarm.state.reason,
        "StateChangeTime": moments::iso(alarm.state.updated),
        "Region": place,
        "AlarmArn": alarm.arn(),
        "OldStateValue": old.value,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
    });
    match &alarm.rule {
        Rule::Metric(rule) => out["Trigger"] = trigger(rule),
        Rule::Composite(rule) => {
            out["AlarmRule"] = json!(rule.text);
            if let Some(data) = &alarm.state.data {
                let data: Value = serde_json::from_str(data).unwrap_or(Value::Null);
                let children = data["triggeringAlarms"].as_array().cloned().unwrap_or_default();
                out["TriggeringChildren"] = children
                    .iter()
                    .map(|child| {
                        json!({
                            "Arn": child["arn"],
                            "State": { "Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"] },
                        })
                    })
                    .collect();
            }
        }
    }
    (subject, out.to_string())
}

fn dimensions(of: &[(String, String)]) -> Vec<Value> {
    of.iter().map(|(name, value)| json!({ "value": value, "name": name })).collect()
}

fn trigger(rule: &MetricRule) -> Value {
    let mut out = json!({
        "Period": rule.period(),
        "EvaluationPeriods": rule.periods,
        "ComparisonOperator": rule.comparison.name(),
        "Threshold": rule.threshold,
        "TreatMissingData": rule.missing.map_or("", Missing::name),
        "EvaluateLowSampleCountPercentile": rule.low_samples.clone().unwrap_or_default(),
    });
    if let Some(needed) = rule.needed {
        out["DatapointsToAlarm"] = json!(needed);
    }
    if let Some(Single { name, statistic, extended, unit, .. }) = &rule.single {
        out["MetricName"] = json!(name.name);
        out["Namespace"] = json!(name.namespace);
        out["Dimensions"] = json!(dimensions(&name.dimensions));
        out["Unit"] = json!(unit);
        if *extended {
            out["StatisticType"] = json!("ExtendedStatistic");
            out["ExtendedStatistic"] = json!(statistic);
        } else {
            out["StatisticType"] = json!("Statistic");
            let word = match statistic.as_str() {
                "SampleCount" => "SAMPLE_COUNT".to_owned(),
                other => other.to_uppercase(),
            };
            out["Statistic"] = json!(word);
        }
        return out;
    }
    out["Metrics"] = rule
        .queries
        .iter()
        .map(|query| {
            let mut one = json!({ "Id": query.id, "ReturnData": query.return_data != Some(false) });
            if let Some(expression) = &query.expression {
                one["Expression"] = json!(expression);
            }
            if let Some(label) = &query.label {
                one["Label"] = json!(label);
            }
            if let Some(source) = &query.source {
                one["MetricStat"] = json!({
                    "Metric": {
                        "Dimensions": dimensions(&source.name.dimensions),
                        "MetricName": source.name.name,
                        "Namespace": source.name.namespace,
                    },
                    "Period": source.period,
                    "Stat": source.statistic,
                });
            }
            one
        })
        .collect();
    out
}
