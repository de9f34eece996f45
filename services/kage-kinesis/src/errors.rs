//! Every error with AWS's text.
//!
//! Sources: the shapes are those of the API model. Texts are those that Kinesis answers, as recorded in the tests of
//! mhart's kinesalite and in moto, in issue threads where a comment says so. Texts marked "ours" were found nowhere.

use crate::stream::Stream;
use kage_api_kinesis::errors as model;
use kage_core::{Error, Millis};
use kage_schema::Timestamp;

/// A stream that is not there, or does not take and give records.
pub fn no_stream(account: &str, name: &str) -> Error {
    Error::of(
        &model::RESOURCE_NOT_FOUND_EXCEPTION,
        format!("Stream {name} under account {account} not found."),
    )
}

/// A name that is taken.
pub fn stream_exists(account: &str, name: &str) -> Error {
    Error::of(
        &model::RESOURCE_IN_USE_EXCEPTION,
        format!("Stream {name} under account {account} already exists."),
    )
}

/// A stream that is being changed.
pub fn not_active(stream: &Stream) -> Error {
    let (name, account, state) = (&stream.name, &stream.account, stream.status.word());
    Error::of(
        &model::RESOURCE_IN_USE_EXCEPTION,
        format!("Stream {name} under account {account} not ACTIVE, instead in state {state}"),
    )
}

/// A stream with consumers. The code is that of DeleteStream's documentation, the text ours.
pub fn has_consumers(stream: &Stream) -> Error {
    let (name, account) = (&stream.name, &stream.account);
    Error::of(
        &model::RESOURCE_IN_USE_EXCEPTION,
        format!(
            "Stream {name} under account {account} has registered consumers. Set EnforceConsumerDeletion to delete them with it."
        ),
    )
}

/// A stream whose shards are AWS's business.
pub fn on_demand(stream: &Stream) -> Error {
    validation(format!(
        "Request is invalid. Stream {} under account {} is in On-Demand mode.",
        stream.name, stream.account
    ))
}

/// A stream in provisioned mode, where only on-demand streams have what was asked. Ours.
pub fn provisioned(stream: &Stream) -> Error {
    argument(format!(
        "Request is invalid. Stream {} under account {} is in Provisioned mode.",
        stream.name, stream.account
    ))
}

/// A shard that is not there.
pub fn no_shard(stream: &Stream, number: u32) -> Error {
    let (shard, name, account) = (crate::shard::id(number), &stream.name, &stream.account);
    Error::of(
        &model::RESOURCE_NOT_FOUND_EXCEPTION,
        format!("Shard {shard} in stream {name} under account {account} does not exist"),
    )
}

/// A text that is no shard id.
pub fn no_shard_id(stream: &Stream, id: &str) -> Error {
    let (name, account) = (&stream.name, &stream.account);
    Error::of(
        &model::RESOURCE_NOT_FOUND_EXCEPTION,
        format!("Could not find shard {id} in stream {name} under account {account}."),
    )
}

/// The second of a shard is used up.
pub fn throttled(stream: &Stream, shard: u32) -> Error {
    Error::of(&model::PROVISIONED_THROUGHPUT_EXCEEDED_EXCEPTION, throttled_text(stream, shard))
}

/// What PutRecords says of a record whose shard is used up.
pub fn throttled_text(stream: &Stream, shard: u32) -> String {
    let (shard, name, account) = (crate::shard::id(shard), &stream.name, &stream.account);
    format!("Rate exceeded for shard {shard} in stream {name} under account {account}.")
}

/// A record above the stream's limit. Ours; AWS: developer guide, "Large records".
pub fn record_too_large(place: &str, limit_kib: i32) -> Error {
    validation(format!(
        "1 validation error detected: Value at '{place}' failed to satisfy constraint: Member must have length less than or equal to {}",
        i64::from(limit_kib) * 1024
    ))
}

/// Records above 10 MiB together. moto has it with the former limit: "Records size exceeds 5 MB limit".
pub fn records_too_large() -> Error {
    argument("Records size exceeds 10 MB limit")
}

/// A record without a partition key, in a stream that needs one.
pub fn no_partition_key(place: &str) -> Error {
    validation(format!(
        "1 validation error detected: Value null at '{place}' failed to satisfy constraint: Member must not be null"
    ))
}

