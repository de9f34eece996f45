//! XML documents: the bodies of restXml, and the answers of awsQuery and ec2Query.

mod read;
mod tree;
mod write;

pub(crate) use read::{read_root, read_value};
pub(crate) use tree::parse;
pub(crate) use write::{Namespace, Writer};

/// The part of a name after its prefix.
pub(crate) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}
