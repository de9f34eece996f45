//! Replays: events of an archive are sent to its bus again, in the order in which they were taken.

use crate::archives::{self, Kept};
use crate::bus::Place;
use crate::event;
use crate::route::{self, Arrival};
use kage_api_events::types::replay_state;
use kage_core::{Arn, Call, Error, Job, Millis, Resource, Result, Tx};
use kage_schema::Timestamp;
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const REPLAYS: Table<Replay> = Table::new("events.replays");
/// The kind of job that goes on with a replay.
pub const JOB: &str = "events.replay";
/// So many entries of the archive are read in one transaction.
const BATCH: usize = 100;
/// From the start to the first event, in milliseconds on the double's clock: long enough to cancel it.
const START_MS: i64 = 1000;

/// A replay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// The archive's name.
    pub archive: String,
    /// The bus.
    pub bus: Place,
    /// The only rules that get the events; empty for all.
    #[serde(default)]
    pub only: Vec<String>,
    /// One of `replay_state`.
    pub state: String,
    /// Events taken from this time on.
    pub from: Millis,
    /// And before this one.
    pub to: Millis,
    /// The next entry of the archive.
    #[serde(default)]
    pub next: u64,
    /// When the event replayed last was taken.
    #[serde(default)]
    pub last: Option<Millis>,
    /// When it started.
    pub started: Millis,
    /// When it ended.
    #[serde(default)]
    pub ended: Option<Millis>,
}

impl Replay {
    /// Its ARN.
    pub fn replay_arn(&self) -> String {
        arn(&self.account, &self.region, &self.name)
    }

    /// Whether it goes on.
    pub fn is_active(&self) -> bool {
        matches!(self.state.as_str(), replay_state::STARTING | replay_state::RUNNING)
    }
}

impl Resource for Replay {
    fn arn(&self) -> String {
        self.replay_arn()
    }
}

/// The ARN of a replay.
pub fn arn(account: &str, region: &str, name: &str) -> String {
    Arn::new("events", region, account, format!("replay/{name}")).to_string()
}

/// The replay of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, name: &str) -> Result<Option<Replay>> {
    Ok(REPLAYS.get(reads, &row(&[account, region, name]))?)
}

/// The replays of an account and Region, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Replay>> {
    kage_core::scan(&REPLAYS, reads, &row(&[account, region]))
}

/// Writes a replay.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, replay: &Replay) -> Result<()> {
    Ok(REPLAYS.put(tx.writer(), &row(&[&replay.account, &replay.region, &replay.name]), replay)?)
}

/// What the job knows.
#[derive(Debug, Serialize, Deserialize)]
pub struct Step {
    replay: String,
}

/// Plans the start of a replay.
///
/// # Errors
/// Those of the store.
pub fn start(tx: &mut Tx, replay: &Replay) -> Result<()> {
    put(tx, replay)?;
    plan(tx, replay, Timestamp(replay.started).plus_ms(START_MS))
}

fn plan(tx: &mut Tx, replay: &Replay, at: Timestamp) -> Result<()> {
    let payload = serde_json::to_value(Step { replay: replay.name.clone() })
        .map_err(|error| Error::internal(error.to_string()))?;
    let (account, region) = (replay.account.clone(), replay.region.clone());
    tx.schedule(at, &Job { kind: JOB.to_owned(), account, region, payload })
}

/// Sends the next events of a replay.
///
/// # Errors
/// Those of the store.
pub fn advance(call: &Call<'_>, tx: &mut Tx, step: &Step) -> Result<()> {
    let Some(mut replay) = find(tx.reads(), &call.account, &call.region, &step.replay)? else {
        return Ok(());
    };
    let now = call.now.milliseconds();
    if replay.state == replay_state::CANCELLING {
        replay.state = replay_state::CANCELLED.to_owned();
        replay.ended = Some(now);
    }
    if !replay.is_active() {
        return put(tx, &replay);
    }
    let Some(archive) = archives::find(tx.reads(), &call.account, &call.region, &replay.archive)? else {
        replay.state = replay_state::FAILED.to_owned();
        replay.ended = Some(now);
        return put(tx, &replay);
    };
    replay.state = replay_state::RUNNING.to_owned();
    let entries = tx.reads().stream_read(&archive.stream(), replay.next, BATCH)?;
    let is_full = entries.len() == BATCH;
    for (number, bytes) in entries {
        replay.next = number.saturating_add(1);
        let kept: Kept =
            serde_json::from_slice(&bytes).map_err(|error| Error::internal(error.to_string()))?;
        if (replay.from..replay.to).contains(&kept.at) && archive.keeps(kept.at, now) {
            let event = event::replayed(&kept.event, &replay.name);
            let arrival = Arrival {
                event: &event,
                bus: &replay.bus,
                from: None,
                only: &replay.only,
                taken: now,
                latency_ms: 0,
            };
            route::take(call, tx, &arrival)?;
            replay.last = Some(kept.at);
        }
    }
    if is_full {
        plan(tx, &replay, call.now)?;
    } else {
        replay.state = replay_state::COMPLETED.to_owned();
        replay.ended = Some(now);
    }
    put(tx, &replay)
}
