//! Answers that go on: the events of an event stream, as they happen.

use crate::{Result, Wait, World};
use kage_schema::Record;
use std::sync::{Mutex, PoisonError};

/// What comes next on a live answer.
pub enum Next {
    /// One event: the union or structure of the output's event stream.
    Event(Box<dyn Record>),
    /// Nothing yet.
    Wait(Wait),
    /// The end.
    End,
}

/// Gives the events of one live answer, in order. It reads the store by snapshots.
pub trait Live: Send {
    /// What comes next.
    ///
    /// # Errors
    /// What ends the stream with an error.
    fn next(&mut self, world: &World) -> Result<Next>;
}

/// Stands in the event stream's member of an output as `Body::Attached`; the server takes the events out one by one.
pub struct LiveStream(Mutex<Option<Box<dyn Live>>>);

impl LiveStream {
    /// A stream of these events.
    #[must_use]
    pub fn new(live: impl Live + 'static) -> LiveStream {
        LiveStream(Mutex::new(Some(Box::new(live))))
    }

    /// Takes the events out, once.
    #[must_use]
    pub fn take(&self) -> Option<Box<dyn Live>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
