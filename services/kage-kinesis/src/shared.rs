//! What an ARN of this service names: a stream or a consumer.

use crate::named::{self, Registered};
use crate::stream::Stream;
use crate::{consumers, errors, streams};
use kage_core::{Access, Arn, Call, Lookup, Resource, ResourcePolicy, Result, Tx};
use std::collections::BTreeMap;

/// A stream or a consumer.
pub enum Shared {
    /// A stream.
    Stream(Stream),
    /// A consumer.
    Consumer(Registered),
}

/// Finds what a `ResourceARN` names.
///
/// # Errors
/// `InvalidArgumentException` for other texts; 501 for queues and channels.
pub fn lookup(call: &Call<'_>, tx: &Tx, text: &str, id: Option<&str>) -> Result<Lookup<Shared>> {
    named::refuse_id(id)?;
    let resource = Arn::parse(text).ok_or_else(|| errors::bad_arn(text))?.resource;
    if resource.starts_with("queue/") || resource.starts_with("channel/") {
        return Err(errors::not_modelled("a queue or channel of Kinesis"));
    }
    if resource.contains("/consumer/") {
        return Ok(named::consumer(call, tx, text)?.map(Shared::Consumer));
    }
    Ok(named::by_arn(call, tx, text, None)?.map(Shared::Stream))
}

/// One action on it by its own account.
pub fn own_access(action: &str, target: &Lookup<Shared>) -> Access {
    Access::on(action, target).policy(None)
}

impl Shared {
    fn resource(&self) -> &dyn Resource {
        match self {
            Shared::Stream(stream) => stream,
            Shared::Consumer(found) => found,
        }
    }

    /// Its account and name, for texts.
    pub fn names(&self) -> (String, String) {
        match self {
            Shared::Stream(stream) => (stream.account.clone(), stream.name.clone()),
            Shared::Consumer(found) => (found.stream.account.clone(), found.consumer.name.clone()),
        }
    }

    /// Its tags.
    pub fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        match self {
            Shared::Stream(stream) => &mut stream.tags,
            Shared::Consumer(found) => &mut found.consumer.tags,
        }
    }

    /// The text of its resource policy.
    pub fn policy_mut(&mut self) -> &mut Option<String> {
        match self {
            Shared::Stream(stream) => &mut stream.policy,
            Shared::Consumer(found) => &mut found.consumer.policy,
        }
    }

    /// Refuses what is being changed.
    ///
    /// # Errors
    /// `ResourceInUseException`.
    pub fn require_active(&self) -> Result<()> {
        match self {
            Shared::Stream(stream) => stream.require_active(),
            Shared::Consumer(found) => found.require_active(),
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn put(&self, tx: &mut Tx) -> Result<()> {
        match self {
            Shared::Stream(stream) => streams::put(tx, stream),
            Shared::Consumer(found) => consumers::put(tx, &found.stream, &found.consumer),
        }
    }
}

impl Resource for Shared {
    fn arn(&self) -> String {
        self.resource().arn()
    }
    fn owner(&self) -> Option<String> {
        self.resource().owner()
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.resource().tags()
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        self.resource().policy()
    }
}
