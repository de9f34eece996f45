//! The attributes of a queue: defaults, limits, how they are given and shown.
//!
//! AWS: SQS API reference, `CreateQueue` and `SetQueueAttributes`.

use crate::errors;
use crate::redrive::{self, Redrive, RedriveAllow};
use kage_api_sqs::types::queue_attribute_name as name;
use kage_core::Result;
use serde::{Deserialize, Serialize};

/// The largest message in bytes: 1 MiB.
pub const MESSAGE_MAX: u32 = 1_048_576;

/// The attributes that can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `VisibilityTimeout`, in seconds.
    pub visibility_timeout: u32,
    /// `DelaySeconds`.
    pub delay: u32,
    /// `ReceiveMessageWaitTimeSeconds`.
    pub wait: u32,
    /// `MessageRetentionPeriod`, in seconds.
    pub retention: u32,
    /// `MaximumMessageSize`, in bytes.
    pub size: u32,
    /// `FifoQueue`.
    pub fifo: bool,
    /// `ContentBasedDeduplication`.
    pub content_based: bool,
    /// Whether `DeduplicationScope` is `messageGroup`.
    pub duplicates_by_group: bool,
    /// Whether `FifoThroughputLimit` is `perMessageGroupId`.
    pub throughput_by_group: bool,
    /// `RedrivePolicy`.
    pub redrive: Option<Redrive>,
    /// `RedriveAllowPolicy`.
    pub redrive_allow: Option<RedriveAllow>,
    /// `KmsMasterKeyId`.
    pub kms_key: Option<String>,
    /// `KmsDataKeyReusePeriodSeconds`.
    pub reuse: u32,
    /// `SqsManagedSseEnabled`.
    pub managed: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            visibility_timeout: 30,
            delay: 0,
            wait: 0,
            retention: 345_600,
            size: MESSAGE_MAX,
            fifo: false,
            content_based: false,
            duplicates_by_group: false,
            throughput_by_group: false,
            redrive: None,
            redrive_allow: None,
            kms_key: None,
            reuse: 300,
            managed: true,
        }
    }
}

