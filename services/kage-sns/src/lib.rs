//! Amazon Simple Notification Service.
//!
//! Modules in reading order: `topic` and `topics`, `subscription` and `subscriptions` (nouns and where they are kept),
//! `policy` (topic policies), `retries` (delivery policies), `draft` (what a publisher sends and what is refused), `note` and
//! `notes` (a message on its way), `protection` (encryption), `duplicates` (FIFO deduplication), `publishing`, `envelope`
//! (what endpoints are sent), `endpoints` (how), `delivery` and `jobs` (when, how often, and what then).

mod endpoints;
mod ops;

mod delivery;
mod draft;
mod duplicates;
mod envelope;
mod errors;
mod jobs;
mod note;
mod notes;
mod policy;
mod protection;
mod publishing;
mod retries;
mod subscription;
mod subscriptions;
mod topic;
mod topics;

use kage_core::{DenialStyle, Handler, Service, operation};
use kage_schema::ServiceModel;

static MODELS: &[&ServiceModel] = &[&kage_api_sns::SERVICE];

/// The service, for the binary.
#[must_use]
pub fn service() -> Service {
    Service {
        models: MODELS,
        event_source: "sns.amazonaws.com",
        global: false,
        denial: DenialStyle::AuthorizationError,
        validation_code: "ValidationError",
        validation_first: false,
        operations: operations(),
        jobs: jobs::handlers(),
    }
}

fn operations() -> Vec<Box<dyn Handler>> {
    vec![
        operation::<ops::permissions::AddPermission>(),
        operation::<ops::subscriptions::ConfirmSubscription>(),
        operation::<ops::topics::CreateTopic>(),
        operation::<ops::topics::DeleteTopic>(),
        operation::<ops::subscription_attributes::GetSubscriptionAttributes>(),
        operation::<ops::topic_attributes::GetTopicAttributes>(),
        operation::<ops::lists::ListSubscriptions>(),
        operation::<ops::lists::ListSubscriptionsByTopic>(),
        operation::<ops::tags::ListTagsForResource>(),
        operation::<ops::lists::ListTopics>(),
        operation::<ops::publish::Publish>(),
        operation::<ops::publish::PublishBatch>(),
        operation::<ops::permissions::RemovePermission>(),
        operation::<ops::subscription_attributes::SetSubscriptionAttributes>(),
        operation::<ops::topic_attributes::SetTopicAttributes>(),
        operation::<ops::subscriptions::Subscribe>(),
        operation::<ops::tags::TagResource>(),
        operation::<ops::subscriptions::Unsubscribe>(),
        operation::<ops::tags::UntagResource>(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_with_types_is_served() {
        let served: Vec<&str> = operations().iter().map(|handler| handler.model().name).collect();
        for model in kage_api_sns::SERVICE.operations {
            assert!(served.contains(&model.name), "{} is not served", model.name);
        }
        assert_eq!(served.len(), kage_api_sns::SERVICE.operations.len());
    }
}
