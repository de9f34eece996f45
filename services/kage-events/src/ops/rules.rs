//! Rules: described, enabled, disabled, deleted.

use super::put_rule::require_own;
use crate::bus::Place;
use crate::rule::Rule;
use crate::{errors, plans, rules};
use kage_api_events::types::{
    DeleteRuleResponse, DescribeRuleResponse, DisableRuleResponse, EnableRuleResponse, rule_state,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// The bus of a call about rules.
///
/// # Errors
/// `NotImplemented` for buses of other accounts.
pub fn place(call: &Call<'_>, bus: Option<&str>) -> Result<Place> {
    require_own(call, Place::named(call, bus))
}

/// The rule that a call names.
///
/// # Errors
/// Those of [`place`] and of the store.
pub fn lookup(call: &Call<'_>, tx: &Tx, bus: Option<&str>, name: &str) -> Result<Lookup<Rule>> {
    rules::lookup(tx, &place(call, bus)?, name)
}

/// The access to a rule.
pub fn on(call: &Call<'_>, action: &str, rule: &Lookup<Rule>) -> Access {
    Access::on(action, rule).key("events:creatorAccount", call.account.clone())
}

/// Describes a rule.
pub struct DescribeRule;

impl Operation for DescribeRule {
    shape!(DESCRIBE_RULE: DescribeRuleRequest -> DescribeRuleResponse on Rule);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Rule>> {
        lookup(call, tx, input.event_bus_name.as_deref(), &input.name)
    }

    fn access(call: &Call<'_>, _: &Self::Input, rule: &Lookup<Rule>) -> Access {
        on(call, "events:DescribeRule", rule)
    }

    fn run(_: &Call<'_>, _: &mut Tx, rule: Rule, _: &Self::Input) -> Result<DescribeRuleResponse> {
        Ok(DescribeRuleResponse {
            arn: Some(rule.rule_arn()),
            name: Some(rule.name),
            event_pattern: rule.pattern,
            schedule_expression: rule.schedule,
            state: Some(rule.state),
            description: rule.description,
            role_arn: rule.role,
            managed_by: None,
            event_bus_name: Some(rule.bus.name),
            created_by: Some(rule.bus.account),
        })
    }
}

fn set_state(call: &Call<'_>, tx: &mut Tx, mut rule: Rule, state: &str) -> Result<()> {
    rule.state = state.to_owned();
    rules::put(tx, &rule)?;
    plans::replan(tx, &mut rule, call.now.milliseconds())
}

/// Lets a rule act.
pub struct EnableRule;

impl Operation for EnableRule {
    shape!(ENABLE_RULE: EnableRuleRequest -> EnableRuleResponse on Rule);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Rule>> {
        lookup(call, tx, input.event_bus_name.as_deref(), &input.name)
    }

    fn access(call: &Call<'_>, _: &Self::Input, rule: &Lookup<Rule>) -> Access {
        on(call, "events:EnableRule", rule)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, rule: Rule, _: &Self::Input) -> Result<EnableRuleResponse> {
        if !rule.is_enabled() {
            set_state(call, tx, rule, rule_state::ENABLED)?;
        }
        Ok(EnableRuleResponse {})
    }
}

/// Stops a rule.
pub struct DisableRule;

impl Operation for DisableRule {
    shape!(DISABLE_RULE: DisableRuleRequest -> DisableRuleResponse on Rule);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Rule>> {
        lookup(call, tx, input.event_bus_name.as_deref(), &input.name)
    }

    fn access(call: &Call<'_>, _: &Self::Input, rule: &Lookup<Rule>) -> Access {
        on(call, "events:DisableRule", rule)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, rule: Rule, _: &Self::Input) -> Result<DisableRuleResponse> {
        set_state(call, tx, rule, rule_state::DISABLED)?;
        Ok(DisableRuleResponse {})
    }
}

/// Deletes a rule. Its targets must be gone. A rule that is not there is deleted already.
pub struct DeleteRule;

impl Operation for DeleteRule {
    shape!(DELETE_RULE: DeleteRuleRequest -> DeleteRuleResponse on Option<Rule>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Option<Rule>>> {
        let place = place(call, input.event_bus_name.as_deref())?;
        crate::buses::lookup(tx, &place)?.require()?;
        Ok(Lookup::Found(rules::find(tx.reads(), &place, &input.name)?))
    }

    fn access(call: &Call<'_>, input: &Self::Input, rule: &Lookup<Option<Rule>>) -> Access {
        let access = match rule.found() {
            Some(Some(rule)) => Access::on_found("events:DeleteRule", rule),
            _ => {
                let place = Place::named(call, input.event_bus_name.as_deref());
                Access::to("events:DeleteRule", place.rule_arn(&input.name))
            }
        };
        access.key("events:creatorAccount", call.account.clone())
    }

    fn run(_: &Call<'_>, tx: &mut Tx, rule: Option<Rule>, _: &Self::Input) -> Result<DeleteRuleResponse> {
        let Some(rule) = rule else { return Ok(DeleteRuleResponse {}) };
        if !rules::targets(tx.reads(), &rule)?.is_empty() {
            return Err(errors::validation("Rule can't be deleted since it has targets."));
        }
        rules::remove(tx, &rule)?;
        Ok(DeleteRuleResponse {})
    }
}
