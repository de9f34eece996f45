//! JSON documents: awsJson 1.0 and 1.1, and the bodies of restJson1.

mod read;
mod write;

pub(crate) use read::{null_element, read_structure, read_value};
pub(crate) use write::{write_members, write_string, write_value};
