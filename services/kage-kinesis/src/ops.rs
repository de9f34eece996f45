//! The operations, one a file.

mod create_stream;

pub use create_stream::CreateStream;
