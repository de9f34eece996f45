//! `PutRule`.

use crate::bus::{Bus, DEFAULT, Place};
use crate::rule::Rule;
use crate::send::PRINCIPAL;
use crate::{buses, errors, plans, rules, tags};
use kage_api_events::types::{PutRuleRequest, PutRuleResponse, rule_state};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_pattern::Pattern;
use kage_schedule::{Dialect, Schedule};
use serde_json::Value;

/// AWS: EventBridge quotas: rules of a bus.
const RULES_MAX: usize = 300;

/// Makes a rule, or replaces what it says.
pub struct PutRule;

/// The bus, and the rule that is there already.
pub struct Before {
    bus: Bus,
    rule: Option<Rule>,
}

impl Operation for PutRule {
    shape!(PUT_RULE: PutRuleRequest -> PutRuleResponse on Before);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Before>> {
        let place = super::rules::place(call, input.event_bus_name.as_deref())?;
        let rule = rules::find(tx.reads(), &place, &input.name)?;
        let lookup = match buses::lookup(tx, &place)? {
            Lookup::Missing { owner, error, .. } => {
                Lookup::Missing { arn: place.rule_arn(&input.name), owner, error }
            }
            found => found,
        };
        Ok(lookup.map(|bus| Before { bus, rule }))
    }

    fn access(call: &Call<'_>, input: &Self::Input, before: &Lookup<Before>) -> Access {
        let arn = match before {
            Lookup::Found(before) => before.bus.place().rule_arn(&input.name),
            Lookup::Missing { arn, .. } => arn.clone(),
        };
        let known = before.found().and_then(|before| before.rule.as_ref());
        let mut access = match known {
            Some(rule) => Access::on_found("events:PutRule", rule),
            None => Access::to("events:PutRule", arn.clone()),
        };
        access = access.key("events:creatorAccount", call.account.clone());
        access =
            tags::requested(with_pattern_keys(access, input.event_pattern.as_deref()), input.tags.as_ref());
        if input.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
            let tagging = Access::to("events:TagResource", arn);
            access = access.and(tags::requested(tagging, input.tags.as_ref()));
        }
        pass_role(access, input.role_arn.as_deref())
    }

    fn run(call: &Call<'_>, tx: &mut Tx, before: Before, input: &Self::Input) -> Result<PutRuleResponse> {
        require_valid(input, &before.bus)?;
        let is_new = before.rule.is_none();
        if is_new && rules::list(tx.reads(), &before.bus.place())?.len() >= RULES_MAX {
            return Err(errors::limit());
        }
        let mut rule = changed(call, before, input);
        if is_new {
            tags::add(&mut rule.tags, input.tags.as_deref().unwrap_or_default())?;
        }
        rules::put(tx, &rule)?;
        plans::replan(tx, &mut rule, call.now.milliseconds())?;
        kage_record::bus::listen(tx, &call.account)?;
        Ok(PutRuleResponse { rule_arn: Some(rule.rule_arn()) })
    }
}

/// The rule as the call makes it. What the call leaves out is gone, but tags stay (AWS: PutRule).
fn changed(call: &Call<'_>, before: Before, input: &PutRuleRequest) -> Rule {
    let Before { bus, rule } = before;
    let same_schedule = rule.as_ref().is_some_and(|rule| rule.schedule == input.schedule_expression);
    let kept = rule.as_ref().filter(|_| same_schedule);
    Rule {
        bus: bus.place(),
        name: input.name.clone(),
        pattern: input.event_pattern.clone(),
        schedule: input.schedule_expression.clone(),
        state: input.state.clone().unwrap_or_else(|| rule_state::ENABLED.to_owned()),
        description: input.description.clone(),
        role: input.role_arn.clone(),
        origin: kept.map_or(call.now.milliseconds(), |rule| rule.origin),
        next: kept.and_then(|rule| rule.next),
        tags: rule.map(|rule| rule.tags).unwrap_or_default(),
    }
}

fn require_valid(input: &PutRuleRequest, bus: &Bus) -> Result<()> {
    if input.event_pattern.is_none() && input.schedule_expression.is_none() {
        // Recorded in moto's tests of PutRule.
        return Err(errors::validation("Parameter(s) EventPattern or ScheduleExpression must be specified."));
    }
    if let Some(schedule) = &input.schedule_expression {
        if bus.name != DEFAULT {
            return Err(errors::validation("ScheduleExpression is supported only on the default event bus."));
        }
        Schedule::parse(schedule, Dialect::Rules)
            .map_err(|_| errors::validation("Parameter ScheduleExpression is not valid."))?;
    }
    if let Some(pattern) = &input.event_pattern {
        Pattern::parse(pattern).map_err(|error| errors::pattern(&error))?;
    }
    Ok(())
}

/// What the pattern asks for, as condition keys. AWS: EventBridge user guide, "Using IAM policy conditions in EventBridge".
fn with_pattern_keys(access: Access, pattern: Option<&str>) -> Access {
    let Some(pattern) = pattern.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return access;
    };
    let texts = |path: &[&str]| -> Vec<String> {
        let value = path.iter().fold(&pattern, |value, name| &value[*name]);
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let single = |path: &[&str]| texts(path).into_iter().next();
    access
        .keys("events:source", texts(&["source"]))
        .keys("events:detail-type", texts(&["detail-type"]))
        .key_if("events:detail.service", single(&["detail", "service"]))
        .key_if("events:detail.eventTypeCode", single(&["detail", "eventTypeCode"]))
        .key_if("events:detail.userIdentity.principalId", single(&["detail", "userIdentity", "principalId"]))
}

/// The same access, and that the role may be passed to EventBridge.
pub fn pass_role(access: Access, role: Option<&str>) -> Access {
    match role {
        Some(role) => access.and(Access::to("iam:PassRole", role).key("iam:PassedToService", PRINCIPAL)),
        None => access,
    }
}

/// Whether a place is the caller's own.
///
/// # Errors
/// `NotImplemented` for buses of other accounts.
pub fn require_own(call: &Call<'_>, place: Place) -> Result<Place> {
    if place.account == call.account && place.region == call.region {
        return Ok(place);
    }
    Err(errors::not_modelled("A rule on the event bus of another account or Region"))
}
