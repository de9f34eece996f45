//! How CloudTrail writes calls of S3.
//!
//! AWS: CloudTrail user guide and S3 user guide, "Example: CloudTrail log file entries for Amazon S3": parameters bear the
//! names of the query and the headers, the bucket is `bucketName`, and `Host` stands among them.

use kage_core::{Call, Download, Upload};
use kage_schema::{Location, Record, Slot, View};
use serde_json::{Map, Value, json};

/// Rewrites `requestParameters`, and the name of the event where it differs; adds what S3 tells of the connection.
pub fn amend(
    call: &Call<'_>,
    input: &dyn Record,
    output: Option<&dyn Record>,
    event: &mut Map<String, Value>,
) {
    let model = call.operation;
    add_connection(call, Some(input), output, event);
    if let Some(name) = event_name(model.name) {
        event.insert("eventName".to_owned(), json!(name));
    }
    let before = event.get("requestParameters").cloned().unwrap_or(Value::Null);
    let host = event.get("tlsDetails").and_then(|tls| tls.get("clientProvidedHostHeader")).cloned();
    let region = event.get("awsRegion").and_then(Value::as_str).unwrap_or("us-east-1");
    let mut out = Map::new();
    for (index, member) in input.schema().members().iter().enumerate() {
        let Some(value) = input.slot(index).and_then(scalar) else {
            let lower = kage_schema::lower_first(member.name);
            if let Some(kept) = before.get(&lower).filter(|_| member.location == Location::Body) {
                out.insert(lower, kept.clone());
            }
            continue;
        };
        let name = match (member.location, member.name) {
            (_, "Bucket") => "bucketName",
            (_, "Key") => "key",
            (_, "SSECustomerKey" | "CopySourceSSECustomerKey") => continue,
            (Location::Query, _) => member.wire_or_name(),
            (Location::Header, _) if member.wire_or_name().starts_with("x-amz-") => member.wire_or_name(),
            (Location::Body, "Policy") => {
                out.insert("bucketPolicy".to_owned(), serde_json::from_str(&value).unwrap_or(Value::Null));
                continue;
            }
            _ => continue,
        };
        out.insert(name.to_owned(), json!(value));
    }
    // A subresource is a parameter without a value: `"policy": ""`.
    if let Some((_, query)) = model.http.uri.split_once('?') {
        for piece in query.split('&') {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            if name != "x-id" {
                out.insert(name.to_owned(), json!(value));
            }
        }
    }
    out.insert("Host".to_owned(), host.unwrap_or_else(|| json!(format!("s3.{region}.amazonaws.com"))));
    event.insert("requestParameters".to_owned(), Value::Object(out));
}

/// `additionalEventData`. AWS: S3 user guide, "Example: CloudTrail log file entries for Amazon S3". `x-amz-id-2` joins where
/// the answer is made. How long a document of the answer is cannot be known here, so it is not said.
fn add_connection(
    call: &Call<'_>,
    input: Option<&dyn Record>,
    output: Option<&dyn Record>,
    event: &mut Map<String, Value>,
) {
    let mut data = Map::new();
    if let Some(version) = call.origin.signature_version {
        data.insert("SignatureVersion".to_owned(), json!(version));
    }
    if let Some((_, cipher)) = &call.origin.tls {
        data.insert("CipherSuite".to_owned(), json!(cipher));
    }
    if let Some(kind) = call.origin.authentication {
        data.insert("AuthenticationMethod".to_owned(), json!(kind));
    }
    let uploaded = input.and_then(|input| streamed(input, |body| Some(body.attached::<Upload>()?.length)));
    let told = call.origin.body.as_ref().map(|body| body.length);
    data.insert("bytesTransferredIn".to_owned(), json!(uploaded.or(told).unwrap_or(0)));
    if let Some(output) = output {
        let sent = streamed(output, |body| Some(body.attached::<Download>()?.length()));
        let has_document = output.schema().members().iter().any(|member| member.location == Location::Body);
        if let Some(length) = sent.or_else(|| (!has_document).then_some(0)) {
            data.insert("bytesTransferredOut".to_owned(), json!(length));
        }
    }
    event.insert("additionalEventData".to_owned(), Value::Object(data));
}

/// What is asked of the body that a record holds, if it holds one.
fn streamed(record: &dyn Record, ask: impl Fn(&kage_schema::Body) -> Option<u64>) -> Option<u64> {
    (0..record.schema().members().len()).find_map(|index| match record.slot(index)?.view() {
        View::Body(body) => ask(body),
        _ => None,
    })
}

fn scalar(slot: &dyn Slot) -> Option<String> {
    match slot.view() {
        View::Str(text) => Some(text.to_owned()),
        View::Int(number) => Some(number.to_string()),
        View::Bool(flag) => Some(flag.to_string()),
        View::Time(time) => Some(time.rfc822()),
        _ => None,
    }
}

/// AWS: S3 user guide, "Amazon S3 CloudTrail events": names that are not those of the operations.
fn event_name(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "ListObjectsV2" => "ListObjects",
        "GetBucketNotificationConfiguration" => "GetBucketNotification",
        "PutBucketNotificationConfiguration" => "PutBucketNotification",
        "GetBucketLifecycleConfiguration" => "GetBucketLifecycle",
        "PutBucketLifecycleConfiguration" => "PutBucketLifecycle",
        "GetPublicAccessBlock" => "GetBucketPublicAccessBlock",
        "PutPublicAccessBlock" => "PutBucketPublicAccessBlock",
        "DeletePublicAccessBlock" => "DeleteBucketPublicAccessBlock",
        _ => return None,
    })
}

/// The events of S3 Control about an account.
pub fn amend_account(call: &Call<'_>, event: &mut Map<String, Value>) {
    add_connection(call, None, None, event);
    let name = match call.operation.name {
        "GetPublicAccessBlock" => "GetAccountPublicAccessBlock",
        "PutPublicAccessBlock" => "PutAccountPublicAccessBlock",
        "DeletePublicAccessBlock" => "DeleteAccountPublicAccessBlock",
        other => other,
    };
    event.insert("eventName".to_owned(), json!(name));
}
