//! A registered consumer: a reader of a stream with throughput of its own.

use crate::shard::seconds;
use crate::stream::Stream;
use kage_core::{Arn, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A registered consumer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Consumer {
    /// Its name.
    pub name: String,
    /// When it was registered.
    pub created: Millis,
    /// Its state.
    pub status: ConsumerStatus,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its resource policy.
    pub policy: Option<String>,
}

/// The states of a consumer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConsumerStatus {
    /// Being registered.
    #[default]
    Creating,
    /// Ready.
    Active,
    /// Going away.
    Deleting,
}

impl ConsumerStatus {
    /// AWS's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ConsumerStatus::Creating => "CREATING",
            ConsumerStatus::Active => "ACTIVE",
            ConsumerStatus::Deleting => "DELETING",
        }
    }
}

impl Consumer {
    /// Its ARN. It holds the time of registration, so that a consumer of the same name is another one later.
    #[must_use]
    pub fn arn(&self, stream: &Stream) -> String {
        format!("{}/consumer/{}:{}", stream.arn(), self.name, seconds(self.created))
    }
}

/// The parts of a consumer's ARN.
pub struct ConsumerName {
    /// The account of the stream.
    pub account: String,
    /// The Region of the stream.
    pub region: String,
    /// The name of the stream.
    pub stream: String,
    /// The name of the consumer.
    pub name: String,
}

impl ConsumerName {
    /// Reads the ARN of a consumer.
    #[must_use]
    pub fn parse(text: &str) -> Option<ConsumerName> {
        let arn = Arn::parse(text)?;
        let (stream, consumer) = arn.of("stream")?.split_once("/consumer/")?;
        let (name, _) = consumer.rsplit_once(':')?;
        let (stream, name) = (stream.to_owned(), name.to_owned());
        Some(ConsumerName { account: arn.account, region: arn.region, stream, name })
    }
}
