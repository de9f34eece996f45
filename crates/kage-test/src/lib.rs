//! The test kit.
//!
//! [`World`] is a double in this process: a seeded store in memory, a clock that stands until it is moved, and the real
//! pipeline. Calls are signed and travel in the service's own protocol, so a test sees what a client would see.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test kit stops the test where the expectation breaks"
)]

mod form;
mod http;
mod rest;
mod world;

pub use http::{HttpReply, HttpRequest};
pub use world::{Answered, Caller, Events, Failure, MANAGEMENT, World};
