//! Nouns in the shapes of the API.

use crate::consumer::Consumer;
use crate::named::Registered;
use crate::shard::{Range, Shard};
use crate::stream::Stream;
use kage_api_kinesis::types as api;
use kage_schema::Timestamp;

/// A range of hash keys.
pub fn range(range: Range) -> api::HashKeyRange {
    api::HashKeyRange { starting_hash_key: range.start.to_string(), ending_hash_key: range.end.to_string() }
}

/// A shard.
pub fn shard(shard: &Shard) -> api::Shard {
    api::Shard {
        shard_id: shard.id(),
        parent_shard_id: shard.parent.map(crate::shard::id),
        adjacent_parent_shard_id: shard.adjacent.map(crate::shard::id),
        hash_key_range: range(shard.range),
        sequence_number_range: api::SequenceNumberRange {
            starting_sequence_number: shard.first(),
            ending_sequence_number: shard.last(),
        },
    }
}

/// A shard as a child of others.
pub fn child(shard: &Shard) -> api::ChildShard {
    api::ChildShard {
        shard_id: shard.id(),
        parent_shards: shard.parent.into_iter().chain(shard.adjacent).map(crate::shard::id).collect(),
        hash_key_range: range(shard.range),
    }
}

/// The mode of a stream.
pub fn mode(stream: &Stream) -> api::StreamModeDetails {
    api::StreamModeDetails { stream_mode: stream.mode.word().to_owned() }
}

/// `NONE` or `KMS`.
pub fn encryption(stream: &Stream) -> String {
    if stream.key.is_some() { "KMS" } else { "NONE" }.to_owned()
}

fn metrics(stream: &Stream) -> Vec<api::EnhancedMetrics> {
    vec![api::EnhancedMetrics { shard_level_metrics: Some(stream.metrics.clone()) }]
}

/// Warm throughput, of streams that have it.
pub fn warm(stream: &Stream) -> Option<api::WarmThroughputObject> {
    let target = stream.warm_mibps?;
    // A shard takes 1 MiB a second.
    let current = i32::try_from(stream.open_shards).unwrap_or(i32::MAX);
    Some(api::WarmThroughputObject { target_mi_bps: Some(target), current_mi_bps: Some(current) })
}

/// A stream with some of its shards.
pub fn description(stream: &Stream, shards: Vec<api::Shard>, more: bool) -> api::StreamDescription {
    api::StreamDescription {
        stream_name: stream.name.clone(),
        stream_arn: stream.arn(),
        stream_status: stream.status.word().to_owned(),
        stream_mode_details: Some(mode(stream)),
        shards,
        has_more_shards: more,
        retention_period_hours: stream.retention_hours,
        stream_creation_timestamp: Timestamp(stream.created),
        enhanced_monitoring: metrics(stream),
        encryption_type: Some(encryption(stream)),
        key_id: stream.key.clone(),
    }
}

/// A stream without its shards.
pub fn summary(stream: &Stream, consumers: usize) -> api::StreamDescriptionSummary {
    api::StreamDescriptionSummary {
        stream_name: stream.name.clone(),
        stream_arn: stream.arn(),
        stream_id: None,
        stream_status: stream.status.word().to_owned(),
        stream_mode_details: Some(mode(stream)),
        retention_period_hours: stream.retention_hours,
        stream_creation_timestamp: Timestamp(stream.created),
        enhanced_monitoring: metrics(stream),
        encryption_type: Some(encryption(stream)),
        key_id: stream.key.clone(),
        open_shard_count: i32::try_from(stream.open_shards).unwrap_or(i32::MAX),
        consumer_count: i32::try_from(consumers).ok(),
        warm_throughput: warm(stream),
        max_record_size_in_ki_b: Some(stream.max_record_kib),
        channel_count: None,
        record_distribution_strategy: (stream.mode == crate::stream::Mode::OnDemand)
            .then(|| if stream.spread { "AUTO" } else { "USER_PARTITION_KEY" }.to_owned()),
        queue_count: None,
    }
}

/// A stream in a list.
pub fn listed(stream: &Stream) -> api::StreamSummary {
    api::StreamSummary {
        stream_name: stream.name.clone(),
        stream_arn: stream.arn(),
        stream_status: stream.status.word().to_owned(),
        stream_mode_details: Some(mode(stream)),
        stream_creation_timestamp: Some(Timestamp(stream.created)),
    }
}

/// A consumer.
pub fn consumer(stream: &Stream, consumer: &Consumer) -> api::Consumer {
    api::Consumer {
        consumer_name: consumer.name.clone(),
        consumer_arn: consumer.arn(stream),
        consumer_status: consumer.status.word().to_owned(),
        consumer_creation_timestamp: Timestamp(consumer.created).whole_seconds(),
    }
}

/// A consumer with its stream.
pub fn registered(found: &Registered) -> api::ConsumerDescription {
    let shown = consumer(&found.stream, &found.consumer);
    api::ConsumerDescription {
        consumer_name: shown.consumer_name,
        consumer_arn: shown.consumer_arn,
        consumer_status: shown.consumer_status,
        consumer_creation_timestamp: shown.consumer_creation_timestamp,
        stream_arn: found.stream.arn(),
    }
}
