//! The policy engine of Kagemusha: may this principal do this action on this resource?
//!
//! It is pure: no clock, no store, no network. [`Policy::parse`] reads and compiles a document and refuses what AWS
//! refuses. [`decide`] answers fast. [`explain`] answers the same and tells why, down to the single condition, and
//! what would have to change. The numbers of rules in comments are those of `spec/authorization.md`.
//!
//! What the caller brings: the policies that apply ([`PolicySet`]), who asks and with which condition keys
//! ([`Request`]). Permissionless actions, which SCPs and RCPs apply, and which actions an API call needs are the
//! caller's business.
//!
//! `kage-authz-spec` decides the same from the same syntax tree, slowly and literally; tests compare the two.

mod action_index;
mod arn_pattern;
mod compile;
mod condition;
mod context;
mod date;
mod decide;
mod decision;
pub mod document;
mod error;
mod explain;
mod flip;
mod glob;
mod json;
mod message;
mod network;
mod number;
mod operator;
mod parse;
mod pattern;
mod policy;
mod policy_set;
mod principal_match;
mod render;
mod request;
pub mod switches;
mod validate;

pub use context::{Context, ContextValue};
pub use decide::decide;
pub use decision::{
    Check, CheckEffect, CheckKind, ConditionTrace, Deciding, Decision, Effect, Outcome, PolicyTrace,
    StatementRef, StatementTrace,
};
pub use error::{PolicyError, Reason};
pub use explain::explain;
pub use flip::{Change, Flip};
pub use policy::{Policy, PolicyKind, ResourceService, policy_size};
pub use policy_set::{
    Boundary, ExtraAllow, ExtraAllowKind, Level, NamedPolicy, PolicySet, ResourcePolicy, Semantics,
};
pub use principal_match::{DirectKind, PrincipalMatch};
pub use request::{Action, Principal, Request, ResourceRef};
