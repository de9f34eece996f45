//! Amazon Simple Queue Service.
//!
//! Modules in reading order: `queue` and `settings` (what a queue is), `queues` (where they are kept), `address` (queue
//! URLs), `policy` and `redrive` (what their attributes hold), `message` and `draft` (what is sent), `protection`
//! (encryption at rest), `messages` and `groups` (rows of messages and who may be received when), `duplicates` (FIFO
//! deduplication), `receipt` (handles), `delivery` (in and out of a queue), `attempts` (receiving again), `moves` and `jobs` (message move tasks).

mod ops;

mod address;
mod attempts;
mod delivery;
mod digest;
mod draft;
mod duplicates;
mod errors;
mod groups;
mod jobs;
mod message;
mod messages;
mod moves;
mod policy;
mod protection;
mod queue;
mod queues;
mod receipt;
mod redrive;
mod settings;
mod view;

use kage_core::{DenialStyle, Handler, Service, operation};
use kage_schema::ServiceModel;

static MODELS: &[&ServiceModel] = &[&kage_api_sqs::SERVICE];

/// The service, for the binary.
#[must_use]
pub fn service() -> Service {
    Service {
        models: MODELS,
        event_source: "sqs.amazonaws.com",
        global: false,
        denial: DenialStyle::AccessDenied,
        validation_code: "InvalidParameterValue",
        validation_first: false,
        operations: operations(),
        jobs: jobs::handlers(),
    }
}

fn operations() -> Vec<Box<dyn Handler>> {
    vec![
        operation::<ops::permissions::AddPermission>(),
        operation::<ops::moves::CancelMessageMoveTask>(),
        operation::<ops::visibility::ChangeMessageVisibility>(),
        operation::<ops::visibility::ChangeMessageVisibilityBatch>(),
        operation::<ops::create_queue::CreateQueue>(),
        operation::<ops::delete::DeleteMessage>(),
        operation::<ops::delete::DeleteMessageBatch>(),
        operation::<ops::queues::DeleteQueue>(),
        operation::<ops::attributes::GetQueueAttributes>(),
        operation::<ops::queues::GetQueueUrl>(),
        operation::<ops::queues::ListDeadLetterSourceQueues>(),
        operation::<ops::moves::ListMessageMoveTasks>(),
        operation::<ops::tags::ListQueueTags>(),
        operation::<ops::queues::ListQueues>(),
        operation::<ops::queues::PurgeQueue>(),
        operation::<ops::receive::ReceiveMessage>(),
        operation::<ops::permissions::RemovePermission>(),
        operation::<ops::send::SendMessage>(),
        operation::<ops::send::SendMessageBatch>(),
        operation::<ops::attributes::SetQueueAttributes>(),
        operation::<ops::moves::StartMessageMoveTask>(),
        operation::<ops::tags::TagQueue>(),
        operation::<ops::tags::UntagQueue>(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_model_is_served() {
        let served: Vec<&str> = operations().iter().map(|handler| handler.model().name).collect();
        for model in kage_api_sqs::SERVICE.operations {
            assert!(served.contains(&model.name), "{} is not served", model.name);
        }
        assert_eq!(served.len(), 23);
    }
}
