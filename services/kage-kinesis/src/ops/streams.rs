//! `CreateStream`, `DeleteStream`, `ListStreams`.

use crate::named::{self, naming, own_access};
use crate::stream::{self, Change, Mode, RECORD_KIB, RETENTION_HOURS, Stream};
use crate::{consumers, errors, iterator, jobs, limits, streams, tags, view};
use kage_api_kinesis::types::{CreateStreamResponse, DeleteStreamResponse, ListStreamsOutput};
use kage_core::{Access, Call, Lookup, Operation, Recording, Result, Tx, page};

/// Creates a stream.
pub struct CreateStream;

impl Operation for CreateStream {
    shape!(CREATE_STREAM: CreateStreamInput -> CreateStreamResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    // AWS: API reference, CreateStream: "If you pass the Tags parameter, in addition to having the kinesis:CreateStream
    // permission, you must also have the kinesis:AddTagsToStream permission for the stream that will be created."
    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let arn = stream::arn(&call.account, &call.region, &input.stream_name);
        let tags = || input.tags.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
        let access = Access::to("kinesis:CreateStream", arn.clone()).request_tags(tags());
        match &input.tags {
            Some(_) => access.and(Access::to("kinesis:AddTagsToStream", arn).request_tags(tags())),
            None => access,
        }
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<CreateStreamResponse> {
        let (account, region, name) = (&call.account, &call.region, &input.stream_name);
        let now = call.now.milliseconds();
        if streams::find(tx.reads(), account, region, name)?.is_some() {
            return Err(errors::stream_exists(account, name));
        }
        let mode =
            input.stream_mode_details.as_ref().map_or(Mode::Provisioned, |mode| Mode::of(&mode.stream_mode));
        let usage = limits::usage(tx.reads(), account, region)?;
        let mut shards = shards(mode, input.shard_count)?;
        limits::require_room(&usage, account, mode)?;
        if mode == Mode::Provisioned {
            limits::require_shards(&usage, account, region, shards)?;
        }
        if let Some(warm) = input.warm_throughput_mi_bps {
            super::settings::require_warm(call, tx, account, region, mode, warm)?;
            shards = shards.max(u32::try_from(warm).unwrap_or(0));
        }
        let spread = input.record_distribution_strategy.as_deref() == Some("AUTO");
        if spread && mode == Mode::Provisioned {
            // AWS: API reference, UpdateStreamRecordDistributionStrategy: AUTO needs on-demand mode. The text is ours.
            return Err(errors::argument(
                "RecordDistributionStrategy AUTO requires the ON_DEMAND stream mode.",
            ));
        }
        let mut made = Stream {
            account: account.clone(),
            region: region.clone(),
            name: name.clone(),
            id: call.ids().hex(16),
            created: now,
            mode,
            retention_hours: RETENTION_HOURS,
            max_record_kib: input.max_record_size_in_ki_b.unwrap_or(RECORD_KIB),
            warm_mibps: input.warm_throughput_mi_bps,
            spread,
            ..Stream::default()
        };
        if let Some(more) = &input.tags {
            tags::add(account, name, &mut made.tags, more)?;
        }
        jobs::begin(call, tx, &mut made, Change::Create { shards })?;
        Ok(CreateStreamResponse {})
    }
}

/// How many shards a new stream has. The texts are ours.
fn shards(mode: Mode, asked: Option<i32>) -> Result<u32> {
    match (mode, asked) {
        (Mode::Provisioned, Some(count)) => Ok(u32::try_from(count).unwrap_or(0)),
        (Mode::Provisioned, None) => {
            Err(errors::validation("ShardCount is required for streams in PROVISIONED mode."))
        }
        (Mode::OnDemand, None) => Ok(limits::ON_DEMAND_SHARDS),
        (Mode::OnDemand, Some(_)) => {
            Err(errors::validation("ShardCount must not be specified for streams in ON_DEMAND mode."))
        }
    }
}

/// Deletes a stream.
pub struct DeleteStream;

impl Operation for DeleteStream {
    shape!(DELETE_STREAM: DeleteStreamInput -> DeleteStreamResponse on Stream);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Stream>> {
        named::stream(call, tx, &naming!(input))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Stream>) -> Access {
        own_access("kinesis:DeleteStream", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut stream: Stream,
        input: &Self::Input,
    ) -> Result<DeleteStreamResponse> {
        stream.require_active()?;
        let has_consumers = !consumers::list(tx.reads(), &stream)?.is_empty();
        if has_consumers && input.enforce_consumer_deletion != Some(true) {
            return Err(errors::has_consumers(&stream));
        }
        jobs::begin(call, tx, &mut stream, Change::Delete)?;
        Ok(DeleteStreamResponse {})
    }
}

/// Lists the names of streams.
pub struct ListStreams;

impl Operation for ListStreams {
    shape!(LIST_STREAMS: ListStreamsInput -> ListStreamsOutput on ());
    const RECORDING: Recording = Recording::READ;

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("kinesis:ListStreams")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListStreamsOutput> {
        const KIND: &str = "streams";
        let after = match &input.next_token {
            Some(token) => iterator::open_page(call, tx.reads(), KIND, token)?.into_iter().next(),
            None => input.exclusive_start_stream_name.clone(),
        };
        // AWS: API reference, ListStreams: 100 by default and at most.
        let limit = input.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(100).clamp(1, 100);
        let all = streams::list(tx.reads(), &call.account, &call.region)?;
        let page = page(all, |stream| stream.name.clone(), after.as_deref(), limit);
        let next_token = match &page.next {
            Some(next) => Some(iterator::seal(call, tx, KIND, &[next])?),
            None => None,
        };
        Ok(ListStreamsOutput {
            stream_names: page.items.iter().map(|stream| stream.name.clone()).collect(),
            has_more_streams: next_token.is_some(),
            next_token,
            stream_summaries: Some(page.items.iter().map(view::listed).collect()),
        })
    }
}
