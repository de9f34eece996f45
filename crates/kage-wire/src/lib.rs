//! AWS protocols as a server speaks them: bytes in, bytes out.
//!
//! Nothing here knows a single AWS structure. A protocol is one reader and one writer over a [`kage_schema::Schema`]
//! and the slots of a [`kage_schema::Record`]; names, locations and formats come from the schema. There are no
//! sockets, clocks or identifiers in this crate: the caller hands over a [`Request`] and sends the [`Response`].
//!
//! | module | protocols |
//! | --- | --- |
//! | `json` | awsJson 1.0, awsJson 1.1, and the bodies of restJson1 |
//! | `cbor` | rpcv2Cbor |
//! | `xml` | the bodies of restXml, and the answers of awsQuery and ec2Query |
//! | `query` | the requests and envelopes of awsQuery and ec2Query |
//! | `rest` | labels, query parameters, headers, status and payload of restJson1 and restXml |
//! | `failure` | errors of all protocols |
//! | [`event_stream`] | frames, headers and events of `application/vnd.amazon.eventstream` |

mod base64;
mod cbor;
mod dispatch;
mod error;
pub mod event_stream;
mod failure;
mod form;
mod json;
mod message;
mod place;
mod query;
mod rest;
mod s3;
mod scalar;
mod xml;

pub use dispatch::{body_content_type, read_input, write_output};
pub use error::{ReadError, WriteError};
pub use failure::{ErrorView, write_error};
pub use form::{decode_form, decode_path};
pub use message::{Request, Response};
pub use s3::host_id;
