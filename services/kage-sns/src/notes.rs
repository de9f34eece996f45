//! The messages that are on their way.

use crate::note::Note;
use crate::topic::Topic;
use kage_core::{Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

/// By topic and message id.
const NOTES: Table<Note> = Table::new("sns.notes");

/// A message.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, topic: &Topic, id: &str) -> Result<Option<Note>> {
    Ok(NOTES.get(reads, &row(&[&topic.id, id]))?)
}

/// Writes a message.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, topic: &Topic, note: &Note) -> Result<()> {
    Ok(NOTES.put(tx.writer(), &row(&[&topic.id, &note.id]), note)?)
}

/// Says that one delivery is done, well or not. The message goes with the last one.
///
/// # Errors
/// Those of the store.
pub fn finish_one(tx: &mut Tx, topic: &Topic, id: &str) -> Result<()> {
    let Some(mut note) = find(tx.reads(), topic, id)? else { return Ok(()) };
    note.left = note.left.saturating_sub(1);
    if note.left > 0 {
        return put(tx, topic, &note);
    }
    NOTES.delete(tx.writer(), &row(&[&topic.id, id]));
    Ok(())
}

/// Forgets the messages of a topic.
///
/// # Errors
/// Those of the store.
pub fn clear(tx: &mut Tx, topic: &Topic) -> Result<()> {
    for note in kage_core::scan(&NOTES, tx.reads(), &row(&[&topic.id]))? {
        NOTES.delete(tx.writer(), &row(&[&topic.id, &note.id]));
    }
    Ok(())
}
