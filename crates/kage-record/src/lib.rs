//! CloudTrail records.
//!
//! [`build`] makes the event of one call in AWS's format (AWS: CloudTrail user guide, "CloudTrail record contents",
//! version 1.11); [`append`] writes it into the streams of the accounts that receive it, inside the call's own
//! transaction. The CloudTrail service reads the same streams for `LookupEvents` and for delivery; a [`Watch`] wakes it.
//! What a trail logs goes to the [`bus`] as well, where EventBridge finds it.

pub mod bus;
mod event;
mod identity;
pub mod logging;
mod parameters;
pub mod selectors;
mod stream;
mod watch;

pub use event::{Fact, Outcome, Touched, build, is_read_only};
pub use identity::{account_view, user_identity};
pub use parameters::{cloudtrail_time, request_parameters, response_elements};
pub use stream::{StoredEvent, append, last, read, read_back, stream_name, streams_of};
pub use watch::{Watch, begin_planned, end_watch, plan, set_watch};
