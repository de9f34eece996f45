//! Events that wait to be given to functions asynchronously.

use kage_core::{Millis, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

const EVENTS: Table<Event> = Table::new("lambda.events");

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    /// The id of the invocation.
    pub id: String,
    /// The account of the function.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// The qualifier, when one was named.
    pub qualifier: Option<String>,
    /// The event as JSON text.
    pub payload: String,
    /// JSON text of the client context.
    pub client_context: Option<String>,
    /// `X-Amzn-Trace-Id`.
    pub trace_id: Option<String>,
    /// When it was taken.
    pub received: Millis,
    /// How often the function ran for it.
    pub attempts: u32,
    /// How often there was no place for it.
    pub throttles: u32,
}

/// The event with this id.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, id: &str) -> Result<Option<Event>> {
    Ok(EVENTS.get(reads, &row(&[id]))?)
}

/// Writes an event.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, event: &Event) -> Result<()> {
    Ok(EVENTS.put(tx.writer(), &row(&[&event.id]), event)?)
}

/// Removes an event.
pub fn remove(tx: &mut Tx, event: &Event) {
    EVENTS.delete(tx.writer(), &row(&[&event.id]));
}
