//! The event of one call.

use crate::{account_view, request_parameters, response_elements, user_identity};
use kage_core::{Call, Category, Handler};
use kage_schema::Record;
use serde_json::{Map, Value, json};

/// What came of the call.
pub enum Outcome<'a> {
    /// It worked and answered this.
    Success(&'a dyn Record),
    /// It failed with this code and message; with the input when it could be read.
    Failure {
        /// The code as CloudTrail writes it.
        code: &'a str,
        /// The message.
        message: &'a str,
    },
}

/// A resource that the call touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Its ARN.
    pub arn: String,
    /// The account that owns it.
    pub account: String,
    /// `AWS::KMS::Key`; `None` where no type is known.
    pub kind: Option<String>,
}

/// What is known of the call beside the call itself.
pub struct Fact<'a> {
    /// `kms.amazonaws.com`.
    pub source: &'a str,
    /// Whether the service has one state for all Regions.
    pub global: bool,
    /// The operation; `None` when it is not modelled.
    pub handler: Option<&'a dyn Handler>,
    /// The name of the operation.
    pub name: &'a str,
    /// The input, when it could be read.
    pub input: Option<&'a dyn Record>,
    /// What came of it.
    pub outcome: Outcome<'a>,
    /// The resources it touched.
    pub touched: &'a [Touched],
}

/// Whether an operation of this name only reads. AWS: CloudTrail user guide, "Read and write events".
#[must_use]
pub fn is_read_only(name: &str) -> bool {
    const READS: [&str; 9] =
        ["Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Search", "Simulate", "Select"];
    READS.iter().any(|prefix| name.starts_with(prefix))
}

/// Makes the event. Gives one event per account that receives it, the caller's own first; a call on another account's
/// resource is received by both, under one `sharedEventID`.
#[must_use]
pub fn build(call: &Call<'_>, fact: &Fact<'_>) -> Vec<(String, Value)> {
    let recording = fact.handler.map(Handler::recording).unwrap_or(kage_core::Recording::MANAGEMENT);
    let read_only = recording.read_only.unwrap_or_else(|| is_read_only(fact.name));
    let management = recording.category == Category::Management;
    let invoked_by = call.called_via.last().map(String::as_str);
    let mut event = Map::new();
    let mut put = |key: &str, value: Value| {
        event.insert(key.to_owned(), value);
    };
    put("eventVersion", json!("1.11"));
    put("userIdentity", user_identity(&call.caller, invoked_by));
    put("eventTime", json!(call.now.whole_seconds().iso8601()));
    put("eventSource", json!(fact.source));
    put("eventName", json!(fact.name));
    put("awsRegion", json!(if fact.global { "us-east-1" } else { call.region.as_str() }));
    let service = invoked_by.or_else(|| call.caller.service_name());
    put("sourceIPAddress", json!(service.unwrap_or(&call.origin.source_ip)));
    put("userAgent", json!(service.unwrap_or(&call.origin.user_agent)));
    if let Outcome::Failure { code, message } = fact.outcome {
        put("errorCode", json!(code));
        put("errorMessage", json!(message));
    }
    put("requestParameters", fact.input.map_or(Value::Null, request_parameters));
    let wants_response = recording.response.unwrap_or(!read_only);
    let output = match fact.outcome {
        Outcome::Success(output) => Some(output),
        Outcome::Failure { .. } => None,
    };
    put("responseElements", output.filter(|_| wants_response).map_or(Value::Null, response_elements));
    put("requestID", json!(call.request_id));
    put("eventID", json!(call.ids().uuid()));
    put("readOnly", json!(read_only));
    if !fact.touched.is_empty() {
        put("resources", resources(fact.touched, management));
    }
    put("eventType", json!("AwsApiCall"));
    put("managementEvent", json!(management));
    put("recipientAccountId", json!(call.account));
    put("eventCategory", json!(if management { "Management" } else { "Data" }));
    if let Some(endpoint) = &call.origin.vpc_endpoint {
        put("vpcEndpointId", json!(endpoint));
    }
    if let Some((version, cipher)) = &call.origin.tls {
        let host = &call.origin.host;
        put(
            "tlsDetails",
            json!({ "tlsVersion": version, "cipherSuite": cipher, "clientProvidedHostHeader": host }),
        );
    }
    if let (Some(handler), Some(input)) = (fact.handler, fact.input) {
        handler.amend(call, input, output, &mut event);
    }
    for_recipients(call, fact, event)
}

const OBJECT: &str = "AWS::S3::Object";
const BUCKET: &str = "AWS::S3::Bucket";

/// `resources`. S3 names the bucket beside an object, and the beginning of its objects' ARNs beside a bucket that was listed;
/// objects have no account. AWS: S3 user guide, "Example: Amazon S3 log file entries".
fn resources(touched: &[Touched], management: bool) -> Value {
    let mut out: Vec<Value> = Vec::new();
    let mut add = |value: Value| {
        if !out.contains(&value) {
            out.push(value);
        }
    };
    for one in touched {
        match one.kind.as_deref() {
            Some(OBJECT) => {
                add(json!({ "type": OBJECT, "ARN": one.arn }));
                if let Some((bucket, _)) = one.arn.split_once('/') {
                    add(json!({ "accountId": one.account, "type": BUCKET, "ARN": bucket }));
                }
            }
            Some(BUCKET) if !management => {
                add(json!({ "accountId": one.account, "type": BUCKET, "ARN": one.arn }));
                add(json!({ "type": OBJECT, "ARNPrefix": format!("{}/", one.arn) }));
            }
            Some(kind) => add(json!({ "accountId": one.account, "type": kind, "ARN": one.arn })),
            None => add(json!({ "accountId": one.account, "ARN": one.arn })),
        }
    }
    Value::Array(out)
}

fn for_recipients(call: &Call<'_>, fact: &Fact<'_>, event: Map<String, Value>) -> Vec<(String, Value)> {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    let mut owners: Vec<&str> = Vec::new();
    for touched in fact.touched {
        let owner = touched.account.as_str();
        if is_account(owner) && owner != call.account && !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    let mut out = Vec::with_capacity(1 + owners.len());
    let mut event = event;
    // AWS: CloudTrail user guide, "CloudTrail record contents", sharedEventID: also on what a service did by itself.
    if !owners.is_empty() || call.caller.service_name().is_some() {
        event.insert("sharedEventID".to_owned(), json!(call.ids().uuid()));
    }
    for owner in owners {
        let mut copy = event.clone();
        copy.insert("userIdentity".to_owned(), account_view(&call.caller));
        copy.insert("eventID".to_owned(), json!(call.ids().uuid()));
        copy.insert("recipientAccountId".to_owned(), json!(owner));
        out.push((owner.to_owned(), Value::Object(copy)));
    }
    if is_account(&call.account) {
        out.insert(0, (call.account.clone(), Value::Object(event)));
    }
    out
}
