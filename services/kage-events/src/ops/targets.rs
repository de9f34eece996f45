//! Targets: put and removed.

use super::put_rule::pass_role;
use super::rules::{lookup, on};
use crate::rule::Rule;
use crate::target::{Kind, Target, kind};
use crate::{errors, plans, rules};
use kage_api_events::types::{PutTargetsResponse, RemoveTargetsResponse, RemoveTargetsResultEntry};
use kage_core::{Access, Arn, Call, Lookup, Operation, Result, Tx};

/// AWS: EventBridge quotas: targets of a rule.
const TARGETS_MAX: usize = 5;

/// Adds targets to a rule, or replaces those of the same id.
pub struct PutTargets;

impl Operation for PutTargets {
    shape!(PUT_TARGETS: PutTargetsRequest -> PutTargetsResponse on Rule);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Rule>> {
        lookup(call, tx, input.event_bus_name.as_deref(), &input.rule)
    }

    fn access(call: &Call<'_>, input: &Self::Input, rule: &Lookup<Rule>) -> Access {
        let arns = input.targets.iter().map(|target| target.arn.clone());
        let access = on(call, "events:PutTargets", rule).keys("events:TargetArn", arns);
        input.targets.iter().fold(access, |access, target| pass_role(access, target.role_arn.as_deref()))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, mut rule: Rule, input: &Self::Input) -> Result<PutTargetsResponse> {
        for given in &input.targets {
            let target = Target::read(given, &rule.bus)?;
            require_region(&target, &rule)?;
            rules::put_target(tx, &rule, &target)?;
        }
        if rules::targets(tx.reads(), &rule)?.len() > TARGETS_MAX {
            return Err(errors::limit());
        }
        plans::replan(tx, &mut rule, call.now.milliseconds())?;
        Ok(PutTargetsResponse { failed_entry_count: Some(0), failed_entries: Some(Vec::new()) })
    }
}

/// Only buses can be in another Region. AWS: EventBridge user guide, "Sending and receiving events between AWS Regions".
fn require_region(target: &Target, rule: &Rule) -> Result<()> {
    let region = Arn::parse(&target.arn).map(|arn| arn.region).unwrap_or_default();
    if matches!(kind(&target.arn)?, Kind::Bus(_)) || region == rule.bus.region {
        return Ok(());
    }
    Err(errors::parameter("Arn", "The target must be in the Region of the rule."))
}

/// Removes targets from a rule.
pub struct RemoveTargets;

impl Operation for RemoveTargets {
    shape!(REMOVE_TARGETS: RemoveTargetsRequest -> RemoveTargetsResponse on Rule);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Rule>> {
        lookup(call, tx, input.event_bus_name.as_deref(), &input.rule)
    }

    fn access(call: &Call<'_>, _: &Self::Input, rule: &Lookup<Rule>) -> Access {
        on(call, "events:RemoveTargets", rule)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut rule: Rule,
        input: &Self::Input,
    ) -> Result<RemoveTargetsResponse> {
        let mut failed = Vec::new();
        for id in &input.ids {
            if !rules::remove_target(tx, &rule, id) {
                let text = format!("Rule '{}' does not have a target with the Id '{id}'.", rule.name);
                failed.push(RemoveTargetsResultEntry {
                    target_id: Some(id.clone()),
                    error_code: Some("ResourceNotFoundException".to_owned()),
                    error_message: Some(text),
                });
            }
        }
        plans::replan(tx, &mut rule, call.now.milliseconds())?;
        Ok(RemoveTargetsResponse {
            failed_entry_count: i32::try_from(failed.len()).ok(),
            failed_entries: Some(failed),
        })
    }
}
