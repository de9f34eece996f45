//! Limits and settings of an account in a Region.
//!
//! AWS: Kinesis developer guide, "Quotas and limits".

use crate::stream::{Mode, Status, Stream};
use crate::{errors, streams};
use kage_core::{Millis, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const SETTINGS: Table<Settings> = Table::new("kinesis.settings");
/// Streams in on-demand mode.
pub const ON_DEMAND_STREAMS: usize = 50;
/// Shards of a new stream in on-demand mode. AWS: the guide's "Capacity modes": 4 MB a second.
pub const ON_DEMAND_SHARDS: u32 = 4;
/// Streams that may be made at once. AWS: API reference, CreateStream.
const CREATING: usize = 5;
/// Commitments hold for a day. AWS: API model, MinimumThroughputBillingCommitmentInput.
pub const COMMITMENT_MS: i64 = 86_400_000;

/// Settings of an account in a Region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// When the minimum throughput billing commitment began.
    pub committed: Option<Millis>,
    /// When it ends or ended, once that was asked for.
    pub ends: Option<Millis>,
}

impl Settings {
    /// Whether the commitment holds.
    #[must_use]
    pub fn is_committed(&self, now: Millis) -> bool {
        self.committed.is_some() && self.ends.is_none_or(|end| end > now)
    }
}

/// The settings of an account.
///
/// # Errors
/// Those of the store.
pub fn settings(reads: &dyn Reads, account: &str, region: &str) -> Result<Settings> {
    Ok(SETTINGS.get(reads, &row(&[account, region]))?.unwrap_or_default())
}

/// Writes the settings of an account.
///
/// # Errors
/// Those of the store.
pub fn put_settings(tx: &mut Tx, account: &str, region: &str, settings: &Settings) -> Result<()> {
    Ok(SETTINGS.put(tx.writer(), &row(&[account, region]), settings)?)
}

/// How many shards an account may have in provisioned mode.
#[must_use]
pub fn shards(region: &str) -> u32 {
    if matches!(region, "us-east-1" | "us-west-2" | "eu-west-1") { 20_000 } else { 6_000 }
}

/// What an account has in a Region.
pub struct Usage {
    /// Open shards of streams in provisioned mode, those to come included.
    pub shards: u32,
    /// Streams in on-demand mode.
    pub on_demand: usize,
    /// Streams that are being made.
    pub creating: usize,
}

/// What an account has in a Region.
///
/// # Errors
/// Those of the store.
pub fn usage(reads: &dyn Reads, account: &str, region: &str) -> Result<Usage> {
    let mut usage = Usage { shards: 0, on_demand: 0, creating: 0 };
    for stream in streams::list(reads, account, region)? {
        match stream.mode {
            Mode::OnDemand => usage.on_demand += 1,
            Mode::Provisioned => usage.shards = usage.shards.saturating_add(coming(&stream)),
        }
        usage.creating += usize::from(stream.status == Status::Creating);
    }
    Ok(usage)
}

/// How many shards a stream has, or will have when its change is finished.
fn coming(stream: &Stream) -> u32 {
    use crate::stream::Change;
    match &stream.change {
        Some(Change::Create { shards }) => *shards,
        Some(Change::Scale { target }) => stream.open_shards.max(*target),
        Some(Change::Split { .. }) => stream.open_shards.saturating_add(1),
        _ => stream.open_shards,
    }
}

/// Refuses more shards than an account may have.
///
/// # Errors
/// `LimitExceededException`.
pub fn require_shards(usage: &Usage, account: &str, region: &str, more: u32) -> Result<()> {
    let limit = shards(region);
    if usage.shards.saturating_add(more) <= limit {
        return Ok(());
    }
    let have = usage.shards;
    Err(errors::limit(format!(
        "This request would exceed the shard limit for the account {account} in {region}. Current shard count for the account: {have}. Limit: {limit}. Number of additional shards that would have resulted from this request: {more}. Refer to the AWS Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits."
    )))
}

/// Refuses one more stream where too many are being made, or there are too many in on-demand mode.
///
/// # Errors
/// `LimitExceededException`; the texts are ours.
pub fn require_room(usage: &Usage, account: &str, mode: Mode) -> Result<()> {
    if usage.creating >= CREATING {
        return Err(errors::limit(format!(
            "Account {account} already has {CREATING} streams in the CREATING state."
        )));
    }
    if mode == Mode::OnDemand && usage.on_demand >= ON_DEMAND_STREAMS {
        return Err(errors::limit(format!(
            "Account {account} already has {ON_DEMAND_STREAMS} streams in on-demand mode."
        )));
    }
    Ok(())
}
