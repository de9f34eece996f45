//! Step 2: which operation of which service, in which protocol.
//!
//! Services are told apart by what the request itself says: the JSON target, the RPC path, the query action, and for
//! REST the name in the credential scope; unsigned requests by the host, and S3 when nothing else fits, because only S3
//! answers anonymous REST calls.

use crate::receive::{Head, decode};
use kage_api_routes::ServiceRoutes;
use kage_schema::Protocol;

/// What a request asks for.
#[derive(Clone, Debug)]
pub struct Routed {
    /// The service.
    pub service: &'static ServiceRoutes,
    /// The operation's name in the model.
    pub operation: String,
    /// The protocol of the request, and so of the answer.
    pub protocol: Protocol,
    /// The path for the protocol reader; S3's virtual-host form has been made path form.
    pub path: String,
}

/// Why a request cannot be routed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// No service is named that AWS has, or that this double knows of.
    UnknownService,
    /// The service has no such operation.
    UnknownOperation {
        /// The model's name, when the service is known.
        service: Option<&'static str>,
        /// The name that was asked for.
        operation: String,
        /// The protocol in which to say so.
        protocol: Protocol,
        /// The API version that a form asked for.
        version: Option<String>,
    },
}

/// What the head alone tells.
pub enum Early {
    /// Everything.
    Routed(Routed),
    /// It is a query request; the action stands in the body.
    Query,
}

/// Routes by the head. `scope` is the service name of the credential scope.
///
/// # Errors
/// [`RouteError`].
pub fn early(head: &Head, scope: Option<&str>) -> Result<Early, RouteError> {
    if let Some(target) = head.header("x-amz-target") {
        return json(head, target).map(Early::Routed);
    }
    if head.path.starts_with("/service/") && head.header("smithy-protocol") == Some("rpc-v2-cbor") {
        return cbor(head, scope).map(Early::Routed);
    }
    let form =
        head.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if head.parameter("Action").is_some() {
        return query(head, &head.query, scope).map(Early::Routed);
    }
    if form && head.method == "POST" && !is_rest(scope) {
        return Ok(Early::Query);
    }
    rest(head, scope).map(Early::Routed)
}

/// Whether no service of that signing name takes forms. Some names are shared: `iam` signs IAM, which does, and also
/// services that speak REST.
fn is_rest(scope: Option<&str>) -> bool {
    let takes_forms = |service: &ServiceRoutes| {
        service.protocols.iter().any(|p| matches!(p, Protocol::Query | Protocol::Ec2Query))
    };
    scope.is_some_and(|scope| {
        let services = kage_api_routes::by_signing_name(scope);
        !services.is_empty() && !services.iter().any(|service| takes_forms(service))
    })
}

fn json(head: &Head, target: &str) -> Result<Routed, RouteError> {
    let protocol = match head.header("content-type") {
        Some(kind) if kind.starts_with("application/x-amz-json-1.0") => Protocol::AwsJson10,
        _ => Protocol::AwsJson11,
    };
    let (prefix, name) = target.rsplit_once('.').unwrap_or(("", target));
    let unknown = |service| RouteError::UnknownOperation {
        service,
        operation: name.to_owned(),
        protocol,
        version: None,
    };
    let service = kage_api_routes::by_target_prefix(prefix).ok_or_else(|| unknown(None))?;
    let operation = service.operation(name).ok_or_else(|| unknown(Some(service.name)))?;
    Ok(Routed { service, operation: operation.name.to_owned(), protocol, path: head.path.clone() })
}

/// `POST /service/{Shape}/operation/{Operation}`; the service is known by its signature or target prefix.
fn cbor(head: &Head, scope: Option<&str>) -> Result<Routed, RouteError> {
    let mut parts = head.path.split('/').skip(2);
    let (shape, name) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
    let protocol = Protocol::RpcV2Cbor;
    let service = kage_api_routes::by_target_prefix(shape)
        .or_else(|| {
            let candidates = scope.map(kage_api_routes::by_signing_name).unwrap_or_default();
            candidates.iter().copied().find(|service| service.protocols.contains(&protocol))
        })
        .ok_or(RouteError::UnknownService)?;
    let operation = service.operation(name).ok_or_else(|| RouteError::UnknownOperation {
        service: Some(service.name),
        operation: name.to_owned(),
        protocol,
        version: None,
    })?;
    Ok(Routed { service, operation: operation.name.to_owned(), protocol, path: head.path.clone() })
}

/// Routes a query request by its parameters, which stand in the query or in the body.
///
/// # Errors
/// [`RouteError`].
pub fn query(head: &Head, form: &str, scope: Option<&str>) -> Result<Routed, RouteError> {
    let parameter = |name: &str| {
        form.split('&')
            .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| decode(value))
    };
    let action = parameter("Action").unwrap_or_default();
    let version = parameter("Version");
    let speaks = |service: &&'static ServiceRoutes| {
        service.protocols.iter().any(|p| matches!(p, Protocol::Query | Protocol::Ec2Query))
    };
    let named = scope.or_else(|| host_service(head));
    let candidates: Vec<&'static ServiceRoutes> = match named {
        Some(name) => kage_api_routes::by_signing_name(name).iter().copied().filter(speaks).collect(),
        // Unsigned and on a host that names nothing: the version and action together name one service.
        None => kage_api_routes::services()
            .iter()
            .filter(speaks)
            .filter(|service| version.as_deref() == Some(service.api_version))
            .collect(),
    };
    let protocol = candidates
        .first()
        .and_then(|service| {
            service.protocols.iter().copied().find(|p| matches!(p, Protocol::Query | Protocol::Ec2Query))
        })
        .unwrap_or(Protocol::Query);
    // A service that is told another version of its API has no operation of that name there.
    let fits = |service: &&&'static ServiceRoutes| {
        version.as_deref().is_none_or(|version| version == service.api_version)
    };
    for service in candidates.iter().filter(fits) {
        if let Some(operation) = service.operation(&action) {
            let operation = operation.name.to_owned();
            return Ok(Routed { service, operation, protocol, path: head.path.clone() });
        }
    }
    let service = candidates.first().map(|service| service.name);
    Err(RouteError::UnknownOperation { service, operation: action, protocol, version })
}

