//! A log group.

use kage_core::{Arn, Call, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The number of milliseconds of a day.
pub const DAY: Millis = 86_400_000;

/// One log group.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Tells it from earlier groups of the same name; its events stand under it.
    pub uid: String,
    /// When it was made.
    pub created: Millis,
    /// What it can do.
    pub class: Class,
    /// For how many days events are kept; `None` keeps them for ever.
    pub retention: Option<i32>,
    /// When the job that removes expired events runs next.
    pub purge_at: Option<Millis>,
    /// The key under which new events are encrypted.
    pub encryption: Option<Encryption>,
    /// How many data keys it has had.
    pub data_keys: u32,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Whether it cannot be deleted.
    pub protected: bool,
}

/// The key of a log group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Encryption {
    /// ARN of the KMS key, as it was given.
    pub key: String,
    /// Which data key of the group is in use.
    pub data_key: u32,
}

/// The classes of log groups that are modelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// Everything.
    #[default]
    Standard,
    /// No metric filters, subscriptions, live tail, `GetLogEvents` or `FilterLogEvents`.
    InfrequentAccess,
}

impl Class {
    /// The class of this name; `None` for those that are not modelled.
    pub fn parse(name: &str) -> Option<Class> {
        match name {
            "STANDARD" => Some(Class::Standard),
            "INFREQUENT_ACCESS" => Some(Class::InfrequentAccess),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Class::Standard => "STANDARD",
            Class::InfrequentAccess => "INFREQUENT_ACCESS",
        }
    }
}

impl Group {
    /// Its ARN without `:*`.
    pub fn arn(&self) -> String {
        arn(&self.region, &self.account, &self.name)
    }

    /// Events before this time are expired.
    pub fn expired_before(&self, now: Millis) -> Millis {
        match self.retention {
            Some(days) => now.saturating_sub(DAY.saturating_mul(i64::from(days))),
            None => Millis::MIN,
        }
    }

    /// The store's stream that holds its events.
    pub fn journal(&self) -> String {
        format!("logs/{}/{}/{}", self.account, self.region, self.uid)
    }
}

/// The ARN of a log group without `:*`.
pub fn arn(region: &str, account: &str, name: &str) -> String {
    Arn::new("logs", region, account, format!("log-group:{name}")).to_string()
}

/// The ARN of a log group as policies speak of it in most actions. An empty name stands for the account.
// AWS: model, LogGroup$arn: the version with `:*` is for most API actions, the one without for the three tagging
// actions. Denials recorded in issue threads name `log-group:NAME:log-stream:`, which `NAME:*` matches and `NAME` does not.
pub fn policy_arn(region: &str, account: &str, name: &str) -> String {
    stream_arn(region, account, name, "")
}

/// The ARN of a log stream.
pub fn stream_arn(region: &str, account: &str, name: &str, stream: &str) -> String {
    Arn::new("logs", region, account, format!("log-group:{name}:log-stream:{stream}")).to_string()
}

/// The ARN that actions on no log group are judged by: `log-group::log-stream:`.
pub fn account_arn(call: &Call<'_>) -> String {
    policy_arn(&call.region, &call.account, "")
}

/// Name, Region and account of what an identifier says: a name, or the ARN of a log group with or without `:*`.
pub struct Named {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The name.
    pub name: String,
}

impl Named {
    /// Reads an identifier; `None` for ARNs of other things.
    pub fn parse(call: &Call<'_>, identifier: &str) -> Option<Named> {
        if !identifier.starts_with("arn:") {
            return Some(Named {
                account: call.account.clone(),
                region: call.region.clone(),
                name: identifier.to_owned(),
            });
        }
        let arn = Arn::parse(identifier).filter(|arn| arn.service == "logs")?;
        let name = arn.resource.strip_prefix("log-group:")?;
        let name = name.strip_suffix(":*").unwrap_or(name).to_owned();
        Some(Named { account: arn.account, region: arn.region, name })
    }
}
