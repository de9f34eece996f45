//! A queue: what it is, and what its type allows.

use crate::address;
use crate::settings::Settings;
use kage_core::{Access, Call, Lookup, Millis, Resource, ResourcePolicy, Semantics};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One queue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Queue {
    /// The account that owns it.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// What tells it from another queue that had the same name.
    pub id: String,
    /// When it was made.
    pub created: Millis,
    /// When its attributes were last changed.
    pub modified: Millis,
    /// When it was last purged.
    pub purged: Option<Millis>,
    /// Its attributes.
    pub settings: Settings,
    /// Its policy as it is stored: users and roles by unique id.
    pub policy: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Queue {
    /// Its ARN.
    pub fn arn(&self) -> String {
        address::arn(&self.region, &self.account, &self.name)
    }

    /// The topic on which those wait who wait for messages.
    pub fn topic(&self) -> String {
        format!("sqs/{}", self.id)
    }

    /// Whether a message sent at this time is past the retention period at `now`.
    pub fn is_expired(&self, sent: Millis, now: Millis) -> bool {
        sent.saturating_add(seconds(self.settings.retention)) <= now
    }
}

/// Seconds in milliseconds.
pub fn seconds(number: u32) -> Millis {
    Millis::from(number).saturating_mul(1000)
}

impl Resource for Queue {
    fn arn(&self) -> String {
        Queue::arn(self)
    }
    fn owner(&self) -> Option<String> {
        Some(self.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.clone().into_iter().collect()
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        let text = self.policy.as_deref()?;
        Some(ResourcePolicy { text: text.into(), semantics: Semantics::Generic })
    }
}

/// One action on a queue that only its own account may do.
// AWS: SQS developer guide, "Grant cross-account permissions to a role and a username": the actions to which
// cross-account permissions do not apply. Without a resource policy nothing allows a foreign caller.
pub fn own_access(call: &Call<'_>, action: &str, target: &Lookup<Queue>) -> Access {
    let access = Access::on(action, target);
    match target.found() {
        Some(queue) if queue.account != call.caller.account => access.policy(None),
        _ => access,
    }
}
