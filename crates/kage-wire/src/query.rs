//! awsQuery and ec2Query: a form in, XML out.

mod form;
mod read;
mod write;

pub(crate) use read::read_input;
pub(crate) use write::write_output;
