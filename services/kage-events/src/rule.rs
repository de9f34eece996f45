//! A rule.

use crate::bus::Place;
use kage_api_events::types::rule_state;
use kage_core::{Millis, Resource};
use kage_schedule::{Dialect, Schedule, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A rule on a bus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The bus.
    pub bus: Place,
    /// Its name.
    pub name: String,
    /// Its event pattern, as it was given.
    #[serde(default)]
    pub pattern: Option<String>,
    /// Its schedule expression.
    #[serde(default)]
    pub schedule: Option<String>,
    /// One of `rule_state`.
    pub state: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// The role of the rule.
    #[serde(default)]
    pub role: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// From when the periods of a `rate` are counted: when the schedule was set.
    #[serde(default)]
    pub origin: Millis,
    /// When its schedule fires next, if a job is planned for it.
    #[serde(default)]
    pub next: Option<Millis>,
}

impl Rule {
    /// Its ARN.
    pub fn rule_arn(&self) -> String {
        self.bus.rule_arn(&self.name)
    }

    /// Whether it acts.
    pub fn is_enabled(&self) -> bool {
        self.state != rule_state::DISABLED
    }

    /// Whether it is shown management events that only read.
    pub fn takes_reading_calls(&self) -> bool {
        self.state == rule_state::ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS
    }

    /// When its schedule fires after this time.
    pub fn fires_after(&self, after: Millis) -> Option<Millis> {
        let schedule = Schedule::parse(self.schedule.as_deref()?, Dialect::Rules).ok()?;
        schedule.next(after, self.origin, &Zone::utc())
    }
}

impl Resource for Rule {
    fn arn(&self) -> String {
        self.rule_arn()
    }
    fn owner(&self) -> Option<String> {
        Some(self.bus.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.clone().into_iter().collect()
    }
}
