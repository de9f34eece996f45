//! What a service author needs.
//!
//! A service is a list of [`Operation`]s. Each says which [`Lookup`] target a call names (`resolve`), what the caller
//! must be allowed to do to it (`access`), and what then happens (`run`). Everything else — protocol, signature,
//! policies, record, commit — is the pipeline's, and no operation can reach around it: the only way to the store is
//! the [`Tx`] that the pipeline hands to `run` after `access` was allowed.

mod access;
mod arn;
mod body;
mod call;
mod caller;
mod errand;
mod error;
mod ids;
mod job;
mod live;
mod operation;
mod outside;
mod page;
mod sandbox;
mod secrets;
mod service;
mod tx;
mod wait;
mod world;

pub use access::{Access, Evaluation, ExtraAllow, KeyValue, Lookup, Resource, ResourcePolicy, Semantics};
pub use arn::Arn;
pub use body::{Content, Download, DownloadSource, Upload, UploadDigests};
pub use call::{Call, Forward, Origin, Road, ServiceRole};
pub use caller::{Caller, CallerKind, Millis, Session};
pub use errand::{Actor, Chore, Delivery, Errand, Settle, Settlement};
pub use error::{Error, Headers, Result};
pub use ids::Ids;
pub use job::{Job, JobHandler};
pub use live::{Live, LiveStream, Next};
pub use operation::{Category, Handler, Operation, Prepared, Recording, operation};
pub use outside::{Courier, Outside, Parcel, Receipt};
pub use page::{Page, page};
pub use sandbox::{
    Capability, FunctionIdentity, Invocation, InvocationResult, LogLine, Outcome, Package, Sandbox,
    SandboxCredentials,
};
pub use secrets::{create_secrets, find_secret, open, open_message, seal, seal_message, secret};
pub use service::{DenialStyle, Service};
pub use tx::{Later, Moment, Tx, scan};
pub use wait::Wait;
pub use world::{Clock, ClockState, Rng, World};

/// The partition of every ARN here.
pub const PARTITION: &str = "aws";
