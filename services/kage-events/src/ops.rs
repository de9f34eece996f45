//! The operations, one a file.

mod put_rule;

pub use put_rule::PutRule;
