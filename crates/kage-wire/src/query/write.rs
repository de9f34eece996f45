//! The envelopes of answers.

use crate::message::Response;
use crate::place::Scope;
use crate::xml::Writer;
use kage_schema::{OperationModel, Protocol, Record, ServiceModel};

/// Writes the answer of a query protocol.
pub(crate) fn write_output(
    protocol: Protocol,
    service: &ServiceModel,
    operation: &OperationModel,
    output: &dyn Record,
    request_id: &str,
) -> Response {
    let root = format!("{}Response", operation.name);
    let namespace = service.xml_namespace.map(|uri| ("", uri));
    let mut writer;
    let content_type;
    if protocol == Protocol::Ec2Query {
        // AWS: EC2 API reference, every example response: the request id comes first.
        content_type = "text/xml;charset=UTF-8";
        writer = Writer::declared();
        writer.open(&root, namespace);
        writer.leaf("requestId", request_id);
        writer.members(output, Scope::All, &[]);
    } else {
        content_type = "text/xml";
        writer = Writer::new().with_query_names();
        writer.open(&root, namespace);
        match operation.result_wrapper {
            Some(wrapper) => writer.record(wrapper, None, output, Scope::All),
            None => writer.members(output, Scope::All, &[]),
        }
        writer.open("ResponseMetadata", None);
        writer.leaf("RequestId", request_id);
        writer.close("ResponseMetadata");
    }
    writer.close(&root);
    let mut response = Response { status: 200, body: writer.finish().into(), ..Response::default() };
    response.push("x-amzn-RequestId", request_id);
    response.push("Content-Type", content_type);
    response
}