/// A hash key beyond 128 bits.
pub fn bad_hash_key(text: &str) -> Error {
    argument(format!(
        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {text}"
    ))
}

/// A sequence number for ordering that was not given out.
pub fn bad_ordering(stream: &Stream, text: &str) -> Error {
    argument(format!(
        "ExclusiveMinimumSequenceNumber {text} used in PutRecord on stream {} under account {} is invalid.",
        stream.name, stream.account
    ))
}

/// Something that is no iterator.
pub fn invalid_iterator() -> Error {
    argument("Invalid ShardIterator.")
}

/// An iterator of more than five minutes ago.
pub fn expired_iterator(made: Millis, now: Millis) -> Error {
    Error::of(
        &model::EXPIRED_ITERATOR_EXCEPTION,
        format!(
            "Iterator expired. The iterator was created at time {} while right now it is {} which is further in the future than the tolerated delay of 300000 milliseconds.",
            date(made),
            date(now)
        ),
    )
}

/// `Thu Jan 22 01:22:02 UTC 2015`, the form in which Kinesis writes times into texts.
fn date(at: Millis) -> String {
    let text = Timestamp(at).rfc822();
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [weekday, day, month, year, time, ..] => {
            format!("{} {month} {day} {time} UTC {year}", weekday.trim_end_matches(','))
        }
        _ => text,
    }
}

/// A combination of iterator type and position that is none.
pub fn iterator_type(kind: &str, with: bool) -> Error {
    argument(format!(
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {kind} and {} StartingSequenceNumber.",
        if with { "also a" } else { "no" }
    ))
}

/// AT_TIMESTAMP without a time, or another type with one.
pub fn iterator_time(kind: &str, with: bool) -> Error {
    argument(format!(
        "Must either specify AT_TIMESTAMP and Timestamp or another type and no Timestamp. Request specified {kind} and {} Timestamp.",
        if with { "also a" } else { "no" }
    ))
}

/// A time that is still to come.
pub fn future(at: Millis, now: Millis) -> Error {
    argument(format!(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: {at}, currentTimestampInMillis: {now}"
    ))
}

/// A sequence number that Kinesis did not write.
pub fn bad_sequence(stream: &Stream, shard: u32, text: &str) -> Error {
    argument(format!(
        "StartingSequenceNumber {text} used in GetShardIterator on shard {} in stream {} under account {} is invalid.",
        crate::shard::id(shard),
        stream.name,
        stream.account
    ))
}

/// A sequence number of another stream.
pub fn foreign_sequence(stream: &Stream, shard: u32, text: &str) -> Error {
    argument(format!(
        "StartingSequenceNumber {text} used in GetShardIterator on shard {} in stream {} under account {} is invalid because it did not come from this stream.",
        crate::shard::id(shard),
        stream.name,
        stream.account
    ))
}

/// A sequence number of another shard.
pub fn other_shard(encoded: u32, used: u32) -> Error {
    argument(format!(
        "Invalid StartingSequenceNumber. It encodes {}, while it was used in a call to a shard with {}",
        crate::shard::id(encoded),
        crate::shard::id(used)
    ))
}

/// A page token that was not given out. Ours.
pub fn invalid_token() -> Error {
    argument("Invalid NextToken.")
}

/// A page token beside what it already says. Ours.
pub fn token_alone() -> Error {
    argument("NextToken and StreamName cannot be provided together.")
}

/// A page token of more than five minutes ago. The form is that of iterators.
pub fn expired_token(made: Millis, now: Millis) -> Error {
    Error::of(
        &model::EXPIRED_NEXT_TOKEN_EXCEPTION,
        format!(
            "Token expired. The token was created at time {} while right now it is {} which is further in the future than the tolerated delay of 300000 milliseconds.",
            date(made),
            date(now)
        ),
    )
}

/// A call that names no stream. Ours.
pub fn no_name() -> Error {
    argument("Either StreamName or StreamARN must be specified.")
}

/// A call that names two streams. Ours.
pub fn two_names() -> Error {
    argument("StreamName does not match the stream in StreamARN.")
}

