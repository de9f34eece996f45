//! Counts of calls: how many, by whom, with which tools, with which errors.

use kage_core::{Millis, Result, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;
/// The baseline in minutes. AWS: user guide, "insightDetails": `baselineDuration` is seven days.
pub const BASELINE_MINUTES: u32 = 10_080;
const BASELINE_MS: i64 = 7 * 24 * HOUR_MS;
/// How many of each attribute an event names. AWS: the same, `attributions`: five.
const TOP: usize = 5;
/// Fewer calls in a minute are never unusual. AWS does not publish its models; this is our own rule, as is the next.
const LEAST: u64 = 10;
/// How many standard deviations above the baseline are unusual, calls taken as independent of each other.
const DEVIATIONS: f64 = 6.0;

/// What is counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// Whether management events are counted.
    pub management: bool,
    /// `ApiCallRateInsight`, `ApiErrorRateInsight`.
    pub kind: String,
    /// `iam.amazonaws.com`.
    pub source: String,
    /// `CreateUser`.
    pub name: String,
    /// The error of an error rate; empty for a call rate.
    pub error: String,
}

/// Counts of one subject.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// All.
    pub count: u64,
    /// By ARN of the caller.
    pub identities: BTreeMap<String, u64>,
    /// By tool.
    pub agents: BTreeMap<String, u64>,
    /// By error code; `null` for none.
    pub errors: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts an event.
    pub fn count(&mut self, event: &Value) {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
        let add = |map: &mut BTreeMap<String, u64>, value: &str| {
            let count = map.entry(value.to_owned()).or_default();
            *count = count.saturating_add(1);
        };
        let identity = text("/userIdentity/arn").or_else(|| text("/userIdentity/invokedBy"));
        add(&mut self.identities, &without_session(identity.unwrap_or("null")));
        add(&mut self.agents, text("/userAgent").unwrap_or("null"));
        add(&mut self.errors, text("/errorCode").unwrap_or("null"));
        self.count = self.count.saturating_add(1);
    }

    /// Adds the counts of another.
    pub fn add(&mut self, other: &Tally) {
        self.count = self.count.saturating_add(other.count);
        for (into, from) in [
            (&mut self.identities, &other.identities),
            (&mut self.agents, &other.agents),
            (&mut self.errors, &other.errors),
        ] {
            for (value, more) in from {
                let count = into.entry(value.clone()).or_default();
                *count = count.saturating_add(*more);
            }
        }
    }

    /// Calls a minute.
    pub fn average(&self, minutes: u32) -> f64 {
        average(self.count, minutes)
    }

    /// Whether so many calls in a minute are unusual, when this is the baseline.
    pub fn makes_unusual(&self, count: u64) -> bool {
        let usual = self.average(BASELINE_MINUTES);
        let limit = usual + DEVIATIONS * usual.sqrt();
        count >= LEAST && as_float(count) > limit
    }

    /// The most frequent values of each attribute, beside those of the baseline.
    pub fn attributions(&self, minutes: u32, baseline: &Tally, with_errors: bool) -> Value {
        let part = |name: &str, insight: &BTreeMap<String, u64>, usual: &BTreeMap<String, u64>| json!({"attribute": name, "insight": top(insight, minutes), "baseline": top(usual, BASELINE_MINUTES)});
        let mut out = vec![
            part("userIdentityArn", &self.identities, &baseline.identities),
            part("userAgent", &self.agents, &baseline.agents),
        ];
        if with_errors {
            out.push(part("errorCode", &self.errors, &baseline.errors));
        }
        Value::Array(out)
    }
}

/// Sessions of one role count together. AWS: the same, the example.
fn without_session(arn: &str) -> String {
    match arn.split_once(":assumed-role/") {
        Some((start, rest)) => {
            let role = rest.split('/').next().unwrap_or_default();
            format!("{start}:assumed-role/{role}")
        }
        None => arn.to_owned(),
    }
}

fn top(map: &BTreeMap<String, u64>, minutes: u32) -> Value {
    let mut all: Vec<(&String, &u64)> = map.iter().collect();
    all.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    all.into_iter()
        .take(TOP)
        .map(|(value, count)| json!({"value": value, "average": average(*count, minutes)}))
        .collect()
}

/// Rounded to ten digits behind the point, as in AWS's examples.
fn average(count: u64, minutes: u32) -> f64 {
    (as_float(count) / f64::from(minutes.max(1)) * 1e10).round() / 1e10
}

fn as_float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The tallies of one subject, by hour since 1970.
const HOURS: Table<BTreeMap<i64, Tally>> = Table::new("cloudtrail.insights-hours");

fn key(account: &str, region: &str, subject: &Subject) -> Key {
    let category = if subject.management { "management" } else { "data" };
    row(&[account, region, category, &subject.kind, &subject.source, &subject.name, &subject.error])
}

/// What is usual: everything of the seven days before a time.
///
/// # Errors
/// Those of the store.
pub fn baseline(
    reads: &dyn Reads,
    account: &str,
    region: &str,
    subject: &Subject,
    at: Millis,
) -> Result<Tally> {
    let mut out = Tally::default();
    let first = at.saturating_sub(BASELINE_MS).div_euclid(HOUR_MS);
    for (_, tally) in HOURS.get(reads, &key(account, region, subject))?.unwrap_or_default().range(first..) {
        out.add(tally);
    }
    Ok(out)
}

/// Counts a minute into what will be usual.
///
/// # Errors
/// Those of the store.
pub fn remember(
    tx: &mut Tx,
    (account, region): (&str, &str),
    subject: &Subject,
    minute: Millis,
    tally: &Tally,
) -> Result<()> {
    let place = key(account, region, subject);
    let mut hours = HOURS.get(tx.reads(), &place)?.unwrap_or_default();
    let first = minute.saturating_sub(BASELINE_MS).div_euclid(HOUR_MS);
    hours.retain(|hour, _| *hour >= first);
    hours.entry(minute.div_euclid(HOUR_MS)).or_default().add(tally);
    Ok(HOURS.put(tx.writer(), &place, &hours)?)
}

/// Unusual activity that goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Burst {
    /// What it is about.
    pub subject: Subject,
    /// The id that its Start and End events share.
    pub id: String,
    /// Its first minute.
    pub start: Millis,
    /// Its last minute so far.
    pub last: Millis,
    /// What was usual before.
    pub baseline: Tally,
    /// What happened since.
    pub tally: Tally,
}

const BURSTS: Table<Burst> = Table::new("cloudtrail.insights-bursts");

/// The bursts of an account and Region that go on, of management or data events.
///
/// # Errors
/// Those of the store.
pub fn bursts(reads: &dyn Reads, account: &str, region: &str, management: bool) -> Result<Vec<Burst>> {
    let category = if management { "management" } else { "data" };
    scan(&BURSTS, reads, &row(&[account, region, category]))
}

/// Writes a burst that goes on.
///
/// # Errors
/// Those of the store.
pub fn put_burst(tx: &mut Tx, account: &str, region: &str, burst: &Burst) -> Result<()> {
    Ok(BURSTS.put(tx.writer(), &key(account, region, &burst.subject), burst)?)
}

/// Removes a burst that is over.
pub fn end_burst(tx: &mut Tx, account: &str, region: &str, burst: &Burst) {
    BURSTS.delete(tx.writer(), &key(account, region, &burst.subject));
}
