//! Schedules of rules: one planned job for a rule, for the time at which it fires next.
//!
//! A rule that is disabled or has no targets plans nothing, so an idle double stays idle. A job that no longer fits its rule
//! does nothing. A jump of the clock runs every firing at its own time, in order; each is one transaction that delivers to
//! all targets of the rule and plans the next one. Times that passed while the double was not running are not made up for.

use crate::bus::Place;
use crate::delivery::{self, Delivery};
use crate::rule::Rule;
use crate::{event, rules};
use kage_core::{Call, Job, Millis, Result, Tx};
use kage_schema::Timestamp;
use serde::{Deserialize, Serialize};

/// The kind of job that fires a rule.
pub const JOB: &str = "events.fire";

/// What the job knows.
#[derive(Debug, Serialize, Deserialize)]
pub struct Firing {
    bus: Place,
    rule: String,
    at: Millis,
}

/// Plans the next firing of a rule after this time, or none.
///
/// # Errors
/// Those of the store.
pub fn replan(tx: &mut Tx, rule: &mut Rule, after: Millis) -> Result<()> {
    let fires = rule.is_enabled() && rule.schedule.is_some() && !rules::targets(tx.reads(), rule)?.is_empty();
    let next = if fires { rule.fires_after(after) } else { None };
    if next == rule.next {
        return Ok(());
    }
    rule.next = next;
    rules::put_plan(tx, rule)?;
    let Some(at) = next else { return Ok(()) };
    let firing = Firing { bus: rule.bus.clone(), rule: rule.name.clone(), at };
    let payload =
        serde_json::to_value(&firing).map_err(|error| kage_core::Error::internal(error.to_string()))?;
    let job = Job {
        kind: JOB.to_owned(),
        account: rule.bus.account.clone(),
        region: rule.bus.region.clone(),
        payload,
    };
    tx.schedule(Timestamp(at), &job)
}

/// Fires a rule, if it is still planned for that time.
///
/// # Errors
/// Those of the store.
pub fn fire(call: &Call<'_>, tx: &mut Tx, firing: &Firing) -> Result<()> {
    let Some(mut rule) = rules::find(tx.reads(), &firing.bus, &firing.rule)? else { return Ok(()) };
    if rule.next != Some(firing.at) || !rule.is_enabled() {
        return Ok(());
    }
    let event = event::scheduled(call, &rule.rule_arn(), firing.at);
    for target in rules::targets(tx.reads(), &rule)? {
        let delivery = Delivery {
            bus: rule.bus.clone(),
            rule: rule.name.clone(),
            target,
            event: event.clone(),
            taken: call.now.milliseconds(),
            retries: 0,
            from: None,
        };
        delivery::try_now(call, tx, delivery)?;
    }
    rule.next = None;
    rules::put_plan(tx, &rule)?;
    replan(tx, &mut rule, firing.at.max(call.now.milliseconds()))
}
