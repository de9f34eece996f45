//! Publishing: a message is accepted, kept, and planned for every subscription that wants it.

use crate::draft::Draft;
use crate::duplicates::{self, Accepted};
use crate::note::{Attributes, Note, sequence_number};
use crate::topic::Topic;
use crate::{jobs, notes, protection, subscriptions, topics};
use kage_core::{Call, Result, Tx};
use kage_pattern::{Attribute, FilterPolicy};
use std::collections::BTreeMap;

/// What the publisher is told.
pub struct Published {
    /// `MessageId`.
    pub id: String,
    /// `SequenceNumber` in a FIFO topic.
    pub sequence: Option<String>,
}

/// Publishes a message. It is delivered later, at least once.
///
/// # Errors
/// Those of [`Draft::require_publishable`] and of KMS.
pub fn publish(call: &Call<'_>, tx: &mut Tx, topic: &mut Topic, draft: &Draft<'_>) -> Result<Published> {
    draft.require_publishable(topic)?;
    let mut note = Note {
        id: call.ids().uuid(),
        subject: draft.subject.map(str::to_owned),
        attributes: draft.attributes(),
        at: call.now.milliseconds(),
        group: draft.group.map(str::to_owned),
        ..Note::default()
    };
    if topic.fifo
        && let Some(before) = accept(tx, topic, draft, &mut note)?
    {
        return Ok(before);
    }
    let texts = draft
        .by_protocol()?
        .unwrap_or_else(|| BTreeMap::from([("default".to_owned(), draft.message.to_owned())]));
    let json =
        serde_json::to_string(&texts).map_err(|error| kage_core::Error::internal(error.to_string()))?;
    // The publisher's permission on the key does not depend on who is subscribed.
    (note.texts, note.key) = protection::close(call, tx, topic, &json)?;
    let mut wanted = Vec::new();
    for subscription in subscriptions::of_topic(tx.reads(), topic)? {
        let filter = subscription.compiled_filter()?;
        let text = texts.get(&subscription.protocol).or_else(|| texts.get("default"));
        if !subscription.is_pending() && wants(filter.as_ref(), &note.attributes, text) {
            wanted.push(subscription.id);
        }
    }
    note.left = u64::try_from(wanted.len()).unwrap_or(u64::MAX);
    if note.left > 0 {
        notes::put(tx, topic, &note)?;
    }
    for subscription in wanted {
        jobs::plan_delivery(tx, topic, &note.id, &subscription, 0, call.now)?;
    }
    Ok(Published { id: note.id, sequence: note.sequence })
}

fn wants(filter: Option<&FilterPolicy>, attributes: &Attributes, text: Option<&String>) -> bool {
    let Some(filter) = filter else { return true };
    let attributes: Vec<Attribute<'_>> = attributes
        .iter()
        .map(|(name, attribute)| Attribute { name, data_type: &attribute.kind, value: &attribute.value })
        .collect();
    filter.accepts(&attributes, text.map_or("", String::as_str))
}

/// Gives a message of a FIFO topic its place; or the message that was accepted before it under the same id.
fn accept(tx: &mut Tx, topic: &mut Topic, draft: &Draft<'_>, note: &mut Note) -> Result<Option<Published>> {
    let id = draft.duplicate_id(topic)?;
    let group = draft.group.unwrap_or_default();
    if let Some(before) = duplicates::find(tx, topic, group, &id, note.at)? {
        let sequence = Some(sequence_number(before.number));
        return Ok(Some(Published { id: before.id, sequence }));
    }
    let number = topic.next;
    topic.next = number.saturating_add(1);
    topics::put(tx, topic)?;
    duplicates::put(tx, topic, group, &id, &Accepted { at: note.at, id: note.id.clone(), number })?;
    note.sequence = Some(sequence_number(number));
    note.duplicate = Some(id);
    Ok(None)
}
