//! Statistics and metric math of CloudWatch, pure.
//!
//! - `summary`: what is kept of the samples in one span of time.
//! - `statistic`: `Average`, `p99`, `TM(10%:90%)`: the statistics of samples.
//! - `series`: values over time.
//! - `token`, `tree`: expressions as words and as trees.
//! - `evaluate`, `functions`, `calendar`: what they come to.
//! - `search`: which metrics `SEARCH` finds.
//! - `label`: labels with `${AVG}` and the like.

mod calendar;
mod error;
mod evaluate;
mod functions;
mod label;
#[cfg(test)]
mod laws;
mod search;
mod series;
mod statistic;
mod summary;
#[cfg(test)]
mod tests;
mod token;
mod tree;

pub use calendar::civil;
pub use error::MathError;
pub use evaluate::{Find, Scope};
pub use functions::CLOCK_FUNCTIONS;
pub use label::{Label, label};
pub use search::{Candidate, Search};
pub use series::{Series, Value};
pub use statistic::{Kept, Range, Statistic};
pub use summary::Summary;
pub use tree::Expression;
