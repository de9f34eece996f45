//! Schedule expressions of EventBridge: `rate(…)`, `cron(…)` and `at(…)`, with time zones. Pure: nothing is read from the
//! host, the time zone database is part of the binary.
//!
//! [`Schedule::parse`] reads an expression, [`Schedule::next`] says when it fires next. Times are milliseconds since 1970.
//!
//! Reading order: `schedule` (the three kinds), `cron` (the six fields), `days` (days of the month and week), `zone`.

mod cron;
mod days;
mod schedule;
mod zone;

pub use schedule::{Dialect, Schedule, ScheduleError};
pub use zone::Zone;
