//! EventBridge: buses, rules, targets, schedules, archives and replays.
//!
//! An event is taken in by `route`: archives keep it, and each target of each matching rule gets a delivery, a job of its
//! own. A delivery is a real call as `events.amazonaws.com` for the rule, or as the role of the target; it is tried again or
//! ends in the dead-letter queue.
//!
//! Modules in reading order: `bus`, `rule`, `target` (nouns), `buses`, `rules` (rows), `index` (compiled patterns), `event`,
//! `route`, `delivery`, `send`, `metrics`, `plans` (schedules), `archives`, `replays`, `cursors`, `jobs`.

mod ops;

mod archives;
mod bus;
mod buses;
mod cursors;
mod delivery;
mod errors;
mod event;
mod index;
mod jobs;
mod metrics;
mod pages;
mod plans;
mod replays;
mod route;
mod rule;
mod rules;
mod send;
mod tags;
mod target;

use kage_core::{DenialStyle, Handler, Service, operation};
use kage_schema::ServiceModel;

static MODELS: &[&ServiceModel] = &[&kage_api_events::SERVICE];

/// The service, for the binary.
#[must_use]
pub fn service() -> Service {
    Service {
        models: MODELS,
        event_source: send::PRINCIPAL,
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
        operation::<ops::replays::CancelReplay>(),
        operation::<ops::archives::CreateArchive>(),
        operation::<ops::buses::CreateEventBus>(),
        operation::<ops::archives::DeleteArchive>(),
        operation::<ops::buses::DeleteEventBus>(),
        operation::<ops::rules::DeleteRule>(),
        operation::<ops::archives::DescribeArchive>(),
        operation::<ops::buses::DescribeEventBus>(),
        operation::<ops::replays::DescribeReplay>(),
        operation::<ops::rules::DescribeRule>(),
        operation::<ops::rules::DisableRule>(),
        operation::<ops::rules::EnableRule>(),
        operation::<ops::archives::ListArchives>(),
        operation::<ops::buses::ListEventBuses>(),
        operation::<ops::replays::ListReplays>(),
        operation::<ops::lists::ListRuleNamesByTarget>(),
        operation::<ops::lists::ListRules>(),
        operation::<ops::tags::ListTagsForResource>(),
        operation::<ops::lists::ListTargetsByRule>(),
        operation::<ops::put_events::PutEvents>(),
        operation::<ops::permissions::PutPermission>(),
        operation::<ops::put_rule::PutRule>(),
        operation::<ops::targets::PutTargets>(),
        operation::<ops::permissions::RemovePermission>(),
        operation::<ops::targets::RemoveTargets>(),
        operation::<ops::replays::StartReplay>(),
        operation::<ops::tags::TagResource>(),
        operation::<ops::test_pattern::TestEventPattern>(),
        operation::<ops::tags::UntagResource>(),
        operation::<ops::archives::UpdateArchive>(),
        operation::<ops::buses::UpdateEventBus>(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_model_is_served() {
        let served: Vec<&str> = operations().iter().map(|handler| handler.model().name).collect();
        for model in kage_api_events::SERVICE.operations {
            assert!(served.contains(&model.name), "{} is not served", model.name);
        }
        assert_eq!(served.len(), kage_api_events::SERVICE.operations.len());
    }
}
