//! What subscription filters send on, and where to.
// AWS: user guide, "Real-time processing of log data with subscriptions": base64 of gzip of a JSON document, to Lambda
// as `{"awslogs": {"data": …}}`, to Kinesis as the data of a record.

use crate::destinations::{self, Destination};
use crate::errors;
use crate::filters::SubscriptionFilter;
use crate::group::Group;
use crate::walk::Kept;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;
use kage_api_kinesis::types::{PutRecordInput, PutRecordOutput};
use kage_api_lambda::types::{InvocationRequest, InvocationResponse};
use kage_core::{Arn, Call, Error, Forward, Result, ServiceRole, Tx};
use kage_logquery::FilterPattern;
use kage_schema::Blob;
use serde_json::{Map, Value, json};
use std::io::Write as _;

const PRINCIPAL: &str = "logs.amazonaws.com";
/// AWS: Lambda developer guide, "Lambda quotas": an asynchronous invocation takes 1 MB.
const LAMBDA_BYTES: usize = 1_048_576;
/// AWS: Kinesis developer guide, "Quotas and limits": a record holds 1 MB before its encoding, the partition key included.
const KINESIS_BYTES: usize = 1_048_576 - 512;

/// The kinds of destinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// A function.
    Lambda,
    /// A stream.
    Kinesis,
    /// A destination of CloudWatch Logs.
    Logs,
}

impl Vendor {
    /// The kind of an ARN, and its parts.
    ///
    /// # Errors
    /// `InvalidParameterException`; `NotImplemented` for Firehose.
    pub fn of(text: &str) -> Result<(Vendor, Arn)> {
        let arn = Arn::parse(text).ok_or_else(|| errors::invalid("Invalid destinationArn"))?;
        let vendor = match arn.service.as_str() {
            "lambda" => Vendor::Lambda,
            "kinesis" => Vendor::Kinesis,
            "logs" if arn.of("destination").is_some() => Vendor::Logs,
            "firehose" => return Err(errors::not_modelled("destinationArn of Amazon Data Firehose")),
            other => {
                return Err(errors::invalid(format!(
                    "PutSubscriptionFilter operation cannot work with destinationArn for vendor {other}"
                )));
            }
        };
        Ok((vendor, arn))
    }
}

/// Sends the events that match the filter.
///
/// # Errors
/// Those of the destination's service.
pub fn send(
    call: &Call<'_>,
    tx: &mut Tx,
    group: &Group,
    filter: &SubscriptionFilter,
    stream: &str,
    events: &[Kept],
) -> Result<()> {
    // A pattern was read when it was put.
    let Ok(pattern) = FilterPattern::parse(&filter.pattern) else { return Ok(()) };
    let matching = events.iter().filter(|event| pattern.matches(event.message.as_bytes()));
    let log_events: Vec<Value> = matching
        .map(|event| {
            let mut out = json!({"id": event.position.digits(), "timestamp": event.timestamp, "message": event.message});
            let fields: Map<String, Value> = pattern
                .extract(event.message.as_bytes())
                .into_iter()
                .filter_map(|(name, value)| Some((name.strip_prefix('$')?.to_owned(), value)))
                .filter(|(name, _)| !name.starts_with('.'))
                .map(|(name, value)| (name, Value::from(value)))
                .collect();
            if !fields.is_empty() {
                out["extractedFields"] = Value::Object(fields);
            }
            out
        })
        .collect();
    if log_events.is_empty() {
        return Ok(());
    }
    let message = Message { group, filter, stream };
    let target = Target::of(tx, group, filter)?;
    let mut waiting = vec![log_events];
    while let Some(batch) = waiting.pop() {
        let packed = message.pack(&batch)?;
        if !target.fits(&packed) {
            // What is too much for one message goes in two; an event that fits in none is left out, as AWS does.
            if batch.len() > 1 {
                let (first, second) = batch.split_at(batch.len() / 2);
                waiting.push(second.to_vec());
                waiting.push(first.to_vec());
            }
            continue;
        }
        let key = match filter.distribution.as_str() {
            "Random" => call.ids().hex(32),
            _ => stream.to_owned(),
        };
        target.deliver(call, tx, group, packed, key)?;
    }
    Ok(())
}

/// One message: which events, and from where.
struct Message<'a> {
    group: &'a Group,
    filter: &'a SubscriptionFilter,
    stream: &'a str,
}

impl Message<'_> {
    fn pack(&self, events: &[Value]) -> Result<Vec<u8>> {
        pack(&json!({
            "messageType": "DATA_MESSAGE",
            "owner": self.group.account,
            "logGroup": self.group.name,
            "logStream": self.stream,
            "subscriptionFilters": [self.filter.name],
            "logEvents": events,
        }))
    }
}

fn pack(message: &Value) -> Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let broken = |error: std::io::Error| Error::internal(error.to_string());
    gzip.write_all(message.to_string().as_bytes()).map_err(broken)?;
    gzip.finish().map_err(broken)
}

/// The message that tries whether a destination can be reached.
fn control(call: &Call<'_>, kind: &str) -> Result<Vec<u8>> {
    pack(&json!({
        "messageType": "CONTROL_MESSAGE",
        "owner": "CloudwatchLogs",
        "logGroup": "",
        "logStream": "",
        "subscriptionFilters": [],
        "logEvents": [{
            "id": "",
            "timestamp": call.now.milliseconds(),
            "message": format!("CWL CONTROL MESSAGE: Checking health of destination {kind}."),
        }],
    }))
}

/// Where messages go in the end.
enum Target {
    Lambda { function: String },
    Kinesis { stream: String, role: String, source: String },
}

