//! A trail: what it is and what its name may be.

use crate::errors;
use crate::selectors::Selectors;
use kage_core::{Arn, Error, Millis, Resource, Result};
use kage_record::selectors::Filter;
use serde::{Deserialize, Serialize};

/// A trail of one account. It lives in its home Region; a multi-Region trail shows in all others as a shadow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trail {
    /// The owner.
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
    /// Which events are delivered.
    pub selectors: Selectors,
    /// Its tags in the order in which they were set.
    pub tags: Vec<(String, String)>,
    /// Whether it logs now.
    pub logging: bool,
    /// When it last began to.
    pub started: Option<Millis>,
    /// When it last ended.
    pub stopped: Option<Millis>,
    /// How delivery goes.
    pub status: Status,
}

/// What GetTrailStatus tells of deliveries.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Status {
    /// The last log file that was written.
    pub delivered: Option<Millis>,
    /// The last attempt.
    pub attempted: Option<Millis>,
    /// S3's code, when the last attempt failed.
    pub error: Option<String>,
    /// When it began to fail.
    pub failing_since: Option<Millis>,
    /// The last digest that was written.
    pub digest_delivered: Option<Millis>,
    /// S3's code, when the last attempt to write one failed.
    pub digest_error: Option<String>,
}

impl Trail {
    /// What decides whether it takes an event, as it is now.
    #[must_use]
    pub fn filter(&self) -> Filter {
        Filter { selectors: self.selectors.clone(), global_events: self.global_events }
    }

    /// Whether it delivers the events of this Region.
    #[must_use]
    pub fn covers(&self, region: &str) -> bool {
        self.multi_region || self.region == region
    }

    /// Refuses a change from another Region than its own.
    ///
    /// # Errors
    /// `InvalidHomeRegionException`.
    pub fn require_home(&self, region: &str) -> Result<()> {
        if self.region == region { Ok(()) } else { Err(errors::not_home_region(&self.arn(), &self.region)) }
    }

    /// The part of keys up to and with `AWSLogs/<account>/`.
    #[must_use]
    pub fn root(&self) -> String {
        let prefix = self.prefix.as_ref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
        format!("{prefix}AWSLogs/{}/", self.account)
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
