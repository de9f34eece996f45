//! HTTP bindings of restJson1 and restXml.
//!
//! AWS: <https://smithy.io/2.0/spec/http-bindings.html>

mod headers;
mod labels;
mod parameters;
mod read;
mod write;

pub(crate) use headers::write_headers;
pub(crate) use read::read_input;
pub(crate) use write::{payload_root, write_output};
