//! How CloudTrail writes calls of S3.
//!
//! AWS: CloudTrail user guide and S3 user guide, "Example: CloudTrail log file entries for Amazon S3": parameters bear the
//! names of the query and the headers, the bucket is `bucketName`, and `Host` stands among them.

use kage_schema::{Location, OperationModel, Record, Slot, View};
use serde_json::{Map, Value, json};

/// Rewrites `requestParameters`, and the name of the event where it differs.
pub fn amend(model: &OperationModel, input: &dyn Record, event: &mut Map<String, Value>) {
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
        "GetPublicAccessBlock" => "GetBucketPublicAccessBlock",
        "PutPublicAccessBlock" => "PutBucketPublicAccessBlock",
        "DeletePublicAccessBlock" => "DeleteBucketPublicAccessBlock",
        _ => return None,
    })
}

/// The events of S3 Control about an account.
pub fn amend_account(model: &OperationModel, event: &mut Map<String, Value>) {
    let name = match model.name {
        "GetPublicAccessBlock" => "GetAccountPublicAccessBlock",
        "PutPublicAccessBlock" => "PutAccountPublicAccessBlock",
        "DeletePublicAccessBlock" => "DeleteAccountPublicAccessBlock",
        other => other,
    };
    event.insert("eventName".to_owned(), json!(name));
}
