//! What both kinds of alarms have in common when they are made or changed.

use crate::alarm::{Alarm, INSUFFICIENT_DATA, Rule, State, arn};
use crate::{actions, alarms, errors, notice, tags};
use kage_api_cloudwatch::types::Tag;
use kage_core::{Access, Call, Lookup, Result, Tx};
use serde_json::{Value, json};

/// The members that both operations have.
pub struct Common<'a> {
    /// `AlarmName`.
    pub name: &'a str,
    /// `AlarmDescription`.
    pub description: Option<&'a str>,
    /// `ActionsEnabled`.
    pub actions_enabled: Option<bool>,
    /// `OKActions`.
    pub ok_actions: &'a [String],
    /// `AlarmActions`.
    pub alarm_actions: &'a [String],
    /// `InsufficientDataActions`.
    pub insufficient_data_actions: &'a [String],
    /// `Tags`.
    pub tags: &'a [Tag],
}

/// An alarm as it will be, and as it was.
pub struct Made {
    /// As it will be.
    pub now: Alarm,
    /// As it was.
    pub before: Option<Alarm>,
}

/// The alarm that is made or changed.
///
/// # Errors
/// Those of the store.
pub fn lookup(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Option<Alarm>>> {
    Ok(Lookup::Found(alarms::find(tx.reads(), (&call.account, &call.region), name)?))
}

/// The action on the alarm, with the keys that the request gives.
pub fn access(call: &Call<'_>, action: &str, common: &Common<'_>, target: &Lookup<Option<Alarm>>) -> Access {
    let access = match target.found() {
        Some(Some(alarm)) => Access::on_found(action, alarm),
        _ => Access::to(action, arn(&call.account, &call.region, common.name)),
    };
    let actions =
        common.ok_actions.iter().chain(common.alarm_actions).chain(common.insufficient_data_actions);
    access.keys("cloudwatch:AlarmActions", actions.cloned())
}

/// The alarm as it will be. An alarm that is there keeps its state and its tags.
///
/// # Errors
/// `ValidationError`, `NotImplemented`, those of tags.
pub fn make(call: &Call<'_>, before: Option<Alarm>, common: &Common<'_>, rule: Rule) -> Result<Made> {
    if common.name.chars().any(char::is_control) {
        return Err(errors::validation("The alarm name must not contain ASCII control characters."));
    }
    let actions =
        common.ok_actions.iter().chain(common.alarm_actions).chain(common.insufficient_data_actions);
    actions::require_valid(call, &actions.collect::<Vec<_>>())?;
    let now = call.now.milliseconds();
    let mut alarm = match &before {
        Some(alarm) => alarm.clone(),
        None => Alarm {
            account: call.account.clone(),
            region: call.region.clone(),
            name: common.name.to_owned(),
            state: State {
                value: INSUFFICIENT_DATA.to_owned(),
                reason: "Unchecked: Initial alarm creation".to_owned(),
                data: None,
                updated: now,
                transitioned: now,
            },
            ..Alarm::default()
        },
    };
    let is_composite = matches!(rule, Rule::Composite(_));
    if before.as_ref().is_some_and(|alarm| alarm.is_composite() != is_composite) {
        return Err(errors::validation(format!(
            "An alarm of another type with the name {} already exists.",
            common.name
        )));
    }
    if before.is_none() {
        tags::add(&mut alarm.tags, common.tags)?;
    }
    alarm.description = common.description.map(str::to_owned);
    alarm.actions_enabled = common.actions_enabled.unwrap_or(true);
    alarm.ok_actions = common.ok_actions.to_vec();
    alarm.alarm_actions = common.alarm_actions.to_vec();
    alarm.insufficient_data_actions = common.insufficient_data_actions.to_vec();
    alarm.configured = now;
    alarm.rule = rule;
    alarm.due = None;
    Ok(Made { now: alarm, before })
}

/// Writes the alarm, its history and its event.
///
/// # Errors
/// Those of the store.
pub fn finish(call: &Call<'_>, tx: &mut Tx, made: &Made) -> Result<()> {
    alarms::configure(tx, &made.now)?;
    let name = &made.now.name;
    let (operation, summary, data) = match &made.before {
        None => {
            let data = json!({ "version": "1.0", "type": "Create", "createdAlarm": shown(&made.now) });
            ("create", format!("Alarm \"{name}\" created"), data)
        }
        Some(before) => {
            let updated = shown(&made.now);
            let mut data = json!({ "version": "1.0", "type": "Update", "updatedAlarm": updated });
            data["previousAlarm"] = shown(before);
            ("update", format!("Alarm \"{name}\" updated"), data)
        }
    };
    let now = call.now.milliseconds();
    alarms::remember(tx, &made.now, now, ("ConfigurationUpdate", summary), &data)?;
    notice::publish_configuration(call, tx, &made.now, operation)
}

/// The configuration of an alarm as its history shows it.
pub fn shown(alarm: &Alarm) -> Value {
    let mut out = json!({
        "alarmName": alarm.name,
        "alarmArn": kage_core::Resource::arn(alarm),
        "alarmDescription": alarm.description,
        "actionsEnabled": alarm.actions_enabled,
        "okActions": alarm.ok_actions,
        "alarmActions": alarm.alarm_actions,
        "insufficientDataActions": alarm.insufficient_data_actions,
        "stateValue": alarm.state.value,
    });
    match &alarm.rule {
        Rule::Composite(rule) => out["alarmRule"] = json!(rule.text),
        Rule::Metric(rule) => {
            out["threshold"] = json!(rule.threshold);
            out["comparisonOperator"] = json!(rule.comparison.name());
            out["evaluationPeriods"] = json!(rule.periods);
            out["period"] = json!(rule.period());
            if let Some(single) = &rule.single {
                out["metricName"] = json!(single.name.name);
                out["namespace"] = json!(single.name.namespace);
                out["statistic"] = json!(single.statistic);
            }
        }
    }
    out
}
