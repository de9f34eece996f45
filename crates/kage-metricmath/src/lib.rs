//! Statistics and metric math of CloudWatch, pure.
//!
//! - `summary`: what is kept of the samples in one span of time.
//! - `statistic`: `Average`, `p99`, `TM(10%:90%)`: the statistics of samples.

mod statistic;
mod summary;

pub use statistic::{Kept, Range, Statistic};
pub use summary::Summary;
