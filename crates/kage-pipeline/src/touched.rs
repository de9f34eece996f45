//! The resources of a call as its record names them.

use kage_core::{Access, Arn, Call, Category, Recording};
use kage_record::Touched;

/// The `resources` of the record: what the operation asked permission for, where it is a resource that CloudTrail names.
#[must_use]
pub fn of(call: &Call<'_>, access: &Access, recording: Recording) -> Vec<Touched> {
    let mut out: Vec<Touched> = Vec::new();
    let asked = access.evaluations.iter().map(|one| (&one.resource, one.owner.as_ref()));
    let named = access.touched.iter().map(|(arn, owner)| (arn, Some(owner)));
    for (arn, owner) in asked.chain(named) {
        let Some(kind) = kind(call, arn).or_else(|| data_kind(call, arn, recording)) else { continue };
        let account = owner.cloned().unwrap_or_else(|| call.account.clone());
        let touched = Touched { arn: arn.clone(), account, kind: Some(kind.to_owned()) };
        if !out.contains(&touched) {
            out.push(touched);
        }
    }
    out
}

/// The CloudFormation type of a resource. AWS: CloudTrail user guide, "CloudTrail record contents", `resources`; seen in
/// published records of KMS, S3 and STS. Other services' records have no `resources`.
fn kind(call: &Call<'_>, arn: &str) -> Option<&'static str> {
    let arn = Arn::parse(arn)?;
    match arn.service.as_str() {
        "kms" if arn.resource.starts_with("key/") => Some("AWS::KMS::Key"),
        "s3" if arn.resource.contains('/') => Some("AWS::S3::Object"),
        "s3" => Some("AWS::S3::Bucket"),
        "iam" if arn.resource.starts_with("role/") => Some("AWS::IAM::Role"),
        // AWS: Kinesis developer guide, "Logging Amazon Kinesis Data Streams API calls": only data events name them.
        "kinesis" if !RECORDS.contains(&call.operation.name) => None,
        "kinesis" if arn.resource.contains("/consumer/") => Some("AWS::Kinesis::StreamConsumer"),
        "kinesis" if arn.resource.starts_with("stream/") => Some("AWS::Kinesis::Stream"),
        // AWS: SQS developer guide, "Logging Amazon SQS API calls using CloudTrail"; SNS the same: only data events name them.
        "sqs" if MESSAGES.contains(&call.operation.name) => Some("AWS::SQS::Queue"),
        "sns" if matches!(call.operation.name, "Publish" | "PublishBatch") => Some("AWS::SNS::Topic"),
        _ => None,
    }
}

/// Data events name the resources of their service: queues, topics, functions. AWS: SQS, SNS and Lambda developer guides,
/// "Logging … API calls using AWS CloudTrail".
fn data_kind(call: &Call<'_>, arn: &str, recording: Recording) -> Option<&'static str> {
    let Category::Data { resource_type } = recording.category else { return None };
    let own = Arn::parse(arn).is_some_and(|arn| arn.service == call.service.signing_name);
    own.then_some(resource_type)
}

/// The operations of Kinesis on records.
const RECORDS: [&str; 5] = ["GetRecords", "GetShardIterator", "PutRecord", "PutRecords", "SubscribeToShard"];

/// The operations of SQS that are data events on one queue.
const MESSAGES: [&str; 11] = [
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "DeleteMessage",
    "DeleteMessageBatch",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "ListQueueTags",
    "ReceiveMessage",
    "SendMessage",
    "SendMessageBatch",
];
