//! Attempts to receive from a FIFO queue: the same attempt made again gives the same messages.
//!
//! AWS: SQS API reference, `ReceiveMessage`, `ReceiveRequestAttemptId`.

use crate::delivery::Received;
use crate::duplicates::INTERVAL_MS;
use crate::message::State;
use crate::queue::{Queue, seconds};
use crate::{messages, protection};
use kage_core::{Call, Millis, Result, Tx};
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const ATTEMPTS: Table<Attempt> = Table::new("sqs.receive-attempts");

/// What one attempt gave.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Attempt {
    at: Millis,
    taken: Vec<(u64, State)>,
}

/// Remembers what an attempt gave.
///
/// # Errors
/// Those of the store.
pub fn put(call: &Call<'_>, tx: &mut Tx, queue: &Queue, id: &str, received: &[Received]) -> Result<()> {
    let taken = received.iter().map(|one| (one.number, one.state.clone())).collect();
    let attempt = Attempt { at: call.now.milliseconds(), taken };
    Ok(ATTEMPTS.put(tx.writer(), &row(&[&queue.id, id]), &attempt)?)
}

/// The messages of an attempt that is made again, hidden anew; `None` when it is too old or a message has changed since.
///
/// # Errors
/// Those of KMS.
pub fn repeat(
    call: &Call<'_>,
    tx: &mut Tx,
    queue: &Queue,
    id: &str,
    timeout: u32,
) -> Result<Option<Vec<Received>>> {
    let now = call.now.milliseconds();
    let place = row(&[&queue.id, id]);
    let Some(attempt) = ATTEMPTS.get(tx.reads(), &place)? else { return Ok(None) };
    let mut is_same = attempt.at.saturating_add(INTERVAL_MS) > now && !attempt.taken.is_empty();
    for (number, taken) in &attempt.taken {
        let state = messages::state(tx.reads(), queue, *number)?;
        is_same &= state.as_ref() == Some(taken) && taken.visible > now;
    }
    if !is_same {
        ATTEMPTS.delete(tx.writer(), &place);
        return Ok(None);
    }
    let mut out = Vec::new();
    for (number, old) in attempt.taken {
        let state = State { visible: now.saturating_add(seconds(timeout)), ..old.clone() };
        messages::set_state(tx, queue, number, &old, &state)?;
        let content = messages::content(tx.reads(), queue, number)?;
        let body = protection::read(call, tx, queue, &content.body)?;
        out.push(Received { number, content, state, body });
    }
    Ok(Some(out))
}
