//! A schedule.

use crate::target::Target;
use kage_api_scheduler::types::{action_after_completion, schedule_state};
use kage_core::{Arn, Millis};
use kage_schedule::{Dialect, Schedule, Zone};
use serde::{Deserialize, Serialize};

/// A schedule of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Its expression.
    pub expression: String,
    /// The time zone of the expression.
    pub zone: String,
    /// It fires not before.
    pub start: Option<Millis>,
    /// It fires not after.
    pub end: Option<Millis>,
    /// What it is for.
    pub description: Option<String>,
    /// One of `schedule_state`.
    pub state: String,
    /// What it invokes.
    pub target: Target,
    /// The flexible window in minutes; `None` for none.
    pub window_minutes: Option<i32>,
    /// One of `action_after_completion`.
    pub after: String,
    /// When it was made.
    pub created: Millis,
    /// When it was changed last.
    pub modified: Millis,
    /// From when the periods of a `rate` are counted.
    pub origin: Millis,
    /// The time for which the next job is planned; without the flexible window.
    pub next: Option<Millis>,
    /// The token of the call that made it.
    pub token: Option<String>,
}

impl Plan {
    /// Its ARN.
    pub fn plan_arn(&self) -> String {
        arn(&self.account, &self.region, &self.group, &self.name)
    }

    /// Whether it fires.
    pub fn is_enabled(&self) -> bool {
        self.state != schedule_state::DISABLED
    }

    /// Whether it is deleted when it has fired for the last time.
    pub fn is_deleted_after(&self) -> bool {
        self.after == action_after_completion::DELETE
    }

    /// When it fires after this time; within its dates.
    pub fn fires_after(&self, after: Millis) -> Option<Millis> {
        let schedule = Schedule::parse(&self.expression, Dialect::Scheduler).ok()?;
        let zone = Zone::find(&self.zone)?;
        // A one-time schedule knows no dates. AWS: CreateSchedule, `StartDate`, `EndDate`.
        if schedule.is_once() {
            return schedule.next(after, self.origin, &zone);
        }
        let after = self.start.map_or(after, |start| after.max(start.saturating_sub(1)));
        let next = schedule.next(after, self.origin, &zone)?;
        self.end.is_none_or(|end| next <= end).then_some(next)
    }
}

/// The ARN of a schedule.
pub fn arn(account: &str, region: &str, group: &str, name: &str) -> String {
    Arn::new("scheduler", region, account, format!("schedule/{group}/{name}")).to_string()
}
