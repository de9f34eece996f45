//! Step 10: answers in the caller's protocol.

use crate::pipeline::Pipeline;
use crate::receive::Answer;
use crate::route::RouteError;
use kage_core::Error;
use kage_schema::{Protocol, ServiceModel};
use kage_wire::ErrorView;

/// A new request id: a UUID; sixteen upper-case letters and digits for S3.
pub fn request_id(pipeline: &Pipeline, service: &str) -> String {
    let ids = pipeline.world().ids();
    if service == "s3" || service == "s3control" { ids.upper(16) } else { ids.uuid() }
}

/// What the wire needs to know of a service to word an error.
fn model_of(service: &str) -> ServiceModel {
    let routes = kage_api_routes::find(service);
    ServiceModel {
        name: routes.map_or("", |routes| routes.name),
        service_id: routes.map_or("", |routes| routes.service_id),
        signing_name: routes.map_or("", |routes| routes.signing_name),
        endpoint_prefix: routes.map_or("", |routes| routes.endpoint_prefix),
        target_prefix: None,
        api_version: routes.map_or("", |routes| routes.api_version),
        xml_namespace: routes.and_then(|routes| routes.xml_namespace),
        protocols: &[],
        query_compatible: routes.is_some_and(|routes| routes.query_compatible),
        operations: &[],
    }
}

/// The answer that says this error.
pub fn error(service: &str, protocol: Protocol, error: &Error, request_id: &str) -> Answer {
    let extra: Vec<(String, String)> =
        error.extra.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    let view = ErrorView {
        code: &error.code,
        shape: error.shape.unwrap_or(&error.code),
        message: &error.message,
        status: error.status,
        sender_fault: error.status < 500,
        members: error.members.as_deref(),
        extra: &extra,
        resource: None,
        host_id: None,
    };
    let mut response = kage_wire::write_error(protocol, &model_of(service), &view, request_id);
    let headers = error
        .headers
        .iter()
        .flat_map(|headers| &headers.0)
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    response.headers.extend(headers);
    Answer { response, ticket: None, request_id: request_id.to_owned(), kept: None }
}

/// Which service and protocol an unroutable request is answered for.
pub fn words_of(error: &RouteError, scope: Option<&str>) -> (&'static str, Protocol) {
    let by_scope = scope.and_then(|scope| kage_api_routes::by_signing_name(scope).first().copied());
    match error {
        RouteError::UnknownOperation { service, protocol, .. } => (service.unwrap_or(""), *protocol),
        RouteError::UnknownService => match by_scope {
            Some(service) => {
                (service.name, service.protocols.first().copied().unwrap_or(Protocol::AwsJson11))
            }
            None => ("", Protocol::AwsJson11),
        },
    }
}

/// The error for a request that names no operation.
pub fn unroutable(error: &RouteError) -> Error {
    match error {
        // AWS: an endpoint that does not know a JSON target or query action (common errors of the API references).
        RouteError::UnknownOperation {
            protocol: Protocol::Query | Protocol::Ec2Query,
            operation,
            service,
            version,
        } => {
            let known = service.and_then(kage_api_routes::find).map_or("", |routes| routes.api_version);
            let version = version.as_deref().unwrap_or(known);
            if operation.is_empty() {
                return Error::new("MissingAction", 400, "The request must contain the parameter Action.");
            }
            let text = format!("Could not find operation {operation} for version {version}");
            Error::new("InvalidAction", 400, text)
        }
        RouteError::UnknownOperation { protocol: Protocol::RestXml, .. } => {
            Error::new("MethodNotAllowed", 405, "The specified method is not allowed against this resource.")
        }
        RouteError::UnknownOperation { protocol: Protocol::RestJson, .. } => {
            Error::new("UnknownOperationException", 404, "")
        }
        RouteError::UnknownOperation { .. } => Error::new("UnknownOperationException", 400, ""),
        RouteError::UnknownService => Error::new(
            "UnknownServiceException",
            404,
            "The request names no service that this double knows; COVERAGE.md lists what it has.",
        ),
    }
}

/// The error for an operation of AWS that the double does not model (law 7).
pub fn not_implemented(service: &str, operation: &str) -> Error {
    let text = format!(
        "Kagemusha does not model {service}:{operation} yet, and does not pretend to. See COVERAGE.md for what it models."
    );
    Error::new("NotImplemented", 501, text)
}
