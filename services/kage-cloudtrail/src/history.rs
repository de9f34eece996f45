//! Stored events as the event history shows them.

use kage_api_cloudtrail::types as api;
use kage_schema::Timestamp;
use serde_json::Value;

fn text<'e>(event: &'e Value, pointer: &str) -> Option<&'e str> {
    event.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The user name of an event: of the user, of the session, `root`.
/// AWS: CloudTrail user guide, "Viewing recent management events", filter "User name".
fn username(event: &Value) -> Option<&str> {
    let named = text(event, "/userIdentity/userName");
    let last = || text(event, "/userIdentity/arn").and_then(|arn| arn.rsplit('/').next());
    match text(event, "/userIdentity/type") {
        Some("Root") => Some(named.unwrap_or("root")),
        Some("IAMUser") => named,
        Some("AssumedRole" | "FederatedUser") => last(),
        _ => None,
    }
}

/// Resource types by the parameter that names a resource of a service.
/// AWS: CloudTrail user guide, "Viewing resources referenced with AWS Config", and records of those services.
const NAMED: [(&str, &str, &str); 27] = [
    ("iam.amazonaws.com", "userName", "AWS::IAM::User"),
    ("iam.amazonaws.com", "roleName", "AWS::IAM::Role"),
    ("iam.amazonaws.com", "groupName", "AWS::IAM::Group"),
    ("iam.amazonaws.com", "policyArn", "AWS::IAM::Policy"),
    ("iam.amazonaws.com", "policyName", "AWS::IAM::Policy"),
    ("iam.amazonaws.com", "accessKeyId", "AWS::IAM::AccessKey"),
    ("iam.amazonaws.com", "instanceProfileName", "AWS::IAM::InstanceProfile"),
    ("sts.amazonaws.com", "roleArn", "AWS::IAM::Role"),
    ("sts.amazonaws.com", "accessKeyId", "AWS::IAM::AccessKey"),
    ("s3.amazonaws.com", "bucketName", "AWS::S3::Bucket"),
    ("cloudtrail.amazonaws.com", "name", "AWS::CloudTrail::Trail"),
    ("cloudtrail.amazonaws.com", "trailName", "AWS::CloudTrail::Trail"),
    ("cloudtrail.amazonaws.com", "trailARN", "AWS::CloudTrail::Trail"),
    ("cloudtrail.amazonaws.com", "s3BucketName", "AWS::S3::Bucket"),
    ("kms.amazonaws.com", "keyId", "AWS::KMS::Key"),
    ("ec2.amazonaws.com", "instanceId", "AWS::EC2::Instance"),
    ("ec2.amazonaws.com", "imageId", "AWS::EC2::Ami"),
    ("ec2.amazonaws.com", "vpcId", "AWS::EC2::VPC"),
    ("ec2.amazonaws.com", "subnetId", "AWS::EC2::Subnet"),
    ("ec2.amazonaws.com", "groupId", "AWS::EC2::SecurityGroup"),
    ("ec2.amazonaws.com", "volumeId", "AWS::EC2::Volume"),
    ("ec2.amazonaws.com", "networkInterfaceId", "AWS::EC2::NetworkInterface"),
    ("ec2.amazonaws.com", "routeTableId", "AWS::EC2::RouteTable"),
    ("ec2.amazonaws.com", "internetGatewayId", "AWS::EC2::InternetGateway"),
    ("ec2.amazonaws.com", "networkAclId", "AWS::EC2::NetworkAcl"),
    ("ec2.amazonaws.com", "keyName", "AWS::EC2::KeyPair"),
    ("ec2.amazonaws.com", "allocationId", "AWS::EC2::EIP"),
];

