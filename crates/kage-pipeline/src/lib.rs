//! The road. Every call takes it, whether it comes from an SDK, another service or a due job.
//!
//! | step | module | makes |
//! | --- | --- | --- |
//! | receive | [`receive`], `intake`, `post_form` | a [`Head`], and a body in memory or in the body store |
//! | route | `route` | service, operation, protocol |
//! | authenticate | `authenticate` | [`Identified`](authenticate::Identified) |
//! | decode | `call` | a typed input, and what breaks the model's limits |
//! | resolve, authorize | [`judge`] | [`Allowed`](judge::Allowed), which only the judge can make |
//! | run | the operation | an output |
//! | record, commit | `call` | CloudTrail events and the change, all or nothing |
//! | encode | `encode` | bytes in the caller's protocol |
//!
//! The pipeline is synchronous and does no network I/O; a server feeds it heads and bodies and sends its answers.

mod answer;
mod authenticate;
mod call;
mod context;
mod decisions;
mod denial;
mod denials;
mod errands;
mod form_data;
mod forward;
mod ingest;
mod intake;
mod jobs;
mod judge;
mod last_used;
mod live;
mod pipeline;
mod policies;
mod post_answer;
mod post_form;
mod receive;
mod registry;
mod route;
mod seal;
mod signing_keys;
mod touched;
mod wakes;
mod why;

pub use authenticate::Auth;
pub use denials::Explanation;
pub use intake::{Intake, Opening};
pub use live::{LiveAnswer, LiveReader};
pub use pipeline::{DownloadReader, Options, Pipeline};
pub use receive::{Answer, Head, decode};
