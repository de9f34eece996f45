//! From a protocol to its reader and writer.

use crate::error::{Fault, ReadError, WriteError};
use crate::message::{Request, Response};
use crate::place::{Scope, present};
use crate::{cbor, event_stream, json, query, rest};
use kage_schema::{Body, OperationModel, Problems, Protocol, Record, Seen, ServiceModel, View};

/// The media type of a document in this protocol, as AWS writes it in `Content-Type`.
#[must_use]
pub fn body_content_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::AwsJson10 => "application/x-amz-json-1.0",
        Protocol::AwsJson11 => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
        Protocol::RestXml => "application/xml",
        Protocol::Query => "text/xml",
        Protocol::Ec2Query => "text/xml;charset=UTF-8",
        Protocol::RpcV2Cbor => "application/cbor",
    }
}

/// Reads the operation's input from the request into `into`, a record of the operation's input shape. Required
/// members that are missing are no error here: they are added to `problems`, for the service to weigh against
/// authorization. Unknown members are passed over, as AWS does.
///
/// # Errors
/// [`ReadError`] with AWS's code and text for this protocol and service. `into` is then partly filled.
pub fn read_input(
    protocol: Protocol,
    service: &ServiceModel,
    operation: &OperationModel,
    request: &Request<'_>,
    into: &mut dyn Record,
    problems: &mut Problems,
) -> Result<(), ReadError> {
    let outcome = match protocol {
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RpcV2Cbor => {
            read_document(protocol, request, into, problems)
        }
        Protocol::RestJson | Protocol::RestXml => {
            rest::read_input(protocol, service, operation, request, into, problems)
        }
        Protocol::Query | Protocol::Ec2Query => query::read_input(protocol, request, into, problems),
    };
    outcome.map_err(|fault| fault.answer(protocol, service))
}

fn read_document(
    protocol: Protocol,
    request: &Request<'_>,
    into: &mut dyn Record,
    problems: &mut Problems,
) -> Result<(), Fault> {
    let mut seen = Seen::new();
    if protocol == Protocol::RpcV2Cbor {
        if !request.body.is_empty() {
            cbor::read_structure(request.body, into, &mut seen, problems)?;
        }
    } else if !request.body.trim_ascii().is_empty() || !into.schema().members().is_empty() {
        // AWS: a body that is empty is no document (recorded by dynalite and athena-local). Only an operation without members
        // takes it: smithy's vectors, "service supports empty payload for no input shape".
        json::read_structure(request.body, into, Scope::All, &mut seen, problems)?;
    }
    seen.finish(into.schema(), problems);
    Ok(())
}

/// Writes the answer of a success.
///
/// `request_id` goes where the protocol puts it. S3's `x-amz-id-2` is [`host_id`](crate::host_id) of it. An output
/// with an event stream has the frames as its body: a [`Body`] in the stream's slot is passed through; a record
/// there is written as the only event. Over an RPC protocol the caller puts
/// [`initial_response`](event_stream::initial_response) before its own frames.
///
/// # Errors
/// [`WriteError`] when the output has no form in the protocol.
pub fn write_output(
    protocol: Protocol,
    service: &ServiceModel,
    operation: &OperationModel,
    output: &dyn Record,
    request_id: &str,
) -> Result<Response, WriteError> {
    match protocol {
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RpcV2Cbor => {
            write_document(protocol, output, request_id)
        }
        Protocol::RestJson | Protocol::RestXml => {
            rest::write_output(protocol, service, operation, output, request_id)
        }
        Protocol::Query | Protocol::Ec2Query => {
            Ok(query::write_output(protocol, service, operation, output, request_id))
        }
    }
}

fn write_document(protocol: Protocol, output: &dyn Record, request_id: &str) -> Result<Response, WriteError> {
    let mut response = Response { status: 200, ..Response::default() };
    response.push("x-amzn-RequestId", request_id);
    if protocol == Protocol::RpcV2Cbor {
        response.push("smithy-protocol", "rpc-v2-cbor");
    }
    let stream = present(output, Scope::All).find(|(member, _)| event_stream::is_stream(member));
    if let Some((_, slot)) = stream {
        response.push("Content-Type", event_stream::CONTENT_TYPE);
        response.body = match slot.view() {
            View::Body(body) => body.clone(),
            View::Record(stream) => {
                let mut bytes = event_stream::initial_response(protocol, output).unwrap_or_default().encode();
                bytes.extend(event_stream::write_event(protocol, stream)?.encode());
                bytes.into()
            }
            _ => Body::Empty,
        };
        return Ok(response);
    }
    response.push("Content-Type", body_content_type(protocol));
    response.body = if protocol == Protocol::RpcV2Cbor {
        let mut out = Vec::new();
        cbor::write_members(&mut out, output);
        out.into()
    } else {
        let mut text = String::from("{");
        json::write_members(&mut text, output, Scope::All, true);
        text.push('}');
        text.into_bytes().into()
    };
    Ok(response)
}
