//! Message groups of FIFO queues: who comes next.
//!
//! Messages of a group are received in order; the first one that is not visible holds up those behind it (recorded at
//! AWS: LocalStack's validated test_fifo_group_visibility_extends_with_change_message_visibility). So a group can be
//! received from when its first message is visible, and an index by that time finds it.

use crate::message::State;
use crate::messages;
use crate::queue::Queue;
use kage_core::{Millis, Result, Tx};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The messages of each group, by number.
const MEMBERS: Table<()> = Table::new("sqs.group-members");
/// The first message of each group.
const HEADS: Table<Head> = Table::new("sqs.group-heads");
/// Groups by when their first message is visible.
const READY: Table<String> = Table::new("sqs.groups-ready");

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Head {
    number: u64,
    visible: Millis,
}

fn time(at: Millis) -> u64 {
    at.max(0).unsigned_abs()
}

fn ready_key(queue: &Queue, head: Head) -> Key {
    row(&[&queue.id]).with_number(time(head.visible)).with_number(head.number)
}

/// Adds a message to its group.
///
/// # Errors
/// Those of the store.
pub fn join(tx: &mut Tx, queue: &Queue, number: u64, state: &State) -> Result<()> {
    let Some(group) = in_fifo(queue, state.group.as_deref()) else { return Ok(()) };
    MEMBERS.put(tx.writer(), &row(&[&queue.id, group]).with_number(number), &())?;
    if HEADS.contains(tx.reads(), &row(&[&queue.id, group])) {
        return Ok(());
    }
    update(tx, queue, Some(group))
}

/// Removes a message from its group.
///
/// # Errors
/// Those of the store.
pub fn leave(tx: &mut Tx, queue: &Queue, number: u64, state: &State) -> Result<()> {
    let Some(group) = in_fifo(queue, state.group.as_deref()) else { return Ok(()) };
    MEMBERS.delete(tx.writer(), &row(&[&queue.id, group]).with_number(number));
    update(tx, queue, Some(group))
}

fn in_fifo<'a>(queue: &Queue, group: Option<&'a str>) -> Option<&'a str> {
    group.filter(|_| queue.settings.fifo)
}

/// Brings the index up to date after a change in this group.
///
/// # Errors
/// Those of the store.
pub fn update(tx: &mut Tx, queue: &Queue, group: Option<&str>) -> Result<()> {
    let Some(group) = in_fifo(queue, group) else { return Ok(()) };
    let place = row(&[&queue.id, group]);
    let before = HEADS.get(tx.reads(), &place)?;
    let first = members(tx.reads(), queue, group, 1)?.first().copied();
    let after = match first {
        Some(number) => {
            let state = messages::state(tx.reads(), queue, number)?.unwrap_or_default();
            Some(Head { number, visible: state.visible })
        }
        None => None,
    };
    if before == after {
        return Ok(());
    }
    if let Some(head) = before {
        READY.delete(tx.writer(), &ready_key(queue, head));
    }
    match after {
        Some(head) => {
            HEADS.put(tx.writer(), &place, &head)?;
            READY.put(tx.writer(), &ready_key(queue, head), &group.to_owned())?;
        }
        None => {
            HEADS.delete(tx.writer(), &place);
        }
    }
    Ok(())
}

fn members(reads: &dyn Reads, queue: &Queue, group: &str, limit: usize) -> Result<Vec<u64>> {
    let prefix = row(&[&queue.id, group]);
    let rows = MEMBERS.scan_prefix(reads, &prefix).take(limit);
    rows.map(|found| Ok(found?.0.number(2).unwrap_or_default())).collect()
}

/// Numbers of messages that can be received at `now`: as many as possible of one group, then of the next.
///
/// # Errors
/// Those of the store.
pub fn ready(reads: &dyn Reads, queue: &Queue, now: Millis, limit: usize) -> Result<Vec<u64>> {
    let mut out = Vec::new();
    for found in READY.scan_prefix(reads, &row(&[&queue.id])).take(limit) {
        let (key, group) = found?;
        if out.len() >= limit || key.number(1).is_none_or(|at| at > time(now)) {
            break;
        }
        for number in members(reads, queue, &group, limit.saturating_sub(out.len()))? {
            let state = messages::state(reads, queue, number)?;
            if state.is_none_or(|state| state.visible > now) {
                break;
            }
            out.push(number);
        }
    }
    Ok(out)
}

/// Forgets all groups of a queue.
///
/// # Errors
/// Those of the store.
pub fn clear(tx: &mut Tx, queue: &Queue) -> Result<()> {
    empty(tx, queue, &MEMBERS)?;
    empty(tx, queue, &HEADS)?;
    empty(tx, queue, &READY)
}

fn empty<T: Serialize + DeserializeOwned>(tx: &mut Tx, queue: &Queue, table: &Table<T>) -> Result<()> {
    let prefix = row(&[&queue.id]);
    let rows = table.scan_prefix(tx.reads(), &prefix);
    let keys: Vec<Key> = rows.map(|found| Ok(found?.0)).collect::<Result<_>>()?;
    for key in keys {
        table.delete(tx.writer(), &key);
    }
    Ok(())
}
