//! The operations, one a file.

mod create_schedule;

pub use create_schedule::CreateSchedule;
