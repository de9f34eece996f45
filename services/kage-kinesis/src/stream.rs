//! A data stream: its settings, its state, and what it is changing into.

use crate::errors;
use kage_core::{Arn, Millis, Resource, ResourcePolicy, Result, Semantics};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Retention of a new stream in hours. AWS: API reference, CreateStream and StreamDescription: 24 hours.
pub const RETENTION_HOURS: i32 = 24;
/// Greatest size of a record in KiB unless it is raised. AWS: API reference, CreateStream, MaxRecordSizeInKiB.
pub const RECORD_KIB: i32 = 1024;

/// A data stream.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Stream {
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// What distinguishes it from earlier and later streams of the same name. Shards and records stand under it.
    pub id: String,
    /// When it was created.
    pub created: Millis,
    /// Its state.
    pub status: Status,
    /// Its capacity mode.
    pub mode: Mode,
    /// How long records are kept.
    pub retention_hours: i32,
    /// Records that arrived before are gone, whatever the retention: a longer one does not bring them back.
    pub horizon: Millis,
    /// The KMS key as it was named, when records are encrypted.
    pub key: Option<String>,
    /// The number of the data key in use; 0 before the first.
    pub data_key: u32,
    /// Shard-level metrics that are on.
    pub metrics: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its resource policy.
    pub policy: Option<String>,
    /// Greatest size of a record in KiB, partition key included.
    pub max_record_kib: i32,
    /// Warm throughput in MiB a second, when it was set.
    pub warm_mibps: Option<i32>,
    /// Whether records are spread over the shards whatever their partition key.
    pub spread: bool,
    /// The number of the next shard.
    pub next_shard: u32,
    /// How many shards are open.
    pub open_shards: u32,
    /// What is being changed.
    pub change: Option<Change>,
    /// How many changes there were; a job finishes only the change that it was planned for.
    pub changes: u64,
    /// When UpdateShardCount was called in the last day.
    pub scalings: Vec<Millis>,
    /// When the mode was changed in the last day.
    pub mode_changes: Vec<Millis>,
    /// When encryption was started in the last day.
    pub encryptions: Vec<Millis>,
}

/// The states of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Being made.
    #[default]
    Creating,
    /// Ready.
    Active,
    /// Being changed; it takes and gives records.
    Updating,
    /// Going away.
    Deleting,
}

impl Status {
    /// AWS's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Status::Creating => "CREATING",
            Status::Active => "ACTIVE",
            Status::Updating => "UPDATING",
            Status::Deleting => "DELETING",
        }
    }
}

/// The capacity modes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// The caller decides how many shards there are.
    #[default]
    Provisioned,
    /// AWS does.
    OnDemand,
}

impl Mode {
    /// AWS's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Mode::Provisioned => "PROVISIONED",
            Mode::OnDemand => "ON_DEMAND",
        }
    }

    /// The mode of this word.
    #[must_use]
    pub fn of(word: &str) -> Mode {
        if word == "ON_DEMAND" { Mode::OnDemand } else { Mode::Provisioned }
    }
}

/// What a stream is changing into. It takes effect when the change is finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// It comes into being with so many shards.
    Create {
        /// How many.
        shards: u32,
    },
    /// It goes away.
    Delete,
    /// A shard is cut in two.
    Split {
        /// The shard.
        shard: u32,
        /// The first hash key of the upper part, in decimal digits.
        at: String,
    },
    /// Two adjacent shards become one.
    Merge {
        /// `ShardToMerge`.
        shard: u32,
        /// `AdjacentShardToMerge`.
        adjacent: u32,
    },
    /// It gets so many shards of equal ranges.
    Scale {
        /// How many.
        target: u32,
    },
    /// Records are encrypted under this key from now on, or no more.
    Encrypt {
        /// The key as it was named.
        key: Option<String>,
    },
    /// Shard-level metrics.
    Measure {
        /// Those that are on afterwards.
        metrics: Vec<String>,
    },
    /// What has taken effect already.
    Settle,
}

impl Stream {
    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        arn(&self.account, &self.region, &self.name)
    }

    /// What wakes those who wait for records of it: `kinesis/<account>/<region>/<name>`.
    #[must_use]
    pub fn topic(&self) -> String {
        format!("kinesis/{}/{}/{}", self.account, self.region, self.name)
    }

    /// Whether it takes and gives records.
    // AWS: API reference, DeleteStream: reads and writes may still be accepted while a stream is being deleted. Here
    // they are not, so that what is put is never lost.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status, Status::Active | Status::Updating)
    }

    /// Records that arrived before this moment are gone.
    #[must_use]
    pub fn horizon(&self, now: Millis) -> Millis {
        self.horizon.max(now.saturating_sub(i64::from(self.retention_hours) * 3_600_000))
    }

    /// Refuses a stream that does not take and give records.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn require_open(&self) -> Result<()> {
        if self.is_open() { Ok(()) } else { Err(errors::no_stream(&self.account, &self.name)) }
    }

    /// Refuses a stream that is being changed.
    ///
    /// # Errors
    /// `ResourceInUseException`.
    pub fn require_active(&self) -> Result<()> {
        if self.status == Status::Active { Ok(()) } else { Err(errors::not_active(self)) }
    }

    /// Refuses a stream whose shards are AWS's business.
    ///
    /// # Errors
    /// `ValidationException`.
    pub fn require_provisioned(&self) -> Result<()> {
        match self.mode {
            Mode::Provisioned => Ok(()),
            Mode::OnDemand => Err(errors::on_demand(self)),
        }
    }

    /// Refuses a stream in provisioned mode.
    ///
    /// # Errors
    /// `InvalidArgumentException`.
    pub fn require_on_demand(&self) -> Result<()> {
        match self.mode {
            Mode::OnDemand => Ok(()),
            Mode::Provisioned => Err(errors::provisioned(self)),
        }
    }
}

/// The ARN of a stream.
#[must_use]
pub fn arn(account: &str, region: &str, name: &str) -> String {
    Arn::new("kinesis", region, account, format!("stream/{name}")).to_string()
}

impl Resource for Stream {
    fn arn(&self) -> String {
        Stream::arn(self)
    }
    fn owner(&self) -> Option<String> {
        Some(self.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.clone().into_iter().collect()
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        resource_policy(self.policy.as_deref())
    }
}

/// A resource policy of this service.
#[must_use]
pub fn resource_policy(text: Option<&str>) -> Option<ResourcePolicy> {
    text.map(|text| ResourcePolicy { text: text.into(), semantics: Semantics::Generic })
}

/// Counts one more use in the last 24 hours; false when there were `limit` already.
pub fn count_in_day(uses: &mut Vec<Millis>, now: Millis, limit: usize) -> bool {
    uses.retain(|at| *at > now.saturating_sub(86_400_000));
    let fits = uses.len() < limit;
    if fits {
        uses.push(now);
    }
    fits
}
