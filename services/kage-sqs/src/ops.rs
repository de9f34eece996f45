//! The operations, one a file.

mod create_queue;

pub use create_queue::CreateQueue;
