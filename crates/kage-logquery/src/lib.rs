//! Filter patterns and Insights queries of CloudWatch Logs: pure.
//!
//! [`FilterPattern`] decides whether one event matches. [`Query`] is a Logs Insights query.
//! Parsers are given foreign text: they never panic, and nesting is limited.
//!
//! Reading order: `glob`, `filter` (`text`, `json`, `columns`).

mod filter;
mod glob;

pub use filter::{FilterPattern, PatternError};
