//! XML documents: the bodies of restXml, and the answers of awsQuery and ec2Query.

mod read;
mod tree;
mod write;

pub(crate) use read::{read_root, read_value};
pub(crate) use tree::parse;
pub(crate) use write::{Namespace, Writer};

use kage_schema::{Flags, Member};

/// The part of a name after its prefix.
pub(crate) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The element name of a member of a structure. A flattened list without a name of its own takes its element's:
/// that is how the models of the query services write it (SQS `ReceiveMessageResult`).
pub(crate) fn element_name(member: &'static Member) -> &'static str {
    match (member.wire_name, member.target.element()) {
        (None, Some(element)) if member.has(Flags::FLATTENED) => element.wire_name.unwrap_or(member.name),
        _ => member.wire_or_name(),
    }
}
