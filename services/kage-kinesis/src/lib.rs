//! Amazon Kinesis Data Streams.
//!
//! A stream has shards, a shard takes the records whose hash keys fall into its range. Records are entries of
//! append-only streams of the store, one for each shard; a sequence number holds the entry's place, so positions need
//! no index. States change by jobs on the double's clock.
//!
//! Reading order: `stream`, `shard`, `sequence`, `log`, `meter` (the nouns and rules); `streams`, `shards`, `consumers`
//! (what is kept); `reshard`, `jobs`, `encryption`, `iterator`; then `named`, `shared` (what a call names) and `ops`.

mod ops;

mod batch;
mod consumer;
mod consumers;
mod encryption;
mod errors;
mod iterator;
mod jobs;
mod limits;
mod log;
mod meter;
mod named;
mod reshard;
mod sequence;
mod shard;
mod shards;
mod shared;
mod stream;
mod streams;
mod subscription;
mod tags;
mod view;

use kage_core::{DenialStyle, Handler, Service, operation};
use kage_schema::ServiceModel;

static MODELS: [&ServiceModel; 1] = [&kage_api_kinesis::SERVICE];

/// The service, for the binary.
#[must_use]
pub fn service() -> Service {
    Service {
        models: &MODELS,
        event_source: "kinesis.amazonaws.com",
        global: false,
        denial: DenialStyle::AccessDeniedException,
        validation_code: "ValidationException",
        validation_first: false,
        operations: operations(),
        jobs: jobs::handlers(),
    }
}

fn operations() -> Vec<Box<dyn Handler>> {
    vec![
        operation::<ops::tags::AddTagsToStream>(),
        operation::<ops::streams::CreateStream>(),
        operation::<ops::settings::DecreaseStreamRetentionPeriod>(),
        operation::<ops::policies::DeleteResourcePolicy>(),
        operation::<ops::streams::DeleteStream>(),
        operation::<ops::consumers::DeregisterStreamConsumer>(),
        operation::<ops::account::DescribeAccountSettings>(),
        operation::<ops::account::DescribeLimits>(),
        operation::<ops::describe::DescribeStream>(),
        operation::<ops::consumers::DescribeStreamConsumer>(),
        operation::<ops::describe::DescribeStreamSummary>(),
        operation::<ops::monitoring::DisableEnhancedMonitoring>(),
        operation::<ops::monitoring::EnableEnhancedMonitoring>(),
        operation::<ops::get::GetRecords>(),
        operation::<ops::policies::GetResourcePolicy>(),
        operation::<ops::iterate::GetShardIterator>(),
        operation::<ops::settings::IncreaseStreamRetentionPeriod>(),
        operation::<ops::list_shards::ListShards>(),
        operation::<ops::consumers::ListStreamConsumers>(),
        operation::<ops::streams::ListStreams>(),
        operation::<ops::resource_tags::ListTagsForResource>(),
        operation::<ops::tags::ListTagsForStream>(),
        operation::<ops::reshard::MergeShards>(),
        operation::<ops::put::PutRecord>(),
        operation::<ops::put::PutRecords>(),
        operation::<ops::policies::PutResourcePolicy>(),
        operation::<ops::consumers::RegisterStreamConsumer>(),
        operation::<ops::tags::RemoveTagsFromStream>(),
        operation::<ops::reshard::SplitShard>(),
        operation::<ops::encryption::StartStreamEncryption>(),
        operation::<ops::encryption::StopStreamEncryption>(),
        operation::<ops::subscribe::SubscribeToShard>(),
        operation::<ops::resource_tags::TagResource>(),
        operation::<ops::resource_tags::UntagResource>(),
        operation::<ops::account::UpdateAccountSettings>(),
        operation::<ops::settings::UpdateMaxRecordSize>(),
        operation::<ops::reshard::UpdateShardCount>(),
        operation::<ops::settings::UpdateStreamMode>(),
        operation::<ops::settings::UpdateStreamRecordDistributionStrategy>(),
        operation::<ops::settings::UpdateStreamWarmThroughput>(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_that_is_named_is_served() {
        let served: Vec<&str> = operations().iter().map(|handler| handler.model().name).collect();
        for model in kage_api_kinesis::SERVICE.operations {
            assert!(served.contains(&model.name), "{} is not served", model.name);
        }
        assert_eq!(served.len(), kage_api_kinesis::SERVICE.operations.len());
    }
}
