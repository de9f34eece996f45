//! Lists of rules and targets.

use super::rules::{lookup, on, place};
use crate::bus::{Bus, Place};
use crate::rule::Rule;
use crate::{buses, pages, rules};
use kage_api_events::types::{
    self, ListRuleNamesByTargetResponse, ListRulesResponse, ListTargetsByRuleResponse,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

fn bus(call: &Call<'_>, tx: &Tx, name: Option<&str>) -> Result<Lookup<Bus>> {
    buses::lookup(tx, &place(call, name)?)
}

/// AWS: service authorization reference: the lists of rules name `rule/*` of the bus in denials.
fn on_rules(call: &Call<'_>, action: &str, bus: Option<&str>) -> Access {
    Access::to(action, Place::named(call, bus).rule_arn("*"))
}

/// Lists the rules of a bus.
pub struct ListRules;

impl Operation for ListRules {
    shape!(LIST_RULES: ListRulesRequest -> ListRulesResponse on Bus);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bus>> {
        bus(call, tx, input.event_bus_name.as_deref())
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<Bus>) -> Access {
        on_rules(call, "events:ListRules", input.event_bus_name.as_deref())
    }

    fn run(call: &Call<'_>, tx: &mut Tx, bus: Bus, input: &Self::Input) -> Result<ListRulesResponse> {
        let mut all = rules::list(tx.reads(), &bus.place())?;
        let prefix = input.name_prefix.as_deref().unwrap_or_default();
        all.retain(|rule| rule.name.starts_with(prefix));
        let page = pages::cut(call, all, |rule| rule.name.clone(), input.next_token.as_deref(), input.limit)?;
        let view = |rule: Rule| types::Rule {
            arn: Some(rule.rule_arn()),
            name: Some(rule.name),
            event_pattern: rule.pattern,
            state: Some(rule.state),
            description: rule.description,
            schedule_expression: rule.schedule,
            role_arn: rule.role,
            managed_by: None,
            event_bus_name: Some(rule.bus.name),
        };
        Ok(ListRulesResponse {
            rules: Some(page.items.into_iter().map(view).collect()),
            next_token: page.next,
        })
    }
}

/// Lists the rules that have a target.
pub struct ListRuleNamesByTarget;

impl Operation for ListRuleNamesByTarget {
    shape!(LIST_RULE_NAMES_BY_TARGET: ListRuleNamesByTargetRequest -> ListRuleNamesByTargetResponse on Bus);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bus>> {
        bus(call, tx, input.event_bus_name.as_deref())
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<Bus>) -> Access {
        on_rules(call, "events:ListRuleNamesByTarget", input.event_bus_name.as_deref())
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        bus: Bus,
        input: &Self::Input,
    ) -> Result<ListRuleNamesByTargetResponse> {
        let mut names = Vec::new();
        for rule in rules::list(tx.reads(), &bus.place())? {
            if rules::targets(tx.reads(), &rule)?.iter().any(|target| target.arn == input.target_arn) {
                names.push(rule.name);
            }
        }
        let page = pages::cut(call, names, String::clone, input.next_token.as_deref(), input.limit)?;
        Ok(ListRuleNamesByTargetResponse { rule_names: Some(page.items), next_token: page.next })
    }
}

/// Lists the targets of a rule.
pub struct ListTargetsByRule;

impl Operation for ListTargetsByRule {
    shape!(LIST_TARGETS_BY_RULE: ListTargetsByRuleRequest -> ListTargetsByRuleResponse on Rule);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Rule>> {
        lookup(call, tx, input.event_bus_name.as_deref(), &input.rule)
    }

    fn access(call: &Call<'_>, _: &Self::Input, rule: &Lookup<Rule>) -> Access {
        on(call, "events:ListTargetsByRule", rule)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        rule: Rule,
        input: &Self::Input,
    ) -> Result<ListTargetsByRuleResponse> {
        let all = rules::targets(tx.reads(), &rule)?;
        let page =
            pages::cut(call, all, |target| target.id.clone(), input.next_token.as_deref(), input.limit)?;
        Ok(ListTargetsByRuleResponse {
            targets: Some(page.items.iter().map(crate::target::Target::view).collect()),
            next_token: page.next,
        })
    }
}
