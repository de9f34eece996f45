//! What the API models know, as data.
//!
//! Every AWS structure exists three times here, and each time once only:
//!
//! * as a plain Rust struct that handlers use (generated, `api/`),
//! * as a [`Schema`]: names, kinds, bindings and limits of its members (generated statics),
//! * as a row of [`Slot`]s: `record.slot(3)` is the third member, readable and writable without knowing its type.
//!
//! A protocol is one reader and one writer over `(&Schema, &dyn Slot)`. Validation, redaction, CloudTrail's
//! `requestParameters` and generators for fuzzing are further walks over the same two things, so new cross-cutting
//! behaviour is one walk and not an edit per structure.

mod body;
mod debug;
mod dynamic;
mod limits;
mod load;
mod model;
mod pattern;
mod record;
mod schema;
mod slots;
mod time;
mod validate;
mod value;

pub use body::Body;
pub use debug::{REDACTED, fmt_record};
pub use dynamic::{Dynamic, DynamicRecord};
pub use limits::check_limits;
pub use load::{LoadError, Loader};
pub use model::{ErrorModel, Http, OperationModel, Protocol, ServiceModel};
pub use record::{List, Map, Mismatch, Record, Scalar, Slot, View};
pub use schema::{Flags, Kind, Limits, Location, Member, Members, Schema, TimestampFormat};
pub use slots::{Blob, Boxed};
pub use time::Timestamp;
pub use validate::{Problems, Seen, Violation, validation_message};
pub use value::{lower_first, to_json};
