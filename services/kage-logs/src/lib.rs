//! Amazon CloudWatch Logs.
//!
//! A put is one entry of the store's journal and one small row that says when its events were; reading merges puts by
//! time. Reading order: `group`, `groups`, `streams`; `batch`, `puts`, `position`, `walk` (events); `keys`
//! (encryption); `filters`, `metrics`, `destinations`, `delivery`, `live`, `policies`; `queries`, `insight`; `named` (what calls name); `jobs`; `ops`.

mod ops;

mod batch;
mod delivery;
mod destinations;
mod errors;
mod filters;
mod group;
mod groups;
mod insight;
mod jobs;
mod keys;
mod live;
mod metrics;
mod named;
mod pages;
mod pointer;
mod policies;
mod position;
mod puts;
mod queries;
mod streams;
mod tagging;
mod walk;

use kage_core::{DenialStyle, Handler, Service, operation};
use kage_schema::ServiceModel;

static MODELS: &[&ServiceModel] = &[&kage_api_logs::SERVICE];

/// The service, for the binary.
#[must_use]
pub fn service() -> Service {
    Service {
        models: MODELS,
        event_source: "logs.amazonaws.com",
        global: false,
        denial: DenialStyle::AccessDeniedException,
        validation_code: "InvalidParameterException",
        validation_first: false,
        operations: operations(),
        jobs: jobs::handlers(),
    }
}

fn operations() -> Vec<Box<dyn Handler>> {
    vec![
        operation::<ops::encryption::AssociateKmsKey>(),
        operation::<ops::create_group::CreateLogGroup>(),
        operation::<ops::streams::CreateLogStream>(),
        operation::<ops::destinations::DeleteDestination>(),
        operation::<ops::delete_group::DeleteLogGroup>(),
        operation::<ops::streams::DeleteLogStream>(),
        operation::<ops::metric_filters::DeleteMetricFilter>(),
        operation::<ops::definitions::DeleteQueryDefinition>(),
        operation::<ops::policies::DeleteResourcePolicy>(),
        operation::<ops::retention::DeleteRetentionPolicy>(),
        operation::<ops::subscriptions::DeleteSubscriptionFilter>(),
        operation::<ops::destinations::DescribeDestinations>(),
        operation::<ops::list_groups::DescribeLogGroups>(),
        operation::<ops::streams::DescribeLogStreams>(),
        operation::<ops::metric_filters::DescribeMetricFilters>(),
        operation::<ops::queries::DescribeQueries>(),
        operation::<ops::definitions::DescribeQueryDefinitions>(),
        operation::<ops::policies::DescribeResourcePolicies>(),
        operation::<ops::subscriptions::DescribeSubscriptionFilters>(),
        operation::<ops::encryption::DisassociateKmsKey>(),
        operation::<ops::filter_events::FilterLogEvents>(),
        operation::<ops::get_events::GetLogEvents>(),
        operation::<ops::discovery::GetLogGroupFields>(),
        operation::<ops::discovery::GetLogRecord>(),
        operation::<ops::queries::GetQueryResults>(),
        operation::<ops::list_groups::ListLogGroups>(),
        operation::<ops::tags::ListTagsForResource>(),
        operation::<ops::tags::ListTagsLogGroup>(),
        operation::<ops::destinations::PutDestination>(),
        operation::<ops::destinations::PutDestinationPolicy>(),
        operation::<ops::put_events::PutLogEvents>(),
        operation::<ops::delete_group::PutLogGroupDeletionProtection>(),
        operation::<ops::metric_filters::PutMetricFilter>(),
        operation::<ops::definitions::PutQueryDefinition>(),
        operation::<ops::policies::PutResourcePolicy>(),
        operation::<ops::retention::PutRetentionPolicy>(),
        operation::<ops::subscriptions::PutSubscriptionFilter>(),
        operation::<ops::live_tail::StartLiveTail>(),
        operation::<ops::queries::StartQuery>(),
        operation::<ops::queries::StopQuery>(),
        operation::<ops::tags::TagLogGroup>(),
        operation::<ops::tags::TagResource>(),
        operation::<ops::metric_filters::TestMetricFilter>(),
        operation::<ops::tags::UntagLogGroup>(),
        operation::<ops::tags::UntagResource>(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_model_is_served() {
        let served: Vec<&str> = operations().iter().map(|handler| handler.model().name).collect();
        for model in kage_api_logs::SERVICE.operations {
            assert!(served.contains(&model.name), "{} is not served", model.name);
        }
        assert_eq!(served.len(), kage_api_logs::SERVICE.operations.len());
    }
}
