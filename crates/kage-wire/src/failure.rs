//! Errors on the wire.

mod document;
mod markup;

use crate::message::Response;
use crate::{dispatch, s3};
use kage_schema::{Protocol, Record, ServiceModel};

/// An error as the wire needs it. `ErrorView { code, shape, message, status, ..ErrorView::default() }` is enough
/// for most.
#[derive(Clone, Copy, Default)]
pub struct ErrorView<'a> {
    /// The code on the wire: `NoSuchEntity`.
    pub code: &'a str,
    /// The shape's name: `NoSuchEntityException`. Without a shape the same as the code.
    pub shape: &'a str,
    /// The message; none is sent when it is empty.
    pub message: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// Whether the caller is to blame (`Sender`), else the service (`Receiver`). Only the query protocols say so.
    pub sender_fault: bool,
    /// The members of a modelled error. A message in it goes before `message`.
    pub members: Option<&'a dyn Record>,
    /// Further elements of an XML error, in order, between message and request id: S3's `BucketName`, `Key`,
    /// `ArgumentName` …
    pub extra: &'a [(String, String)],
    /// S3's `Resource` element.
    pub resource: Option<&'a str>,
    /// S3's `HostId`; the one of the request id ([`host_id`](crate::host_id)) when it is `None`.
    pub host_id: Option<&'a str>,
}

/// Writes an error as the service does in this protocol. The sender leaves the body out for `HEAD`.
#[must_use]
pub fn write_error(
    protocol: Protocol,
    service: &ServiceModel,
    error: &ErrorView<'_>,
    request_id: &str,
) -> Response {
    let mut response = Response { status: error.status, ..Response::default() };
    match protocol {
        Protocol::RestXml if service.name == s3::NAME => {
            response.push("x-amz-request-id", request_id);
            let host_id = error.host_id.map_or_else(|| s3::host_id(request_id), str::to_owned);
            response.push("x-amz-id-2", host_id);
        }
        _ => response.push("x-amzn-RequestId", request_id),
    }
    response.push("Content-Type", dispatch::body_content_type(protocol));
    match protocol {
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson => {
            document::write_json(protocol, service, error, &mut response);
        }
        Protocol::RpcV2Cbor => document::write_cbor(service, error, &mut response),
        Protocol::RestXml | Protocol::Query | Protocol::Ec2Query => {
            markup::write_xml(protocol, service, error, request_id, &mut response);
        }
    }
    response
}

/// The message that the error's own members hold.
fn own_message<'a>(error: &ErrorView<'a>) -> Option<(&'static str, &'a str)> {
    let record = error.members?;
    let (index, member) = message_member(record)?;
    match record.slot(index)?.view() {
        kage_schema::View::Str(text) => Some((member.wire_or_name(), text)),
        _ => None,
    }
}

/// The member that is the message: some shapes write it with a capital.
fn message_member(record: &dyn Record) -> Option<(usize, &'static kage_schema::Member)> {
    let members = record.schema().members().iter().enumerate();
    members.into_iter().find(|(_, member)| member.name.eq_ignore_ascii_case("message"))
}

fn text_of<'a>(error: &ErrorView<'a>) -> &'a str {
    own_message(error).map(|(_, text)| text).filter(|text| !text.is_empty()).unwrap_or(error.message)
}