/// The resources of an event: those it lists itself, and those that its parameters and its answer name.
fn resources(event: &Value) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let listed = event.get("resources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for resource in listed {
        if let (Some(kind), Some(arn)) = (text(resource, "/type"), text(resource, "/ARN")) {
            // Buckets go by their name, as in AWS; all others by their ARN.
            let name = arn.strip_prefix("arn:aws:s3:::").filter(|_| kind == "AWS::S3::Bucket").unwrap_or(arn);
            out.push((kind.to_owned(), name.to_owned()));
        }
    }
    let source = text(event, "/eventSource").unwrap_or_default();
    for part in ["requestParameters", "responseElements"] {
        if let Some(value) = event.get(part) {
            collect(source, value, &mut out);
        }
    }
    out
}

fn collect(source: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(source, item, out)),
        Value::Object(members) => {
            for (key, value) in members {
                let kind = NAMED.iter().find(|(from, name, _)| *from == source && name == key);
                match (kind, value) {
                    (Some((_, _, kind)), Value::String(name)) => {
                        let found = ((*kind).to_owned(), name.clone());
                        if !out.contains(&found) {
                            out.push(found);
                        }
                    }
                    _ => collect(source, value, out),
                }
            }
        }
        _ => {}
    }
}

/// A member of an event; Insights events keep source and name in their details.
fn member<'e>(event: &'e Value, name: &str) -> Option<&'e str> {
    text(event, &format!("/{name}")).or_else(|| text(event, &format!("/insightDetails/{name}")))
}

/// Whether Insights events can be looked up by this attribute. AWS: API reference, LookupEvents.
#[must_use]
pub fn is_of_insights(attribute: &api::LookupAttribute) -> bool {
    let key = attribute.attribute_key.as_str();
    [
        api::lookup_attribute_key::EVENT_ID,
        api::lookup_attribute_key::EVENT_NAME,
        api::lookup_attribute_key::EVENT_SOURCE,
    ]
    .contains(&key)
}

fn read_only(event: &Value) -> &'static str {
    if event.get("readOnly").and_then(Value::as_bool).unwrap_or(false) { "true" } else { "false" }
}

/// Whether an event has this attribute.
#[must_use]
pub fn has(event: &Value, attribute: &api::LookupAttribute) -> bool {
    let value = attribute.attribute_value.as_str();
    let is = |found: Option<&str>| found == Some(value);
    match attribute.attribute_key.as_str() {
        api::lookup_attribute_key::EVENT_ID => is(text(event, "/eventID")),
        api::lookup_attribute_key::EVENT_NAME => is(member(event, "eventName")),
        api::lookup_attribute_key::READ_ONLY => is(Some(read_only(event))),
        api::lookup_attribute_key::USERNAME => is(username(event)),
        api::lookup_attribute_key::EVENT_SOURCE => is(member(event, "eventSource")),
        api::lookup_attribute_key::ACCESS_KEY_ID => is(text(event, "/userIdentity/accessKeyId")),
        api::lookup_attribute_key::RESOURCE_TYPE => resources(event).iter().any(|(kind, _)| kind == value),
        api::lookup_attribute_key::RESOURCE_NAME => resources(event).iter().any(|(_, name)| name == value),
        _ => false,
    }
}

/// When it happened.
#[must_use]
pub fn time(event: &Value) -> Timestamp {
    text(event, "/eventTime").and_then(Timestamp::parse_iso8601).unwrap_or_default()
}

/// The event as LookupEvents answers it.
#[must_use]
pub fn view(event: &Value) -> api::Event {
    let owned = |pointer: &str| text(event, pointer).map(str::to_owned);
    let resources = resources(event)
        .into_iter()
        .map(|(kind, name)| api::Resource { resource_type: Some(kind), resource_name: Some(name) });
    api::Event {
        event_id: owned("/eventID"),
        event_name: member(event, "eventName").map(str::to_owned),
        read_only: Some(read_only(event).to_owned()),
        access_key_id: owned("/userIdentity/accessKeyId"),
        event_time: Some(time(event)),
        event_source: member(event, "eventSource").map(str::to_owned),
        username: username(event).map(str::to_owned),
        resources: Some(resources.collect()),
        cloud_trail_event: Some(event.to_string()),
    }
}
