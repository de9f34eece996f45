//! An alarm: metric or composite.

use crate::formula::Query;
use crate::judge::{Comparison, Missing};
use crate::metric::MetricName;
use kage_core::{Arn, Millis, Resource};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The states, in AWS's words.
pub const OK: &str = "OK";
/// The alarm's rule is met.
pub const ALARM: &str = "ALARM";
/// There is nothing to judge by.
pub const INSUFFICIENT_DATA: &str = "INSUFFICIENT_DATA";

/// An alarm.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Alarm {
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether its actions are done.
    pub actions_enabled: bool,
    /// What is done when its state becomes OK.
    pub ok_actions: Vec<String>,
    /// What is done when its state becomes ALARM.
    pub alarm_actions: Vec<String>,
    /// What is done when its state becomes INSUFFICIENT_DATA.
    pub insufficient_data_actions: Vec<String>,
    /// When it was last configured.
    pub configured: Millis,
    /// Its state.
    pub state: State,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What it watches.
    pub rule: Rule,
    /// When it is evaluated next, if that is planned.
    pub due: Option<Millis>,
}

/// The state of an alarm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// `OK`, `ALARM`, `INSUFFICIENT_DATA`.
    pub value: String,
    /// Why.
    pub reason: String,
    /// Why, as JSON.
    pub data: Option<String>,
    /// When it was last set.
    pub updated: Millis,
    /// When the value last changed.
    pub transitioned: Millis,
}

/// What an alarm watches.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Rule {
    /// A metric or an expression.
    Metric(Box<MetricRule>),
    /// Other alarms.
    Composite(CompositeRule),
}

impl Default for Rule {
    fn default() -> Rule {
        Rule::Composite(CompositeRule::default())
    }
}

/// A threshold of a metric or an expression.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MetricRule {
    /// The metric, unless the alarm watches an expression.
    pub single: Option<Single>,
    /// The queries of an alarm on an expression.
    pub queries: Vec<Query>,
    /// How the values are compared.
    pub comparison: Comparison,
    /// With what they are compared.
    pub threshold: f64,
    /// Of how many periods.
    pub periods: i32,
    /// How many must breach, if it was said.
    pub needed: Option<i32>,
    /// How missing data counts, if it was said.
    pub missing: Option<Missing>,
    /// `EvaluateLowSampleCountPercentile`.
    pub low_samples: Option<String>,
}

/// One metric with a statistic.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Single {
    /// The metric.
    pub name: MetricName,
    /// The statistic, plain or extended.
    pub statistic: String,
    /// Whether it was given as `ExtendedStatistic`.
    pub extended: bool,
    /// How long a period is, in seconds.
    pub period: i32,
    /// Only data of this unit.
    pub unit: Option<String>,
}

/// A rule over other alarms.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CompositeRule {
    /// The rule as it was written.
    pub text: String,
    /// The alarm that silences the actions, by name or ARN.
    pub suppressor: Option<String>,
    /// How long actions wait for the suppressor, in seconds.
    pub wait: i32,
    /// How long actions wait after the suppressor, in seconds.
    pub extension: i32,
    /// Whether actions are held back, by what, and until when.
    pub held: Option<Held>,
}

/// Actions that are held back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Held {
    /// `WaitPeriod`, `Alarm`, `ExtensionPeriod`.
    pub by: String,
    /// Until when, for periods.
    pub until: Option<Millis>,
    /// The state in which actions were last done: where the state of the alarm still is the same, none are due.
    pub acted: String,
}

impl Alarm {
    /// Whether it is a composite alarm.
    pub fn is_composite(&self) -> bool {
        matches!(self.rule, Rule::Composite(_))
    }

    /// `AlarmType`.
    pub fn kind(&self) -> &'static str {
        if self.is_composite() { "CompositeAlarm" } else { "MetricAlarm" }
    }

    /// The actions of a state.
    pub fn actions(&self, state: &str) -> &[String] {
        match state {
            OK => &self.ok_actions,
            ALARM => &self.alarm_actions,
            _ => &self.insufficient_data_actions,
        }
    }

    /// All actions.
    pub fn all_actions(&self) -> impl Iterator<Item = &String> {
        self.ok_actions.iter().chain(&self.alarm_actions).chain(&self.insufficient_data_actions)
    }

    /// Whether a text, name or ARN, names it.
    pub fn is_named(&self, text: &str) -> bool {
        text == self.name || text == self.arn()
    }
}

/// The ARN of an alarm.
pub fn arn(account: &str, region: &str, name: &str) -> String {
    Arn::new("cloudwatch", region, account, format!("alarm:{name}")).to_string()
}

impl Resource for Alarm {
    fn arn(&self) -> String {
        arn(&self.account, &self.region, &self.name)
    }

    fn tags(&self) -> Vec<(String, String)> {
        self.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

impl MetricRule {
    /// The queries, whatever the alarm watches; the one that is compared has `return_data`.
    pub fn all_queries(&self) -> Vec<Query> {
        match &self.single {
            Some(single) => vec![Query {
                id: "m1".to_owned(),
                source: Some(crate::formula::Source {
                    name: single.name.clone(),
                    period: single.period,
                    statistic: single.statistic.clone(),
                    unit: single.unit.clone(),
                }),
                return_data: Some(true),
                ..Query::default()
            }],
            None => self.queries.clone(),
        }
    }

    /// How long a period is, in seconds.
    pub fn period(&self) -> i32 {
        let longest = || self.queries.iter().filter_map(|query| Some(query.source.as_ref()?.period)).max();
        match &self.single {
            Some(single) => single.period,
            None => {
                let watched = self.queries.iter().find(|query| query.return_data != Some(false));
                watched.and_then(|query| query.period).or_else(longest).unwrap_or(60)
            }
        }
    }

    /// The metrics that it watches.
    pub fn metrics(&self) -> Vec<MetricName> {
        let of = |query: Query| query.source.map(|source| source.name);
        self.all_queries().into_iter().filter_map(of).collect()
    }

    /// How many data points must breach.
    pub fn needed(&self) -> i32 {
        self.needed.unwrap_or(self.periods)
    }

    /// How missing data counts.
    // AWS: PutMetricAlarm, `TreatMissingData`: DynamoDB's metrics are always ignored when missing.
    pub fn missing(&self) -> Missing {
        if self.metrics().iter().any(|metric| metric.namespace == "AWS/DynamoDB") {
            return Missing::Ignore;
        }
        self.missing.unwrap_or_default()
    }
}
