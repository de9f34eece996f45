//! From slots to an answer.

use super::headers::{has_body_members, status_member, write_headers};
use crate::error::WriteError;
use crate::event_stream;
use crate::message::Response;
use crate::place::{Scope, present};
use crate::xml::{Namespace, Writer};
use crate::{json, s3};
use kage_schema::{Body, Kind, Member, OperationModel, Protocol, Record, ServiceModel, Slot, View};

/// Writes status, headers and body.
pub(crate) fn write_output(
    protocol: Protocol,
    service: &ServiceModel,
    operation: &OperationModel,
    output: &dyn Record,
    request_id: &str,
) -> Result<Response, WriteError> {
    let status = status_member(output).unwrap_or(operation.http.status);
    let mut response = Response { status, ..Response::default() };
    if service.name == s3::NAME {
        response.push("x-amz-id-2", s3::host_id(request_id));
        response.push("x-amz-request-id", request_id);
    } else {
        response.push("x-amzn-RequestId", request_id);
    }
    write_headers(output, &mut response);
    match output.schema().payload() {
        Some((index, member)) => {
            if let Some(slot) = output.slot(index) {
                write_payload(protocol, service, slot, member, &mut response)?;
            }
        }
        // These have no body: RFC 9110, section 15.3.5.
        None if matches!(status, 204 | 304) => {}
        None if protocol == Protocol::RestXml => {
            if has_body_members(output.schema()) {
                response.body = xml_document(service, operation, output).into();
                response.push_default("Content-Type", "application/xml");
            }
        }
        None => {
            let mut text = String::from("{");
            json::write_members(&mut text, output, Scope::Answer, true);
            text.push('}');
            response.body = text.into_bytes().into();
            response.push_default("Content-Type", "application/json");
        }
    }
    Ok(response)
}

fn xml_document(service: &ServiceModel, operation: &OperationModel, output: &dyn Record) -> Vec<u8> {
    let schema = output.schema();
    let is_s3 = service.name == s3::NAME;
    let mut writer = if is_s3 { Writer::declared() } else { Writer::new() }.with_own_namespaces();
    let space = schema.xml_namespace.or_else(|| service_namespace(service));
    if is_s3 && s3::is_unwrapped(operation.name) {
        let Some(member) = schema.members().first() else { return writer.finish() };
        let name = member.wire_or_name();
        match present(output, Scope::Answer).next() {
            Some((member, slot)) => writer.value(name, space, slot, member),
            None => {
                writer.open(name, space);
                writer.close(name);
            }
        }
        return writer.finish();
    }
    let root = if is_s3 { s3::root(operation.name) } else { None };
    let root = root.or(schema.xml_name).unwrap_or(schema.name);
    writer.record(root, space, output, Scope::Answer);
    writer.finish()
}

fn service_namespace(service: &ServiceModel) -> Namespace {
    match service.xml_namespace {
        None if service.name == s3::NAME => Some(("", s3::NAMESPACE)),
        uri => uri.map(|uri| ("", uri)),
    }
}

/// The root element of a payload. A stated name that only repeats the member's gives way to the shape's own.
pub(crate) fn payload_root(member: &Member) -> &'static str {
    match (member.wire_name, member.target.xml_name) {
        (Some(stated), _) if stated != member.name => stated,
        (_, Some(own)) => own,
        (Some(stated), None) => stated,
        (None, None) => member.target.name,
    }
}

fn write_payload(
    protocol: Protocol,
    service: &ServiceModel,
    slot: &dyn Slot,
    member: &'static Member,
    response: &mut Response,
) -> Result<(), WriteError> {
    match slot.view() {
        View::Absent => {}
        View::Body(body) => {
            response.body = body.clone();
            let content_type = if event_stream::is_stream(member) {
                event_stream::CONTENT_TYPE
            } else {
                "application/octet-stream"
            };
            if !matches!(body, Body::Empty) {
                response.push_default("Content-Type", content_type);
            }
        }
        View::Blob(bytes) => {
            response.body = bytes.to_vec().into();
            response.push_default("Content-Type", "application/octet-stream");
        }
        View::Str(text) => {
            response.body = text.as_bytes().to_vec().into();
            response.push_default("Content-Type", "text/plain");
        }
        View::Record(record) if event_stream::is_stream(member) => {
            response.body = event_stream::write_event(protocol, record)?.encode().into();
            response.push_default("Content-Type", event_stream::CONTENT_TYPE);
        }
        _ if protocol == Protocol::RestXml => {
            if !matches!(member.target.kind, Kind::Structure | Kind::Union) {
                return Err(WriteError(format!("the payload `{}` cannot be XML", member.name)));
            }
            let mut writer = if service.name == s3::NAME { Writer::declared() } else { Writer::new() }
                .with_own_namespaces();
            let space =
                member.xml_namespace.or(member.target.xml_namespace).or_else(|| service_namespace(service));
            writer.value(payload_root(member), space, slot, member);
            response.body = writer.finish().into();
            response.push_default("Content-Type", "application/xml");
        }
        _ => {
            let mut text = String::new();
            json::write_value(&mut text, slot, member);
            response.body = text.into_bytes().into();
            response.push_default("Content-Type", "application/json");
        }
    }
    Ok(())
}
