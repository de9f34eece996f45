//! The way of a notification to its queue, topic or function: a call as `s3.amazonaws.com` for the bucket, so that the policy
//! of the destination decides and every refusal is recorded.
//!
//! AWS: S3 user guide, "Granting permissions to publish event notification messages to a destination".

use crate::bucket::Bucket;
use crate::notifications::Kind;
use crate::{buckets, errors};
use kage_api_lambda::types::{InvocationRequest, InvocationResponse, invocation_type};
use kage_api_sns::types::{PublishInput, PublishResponse};
use kage_api_sqs::types::{SendMessageRequest, SendMessageResult};
use kage_core::{Arn, Call, Error, Forward, Job, JobHandler, Result, Tx};
use kage_schema::Blob;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Under which name S3 delivers.
const PRINCIPAL: &str = "s3.amazonaws.com";
/// The kind of job that delivers one notification.
const JOB: &str = "s3.notify";
/// AWS: recorded notifications by topics have this subject.
const SUBJECT: &str = "Amazon S3 Notification";

/// A notification on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Note {
    /// The bucket.
    pub bucket: String,
    /// The kind of its destination.
    pub kind: Kind,
    /// ARN of the destination.
    pub arn: String,
    /// What it says.
    pub body: String,
}

/// The service's job.
pub fn job() -> JobHandler {
    JobHandler { kind: JOB, principal: PRINCIPAL, run: deliver }
}

/// Plans the delivery of a notification.
///
/// # Errors
/// Those of the store.
pub fn plan(call: &Call<'_>, tx: &mut Tx, bucket: &Bucket, note: &Note) -> Result<()> {
    let payload = serde_json::to_value(note).map_err(|error| Error::internal(error.to_string()))?;
    let job =
        Job { kind: JOB.to_owned(), account: bucket.owner.clone(), region: bucket.region.clone(), payload };
    tx.schedule(call.now, &job)
}

fn deliver(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let note: Note = serde_json::from_value(payload.clone())
        .map_err(|error| Error::internal(format!("a notification that cannot be read: {error}")))?;
    let Some(bucket) = buckets::find(tx.reads(), &note.bucket)? else { return Ok(()) };
    let sent = match note.kind {
        Kind::Queue => queue(call, tx, &bucket, &note),
        Kind::Topic => topic(call, tx, &bucket, &note),
        Kind::Function => function(call, tx, &bucket, (&note.arn, invocation_type::EVENT, &note.body)),
    };
    match sent {
        // A destination that is broken now may work later; one that refuses loses the notification, as with AWS.
        Err(error) if error.status >= 500 && error.status != 501 => Err(error),
        _ => Ok(()),
    }
}

fn way(bucket: &Bucket) -> Forward {
    Forward::AsService {
        name: PRINCIPAL,
        source_arn: Some(bucket.arn()),
        source_account: Some(bucket.owner.clone()),
    }
}

fn queue(call: &Call<'_>, tx: &mut Tx, bucket: &Bucket, note: &Note) -> Result<()> {
    let arn = Arn::parse(&note.arn).ok_or_else(|| Error::internal("a queue without an ARN"))?;
    let input = SendMessageRequest {
        queue_url: format!("https://sqs.{}.amazonaws.com/{}/{}", arn.region, arn.account, arn.resource),
        message_body: note.body.clone(),
        ..SendMessageRequest::default()
    };
    let target = (&kage_api_sqs::SERVICE, &kage_api_sqs::operations::SEND_MESSAGE);
    call.forward::<SendMessageResult>(tx, way(bucket), target, input).map(|_| ())
}

fn topic(call: &Call<'_>, tx: &mut Tx, bucket: &Bucket, note: &Note) -> Result<()> {
    let input = PublishInput {
        topic_arn: Some(note.arn.clone()),
        subject: Some(SUBJECT.to_owned()),
        message: note.body.clone(),
        ..PublishInput::default()
    };
    let target = (&kage_api_sns::SERVICE, &kage_api_sns::operations::PUBLISH);
    call.forward::<PublishResponse>(tx, way(bucket), target, input).map(|_| ())
}

fn function(
    call: &Call<'_>,
    tx: &mut Tx,
    bucket: &Bucket,
    (arn, invocation, body): (&str, &str, &str),
) -> Result<()> {
    let input = InvocationRequest {
        function_name: arn.to_owned(),
        invocation_type: Some(invocation.to_owned()),
        payload: Some(Blob(body.as_bytes().to_vec())),
        ..InvocationRequest::default()
    };
    let target = (&kage_api_lambda::SERVICE, &kage_api_lambda::operations::INVOKE);
    call.forward::<InvocationResponse>(tx, way(bucket), target, input).map(|_| ())
}

/// Tries a destination before it is accepted: a test message to queues and topics, a dry run of functions. Gives what is
/// wrong with it in S3's words: name and value of an argument.
///
/// # Errors
/// Those of the double itself.
pub fn test(call: &Call<'_>, tx: &mut Tx, bucket: &Bucket, note: &Note) -> Result<Option<(String, String)>> {
    let (sent, what) = match note.kind {
        Kind::Queue => (queue(call, tx, bucket, note), "queue"),
        Kind::Topic => (topic(call, tx, bucket, note), "topic"),
        Kind::Function => (function(call, tx, bucket, (&note.arn, invocation_type::DRY_RUN, "{}")), ""),
    };
    let Err(error) = sent else { return Ok(None) };
    if error.status == 501 {
        let text = format!("notifications to {}, since {}", note.arn, error.message);
        return Err(errors::not_implemented(&text));
    }
    if error.status >= 500 {
        return Err(error);
    }
    // AWS: recorded answers in LocalStack's snapshots of S3 notifications.
    let is_missing =
        ["NonExistentQueue", "QueueDoesNotExist", "NotFound"].iter().any(|code| error.code.contains(code));
    Ok(Some(match note.kind {
        Kind::Function => {
            (format!("{}, null", note.arn), format!("Not authorized to invoke function [{}]", note.arn))
        }
        _ if is_missing => (note.arn.clone(), format!("The destination {what} does not exist")),
        _ => (
            note.arn.clone(),
            format!(
                "Permissions on the destination {what} do not allow S3 to publish notifications from this bucket"
            ),
        ),
    }))
}
