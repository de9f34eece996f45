//! One planned job for a schedule, for the time at which it fires next. A disabled or completed schedule plans none; a job
//! that no longer fits its schedule does nothing. Times that passed while the double was not running are not made up for.

use crate::invocation::{self, Invocation};
use crate::plan::Plan;
use crate::schedules;
use kage_core::{Call, Error, Job, Millis, Result, Tx};
use kage_schema::Timestamp;
use serde::{Deserialize, Serialize};

/// The kind of job that fires a schedule.
pub const JOB: &str = "scheduler.fire";

/// What the job knows.
#[derive(Debug, Serialize, Deserialize)]
pub struct Firing {
    group: String,
    name: String,
    at: Millis,
}

/// Plans the next firing after this time, or none, and writes the schedule.
///
/// # Errors
/// Those of the store.
pub fn replan(call: &Call<'_>, tx: &mut Tx, plan: &mut Plan, after: Millis) -> Result<()> {
    let next = if plan.is_enabled() { plan.fires_after(after) } else { None };
    let is_planned = next.is_some() && next == plan.next;
    plan.next = next;
    schedules::put(tx, plan)?;
    let Some(at) = next.filter(|_| !is_planned) else { return Ok(()) };
    let firing = Firing { group: plan.group.clone(), name: plan.name.clone(), at };
    let payload = serde_json::to_value(&firing).map_err(|error| Error::internal(error.to_string()))?;
    let (account, region) = (plan.account.clone(), plan.region.clone());
    let moment = Timestamp(at.max(call.now.milliseconds())).plus_ms(delay_ms(call, plan));
    tx.schedule(moment, &Job { kind: JOB.to_owned(), account, region, payload })
}

/// Where in its flexible window the schedule fires. AWS: CreateSchedule, `FlexibleTimeWindow`: some time within the window.
fn delay_ms(call: &Call<'_>, plan: &Plan) -> i64 {
    let Some(minutes) = plan.window_minutes else { return 0 };
    let window = i64::from(minutes).saturating_mul(60_000).max(1);
    let random = i64::from(u32::from_be_bytes(call.rng().bytes()));
    random.checked_rem(window).unwrap_or(0)
}

/// Fires a schedule, if it is still planned for that time.
///
/// # Errors
/// Those of the store.
pub fn fire(call: &Call<'_>, tx: &mut Tx, firing: &Firing) -> Result<()> {
    let place = (call.account.as_str(), call.region.as_str());
    let Some(mut plan) = schedules::find(tx.reads(), place, &firing.group, &firing.name)? else {
        return Ok(());
    };
    if plan.next != Some(firing.at) || !plan.is_enabled() {
        return Ok(());
    }
    let now = call.now.milliseconds();
    invocation::try_now(call, tx, Invocation::of(&plan, firing.at, now))?;
    // With a flexible window the next time may have come already; that one is not lost.
    let window_ms = i64::from(plan.window_minutes.unwrap_or(0)).saturating_mul(60_000);
    let late = firing.at.max(now.saturating_sub(window_ms));
    replan(call, tx, &mut plan, late)?;
    if plan.next.is_none() && plan.is_deleted_after() {
        schedules::remove(tx, &plan);
    }
    Ok(())
}
