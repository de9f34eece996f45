//! The operations, one a file.

mod create_topic;

pub use create_topic::CreateTopic;
