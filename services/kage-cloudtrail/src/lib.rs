//! AWS CloudTrail.
//!
//! Events are made by the pipeline (`kage-record`) in the transaction of the call they tell of, and stand in streams, one
//! for each account, Region and category. Here they are read: as the event history, and by trails, which deliver them as
//! log files into a bucket and vouch for those with digests.

mod ops;

mod delivery;
mod digests;
mod encryption;
mod errors;
mod history;
mod insight_selectors;
mod insights;
mod log_group;
mod logging;
mod notifications;
mod object;
mod organization;
mod selectors;
mod signing_keys;
mod spans;
mod status;
mod tagging;
mod trail;
mod trails;
mod view;

use kage_core::{DenialStyle, Handler, JobHandler, Service, operation};

static MODELS: [&kage_schema::ServiceModel; 1] = [&kage_api_cloudtrail::SERVICE];

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        models: &MODELS,
        event_source: object::PRINCIPAL,
        global: false,
        denial: DenialStyle::AccessDeniedException,
        validation_code: "ValidationException",
        validation_first: false,
        operations: operations(),
        jobs: vec![
            JobHandler { kind: delivery::JOB, principal: object::PRINCIPAL, run: delivery::run },
            JobHandler { kind: digests::JOB, principal: object::PRINCIPAL, run: digests::run },
            JobHandler { kind: insights::JOB, principal: object::PRINCIPAL, run: insights::run },
        ],
    }
}

fn operations() -> Vec<Box<dyn Handler>> {
    vec![
        operation::<ops::tags::AddTags>(),
        operation::<ops::create_trail::CreateTrail>(),
        operation::<ops::trails::DeleteTrail>(),
        operation::<ops::delegated_admins::DeregisterOrganizationDelegatedAdmin>(),
        operation::<ops::trails::DescribeTrails>(),
        operation::<ops::selectors::GetEventSelectors>(),
        operation::<ops::insights::GetInsightSelectors>(),
        operation::<ops::trails::GetTrail>(),
        operation::<ops::trails::GetTrailStatus>(),
        operation::<ops::public_keys::ListPublicKeys>(),
        operation::<ops::tags::ListTags>(),
        operation::<ops::trails::ListTrails>(),
        operation::<ops::lookup_events::LookupEvents>(),
        operation::<ops::selectors::PutEventSelectors>(),
        operation::<ops::insights::PutInsightSelectors>(),
        operation::<ops::delegated_admins::RegisterOrganizationDelegatedAdmin>(),
        operation::<ops::tags::RemoveTags>(),
        operation::<ops::logging::StartLogging>(),
        operation::<ops::logging::StopLogging>(),
        operation::<ops::update_trail::UpdateTrail>(),
    ]
}
