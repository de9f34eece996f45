//! The operations, one a file.

mod create_log_group;

pub use create_log_group::CreateLogGroup;