/// A text that is no ARN of this service. Ours.
pub fn bad_arn(text: &str) -> Error {
    argument(format!("Invalid ARN: {text}"))
}

/// A consumer that is not there.
pub fn no_consumer(account: &str, name: &str) -> Error {
    Error::of(&model::RESOURCE_NOT_FOUND_EXCEPTION, format!("Consumer {name}, account {account} not found."))
}

/// A consumer in another state. Recorded in aws-cloudformation/cloudformation-coverage-roadmap#2442.
pub fn consumer_busy(stream: &Stream, consumer: &crate::consumer::Consumer) -> Error {
    Error::of(
        &model::RESOURCE_IN_USE_EXCEPTION,
        format!(
            "Consumer {} with creation timestamp {} under stream {} and account {} is not in ACTIVE status.",
            consumer.name,
            crate::shard::seconds(consumer.created),
            stream.name,
            stream.account
        ),
    )
}

/// A consumer name that is taken. Ours.
pub fn consumer_exists(stream: &Stream, name: &str) -> Error {
    Error::of(
        &model::RESOURCE_IN_USE_EXCEPTION,
        format!(
            "Consumer {name} under stream {} already exists for account {}.",
            stream.name, stream.account
        ),
    )
}

/// A shard that the consumer has subscribed to already.
// AWS: API reference, SubscribeToShard: the code; the text is ours.
pub fn subscribed(consumer: &str, shard: u32) -> Error {
    Error::of(
        &model::RESOURCE_IN_USE_EXCEPTION,
        format!(
            "Another active subscription exists for this consumer: {consumer}, {}.",
            crate::shard::id(shard)
        ),
    )
}

/// A quota.
pub fn limit(message: impl Into<String>) -> Error {
    Error::of(&model::LIMIT_EXCEEDED_EXCEPTION, message)
}

/// A value that breaks a rule of the service.
pub fn argument(message: impl Into<String>) -> Error {
    Error::of(&model::INVALID_ARGUMENT_EXCEPTION, message)
}

/// A value that breaks a rule that other services' models would state.
pub fn validation(message: impl Into<String>) -> Error {
    Error::of(&model::VALIDATION_EXCEPTION, message)
}

/// A call that would have worked. The form is that of KMS; Kinesis's own was found nowhere.
pub fn dry_run() -> Error {
    Error::of(
        &model::DRY_RUN_OPERATION_EXCEPTION,
        "The request would have succeeded, but the DryRun option is set.",
    )
}

/// A resource without a policy. As moto has it.
pub fn no_policy(arn: &str) -> Error {
    Error::of(
        &model::RESOURCE_NOT_FOUND_EXCEPTION,
        format!("No resource policy found for resource ARN {arn}"),
    )
}

/// A KMS key that is switched off.
pub fn key_disabled(arn: &str) -> Error {
    Error::of(&model::KMS_DISABLED_EXCEPTION, format!("{arn} is disabled."))
}

/// A KMS key in a state in which it cannot be used.
pub fn key_state(arn: &str, state: &str) -> Error {
    let state = if state == "PendingDeletion" { "pending deletion" } else { state };
    Error::of(&model::KMS_INVALID_STATE_EXCEPTION, format!("{arn} is {state}."))
}

/// An error of KMS in Kinesis's words: the code gets a prefix, the text stays.
// Recorded in serverless-operations/serverless-apigateway-service-proxy#101: KMSAccessDeniedException with KMS's text.
pub fn of_kms(error: Error) -> Error {
    let model = match error.code.as_ref() {
        "AccessDeniedException" => &model::KMS_ACCESS_DENIED_EXCEPTION,
        "NotFoundException" | "InvalidArnException" => &model::KMS_NOT_FOUND_EXCEPTION,
        "DisabledException" => &model::KMS_DISABLED_EXCEPTION,
        "KMSInvalidStateException" | "InvalidKeyUsageException" => &model::KMS_INVALID_STATE_EXCEPTION,
        "ThrottlingException" => &model::KMS_THROTTLING_EXCEPTION,
        _ => return error,
    };
    Error::of(model, error.message)
}

/// What the double does not model, by name.
pub fn not_modelled(what: &str) -> Error {
    Error::new("NotImplemented", 501, format!("{what} is not modelled"))
}