impl Target {
    fn of(tx: &Tx, group: &Group, filter: &SubscriptionFilter) -> Result<Target> {
        let (vendor, arn) = Vendor::of(&filter.destination)?;
        let source = format!("{}:*", group.arn());
        Ok(match vendor {
            Vendor::Lambda => Target::Lambda { function: filter.destination.clone() },
            Vendor::Kinesis => Target::Kinesis {
                stream: filter.destination.clone(),
                role: filter.role.clone().unwrap_or_default(),
                source,
            },
            Vendor::Logs => {
                let name = arn.of("destination").unwrap_or_default();
                let found = destinations::find(tx.reads(), &arn.account, &arn.region, name)?;
                let found = found.ok_or_else(|| errors::missing("destination"))?;
                Target::Kinesis { stream: found.target, role: found.role, source }
            }
        })
    }

    fn fits(&self, packed: &[u8]) -> bool {
        match self {
            Target::Lambda { .. } => {
                packed.len().div_ceil(3).saturating_mul(4).saturating_add(64) <= LAMBDA_BYTES
            }
            Target::Kinesis { .. } => packed.len() <= KINESIS_BYTES,
        }
    }

    fn deliver(
        &self,
        call: &Call<'_>,
        tx: &mut Tx,
        group: &Group,
        packed: Vec<u8>,
        key: String,
    ) -> Result<()> {
        match self {
            Target::Lambda { function } => {
                let payload = json!({"awslogs": {"data": BASE64.encode(&packed)}}).to_string();
                invoke(call, tx, group, function, "Event", Some(payload))
            }
            Target::Kinesis { stream, role, source } => as_either(group, |name| {
                let how = Forward::AsRole(Box::new(ServiceRole {
                    service: name,
                    role_arn: role.clone(),
                    session_name: "CloudWatchLogs".to_owned(),
                    source_arn: Some(source.clone()),
                    source_account: Some(group.account.clone()),
                }));
                let input = PutRecordInput {
                    stream_arn: Some(stream.clone()),
                    stream_name: Arn::parse(stream).and_then(|arn| arn.of("stream").map(str::to_owned)),
                    data: Blob(packed.clone()),
                    // AWS: model of Kinesis, PartitionKey: at most 256 characters.
                    partition_key: Some(key.chars().take(256).collect()),
                    ..PutRecordInput::default()
                };
                let target = (&kage_api_kinesis::SERVICE, &kage_api_kinesis::operations::PUT_RECORD);
                call.forward::<PutRecordOutput>(tx, how, target, input).map(|_| ())
            }),
        }
    }
}

/// Does it as `logs.amazonaws.com`, and where that is denied as the principal of the Region.
// Functions and roles let in the one or the other; both work. AWS: user guide, "Subscription filters", has both in its
// examples; recorded for functions in LocalStack's AWS-validated snapshots (test_put_subscription_filter_lambda).
fn as_either(group: &Group, mut act: impl FnMut(&'static str) -> Result<()>) -> Result<()> {
    match (act(PRINCIPAL), crate::keys::principal(&group.region)) {
        (Err(error), Some(regional)) if error.code.starts_with("AccessDenied") => act(regional),
        (done, _) => done,
    }
}

fn invoke(
    call: &Call<'_>,
    tx: &mut Tx,
    group: &Group,
    function: &str,
    kind: &str,
    payload: Option<String>,
) -> Result<()> {
    as_either(group, |name| {
        let input = InvocationRequest {
            function_name: function.to_owned(),
            invocation_type: Some(kind.to_owned()),
            payload: payload.clone().map(|payload| Blob(payload.into_bytes())),
            ..InvocationRequest::default()
        };
        let how = Forward::AsService {
            name,
            source_arn: Some(format!("{}:*", group.arn())),
            source_account: Some(group.account.clone()),
        };
        let target = (&kage_api_lambda::SERVICE, &kage_api_lambda::operations::INVOKE);
        call.forward::<InvocationResponse>(tx, how, target, input).map(|_| ())
    })
}

/// Tries whether the destination of a new filter can be reached.
///
/// # Errors
/// `InvalidParameterException` when not.
pub fn test(call: &Call<'_>, tx: &mut Tx, group: &Group, filter: &SubscriptionFilter) -> Result<()> {
    match Target::of(tx, group, filter)? {
        Target::Lambda { function } => {
            invoke(call, tx, group, &function, "DryRun", None).map_err(|error| refused(error, LAMBDA_REFUSED))
        }
        // The stream behind a destination was tried when the destination was put.
        Target::Kinesis { .. } if filter.role.is_none() => Ok(()),
        target @ Target::Kinesis { .. } => {
            let packed = control(call, "Kinesis")?;
            let key = call.ids().hex(32);
            target.deliver(call, tx, group, packed, key).map_err(|error| refused(error, KINESIS_REFUSED))
        }
    }
}

/// Tries whether the stream of a new destination can be reached.
///
/// # Errors
/// `InvalidParameterException` when not.
pub fn test_destination(call: &Call<'_>, tx: &mut Tx, destination: &Destination) -> Result<()> {
    let target = Target::Kinesis {
        stream: destination.target.clone(),
        role: destination.role.clone(),
        source: kage_core::Resource::arn(destination),
    };
    let group = Group {
        account: destination.account.clone(),
        region: destination.region.clone(),
        ..Group::default()
    };
    let packed = control(call, "Kinesis")?;
    let key = call.ids().hex(32);
    target.deliver(call, tx, &group, packed, key).map_err(|error| refused(error, KINESIS_REFUSED))
}

/// Recorded in moto's tests (tests/test_logs/test_integration.py) and in issue threads of Terraform.
const LAMBDA_REFUSED: &str = "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.";
/// As above.
const KINESIS_REFUSED: &str = "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.";

fn refused(error: Error, text: &str) -> Error {
    if error.status >= 500 { error } else { errors::invalid(text) }
}
