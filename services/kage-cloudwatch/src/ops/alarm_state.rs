//! `SetAlarmState`, `EnableAlarmActions`, `DisableAlarmActions`, `DeleteAlarms`.

use crate::alarm::{Alarm, Rule, arn};
use crate::transition::{self, NewState};
use crate::{alarms, errors, evaluate, notice, rule};
use kage_api_cloudwatch::types::{
    DeleteAlarmsResponse, DisableAlarmActionsResponse, EnableAlarmActionsResponse, SetAlarmStateResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use serde_json::json;

/// Sets the state of an alarm until it is evaluated again.
pub struct SetAlarmState;

impl Operation for SetAlarmState {
    shape!(SET_ALARM_STATE: SetAlarmStateInput -> SetAlarmStateResponse on Alarm);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Alarm>> {
        let found = alarms::find(tx.reads(), (&call.account, &call.region), &input.alarm_name)?;
        Ok(match found {
            Some(alarm) => Lookup::Found(alarm),
            None => Lookup::missing(
                arn(&call.account, &call.region, &input.alarm_name),
                errors::not_found(format!("Alarm {} does not exist", input.alarm_name)),
            ),
        })
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Alarm>) -> Access {
        Access::on("cloudwatch:SetAlarmState", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut alarm: Alarm,
        input: &Self::Input,
    ) -> Result<SetAlarmStateResponse> {
        if let Some(data) = &input.state_reason_data
            && serde_json::from_str::<serde_json::Value>(data).is_err()
        {
            return Err(errors::invalid_format("StateReasonData must be valid JSON."));
        }
        // A metric alarm finds back to its own state when AWS would evaluate it next.
        evaluate::plan_soon(tx, &mut alarm, call.now.milliseconds())?;
        let new = NewState {
            value: input.state_value.clone(),
            reason: input.state_reason.clone(),
            data: input.state_reason_data.clone(),
        };
        transition::set(call, tx, alarm, new)?;
        Ok(SetAlarmStateResponse {})
    }
}

/// The alarms of these names that are there.
fn named(call: &Call<'_>, tx: &Tx, names: &[String]) -> Result<Lookup<Vec<Alarm>>> {
    let place = (call.account.as_str(), call.region.as_str());
    let mut out: Vec<Alarm> = Vec::new();
    for name in names {
        if out.iter().all(|alarm| alarm.name != *name) {
            out.extend(alarms::find(tx.reads(), place, name)?);
        }
    }
    Ok(Lookup::Found(out))
}

/// The action on every alarm that is named, there or not.
fn on_each(call: &Call<'_>, action: &str, names: &[String], target: &Lookup<Vec<Alarm>>) -> Access {
    let found = target.found().map(Vec::as_slice).unwrap_or_default();
    let one = |name: &String| match found.iter().find(|alarm| alarm.name == *name) {
        Some(alarm) => Access::on_found(action, alarm),
        None => Access::to(action, arn(&call.account, &call.region, name)),
    };
    names.iter().map(one).reduce(Access::and).unwrap_or_else(|| Access::any(action))
}

fn switch(call: &Call<'_>, tx: &mut Tx, found: Vec<Alarm>, enabled: bool) -> Result<()> {
    for mut alarm in found {
        if alarm.actions_enabled == enabled {
            continue;
        }
        alarm.actions_enabled = enabled;
        alarm.configured = call.now.milliseconds();
        alarms::put(tx, &alarm)?;
        let word = if enabled { "enabled" } else { "disabled" };
        let summary = format!("Alarm actions {word} for \"{}\"", alarm.name);
        let data = json!({ "version": "1.0", "type": "Update", "updatedAlarm": { "alarmName": alarm.name, "actionsEnabled": enabled } });
        alarms::remember(tx, &alarm, alarm.configured, ("ConfigurationUpdate", summary), &data)?;
        notice::publish_configuration(call, tx, &alarm, "update")?;
    }
    Ok(())
}

/// Lets alarms act.
pub struct EnableAlarmActions;

impl Operation for EnableAlarmActions {
    shape!(ENABLE_ALARM_ACTIONS: EnableAlarmActionsInput -> EnableAlarmActionsResponse on Vec<Alarm>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Vec<Alarm>>> {
        named(call, tx, &input.alarm_names)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Vec<Alarm>>) -> Access {
        on_each(call, "cloudwatch:EnableAlarmActions", &input.alarm_names, target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        found: Vec<Alarm>,
        _: &Self::Input,
    ) -> Result<EnableAlarmActionsResponse> {
        switch(call, tx, found, true)?;
        Ok(EnableAlarmActionsResponse {})
    }
}

/// Keeps alarms from acting.
pub struct DisableAlarmActions;

impl Operation for DisableAlarmActions {
    shape!(DISABLE_ALARM_ACTIONS: DisableAlarmActionsInput -> DisableAlarmActionsResponse on Vec<Alarm>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Vec<Alarm>>> {
        named(call, tx, &input.alarm_names)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Vec<Alarm>>) -> Access {
        on_each(call, "cloudwatch:DisableAlarmActions", &input.alarm_names, target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        found: Vec<Alarm>,
        _: &Self::Input,
    ) -> Result<DisableAlarmActionsResponse> {
        switch(call, tx, found, false)?;
        Ok(DisableAlarmActionsResponse {})
    }
}

/// Deletes alarms. Names that name nothing are passed over.
pub struct DeleteAlarms;

impl Operation for DeleteAlarms {
    shape!(DELETE_ALARMS: DeleteAlarmsInput -> DeleteAlarmsResponse on Vec<Alarm>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Vec<Alarm>>> {
        named(call, tx, &input.alarm_names)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Vec<Alarm>>) -> Access {
        on_each(call, "cloudwatch:DeleteAlarms", &input.alarm_names, target)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, found: Vec<Alarm>, _: &Self::Input) -> Result<DeleteAlarmsResponse> {
        // AWS: DeleteAlarms: at most one composite alarm.
        if found.iter().filter(|alarm| alarm.is_composite()).count() > 1 {
            return Err(errors::validation("Cannot delete more than one composite alarm in one request."));
        }
        let place = (call.account.as_str(), call.region.as_str());
        let all = alarms::list(tx.reads(), place)?;
        for alarm in &found {
            let stays = |parent: &&Alarm| found.iter().all(|gone| gone.name != parent.name);
            for parent in all.iter().filter(stays) {
                if needs(parent, alarm)? {
                    return Err(errors::validation(format!(
                        "Cannot delete {} as there are composite alarm(s) depending on it.",
                        alarm.name
                    )));
                }
            }
        }
        let now = call.now.milliseconds();
        for alarm in &found {
            alarms::remove(tx, alarm);
            let data =
                json!({ "version": "1.0", "type": "Delete", "deletedAlarm": super::configure::shown(alarm) });
            let summary = format!("Alarm \"{}\" deleted", alarm.name);
            alarms::remember(tx, alarm, now, ("ConfigurationUpdate", summary), &data)?;
            notice::publish_configuration(call, tx, alarm, "delete")?;
        }
        Ok(DeleteAlarmsResponse {})
    }
}

/// Whether a composite alarm names another alarm.
pub fn needs(parent: &Alarm, child: &Alarm) -> Result<bool> {
    let Rule::Composite(composite) = &parent.rule else { return Ok(false) };
    let parsed = rule::Rule::parse(&composite.text)?;
    let is_suppressor = composite.suppressor.as_ref().is_some_and(|named| child.is_named(named));
    Ok(is_suppressor || parsed.children().iter().any(|named| child.is_named(named)))
}
