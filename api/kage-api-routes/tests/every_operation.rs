//! Every operation of every service finds its way.

use kage_api_routes::{OperationRoute, ServiceRoutes, match_rest, services};
use kage_schema::Protocol;

/// Operations that cannot be told apart by their requests: service, the one that is found, the one that is not, why.
const AMBIGUOUS: &[(&str, &str, &str, &str)] = &[
    ("s3", "GetBucketLifecycleConfiguration", "GetBucketLifecycle", OLD),
    ("s3", "GetBucketNotificationConfiguration", "GetBucketNotification", OLD),
    ("s3", "PutBucketLifecycleConfiguration", "PutBucketLifecycle", OLD),
    ("s3", "PutBucketNotificationConfiguration", "PutBucketNotification", OLD),
    (
        "s3",
        "ListBuckets",
        "ListDirectoryBuckets",
        "the same request, on another endpoint (s3express-control)",
    ),
];
const OLD: &str = "the deprecated form of the same request";

/// A request built from the operation's own line of data: path, query, headers.
fn request(service: &ServiceRoutes, operation: &OperationRoute) -> (String, String, Vec<String>) {
    let (path, query) = operation.uri.split_once('?').unwrap_or((operation.uri, ""));
    let mut filled = String::new();
    for (index, piece) in path.split('{').enumerate() {
        match piece.split_once('}') {
            Some((label, rest)) if label.ends_with('+') => filled.push_str(&format!("some/long/key{rest}")),
            Some((_, rest)) => filled.push_str(&format!("value{index}{rest}")),
            None => filled.push_str(piece),
        }
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    #[expect(clippy::disallowed_methods, reason = "the test reads the generated data as text")]
    let text = std::fs::read_to_string(format!("{folder}/{}.txt", service.name)).unwrap_or_default();
    let line = text.lines().find(|line| line.split(' ').next() == Some(operation.name)).unwrap_or_default();
    let mut query = query.to_owned();
    let mut headers = Vec::new();
    for word in line.split(' ') {
        if let Some(name) = word.strip_prefix("query:") {
            query.push_str(&format!("{}{name}=1", if query.is_empty() { "" } else { "&" }));
        }
        headers.extend(word.strip_prefix("header:").map(str::to_owned));
    }
    (filled, query, headers)
}

fn is_rest(service: &ServiceRoutes) -> bool {
    service.protocols.iter().any(|protocol| matches!(protocol, Protocol::RestJson | Protocol::RestXml))
}

#[test]
fn every_rest_operation_is_found_by_its_own_request() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for service in services().iter().filter(|service| is_rest(service)) {
        for operation in service.operations() {
            count += 1;
            let (path, query, headers) = request(service, operation);
            let has = |name: &str| headers.iter().any(|header| header.eq_ignore_ascii_case(name));
            let found = match_rest(service, operation.method, &path, &query, &has).map(|found| found.name);
            let known = AMBIGUOUS.iter().any(|(name, winner, loser, _)| {
                *name == service.name && *loser == operation.name && Some(*winner) == found
            });
            if found != Some(operation.name) && !known {
                wrong.push(format!("{} {} {path}?{query} -> {found:?}", service.name, operation.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 2000, "{count} REST operations");
}

#[test]
fn the_list_of_ambiguities_is_not_longer_than_needed() {
    for (name, winner, loser, _) in AMBIGUOUS {
        let service = kage_api_routes::find(name).unwrap();
        let operation = service.operation(loser).unwrap();
        let (path, query, headers) = request(service, operation);
        let has = |name: &str| headers.iter().any(|header| header.eq_ignore_ascii_case(name));
        let found = match_rest(service, operation.method, &path, &query, &has).unwrap();
        assert_eq!(found.name, *winner, "{name} {loser}");
        let hinted = format!("{query}{}x-id={loser}", if query.is_empty() { "" } else { "&" });
        let found = match_rest(service, operation.method, &path, &hinted, &has).unwrap();
        assert_eq!(found.name, *loser, "x-id tells {name} {loser} apart");
    }
}

#[test]
fn all_data_is_read() {
    let mut operations = 0;
    for service in services() {
        for text in [
            service.name,
            service.service_id,
            service.signing_name,
            service.endpoint_prefix,
            service.api_version,
        ] {
            assert!(!text.is_empty(), "{service:?}");
        }
        assert!(!service.protocols.is_empty(), "{}", service.name);
        assert!(!service.operations().is_empty(), "{}", service.name);
        assert_eq!(kage_api_routes::find(service.name).map(|found| found.name), Some(service.name));
        assert!(
            kage_api_routes::by_signing_name(service.signing_name).iter().any(|s| s.name == service.name)
        );
        for operation in service.operations() {
            assert!(operation.uri.starts_with('/'), "{} {}", service.name, operation.name);
            assert_eq!(service.operation(operation.name).map(|found| found.name), Some(operation.name));
        }
        operations += service.operations().len();
    }
    assert!(
        services().len() >= 100 && operations > 6000,
        "{} services, {operations} operations",
        services().len()
    );
}

#[test]
fn json_targets_name_one_service() {
    for service in services() {
        let json = service.protocols.iter().any(|p| matches!(p, Protocol::AwsJson10 | Protocol::AwsJson11));
        if let Some(prefix) = service.target_prefix.filter(|_| json) {
            assert_eq!(kage_api_routes::by_target_prefix(prefix).map(|found| found.name), Some(service.name));
        }
    }
}

#[test]
fn s3_requests_mean_what_they_say() {
    let s3 = kage_api_routes::find("s3").unwrap();
    for (method, path, query, header, expected) in [
        ("GET", "/", "", "", "ListBuckets"),
        ("GET", "/", "x-id=ListBuckets", "", "ListBuckets"),
        ("GET", "/b", "", "", "ListObjects"),
        ("GET", "/b/", "prefix=a", "", "ListObjects"),
        ("GET", "/b", "list-type=2&prefix=a", "", "ListObjectsV2"),
        ("GET", "/b", "list-type=1", "", "ListObjects"),
        ("GET", "/b", "versions", "", "ListObjectVersions"),
        ("GET", "/b", "uploads=", "", "ListMultipartUploads"),
        ("GET", "/b/k", "", "", "GetObject"),
        ("GET", "/b/k", "x-id=GetObject", "", "GetObject"),
        ("GET", "/b/k", "partNumber=1", "", "GetObject"),
        ("GET", "/b/k", "uploadId=1", "", "ListParts"),
        ("GET", "/b/k", "tagging", "", "GetObjectTagging"),
        ("GET", "/b/k", "attributes", "x-amz-object-attributes", "GetObjectAttributes"),
        ("PUT", "/b", "", "", "CreateBucket"),
        ("PUT", "/b/k/l", "", "", "PutObject"),
        ("PUT", "/b/k/l", "x-id=PutObject", "x-amz-copy-source", "CopyObject"),
        ("PUT", "/b/k", "", "x-amz-copy-source", "CopyObject"),
        ("PUT", "/b/k", "partNumber=1&uploadId=2", "", "UploadPart"),
        ("PUT", "/b/k", "partNumber=1&uploadId=2", "x-amz-copy-source", "UploadPartCopy"),
        ("PUT", "/b/k", "acl", "", "PutObjectAcl"),
        ("PUT", "/b", "acl", "", "PutBucketAcl"),
        ("PUT", "/b", "lifecycle", "", "PutBucketLifecycleConfiguration"),
        ("DELETE", "/b/k", "", "", "DeleteObject"),
        ("DELETE", "/b/k", "versionId=1", "", "DeleteObject"),
        ("DELETE", "/b/k", "uploadId=1", "", "AbortMultipartUpload"),
        ("POST", "/b", "delete", "", "DeleteObjects"),
        ("POST", "/b/k", "uploads", "", "CreateMultipartUpload"),
        ("POST", "/b/k", "uploadId=1", "", "CompleteMultipartUpload"),
        ("HEAD", "/b", "", "", "HeadBucket"),
        ("HEAD", "/b/k", "", "", "HeadObject"),
    ] {
        let has = |name: &str| name == header;
        let found = match_rest(s3, method, path, query, &has).map(|found| found.name);
        assert_eq!(found, Some(expected), "{method} {path}?{query} {header}");
    }
    assert_eq!(match_rest(s3, "PATCH", "/b/k", "", &|_| false), None);
    let labels = match_rest(s3, "GET", "/b/a%20b//c/", "", &|_| false).unwrap().labels;
    assert_eq!(labels, [("Bucket", "b"), ("Key", "a%20b//c/")]);
}
