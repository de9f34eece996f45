//! Messages of a queue.
//!
//! What was sent stands in one row and is written once. The state stands in a small row of its own, and an index by the
//! time from which a message can be received makes receiving independent of the length of the queue.

use crate::groups;
use crate::message::{Content, State};
use crate::queue::Queue;
use kage_core::{Error, Millis, Result, Tx};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};

const CONTENTS: Table<Content> = Table::new("sqs.contents");
const STATES: Table<State> = Table::new("sqs.states");
/// By time; the value says whether the message was received before.
const VISIBLE: Table<bool> = Table::new("sqs.visible");
const TALLIES: Table<Tally> = Table::new("sqs.tallies");

/// What is counted of a queue.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Tally {
    /// Number of the next message.
    next: u64,
    /// Messages in the queue that were received at least once: not fewer than are in flight.
    received: u64,
}

/// `ApproximateNumberOf…`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that can be received.
    pub visible: u64,
    /// Messages in flight.
    pub in_flight: u64,
    /// Messages that are delayed.
    pub delayed: u64,
}

fn time(at: Millis) -> u64 {
    at.max(0).unsigned_abs()
}

fn message_key(queue: &Queue, number: u64) -> Key {
    row(&[&queue.id]).with_number(number)
}

fn visible_key(queue: &Queue, at: Millis, number: u64) -> Key {
    row(&[&queue.id]).with_number(time(at)).with_number(number)
}

fn tally(reads: &dyn Reads, queue: &Queue) -> Result<Tally> {
    Ok(TALLIES.get(reads, &row(&[&queue.id]))?.unwrap_or_default())
}

/// Adds a message and wakes those who wait for one. Gives its number.
///
/// # Errors
/// Those of the store.
pub fn add(tx: &mut Tx, queue: &Queue, content: &Content, state: &State) -> Result<u64> {
    let mut tally = tally(tx.reads(), queue)?;
    let number = tally.next;
    tally.next = number.saturating_add(1);
    if state.receives > 0 {
        tally.received = tally.received.saturating_add(1);
    }
    TALLIES.put(tx.writer(), &row(&[&queue.id]), &tally)?;
    CONTENTS.put(tx.writer(), &message_key(queue, number), content)?;
    STATES.put(tx.writer(), &message_key(queue, number), state)?;
    VISIBLE.put(tx.writer(), &visible_key(queue, state.visible, number), &(state.receives > 0))?;
    groups::join(tx, queue, number, state)?;
    tx.wake(queue.topic());
    // Event source mappings of Lambda listen to the ARN.
    tx.wake(queue.arn());
    Ok(number)
}

/// What was sent as this message.
///
/// # Errors
/// Those of the store; HTTP 500 when it is not there.
pub fn content(reads: &dyn Reads, queue: &Queue, number: u64) -> Result<Content> {
    let found = CONTENTS.get(reads, &message_key(queue, number))?;
    found.ok_or_else(|| Error::internal("a message without its content"))
}

/// The state of a message that is still in the queue.
///
/// # Errors
/// Those of the store.
pub fn state(reads: &dyn Reads, queue: &Queue, number: u64) -> Result<Option<State>> {
    Ok(STATES.get(reads, &message_key(queue, number))?)
}

/// Changes the state of a message.
///
/// # Errors
/// Those of the store.
pub fn set_state(tx: &mut Tx, queue: &Queue, number: u64, old: &State, new: &State) -> Result<()> {
    VISIBLE.delete(tx.writer(), &visible_key(queue, old.visible, number));
    VISIBLE.put(tx.writer(), &visible_key(queue, new.visible, number), &(new.receives > 0))?;
    STATES.put(tx.writer(), &message_key(queue, number), new)?;
    if old.receives == 0 && new.receives > 0 {
        let mut tally = tally(tx.reads(), queue)?;
        tally.received = tally.received.saturating_add(1);
        TALLIES.put(tx.writer(), &row(&[&queue.id]), &tally)?;
    }
    groups::update(tx, queue, new.group.as_deref())
}

