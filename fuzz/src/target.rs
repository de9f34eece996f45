//! What a fuzz target is, and the table of all.

use crate::targets::{arn, chunks, decide, event_stream, events, policy, post, signature, time, wire};

/// One parser (or a few that belong together) with the law it keeps.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is that of its test.
    pub name: &'static str,
    /// What must hold for every input, in one sentence.
    pub law: &'static str,
    /// Panics when the law does not hold for the input.
    pub check: fn(&[u8]),
    /// Inputs to start from.
    pub seeds: &'static [&'static [u8]],
    /// Tokens to put in.
    pub dictionary: &'static [&'static [u8]],
    /// How many inputs are made when nothing else is said: about two seconds in a debug build.
    pub rounds: usize,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    arn::ARN,
    chunks::BODY,
    chunks::ROUND_TRIP,
    decide::GENERATED,
    decide::TEXTS,
    event_stream::BYTES,
    event_stream::ROUND_TRIP,
    events::PATTERN,
    events::SCHEDULE,
    events::TEMPLATE,
    policy::DOCUMENT,
    post::POLICY,
    signature::CREDENTIALS,
    time::TEXT,
    time::NUMBER,
    wire::REQUEST,
];

/// The target of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
