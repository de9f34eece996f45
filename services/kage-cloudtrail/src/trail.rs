//! A trail: what it is and what its name may be.

use crate::errors;
use crate::insight_selectors::Insight;
use crate::selectors::Selectors;
use kage_core::{Arn, Error, Millis, Resource, Result};
use kage_record::selectors::Filter;
use serde::{Deserialize, Serialize};

/// A trail of one account, or of all accounts of an organization. It lives in its home Region; a multi-Region trail shows
/// in all others as a shadow, an organization trail in all accounts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trail {
    /// The owner. That of an organization trail is the management account, whoever made it.
    pub account: String,
    /// The home Region.
    pub region: String,
    /// Unique in the home Region.
    pub name: String,
    /// Where files go.
    pub bucket: String,
    /// What stands before `AWSLogs/` in their keys.
    pub prefix: Option<String>,
    /// Whether events of all Regions are delivered.
    pub multi_region: bool,
    /// Whether events of global services are.
    pub global_events: bool,
    /// Whether digests are written.
    pub validation: bool,
    /// `RecursiveLogging`, when it was said: `false` leaves out the events of CloudTrail's own deliveries.
    pub recursive: Option<bool>,
    /// The organization (`o-…`) whose accounts it is for; `None` for a trail of one account.
    pub organization: Option<String>,
    /// ARN of the KMS key under which files are encrypted; `None` for SSE-S3.
    pub kms_key: Option<String>,
    /// ARN of the topic that is told of files.
    pub topic: Option<String>,
    /// Where events go one by one.
    pub log_group: Option<LogGroup>,
    /// Which events are delivered.
    pub selectors: Selectors,
    /// Which unusual activity is told of.
    pub insights: Vec<Insight>,
    /// Its tags in the order in which they were set.
    pub tags: Vec<(String, String)>,
    /// Whether it logs now.
    pub logging: bool,
    /// When it last began to.
    pub started: Option<Millis>,
    /// When it last ended.
    pub stopped: Option<Millis>,
}

/// A log group of CloudWatch Logs, and the role by which CloudTrail writes to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogGroup {
    /// `arn:aws:logs:us-east-1:111111111111:log-group:name:*`, as it was given.
    pub arn: String,
    /// ARN of the role.
    pub role: String,
}

/// Where the events of a trail go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Log files in the bucket.
    Files,
    /// CloudWatch Logs.
    LogGroup,
}

impl Trail {
    /// What decides whether it takes an event, as it is now.
    #[must_use]
    pub fn filter(&self) -> Filter {
        Filter {
            selectors: self.selectors.clone(),
            global_events: self.global_events,
            without_deliveries: self.recursive == Some(false),
        }
    }

    /// Whether it delivers the events of this Region.
    #[must_use]
    pub fn covers(&self, region: &str) -> bool {
        self.multi_region || self.region == region
    }

    /// Where its events go.
    #[must_use]
    pub fn destinations(&self) -> Vec<Destination> {
        let log_group = self.log_group.as_ref().map(|_| Destination::LogGroup);
        std::iter::once(Destination::Files).chain(log_group).collect()
    }

    /// The part of the keys of an account's files up to and with `AWSLogs/<account>/` or
    /// `AWSLogs/<organization>/<account>/`.
    #[must_use]
    pub fn root(&self, account: &str) -> String {
        let prefix = self.prefix.as_ref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
        let organization = self.organization.as_ref().map(|id| format!("{id}/")).unwrap_or_default();
        format!("{prefix}AWSLogs/{organization}{account}/")
    }
}

impl Resource for Trail {
    fn arn(&self) -> String {
        arn(&self.region, &self.account, &self.name)
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.clone()
    }
}

/// The ARN of a trail.
#[must_use]
pub fn arn(region: &str, account: &str, name: &str) -> String {
    Arn::new("cloudtrail", region, account, format!("trail/{name}")).to_string()
}

/// Checks a name. AWS: API reference, CreateTrail, `Name`; texts and their order are recorded answers.
///
/// # Errors
/// `InvalidTrailNameException`.
pub fn check_name(name: &str) -> Result<()> {
    match name_problem(name) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn name_problem(name: &str) -> Option<Error> {
    let length = name.chars().count();
    let plain = |c: char| c.is_ascii_alphanumeric();
    let text = if length < 3 {
        format!(
            "Trail name too short. Minimum allowed length: 3 characters. Specified name length: {length} characters."
        )
    } else if length > 128 {
        format!(
            "Trail name too long. Maximum allowed length: 128 characters. Specified name length: {length} characters."
        )
    } else if !name.starts_with(plain) {
        "Trail name must starts with a letter or number.".to_owned()
    } else if !name.ends_with(plain) {
        "Trail name must ends with a letter or number.".to_owned()
    } else if !name.chars().all(|c| plain(c) || matches!(c, '.' | '-' | '_')) {
        "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).".to_owned()
    } else {
        return None;
    };
    Some(errors::trail_name(text))
}