/// Removes a message.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, queue: &Queue, number: u64, state: &State) -> Result<()> {
    VISIBLE.delete(tx.writer(), &visible_key(queue, state.visible, number));
    STATES.delete(tx.writer(), &message_key(queue, number));
    CONTENTS.delete(tx.writer(), &message_key(queue, number));
    if state.receives > 0 {
        let mut tally = tally(tx.reads(), queue)?;
        tally.received = tally.received.saturating_sub(1);
        TALLIES.put(tx.writer(), &row(&[&queue.id]), &tally)?;
    }
    groups::leave(tx, queue, number, state)
}

/// Removes all messages. Numbers go on.
///
/// # Errors
/// Those of the store.
pub fn clear(tx: &mut Tx, queue: &Queue) -> Result<()> {
    for number in numbers(tx.reads(), queue, usize::MAX)? {
        if let Some(state) = state(tx.reads(), queue, number)? {
            VISIBLE.delete(tx.writer(), &visible_key(queue, state.visible, number));
            STATES.delete(tx.writer(), &message_key(queue, number));
            CONTENTS.delete(tx.writer(), &message_key(queue, number));
        }
    }
    let mut tally = tally(tx.reads(), queue)?;
    tally.received = 0;
    TALLIES.put(tx.writer(), &row(&[&queue.id]), &tally)?;
    groups::clear(tx, queue)
}

/// Numbers of messages in the order in which they were sent.
///
/// # Errors
/// Those of the store.
pub fn numbers(reads: &dyn Reads, queue: &Queue, limit: usize) -> Result<Vec<u64>> {
    let prefix = row(&[&queue.id]);
    let rows = STATES.scan_prefix(reads, &prefix).take(limit);
    rows.map(|found| Ok(found?.0.number(1).unwrap_or_default())).collect()
}

/// Numbers of messages that can be received at `now`, oldest first; those of a FIFO queue in the order of their groups.
///
/// # Errors
/// Those of the store.
pub fn ready(reads: &dyn Reads, queue: &Queue, now: Millis, limit: usize) -> Result<Vec<u64>> {
    if queue.settings.fifo {
        return groups::ready(reads, queue, now, limit);
    }
    let prefix = row(&[&queue.id]);
    let mut out = Vec::new();
    for found in VISIBLE.scan_prefix(reads, &prefix).take(limit) {
        let (key, _) = found?;
        if key.number(1).is_none_or(|at| at > time(now)) {
            break;
        }
        out.extend(key.number(2));
    }
    Ok(out)
}

/// When the next message becomes visible that is not visible at `now`.
///
/// # Errors
/// Those of the store.
pub fn next_visible(reads: &dyn Reads, queue: &Queue, now: Millis) -> Result<Option<Millis>> {
    let after = row(&[&queue.id]).with_number(time(now)).with_number(u64::MAX);
    let prefix = row(&[&queue.id]);
    let found = VISIBLE.scan_after(reads, &prefix, &after).next().transpose()?;
    Ok(found.and_then(|(key, _)| key.number(1)).and_then(|at| Millis::try_from(at).ok()))
}

/// Whether at least `limit` messages are in flight.
///
/// # Errors
/// Those of the store.
pub fn is_full(reads: &dyn Reads, queue: &Queue, now: Millis, limit: u64) -> Result<bool> {
    Ok(tally(reads, queue)?.received >= limit && counts(reads, queue, now)?.in_flight >= limit)
}

/// How many messages there are.
///
/// # Errors
/// Those of the store.
pub fn counts(reads: &dyn Reads, queue: &Queue, now: Millis) -> Result<Counts> {
    let mut counts = Counts::default();
    for found in VISIBLE.scan_prefix(reads, &row(&[&queue.id])) {
        let (key, received) = found?;
        let place = match (key.number(1).is_none_or(|at| at > time(now)), received) {
            (false, _) => &mut counts.visible,
            (true, true) => &mut counts.in_flight,
            (true, false) => &mut counts.delayed,
        };
        *place = place.saturating_add(1);
    }
    Ok(counts)
}