/// The service and protocol in whose words a form is answered before its action is known.
pub fn form_words(head: &Head, scope: Option<&str>) -> (&'static str, Protocol) {
    let named = scope.or_else(|| host_service(head)).unwrap_or_default();
    let speaks = |p: &&Protocol| matches!(p, Protocol::Query | Protocol::Ec2Query);
    kage_api_routes::by_signing_name(named)
        .iter()
        .find_map(|service| Some((service.name, *service.protocols.iter().find(speaks)?)))
        .unwrap_or(("", Protocol::Query))
}

fn rest(head: &Head, scope: Option<&str>) -> Result<Routed, RouteError> {
    let scope = scope.or_else(|| host_service(head)).unwrap_or("s3");
    let candidates = kage_api_routes::by_signing_name(scope);
    if candidates.is_empty() {
        return Err(RouteError::UnknownService);
    }
    let mut protocol = Protocol::RestXml;
    for service in candidates {
        let spoken =
            service.protocols.iter().copied().find(|p| matches!(p, Protocol::RestJson | Protocol::RestXml));
        let Some(spoken) = spoken else { continue };
        // S3 Control is signed as S3 is; its calls name an account, which those of S3 never do.
        let control = head.header("x-amz-account-id").is_some() && head.path.starts_with("/v20180820/");
        if service.name == "s3" && control {
            continue;
        }
        protocol = spoken;
        let path = if service.name == "s3" { s3_path(head) } else { head.path.clone() };
        let headers = |name: &str| head.header(name).is_some();
        if let Some(found) = kage_api_routes::match_rest(service, &head.method, &path, &head.query, &headers)
        {
            return Ok(Routed { service, operation: found.name.to_owned(), protocol, path });
        }
    }
    let service = candidates.first().map(|service| service.name);
    let operation = format!("{} {}", head.method, head.path);
    Err(RouteError::UnknownOperation { service, operation, protocol, version: None })
}

/// The service that the host names: `sts.us-east-1.amazonaws.com`, `iam.localhost`.
fn host_service(head: &Head) -> Option<&'static str> {
    let host = host_name(head);
    let service = host.split('.').find_map(|label| kage_api_routes::by_endpoint_prefix(label))?;
    Some(service.signing_name)
}

/// The host without its port, in lower case.
fn host_name(head: &Head) -> String {
    let host = head.origin.host.to_ascii_lowercase();
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name.to_owned(),
        _ => host,
    }
}

/// The bucket that the host names, when it does: `bucket.s3.us-east-1.amazonaws.com`, `bucket.localhost`,
/// `bucket.127.0.0.1`. AWS: S3 user guide, "Virtual hosting of general purpose buckets".
#[must_use]
pub fn virtual_host_bucket(host: &str) -> Option<String> {
    let base = ["localhost", "127.0.0.1", "localhost.localstack.cloud"];
    let bucket = if let Some((bucket, rest)) = split_s3_label(host) {
        (rest.ends_with("amazonaws.com") || base.iter().any(|base| rest.ends_with(base))).then_some(bucket)
    } else {
        base.iter().find_map(|base| host.strip_suffix(base)?.strip_suffix('.'))
    };
    bucket.filter(|bucket| !bucket.is_empty() && *bucket != "s3").map(str::to_owned)
}

/// Splits `a.b.s3.us-east-1.amazonaws.com` into `a.b` and the rest; the label may be `s3`, `s3-…` or `s3express…`.
fn split_s3_label(host: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    for label in host.split('.') {
        let is_s3 = label == "s3" || label.starts_with("s3-") && !label.starts_with("s3-control");
        if is_s3 {
            return Some((
                host.get(..at)?.trim_end_matches('.'),
                host.get(at + label.len()..)?.trim_start_matches('.'),
            ));
        }
        at += label.len() + 1;
    }
    None
}

/// The path of an S3 request in path form.
pub fn s3_path(head: &Head) -> String {
    match virtual_host_bucket(&host_name(head)) {
        Some(bucket) => format!("/{bucket}{}", head.path),
        None => head.path.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_name_buckets() {
        for (host, bucket) in [
            ("b.s3.us-east-1.amazonaws.com", Some("b")),
            ("a.b.s3.amazonaws.com", Some("a.b")),
            ("s3.us-east-1.amazonaws.com", None),
            ("b.s3.localhost", Some("b")),
            ("b.localhost", Some("b")),
            ("localhost", None),
            ("127.0.0.1", None),
            ("b.127.0.0.1", Some("b")),
            ("s3.localhost", None),
            ("b.s3.localhost.localstack.cloud", Some("b")),
            ("example.com", None),
        ] {
            assert_eq!(virtual_host_bucket(host).as_deref(), bucket, "{host}");
        }
    }
}
