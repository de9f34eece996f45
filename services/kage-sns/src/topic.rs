//! A topic: its attributes, how they are given and shown.
//!
//! AWS: SNS API reference, `CreateTopic`, `SetTopicAttributes`, `GetTopicAttributes`.

use crate::{errors, retries};
use kage_core::{Access, Arn, Call, Lookup, Millis, Resource, ResourcePolicy, Result, Semantics};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The largest message unless the topic says otherwise, in bytes.
const SIZE: u32 = 262_144;

/// One topic.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Topic {
    /// The account that owns it.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// What tells it from another topic that had the same name.
    pub id: String,
    /// When it was made.
    pub created: Millis,
    /// `DisplayName`.
    pub display: String,
    /// Its policy as it is stored: users and roles by unique id.
    pub policy: String,
    /// `DeliveryPolicy`.
    pub delivery: Option<String>,
    /// `KmsMasterKeyId`.
    pub kms_key: Option<String>,
    /// `FifoTopic`.
    pub fifo: bool,
    /// `ContentBasedDeduplication`.
    pub content_based: bool,
    /// `FifoThroughputScope`.
    pub throughput: Option<String>,
    /// `SignatureVersion`.
    pub signature: Option<String>,
    /// `TracingConfig`.
    pub tracing: Option<String>,
    /// `MaximumMessageSize`, in bytes.
    pub size: Option<u32>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Number of the next message of a FIFO topic.
    pub next: u64,
    /// Subscriptions that were deleted.
    pub deleted: u64,
}

impl Topic {
    /// Its ARN.
    pub fn arn(&self) -> String {
        arn(&self.region, &self.account, &self.name)
    }

    /// The largest message in bytes, attributes included.
    pub fn size_max(&self) -> usize {
        usize::try_from(self.size.unwrap_or(SIZE)).unwrap_or(usize::MAX)
    }

    /// Whether duplicates are told within a message group.
    pub fn duplicates_by_group(&self) -> bool {
        self.throughput.as_deref() == Some("MessageGroup")
    }

    /// Sets an attribute other than the policy. False for one that a topic of this type does not have.
    ///
    /// # Errors
    /// `InvalidParameter` for the value; `NotImplemented` for what is not modelled.
    pub fn set(&mut self, name: &str, value: &str) -> Result<bool> {
        let text = || Some(value.to_owned()).filter(|value| !value.is_empty());
        match name {
            "DisplayName" if value.chars().count() > 100 => return Err(refused(name, "too long")),
            "DisplayName" => value.clone_into(&mut self.display),
            "DeliveryPolicy" => {
                retries::check(name, value)?;
                self.delivery = text();
            }
            "KmsMasterKeyId" => self.kms_key = text(),
            "ContentBasedDeduplication" if self.fifo => self.content_based = flag(name, value)?,
            "FifoThroughputScope" if self.fifo => {
                self.throughput = Some(one_of(name, value, &["Topic", "MessageGroup"])?);
            }
            "SignatureVersion" => self.signature = Some(one_of(name, value, &["1", "2"])?),
            "TracingConfig" => self.tracing = Some(one_of(name, value, &["PassThrough", "Active"])?),
            "MaximumMessageSize" => {
                let size = value.parse().ok().filter(|size| (1024..=1_048_576).contains(size));
                self.size = Some(size.ok_or_else(|| refused(name, "must be between 1024 and 1048576"))?);
            }
            "ArchivePolicy" => return Err(errors::not_modelled(name)),
            _ if name.ends_with("FeedbackRoleArn") || name.ends_with("FeedbackSampleRate") => {
                return Err(errors::not_modelled(name));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The attributes that `GetTopicAttributes` shows, without policy and numbers.
    pub fn shown(&self) -> Vec<(&'static str, String)> {
        let mut out = vec![
            ("TopicArn", self.arn()),
            ("Owner", self.account.clone()),
            ("DisplayName", self.display.clone()),
            ("EffectiveDeliveryPolicy", retries::effective(self.delivery.as_deref()).to_string()),
        ];
        if self.fifo {
            out.push(("FifoTopic", "true".to_owned()));
            out.push(("ContentBasedDeduplication", self.content_based.to_string()));
        }
        let size = self.size.map(|size| size.to_string());
        let given = [
            ("DeliveryPolicy", &self.delivery),
            ("KmsMasterKeyId", &self.kms_key),
            ("FifoThroughputScope", &self.throughput),
            ("SignatureVersion", &self.signature),
            ("TracingConfig", &self.tracing),
            ("MaximumMessageSize", &size),
        ];
        out.extend(given.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
        out
    }
}

/// The ARN of a topic.
pub fn arn(region: &str, account: &str, name: &str) -> String {
    Arn::new("sns", region, account, name).to_string()
}

fn refused(name: &str, reason: &str) -> kage_core::Error {
    errors::invalid(format!("{name} Reason: {reason}"))
}

/// Reads `true` or `false`.
///
/// # Errors
/// `InvalidParameter`.
pub fn flag(name: &str, value: &str) -> Result<bool> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(errors::invalid(format!("{name}: Invalid value [{value}]. Must be true or false."))),
    }
}

fn one_of(name: &str, value: &str, allowed: &[&str]) -> Result<String> {
    if allowed.contains(&value) {
        Ok(value.to_owned())
    } else {
        Err(errors::invalid(format!(
            "{name}: Invalid value [{value}]. Must be one of {}.",
            allowed.join(", ")
        )))
    }
}

impl Resource for Topic {
    fn arn(&self) -> String {
        Topic::arn(self)
    }
    fn owner(&self) -> Option<String> {
        Some(self.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.clone().into_iter().collect()
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        Some(ResourcePolicy { text: self.policy.as_str().into(), semantics: Semantics::Generic })
    }
}

/// One action on a topic.
pub fn access(call: &Call<'_>, action: &str, target: &Lookup<Topic>) -> Access {
    // AWS: SNS developer guide, "Using identity-based policies with Amazon SNS", `AWS:SourceOwner`: deprecated; of the
    // services only CloudWatch alarms of the topic's account reach it by the default policy.
    let is_alarm = call.caller.service_name() == Some("cloudwatch.amazonaws.com");
    let owner = call.source_account.as_deref().filter(|_| is_alarm);
    Access::on(action, target).key_if("aws:SourceOwner", owner)
}
