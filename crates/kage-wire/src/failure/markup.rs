//! Errors in XML.

use super::{ErrorView, text_of};
use crate::message::Response;
use crate::place::Scope;
use crate::xml::Writer;
use crate::{rest, s3};
use kage_schema::{Protocol, ServiceModel};

/// Members that the envelope itself writes.
const OWN: &[&str] = &["message", "Message", "Code", "code", "Type", "RequestId"];

pub(super) fn write_xml(
    protocol: Protocol,
    service: &ServiceModel,
    error: &ErrorView<'_>,
    request_id: &str,
    response: &mut Response,
) {
    let scope = if protocol == Protocol::RestXml { Scope::Answer } else { Scope::All };
    if protocol == Protocol::RestXml
        && let Some(record) = error.members
    {
        rest::write_headers(record, response);
    }
    let writer = match protocol {
        Protocol::Ec2Query => ec2(error, request_id, scope),
        Protocol::RestXml if service.name == s3::NAME => s3_error(error, request_id),
        _ => wrapped(service, error, request_id, scope),
    };
    response.body = writer.finish().into();
}

fn content(writer: &mut Writer, error: &ErrorView<'_>, scope: Scope) {
    writer.leaf("Code", error.code);
    let message = text_of(error);
    if !message.is_empty() {
        writer.leaf("Message", message);
    }
    if let Some(record) = error.members {
        writer.members(record, scope, OWN);
    }
    for (name, value) in error.extra {
        writer.leaf(name, value);
    }
}

/// AWS: IAM API reference, "Common errors"; Route 53 API reference, every operation's "Errors" example.
fn wrapped(service: &ServiceModel, error: &ErrorView<'_>, request_id: &str, scope: Scope) -> Writer {
    let mut writer = Writer::new();
    writer.open("ErrorResponse", service.xml_namespace.map(|uri| ("", uri)));
    writer.open("Error", None);
    writer.leaf("Type", if error.sender_fault { "Sender" } else { "Receiver" });
    content(&mut writer, error, scope);
    writer.close("Error");
    writer.leaf("RequestId", request_id);
    writer.close("ErrorResponse");
    writer
}

/// AWS: EC2 API reference, "Error codes for the Amazon EC2 API", example error response.
fn ec2(error: &ErrorView<'_>, request_id: &str, scope: Scope) -> Writer {
    let mut writer = Writer::declared();
    writer.open("Response", None);
    writer.open("Errors", None);
    writer.open("Error", None);
    content(&mut writer, error, scope);
    writer.close("Error");
    writer.close("Errors");
    writer.leaf("RequestID", request_id);
    writer.close("Response");
    writer
}

/// AWS: S3 API reference, "REST error responses": no wrapper and no namespace.
fn s3_error(error: &ErrorView<'_>, request_id: &str) -> Writer {
    let mut writer = Writer::declared();
    writer.open("Error", None);
    content(&mut writer, error, Scope::Answer);
    if let Some(resource) = error.resource {
        writer.leaf("Resource", resource);
    }
    writer.leaf("RequestId", request_id);
    let host_id = error.host_id.map_or_else(|| s3::host_id(request_id), str::to_owned);
    writer.leaf("HostId", &host_id);
    writer.close("Error");
    writer
}
