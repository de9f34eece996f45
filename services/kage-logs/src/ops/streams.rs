//! Log streams: made, removed, described.

use crate::group::{self, Group};
use crate::named::{self, Writing};
use crate::pages::{self, Asked};
use crate::streams::Stream;
use crate::{errors, puts, streams};
use kage_api_logs::types::{
    CreateLogStreamResponse, DeleteLogStreamResponse, DescribeLogStreamsResponse, LogStream,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Makes a log stream.
pub struct CreateLogStream;

impl Operation for CreateLogStream {
    shape!(CREATE_LOG_STREAM: CreateLogStreamRequest -> CreateLogStreamResponse on Writing);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Writing>> {
        named::writing(call, tx, &input.log_group_name, &input.log_stream_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Writing>) -> Access {
        Access::on("logs:CreateLogStream", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Writing,
        _: &Self::Input,
    ) -> Result<CreateLogStreamResponse> {
        if target.stream.is_some() {
            return Err(errors::exists("log stream"));
        }
        let stream = Stream { name: target.name, created: call.now.milliseconds(), ..Stream::default() };
        streams::put(tx, &target.group, &stream)?;
        Ok(CreateLogStreamResponse {})
    }
}

/// Removes a log stream with its events.
pub struct DeleteLogStream;

impl Operation for DeleteLogStream {
    shape!(DELETE_LOG_STREAM: DeleteLogStreamRequest -> DeleteLogStreamResponse on Writing);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Writing>> {
        named::writing(call, tx, &input.log_group_name, &input.log_stream_name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Writing>) -> Access {
        Access::on("logs:DeleteLogStream", target).policy(None)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Writing, _: &Self::Input) -> Result<DeleteLogStreamResponse> {
        // AWS: model, PutLogGroupDeletionProtection: it "blocks all deletion operations".
        if target.group.protected {
            return Err(errors::protected());
        }
        let stream = target.stream.ok_or_else(errors::no_stream)?;
        puts::remove_all(tx, &target.group, &stream.name)?;
        streams::remove(tx, &target.group, &stream.name);
        Ok(DeleteLogStreamResponse {})
    }
}

/// Describes log streams, by name or by the time of their last event.
pub struct DescribeLogStreams;

impl Operation for DescribeLogStreams {
    shape!(DESCRIBE_LOG_STREAMS: DescribeLogStreamsRequest -> DescribeLogStreamsResponse on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        named::by_either(call, tx, input.log_group_name.as_ref(), input.log_group_identifier.as_ref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Group>) -> Access {
        Access::on("logs:DescribeLogStreams", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        group: Group,
        input: &Self::Input,
    ) -> Result<DescribeLogStreamsResponse> {
        let by_time = input.order_by.as_deref() == Some("LastEventTime");
        if by_time && input.log_stream_name_prefix.is_some() {
            return Err(errors::invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
        }
        let mut found = streams::list(tx.reads(), &group)?;
        if let Some(prefix) = &input.log_stream_name_prefix {
            found.retain(|stream| stream.name.starts_with(prefix));
        }
        let asked = Asked::fifty(input.next_token.as_ref(), input.limit)
            .descending(input.descending.unwrap_or(false));
        let key = |stream: &Stream| match by_time {
            true => format!("{:020}\n{}", stream.last.unwrap_or(0).max(0), stream.name),
            false => stream.name.clone(),
        };
        let page = pages::cut(call, found, key, &asked)?;
        let shown = |stream: Stream| LogStream {
            arn: Some(group::stream_arn(&group.region, &group.account, &group.name, &stream.name)),
            log_stream_name: Some(stream.name),
            creation_time: Some(stream.created),
            first_event_timestamp: stream.first,
            last_event_timestamp: stream.last,
            last_ingestion_time: stream.ingested,
            upload_sequence_token: stream.last.map(|_| crate::ops::put_events::SEQUENCE_TOKEN.to_owned()),
            // AWS: model, LogStream$storedBytes: "always reported as zero".
            stored_bytes: Some(0),
        };
        Ok(DescribeLogStreamsResponse {
            log_streams: Some(page.items.into_iter().map(shown).collect()),
            next_token: page.next,
        })
    }
}
