//! `PutCompositeAlarm`.

use crate::alarm::{Alarm, CompositeRule, Rule};
use crate::ops::configure::{self, Common};
use crate::{alarms, errors, rule, tags, transition};
use kage_api_cloudwatch::types::{PutCompositeAlarmInput, PutCompositeAlarmResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Makes or changes an alarm on other alarms.
pub struct PutCompositeAlarm;

impl Operation for PutCompositeAlarm {
    shape!(PUT_COMPOSITE_ALARM: PutCompositeAlarmInput -> PutCompositeAlarmResponse on Option<Alarm>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Option<Alarm>>> {
        configure::lookup(call, tx, &input.alarm_name)
    }

    // AWS: PutCompositeAlarm: the permission must be scoped to `*`.
    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Option<Alarm>>) -> Access {
        let actions = [&input.ok_actions, &input.alarm_actions, &input.insufficient_data_actions];
        let actions = actions.into_iter().flatten().flatten().cloned();
        let access = Access::any("cloudwatch:PutCompositeAlarm").keys("cloudwatch:AlarmActions", actions);
        match target.found().and_then(Option::as_ref) {
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
        input: &PutCompositeAlarmInput,
    ) -> Result<PutCompositeAlarmResponse> {
        errors::refuse(&input.action_configuration, "ActionConfiguration")?;
        let rule = checked(call, tx, target.as_ref(), input)?;
        let common = Common {
            name: &input.alarm_name,
            description: input.alarm_description.as_deref(),
            actions_enabled: input.actions_enabled,
            ok_actions: input.ok_actions.as_deref().unwrap_or_default(),
            alarm_actions: input.alarm_actions.as_deref().unwrap_or_default(),
            insufficient_data_actions: input.insufficient_data_actions.as_deref().unwrap_or_default(),
            tags: input.tags.as_deref().unwrap_or_default(),
        };
        let made = configure::make(call, target, &common, Rule::Composite(rule))?;
        configure::finish(call, tx, &made)?;
        transition::evaluate(call, tx, &input.alarm_name, None, 0)?;
        Ok(PutCompositeAlarmResponse {})
    }
}

fn checked(
    call: &Call<'_>,
    tx: &Tx,
    before: Option<&Alarm>,
    input: &PutCompositeAlarmInput,
) -> Result<CompositeRule> {
    let place = (call.account.as_str(), call.region.as_str());
    let parsed = rule::Rule::parse(&input.alarm_rule)?;
    for child in parsed.children() {
        if alarms::find_named(tx.reads(), place, child)?.is_none() && child != input.alarm_name {
            return Err(errors::validation(format!(
                "Could not save the composite alarm as alarms [{child}] in the alarm rule do not exist"
            )));
        }
    }
    let (wait, extension) = (input.actions_suppressor_wait_period, input.actions_suppressor_extension_period);
    match &input.actions_suppressor {
        None if wait.is_some() || extension.is_some() => {
            return Err(errors::validation(
                "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod need ActionsSuppressor.",
            ));
        }
        None => {}
        Some(named) => {
            if wait.is_none() || extension.is_none() {
                return Err(errors::validation(
                    "ActionsSuppressor needs ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod.",
                ));
            }
            if wait.is_some_and(|wait| wait < 0) || extension.is_some_and(|extension| extension < 0) {
                return Err(errors::validation("Periods of the suppressor must not be negative."));
            }
            if alarms::find_named(tx.reads(), place, named)?.is_none() {
                return Err(errors::validation(format!("ActionsSuppressor {named} does not exist.")));
            }
        }
    }
    // Actions that are held stay held while the suppressor stays the same.
    let held = match before.map(|alarm| &alarm.rule) {
        Some(Rule::Composite(old)) if old.suppressor == input.actions_suppressor => old.held.clone(),
        _ => None,
    };
    Ok(CompositeRule {
        text: input.alarm_rule.clone(),
        suppressor: input.actions_suppressor.clone(),
        wait: wait.unwrap_or(0),
        extension: extension.unwrap_or(0),
        held,
    })
}
