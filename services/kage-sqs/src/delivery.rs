//! In and out of a queue: sending, receiving, and what becomes of messages that are received too often.

use crate::draft::Draft;
use crate::duplicates::{self, Accepted};
use crate::message::{Attributes, Content, State, sequence_number};
use crate::queue::{Queue, seconds};
use crate::receipt::{self, Receipt};
use crate::{address, digest, errors, messages, protection};
use kage_core::{Call, Error, Millis, Result, Tx};

/// AWS: SQS developer guide, "Quotas related to messages": messages in flight.
pub const IN_FLIGHT_MAX: u64 = 120_000;

/// What the sender is told.
pub struct Sent {
    /// `MessageId`.
    pub id: String,
    /// MD5 of the body.
    pub body: String,
    /// MD5 of the attributes.
    pub attributes: Option<String>,
    /// MD5 of the system attributes.
    pub system: Option<String>,
    /// `SequenceNumber` in a FIFO queue.
    pub sequence: Option<String>,
}

/// How many messages past their retention period a send drops. More than one, so that a queue that nobody reads ends small.
const SWEPT_BY_SEND: usize = 2;

/// Drops messages past their retention period from the old end of a queue, at most so many. Gives how many.
///
/// # Errors
/// Those of the store.
pub fn sweep(tx: &mut Tx, queue: &Queue, now: Millis, limit: usize) -> Result<usize> {
    let mut dropped = 0_usize;
    for number in messages::numbers(tx.reads(), queue, limit)? {
        if !queue.is_expired(messages::content(tx.reads(), queue, number)?.sent, now) {
            break;
        }
        if let Some(state) = messages::state(tx.reads(), queue, number)? {
            messages::remove(tx, queue, number, &state)?;
            dropped = dropped.saturating_add(1);
        }
    }
    Ok(dropped)
}

/// Sends a message.
///
/// # Errors
/// Those of [`Draft::require_sendable`] and of KMS.
pub fn send(call: &Call<'_>, tx: &mut Tx, queue: &Queue, draft: &Draft<'_>) -> Result<Sent> {
    draft.require_sendable(queue)?;
    let now = call.now.milliseconds();
    sweep(tx, queue, now, SWEPT_BY_SEND)?;
    let attributes = draft.attributes();
    let system = draft.system_attributes();
    let mut sent = Sent {
        id: call.ids().uuid(),
        body: digest::of_body(draft.body),
        attributes: digest::of_attributes(&attributes),
        system: digest::of_attributes(&system),
        sequence: None,
    };
    let group = draft.group.unwrap_or_default();
    let duplicate = if queue.settings.fifo { Some(draft.duplicate_id(queue)?) } else { None };
    if let Some(id) = &duplicate
        && let Some(accepted) = duplicates::find(tx, queue, group, id, now)?
    {
        sent.id = accepted.id;
        sent.sequence = Some(sequence_number(accepted.number));
        return Ok(sent);
    }
    let content = Content {
        id: sent.id.clone(),
        body: protection::close(call, tx, queue, draft.body)?,
        md5: sent.body.clone(),
        attributes,
        trace: trace(&system),
        sender: call.caller.id.clone(),
        sent: now,
        group: draft.group.map(str::to_owned),
        duplicate: duplicate.clone(),
        source: None,
    };
    // In a FIFO queue a delay of 0 is the queue's (recorded at AWS: LocalStack's validated
    // test_fifo_queue_send_message_with_zero_delay_defaults_to_queue_delay).
    let own = draft.delay.filter(|_| !queue.settings.fifo).and_then(|delay| u32::try_from(delay).ok());
    let visible = now.saturating_add(seconds(own.unwrap_or(queue.settings.delay)));
    let number = enter(tx, queue, &content, State { visible, ..State::default() })?;
    if let Some(id) = &duplicate {
        let accepted = Accepted { at: now, id: sent.id.clone(), number };
        duplicates::put(tx, queue, group, id, &accepted)?;
        sent.sequence = Some(sequence_number(number));
    }
    Ok(sent)
}

fn trace(system: &Attributes) -> Option<String> {
    system.get("AWSTraceHeader").and_then(|attribute| attribute.text.clone())
}

/// Puts a message into a queue.
///
/// # Errors
/// Those of the store.
pub fn enter(tx: &mut Tx, queue: &Queue, content: &Content, state: State) -> Result<u64> {
    let group = content.group.clone().filter(|_| queue.settings.fifo);
    messages::add(tx, queue, content, &State { group, ..state })
}

/// A message that was received.
pub struct Received {
    /// Its number.
    pub number: u64,
    /// What was sent.
    pub content: Content,
    /// Its state from now on.
    pub state: State,
    /// Its body.
    pub body: String,
}

impl Received {
    /// Its receipt handle.
    pub fn handle(&self, queue: &Queue) -> String {
        receipt::write(queue, Receipt { number: self.number, receive: self.state.receives })
    }
}

/// What came of receiving.
#[derive(Default)]
pub struct Taken {
    /// The messages.
    pub messages: Vec<Received>,
    /// Whether messages were dropped or moved on the way.
    pub is_changed: bool,
}

