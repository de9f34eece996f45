//! Live tail: events as they come.

use crate::batch;
use crate::group::Group;
use kage_api_logs::types::{
    LiveTailSessionLogEvent, LiveTailSessionMetadata, LiveTailSessionStart, LiveTailSessionUpdate,
    SessionTimeoutException, StartLiveTailResponseStream,
};
use kage_core::{Live, Millis, Next, Result, Wait, World};
use kage_logquery::FilterPattern;
use kage_schema::Record;
use kage_store::Reads;

/// AWS: model, SessionTimeoutException: "Live Tail sessions time out after three hours."
const SESSION: Millis = 3 * 3_600_000;
/// AWS: model, LiveTailSessionMetadata$sampled: more than 500 events a second are shown as a sample.
const EVENTS: usize = 500;
/// AWS: model, LiveTailSessionUpdate: "once every second".
const PATIENCE_MS: u64 = 1_000;
/// How many puts one look reads.
const PUTS: usize = 500;

/// The topic on which puts are announced.
pub fn topic(account: &str, region: &str) -> String {
    format!("logs/live/{account}/{region}")
}

/// A session.
pub struct Session {
    /// The first event, until it is taken.
    pub start: Option<LiveTailSessionStart>,
    /// Its topic.
    pub topic: String,
    /// The groups that are watched.
    pub groups: Vec<Watched>,
    /// Names of streams, when they are named.
    pub streams: Option<Vec<String>>,
    /// Prefixes of names of streams, when they are named.
    pub prefixes: Option<Vec<String>>,
    /// What is shown.
    pub pattern: FilterPattern,
    /// When it ends, on the double's clock.
    pub until: Millis,
    /// Where it is.
    pub state: State,
}

/// Where a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It looks for events.
    Looking,
    /// It found none and waited.
    Waited,
    /// It is over.
    Ended,
}

/// A group of a session.
pub struct Watched {
    /// The group.
    pub group: Group,
    /// How it was named.
    pub identifier: String,
    /// The number of the next put to be shown.
    pub next: u64,
}

impl Session {
    /// When a session that begins now ends.
    pub fn end(now: Millis) -> Millis {
        now.saturating_add(SESSION)
    }

    fn is_shown(&self, stream: &str) -> bool {
        match (&self.streams, &self.prefixes) {
            (Some(names), _) => names.iter().any(|name| name == stream),
            (None, Some(prefixes)) => prefixes.iter().any(|prefix| stream.starts_with(prefix)),
            (None, None) => true,
        }
    }

    /// What came since the last look, and whether it is a sample.
    fn look(&mut self, reads: &dyn Reads) -> Result<(Vec<LiveTailSessionLogEvent>, bool)> {
        let (mut out, mut sampled) = (Vec::new(), false);
        let mut groups = std::mem::take(&mut self.groups);
        for watched in &mut groups {
            for (number, bytes) in reads.stream_read(&watched.group.journal(), watched.next, PUTS)? {
                watched.next = number.saturating_add(1);
                // Groups under a key are refused when the session starts; one that gets a key later is no longer shown.
                if bytes.first() == Some(&batch::SEALED) {
                    continue;
                }
                sampled |= self.show(&watched.identifier, &bytes, &mut out)?;
            }
        }
        self.groups = groups;
        out.sort_by_key(|event: &LiveTailSessionLogEvent| event.timestamp);
        Ok((out, sampled))
    }

    /// Shows the events of one put; true when some were left out.
    fn show(&self, group: &str, bytes: &[u8], out: &mut Vec<LiveTailSessionLogEvent>) -> Result<bool> {
        let batch = batch::read(bytes)?;
        if !self.is_shown(batch.stream) {
            return Ok(false);
        }
        for place in batch.places {
            let message = batch::message(bytes, place);
            if !self.pattern.matches(message) {
                continue;
            }
            if out.len() >= EVENTS {
                return Ok(true);
            }
            out.push(LiveTailSessionLogEvent {
                log_stream_name: Some(batch.stream.to_owned()),
                log_group_identifier: Some(group.to_owned()),
                message: Some(String::from_utf8_lossy(message).into_owned()),
                timestamp: Some(place.timestamp),
                ingestion_time: Some(batch.ingested),
            });
        }
        Ok(false)
    }
}

fn event(event: StartLiveTailResponseStream) -> Next {
    let boxed: Box<dyn Record> = Box::new(event);
    Next::Event(boxed)
}

impl Live for Session {
    fn next(&mut self, world: &World) -> Result<Next> {
        if let Some(start) = self.start.take() {
            return Ok(event(StartLiveTailResponseStream {
                session_start: Some(start),
                ..StartLiveTailResponseStream::default()
            }));
        }
        if self.state == State::Ended {
            return Ok(Next::End);
        }
        if world.clock.now().milliseconds() >= self.until {
            self.state = State::Ended;
            let timeout = SessionTimeoutException { message: Some("The session timed out.".to_owned()) };
            return Ok(event(StartLiveTailResponseStream {
                session_timeout_exception: Some(timeout),
                ..StartLiveTailResponseStream::default()
            }));
        }
        let (results, sampled) = self.look(&world.store.read())?;
        // An update without events says that the session lives.
        if results.is_empty() && self.state == State::Looking {
            self.state = State::Waited;
            let wait = Wait { topic: self.topic.clone(), patience_ms: PATIENCE_MS, also_at: None };
            return Ok(Next::Wait(wait));
        }
        self.state = State::Looking;
        Ok(event(StartLiveTailResponseStream {
            session_update: Some(LiveTailSessionUpdate {
                session_metadata: Some(LiveTailSessionMetadata { sampled: Some(sampled) }),
                session_results: Some(results),
            }),
            ..StartLiveTailResponseStream::default()
        }))
    }
}
