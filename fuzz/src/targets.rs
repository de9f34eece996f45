//! The targets, one module for each kind of parser.

pub mod arn;
pub mod chunks;
pub mod decide;
pub mod event_stream;
pub mod events;
pub mod policy;
pub mod post;
pub mod signature;
pub mod time;
pub mod wire;