/// Receives up to `limit` messages and hides each for `timeout` seconds. On the way, messages past their retention
/// period are dropped, and those that were received too often go to the dead-letter queue.
///
/// # Errors
/// `OverLimit`, and those of KMS.
pub fn receive(call: &Call<'_>, tx: &mut Tx, queue: &Queue, limit: usize, timeout: u32) -> Result<Taken> {
    let now = call.now.milliseconds();
    if messages::is_full(tx.reads(), queue, now, IN_FLIGHT_MAX)? {
        // AWS: SQS API reference, `ChangeMessageVisibility`: a FIFO queue returns no error.
        return if queue.settings.fifo { Ok(Taken::default()) } else { Err(errors::over_limit(OVER_LIMIT)) };
    }
    let dead = dead_letter_queue(tx, queue)?;
    let mut out = Taken::default();
    while out.messages.len() < limit {
        // With a timeout of 0 what was taken stays visible.
        let candidates = messages::ready(tx.reads(), queue, now, limit)?;
        let fresh: Vec<u64> = candidates
            .into_iter()
            .filter(|number| out.messages.iter().all(|taken| taken.number != *number))
            .take(limit.saturating_sub(out.messages.len()))
            .collect();
        if fresh.is_empty() {
            break;
        }
        for number in fresh {
            match take(call, tx, queue, dead.as_ref(), number, timeout)? {
                Some(received) => out.messages.push(received),
                None => out.is_changed = true,
            }
        }
    }
    Ok(out)
}

const OVER_LIMIT: &str = "Too many messages in flight for this queue.";

fn take(
    call: &Call<'_>,
    tx: &mut Tx,
    queue: &Queue,
    dead: Option<&Queue>,
    number: u64,
    timeout: u32,
) -> Result<Option<Received>> {
    let now = call.now.milliseconds();
    let state = messages::state(tx.reads(), queue, number)?;
    let old = state.ok_or_else(|| Error::internal("a message without its state"))?;
    let content = messages::content(tx.reads(), queue, number)?;
    if queue.is_expired(content.sent, now) {
        messages::remove(tx, queue, number, &old)?;
        return Ok(None);
    }
    let most = queue.settings.redrive.as_ref().map_or(u32::MAX, |redrive| redrive.receives);
    if let Some(dead) = dead.filter(|_| old.receives >= most) {
        bury(tx, queue, dead, number, &old, content, now)?;
        return Ok(None);
    }
    let state = State {
        visible: now.saturating_add(seconds(timeout)),
        receives: old.receives.saturating_add(1),
        first: old.first.or(Some(now)),
        last: Some(now),
        group: old.group.clone(),
    };
    messages::set_state(tx, queue, number, &old, &state)?;
    let body = protection::read(call, tx, queue, &content.body)?;
    Ok(Some(Received { number, content, state, body }))
}

fn dead_letter_queue(tx: &Tx, queue: &Queue) -> Result<Option<Queue>> {
    match &queue.settings.redrive {
        Some(redrive) => address::by_arn(tx, &redrive.target),
        None => Ok(None),
    }
}

/// Moves a message to the dead-letter queue. It keeps its id and count; in a standard queue also the time at which it
/// was sent. AWS: SQS developer guide, "Using dead-letter queues".
fn bury(
    tx: &mut Tx,
    queue: &Queue,
    dead: &Queue,
    number: u64,
    state: &State,
    content: Content,
    now: Millis,
) -> Result<()> {
    messages::remove(tx, queue, number, state)?;
    let sent = if queue.settings.fifo { now } else { content.sent };
    let content = Content { sent, source: Some(queue.arn()), ..content };
    let buried = State { visible: now.saturating_add(seconds(dead.settings.delay)), ..state.clone() };
    enter(tx, dead, &content, buried)?;
    Ok(())
}

/// Deletes the message that a handle names.
///
/// # Errors
/// `ReceiptHandleIsInvalid`, `InvalidParameterValue` for a handle of a FIFO queue that is too old.
pub fn delete(call: &Call<'_>, tx: &mut Tx, queue: &Queue, handle: &str) -> Result<()> {
    let receipt = receipt::read(queue, handle)?;
    let Some(state) = messages::state(tx.reads(), queue, receipt.number)? else { return Ok(()) };
    let is_last = state.receives == receipt.receive;
    if queue.settings.fifo && (!is_last || state.visible <= call.now.milliseconds()) {
        return Err(errors::handle_expired(handle));
    }
    // AWS: SQS API reference, `DeleteMessage`: with an older handle the call works and deletes nothing.
    if is_last {
        messages::remove(tx, queue, receipt.number, &state)?;
    }
    Ok(())
}

/// The longest visibility timeout, in seconds: 12 hours.
pub const VISIBILITY_MAX: i32 = 43_200;

/// Changes for how long the message that a handle names stays hidden.
///
/// # Errors
/// `ReceiptHandleIsInvalid`, `InvalidParameterValue`.
pub fn hide(call: &Call<'_>, tx: &mut Tx, queue: &Queue, handle: &str, timeout: i32) -> Result<()> {
    let Some(timeout) = u32::try_from(timeout).ok().filter(|_| timeout <= VISIBILITY_MAX) else {
        let reason = "Must be between 0 and 43200, if provided.";
        return Err(errors::invalid_value(timeout, "VisibilityTimeout", reason));
    };
    let receipt = receipt::read(queue, handle)?;
    let now = call.now.milliseconds();
    let state = messages::state(tx.reads(), queue, receipt.number)?;
    let Some(old) = state.filter(|state| state.receives == receipt.receive) else {
        return Err(errors::message_gone(handle));
    };
    if queue.settings.fifo && old.visible <= now {
        return Err(errors::handle_expired(handle));
    }
    let visible = now.saturating_add(seconds(timeout));
    // AWS: SQS developer guide, "Visibility timeout": 12 hours from when the message was received.
    let limit = old.last.unwrap_or(now).saturating_add(Millis::from(VISIBILITY_MAX).saturating_mul(1000));
    if visible > limit {
        let text =
            format!("Total VisibilityTimeout for the message is beyond the limit [{VISIBILITY_MAX} seconds]");
        return Err(errors::invalid(text));
    }
    let new = State { visible, ..old.clone() };
    messages::set_state(tx, queue, receipt.number, &old, &new)
}
