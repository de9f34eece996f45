//! The schedules of the double.

use crate::plan::Plan;
use kage_core::{Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

const PLANS: Table<Plan> = Table::new("scheduler.schedules");

/// The schedule of this name in a group.
///
/// # Errors
/// Those of the store.
pub fn find(
    reads: &dyn Reads,
    (account, region): (&str, &str),
    group: &str,
    name: &str,
) -> Result<Option<Plan>> {
    Ok(PLANS.get(reads, &row(&[account, region, group, name]))?)
}

/// The schedules of a group, or of all groups, by group and name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str, group: Option<&str>) -> Result<Vec<Plan>> {
    let key = row(&[account, region]);
    let key = match group {
        Some(group) => key.with(group),
        None => key,
    };
    kage_core::scan(&PLANS, reads, &key)
}

/// Writes a schedule.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, plan: &Plan) -> Result<()> {
    Ok(PLANS.put(tx.writer(), &row(&[&plan.account, &plan.region, &plan.group, &plan.name]), plan)?)
}

/// Removes a schedule. A job that is planned for it does nothing.
pub fn remove(tx: &mut Tx, plan: &Plan) {
    PLANS.delete(tx.writer(), &row(&[&plan.account, &plan.region, &plan.group, &plan.name]));
}