impl Settings {
    /// Sets what is given. `Policy` is not among the settings; the caller takes care of it.
    ///
    /// # Errors
    /// `InvalidAttributeName`, `InvalidAttributeValue`, `InvalidParameterValue`.
    pub fn set<'a>(
        &mut self,
        given: impl IntoIterator<Item = (&'a String, &'a String)> + Clone,
    ) -> Result<()> {
        for (name, value) in given.clone() {
            self.set_one(name, value)?;
        }
        let has =
            |wanted: &str, value: &str| given.clone().into_iter().any(|(n, v)| n == wanted && v == value);
        let names_key =
            |(name, value): (&String, &String)| name == name::KMS_MASTER_KEY_ID && !value.is_empty();
        let sets_key = given.clone().into_iter().any(names_key);
        if sets_key && has(name::SQS_MANAGED_SSE_ENABLED, "true") {
            return Err(errors::attribute_name(
                "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
            ));
        }
        if sets_key {
            self.managed = false;
        } else if has(name::SQS_MANAGED_SSE_ENABLED, "true") {
            self.kms_key = None;
        }
        if self.throughput_by_group && !self.duplicates_by_group {
            let reason = "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.";
            return Err(errors::attribute_value(name::FIFO_THROUGHPUT_LIMIT, Some(reason)));
        }
        Ok(())
    }

    fn set_one(&mut self, attribute: &str, value: &str) -> Result<()> {
        match attribute {
            name::VISIBILITY_TIMEOUT => self.visibility_timeout = number(attribute, value, 0, 43_200)?,
            name::DELAY_SECONDS => self.delay = number(attribute, value, 0, 900)?,
            name::RECEIVE_MESSAGE_WAIT_TIME_SECONDS => self.wait = number(attribute, value, 0, 20)?,
            name::MESSAGE_RETENTION_PERIOD => self.retention = number(attribute, value, 60, 1_209_600)?,
            name::MAXIMUM_MESSAGE_SIZE => self.size = number(attribute, value, 1024, MESSAGE_MAX)?,
            name::KMS_DATA_KEY_REUSE_PERIOD_SECONDS => self.reuse = number(attribute, value, 60, 86_400)?,
            name::SQS_MANAGED_SSE_ENABLED => self.managed = flag(attribute, value)?,
            name::KMS_MASTER_KEY_ID => self.kms_key = Some(value.to_owned()).filter(|id| !id.is_empty()),
            name::REDRIVE_POLICY if value.is_empty() => self.redrive = None,
            name::REDRIVE_POLICY => self.redrive = Some(redrive::parse(value)?),
            name::REDRIVE_ALLOW_POLICY if value.is_empty() => self.redrive_allow = None,
            name::REDRIVE_ALLOW_POLICY => self.redrive_allow = Some(redrive::parse_allow(value)?),
            name::POLICY => {}
            name::FIFO_QUEUE if !self.fifo => return Err(errors::unknown_attribute(attribute)),
            name::FIFO_QUEUE if value != "true" => {
                let reason = "Modifying queue type is not supported.";
                return Err(errors::attribute_value(attribute, Some(reason)));
            }
            name::FIFO_QUEUE => {}
            name::CONTENT_BASED_DEDUPLICATION if self.fifo => self.content_based = flag(attribute, value)?,
            name::DEDUPLICATION_SCOPE | name::FIFO_THROUGHPUT_LIMIT if !self.fifo => {
                let text = format!("You can specify the {attribute} only when FifoQueue is set to true.");
                return Err(errors::attribute_name(text));
            }
            name::DEDUPLICATION_SCOPE => {
                self.duplicates_by_group = choice(attribute, value, "queue", "messageGroup")?;
            }
            name::FIFO_THROUGHPUT_LIMIT => {
                self.throughput_by_group = choice(attribute, value, "perQueue", "perMessageGroupId")?;
            }
            _ => return Err(errors::unknown_attribute(attribute)),
        }
        Ok(())
    }

    /// The attributes as `GetQueueAttributes` shows them.
    pub fn shown(&self) -> Vec<(&'static str, String)> {
        let mut out = vec![
            (name::VISIBILITY_TIMEOUT, self.visibility_timeout.to_string()),
            (name::DELAY_SECONDS, self.delay.to_string()),
            (name::RECEIVE_MESSAGE_WAIT_TIME_SECONDS, self.wait.to_string()),
            (name::MESSAGE_RETENTION_PERIOD, self.retention.to_string()),
            (name::MAXIMUM_MESSAGE_SIZE, self.size.to_string()),
            (name::SQS_MANAGED_SSE_ENABLED, self.managed.to_string()),
        ];
        if self.fifo {
            let scope = if self.duplicates_by_group { "messageGroup" } else { "queue" };
            let limit = if self.throughput_by_group { "perMessageGroupId" } else { "perQueue" };
            out.push((name::FIFO_QUEUE, "true".to_owned()));
            out.push((name::CONTENT_BASED_DEDUPLICATION, self.content_based.to_string()));
            out.push((name::DEDUPLICATION_SCOPE, scope.to_owned()));
            out.push((name::FIFO_THROUGHPUT_LIMIT, limit.to_owned()));
        }
        if let Some(redrive) = &self.redrive {
            out.push((name::REDRIVE_POLICY, redrive.text.clone()));
        }
        if let Some(allow) = &self.redrive_allow {
            out.push((name::REDRIVE_ALLOW_POLICY, allow.text.clone()));
        }
        if let Some(key) = &self.kms_key {
            out.push((name::KMS_MASTER_KEY_ID, key.clone()));
            out.push((name::KMS_DATA_KEY_REUSE_PERIOD_SECONDS, self.reuse.to_string()));
        }
        out
    }
}

fn number(attribute: &str, value: &str, min: u32, max: u32) -> Result<u32> {
    let parsed = value.trim().parse::<u32>().ok().filter(|number| (min..=max).contains(number));
    parsed.ok_or_else(|| errors::attribute_value(attribute, None))
}

fn flag(attribute: &str, value: &str) -> Result<bool> {
    choice(attribute, &value.to_ascii_lowercase(), "false", "true")
}

fn choice(attribute: &str, value: &str, no: &str, yes: &str) -> Result<bool> {
    if value == yes || value == no { Ok(value == yes) } else { Err(errors::attribute_value(attribute, None)) }
}
