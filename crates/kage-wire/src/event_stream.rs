//! Event streams: `application/vnd.amazon.eventstream`.
//!
//! AWS: <https://smithy.io/2.0/aws/amazon-eventstream.html>

mod crc;
mod event;
mod frame;

pub use event::{initial_response, write_error_event, write_event};
pub use frame::{Frame, FrameError, HeaderValue};

pub(crate) use event::is_stream;

/// The media type of a stream of frames.
pub const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";
