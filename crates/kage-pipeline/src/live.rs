//! Answers that go on: the events of an event stream, one frame after the other.

use crate::pipeline::Pipeline;
use kage_core::{Live, LiveStream, Next};
use kage_schema::{Body, Protocol, Record};
use kage_wire::{Response, event_stream};
use std::sync::Arc;

/// Stands in a response as `Body::Attached`; the server reads it with [`Pipeline::live`].
pub struct LiveAnswer {
    stream: Arc<LiveStream>,
    protocol: Protocol,
    /// The first frame of the RPC protocols, encoded.
    initial: Vec<u8>,
}

/// Gives a response with a live stream the form that the server reads.
pub fn prepare(response: &mut Response, protocol: Protocol, output: &dyn Record) {
    if let Some(stream) = response.body.attached::<LiveStream>() {
        let initial = event_stream::initial_response(protocol, output).map(|frame| frame.encode());
        let initial = initial.unwrap_or_default();
        response.body = Body::Attached(Arc::new(LiveAnswer { stream, protocol, initial }));
    }
}

impl Pipeline {
    /// Ends live answers, and answers long polls with what there is: the double stops, and nobody is to wait for them.
    pub fn end_waits(&self) {
        self.0.wakes.close();
    }

    /// Reads a live answer, once.
    #[must_use]
    pub fn live(&self, answer: &LiveAnswer) -> LiveReader {
        LiveReader {
            pipeline: self.clone(),
            live: answer.stream.take(),
            protocol: answer.protocol,
            initial: Some(answer.initial.clone()).filter(|bytes| !bytes.is_empty()),
        }
    }
}

/// Reads a live answer frame by frame. It blocks until something happens.
pub struct LiveReader {
    pipeline: Pipeline,
    live: Option<Box<dyn Live>>,
    protocol: Protocol,
    initial: Option<Vec<u8>>,
}

impl LiveReader {
    /// The next frame; empty when nothing came for a while, `None` at the end. An error of the stream is its last frame.
    #[must_use]
    pub fn next_frame(&mut self) -> Option<Vec<u8>> {
        if let Some(initial) = self.initial.take() {
            return Some(initial);
        }
        let world = self.pipeline.world();
        let wakes = &self.pipeline.0.wakes;
        if wakes.is_closed() {
            self.live = None;
            return None;
        }
        let moment = wakes.moment();
        match self.live.as_mut()?.next(world) {
            Ok(Next::Event(event)) => match event_stream::write_event(self.protocol, event.as_ref()) {
                Ok(frame) => Some(frame.encode()),
                Err(error) => self.last("InternalFailure", &error.to_string()),
            },
            Ok(Next::Wait(wait)) => {
                let patience = i64::try_from(wait.patience_ms).unwrap_or(i64::MAX);
                let until = world.clock.wall().plus_ms(patience);
                // Woken or not: the stream is asked again, and says itself when it ends.
                let _ = wakes.wait(world, &wait, moment, until);
                Some(Vec::new())
            }
            Ok(Next::End) => {
                self.live = None;
                None
            }
            Err(error) => self.last(&error.code, &error.message),
        }
    }

    fn last(&mut self, code: &str, message: &str) -> Option<Vec<u8>> {
        self.live = None;
        Some(event_stream::write_error_event(code, message).encode())
    }
}
