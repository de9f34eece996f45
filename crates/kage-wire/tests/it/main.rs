//! The tests of kage-wire.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod events;
mod properties;
mod random;
mod rules;
mod support;
mod vectors;
