//! Filter patterns and Insights queries of CloudWatch Logs: pure.
//!
//! [`FilterPattern`] decides whether one event matches. [`Query`] is a Logs Insights query.
//! Parsers are given foreign text: they never panic, and nesting is limited.
//!
//! Reading order: `glob`, `prune`; `filter` (`text`, `json`, `columns`); `insights` (`value`, `expression`, `parse`, `record`,
//! `evaluate`, `run`).

mod filter;
mod glob;
mod insights;
mod prune;

pub use filter::{FilterPattern, PatternError};
pub use insights::{LogEvent, Query, QueryError, Results, Run, discover};
