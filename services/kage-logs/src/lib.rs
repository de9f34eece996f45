//! Amazon CloudWatch Logs.
//!
//! A put is one entry of the store's journal and one small row that says when its events were; reading merges puts by
//! time. Reading order: `group`, `groups`, `streams`; `batch`, `puts`, `position`, `walk` (events); `keys`
//! (encryption); `filters`, `destinations`, `policies`; `named` (what calls name); `jobs`; `ops`.

mod ops;

mod batch;
mod destinations;
mod errors;
mod filters;
mod group;
mod groups;
mod jobs;
mod keys;
mod named;
mod pages;
mod policies;
mod position;
mod puts;
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
        operation::<ops::delete_group::DeleteLogGroup>(),
        operation::<ops::streams::DeleteLogStream>(),
        operation::<ops::retention::DeleteRetentionPolicy>(),
        operation::<ops::list_groups::DescribeLogGroups>(),
        operation::<ops::streams::DescribeLogStreams>(),
        operation::<ops::encryption::DisassociateKmsKey>(),
        operation::<ops::filter_events::FilterLogEvents>(),
        operation::<ops::get_events::GetLogEvents>(),
        operation::<ops::list_groups::ListLogGroups>(),
        operation::<ops::tags::ListTagsForResource>(),
        operation::<ops::tags::ListTagsLogGroup>(),
        operation::<ops::put_events::PutLogEvents>(),
        operation::<ops::delete_group::PutLogGroupDeletionProtection>(),
        operation::<ops::retention::PutRetentionPolicy>(),
        operation::<ops::tags::TagLogGroup>(),
        operation::<ops::tags::TagResource>(),
        operation::<ops::tags::UntagLogGroup>(),
        operation::<ops::tags::UntagResource>(),
    ]
}
