//! Who is told what happens in a bucket: its notification configuration, and the table of these.
//!
//! AWS: S3 user guide, "Amazon S3 Event Notifications".

use crate::event::What;
use kage_core::{Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const NOTIFICATIONS: Table<Notifications> = Table::new("s3.notifications");
/// How many events a bucket has had; part of their sequencers.
const EVENTS: Table<u32> = Table::new("s3.events");

/// The notification configuration of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notifications {
    /// Its rules: topics first, then queues, then functions.
    pub rules: Vec<Rule>,
    /// Whether every event goes to EventBridge.
    pub event_bridge: bool,
}

/// Some events of some keys for one destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// The kind of its destination.
    pub kind: Kind,
    /// ARN of the destination.
    pub arn: String,
    /// `s3:ObjectCreated:*`, …
    pub events: Vec<String>,
    /// What keys begin with.
    pub prefix: Option<String>,
    /// What keys end with.
    pub suffix: Option<String>,
}

/// Kinds of destinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Topic,
    Queue,
    Function,
}

impl Rule {
    /// Whether an event of this kind of this key is for the destination.
    pub fn takes(&self, what: What, key: &str) -> bool {
        let name = format!("s3:{}", what.name());
        self.events.iter().any(|pattern| covers(pattern, &name))
            && key.starts_with(self.prefix.as_deref().unwrap_or_default())
            && key.ends_with(self.suffix.as_deref().unwrap_or_default())
    }

    /// Whether some event of some key is for both.
    pub fn overlaps(&self, other: &Rule) -> bool {
        let shares = |one: &str| other.events.iter().any(|two| covers(one, two) || covers(two, one));
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let (one, two) = (text(&self.prefix), text(&other.prefix));
        let (front, back) = (text(&self.suffix), text(&other.suffix));
        self.events.iter().any(|one| shares(one))
            && (one.starts_with(&two) || two.starts_with(&one))
            && (front.ends_with(&back) || back.ends_with(&front))
    }

    /// Whether it speaks of some keys only.
    pub fn is_filtered(&self) -> bool {
        self.prefix.is_some() || self.suffix.is_some()
    }
}

fn covers(pattern: &str, name: &str) -> bool {
    pattern == name || pattern.strip_suffix('*').is_some_and(|front| name.starts_with(front))
}

/// The configuration of a bucket, if it has one.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, bucket: &str) -> Result<Option<Notifications>> {
    Ok(NOTIFICATIONS.get(reads, &row(&[bucket]))?)
}

/// Writes the configuration of a bucket; an empty one removes it.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, bucket: &str, notifications: &Notifications) -> Result<()> {
    if *notifications == Notifications::default() {
        remove(tx, bucket);
        return Ok(());
    }
    Ok(NOTIFICATIONS.put(tx.writer(), &row(&[bucket]), notifications)?)
}

/// Removes the configuration of a bucket.
pub fn remove(tx: &mut Tx, bucket: &str) {
    NOTIFICATIONS.delete(tx.writer(), &row(&[bucket]));
}

/// Counts one more event of a bucket.
///
/// # Errors
/// Those of the store.
pub fn count(tx: &mut Tx, bucket: &str) -> Result<u32> {
    let key = row(&[bucket]);
    let next = EVENTS.get(tx.reads(), &key)?.unwrap_or(0).wrapping_add(1);
    EVENTS.put(tx.writer(), &key, &next)?;
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(events: &[&str], prefix: Option<&str>, suffix: Option<&str>) -> Rule {
        Rule {
            id: "r".to_owned(),
            kind: Kind::Queue,
            arn: String::new(),
            events: events.iter().map(|event| (*event).to_owned()).collect(),
            prefix: prefix.map(str::to_owned),
            suffix: suffix.map(str::to_owned),
        }
    }

    #[test]
    fn rules_take_events_and_keys() {
        let all = rule(&["s3:ObjectCreated:*"], Some("images/"), Some(".jpg"));
        assert!(all.takes(What::Put, "images/a.jpg"));
        assert!(all.takes(What::Completed, "images/.jpg"));
        assert!(!all.takes(What::Deleted, "images/a.jpg"));
        assert!(!all.takes(What::Put, "a.jpg"));
        assert!(!all.takes(What::Put, "images/a.png"));
        assert!(!rule(&["s3:ObjectCreated:Copy"], None, None).takes(What::Put, "a"));
    }

    #[test]
    fn overlaps() {
        // AWS: S3 user guide, "Configuring event notifications using object key name filtering", valid and invalid pairs.
        let created = |prefix, suffix| rule(&["s3:ObjectCreated:*"], prefix, suffix);
        let put = rule(&["s3:ObjectCreated:Put"], None, None);
        assert!(created(None, None).overlaps(&put) && put.overlaps(&created(None, None)));
        assert!(!put.overlaps(&rule(&["s3:ObjectRemoved:*"], None, None)));
        assert!(created(Some("images"), None).overlaps(&created(Some("images/a"), None)));
        assert!(!created(Some("images"), None).overlaps(&created(Some("logs"), None)));
        assert!(created(None, Some("jpg")).overlaps(&created(None, Some("pg"))));
        assert!(created(Some("images"), Some("jpg")).overlaps(&created(None, Some("jpg"))));
        assert!(!created(Some("images"), Some("jpg")).overlaps(&created(Some("images"), Some("png"))));
    }
}
