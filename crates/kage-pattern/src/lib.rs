//! Event patterns of EventBridge, filter policies of SNS, and input transformers: pure.
//!
//! A [`Pattern`] is parsed once with AWS's own error texts and asked about JSON values. Many patterns that are asked about
//! the same events belong in a [`Rules`], which finds the few candidates by an index. [`FilterPolicy`] is the dialect of SNS
//! over the same matcher. [`InputPath`] and [`Transformer`] make what a target is sent.
//!
//! Reading order: `token` (JSON with places, as the errors show them), `parse` (the language), `matcher` (one value),
//! `event` (an event as fields), `rules` (many patterns), `filter_policy`, `path`, `transformer`.

mod event;
mod filter_policy;
mod ip;
mod matcher;
mod parse;
mod path;
mod pattern;
mod rules;
mod token;
mod transformer;
mod wildcard;

pub use filter_policy::{Attribute, FilterPolicy, Scope};
pub use parse::PatternError;
pub use path::{InputPath, PathError};
pub use pattern::Pattern;
pub use rules::Rules;
pub use transformer::{Context, Transformer, TransformerError};
