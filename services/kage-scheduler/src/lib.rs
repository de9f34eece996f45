//! EventBridge Scheduler: schedules in groups, each with one templated target that is invoked as a role.
//!
//! Modules in reading order: `group`, `plan` (a schedule), `target` (nouns), `schedules` (rows), `trust` (whether a role may
//! be used), `firing` (one planned job for a schedule), `invocation` (tries and dead letters), `jobs`.

mod ops;

mod errors;
mod firing;
mod group;
mod invocation;
mod jobs;
mod pages;
mod plan;
mod schedules;
mod tags;
mod target;
mod trust;

use kage_core::{DenialStyle, Handler, Service, operation};
use kage_schema::ServiceModel;

static MODELS: &[&ServiceModel] = &[&kage_api_scheduler::SERVICE];

/// The service, for the binary.
#[must_use]
pub fn service() -> Service {
    Service {
        models: MODELS,
        event_source: invocation::PRINCIPAL,
        global: false,
        denial: DenialStyle::AccessDeniedExceptionForbidden,
        validation_code: "ValidationException",
        validation_first: false,
        operations: operations(),
        jobs: jobs::handlers(),
    }
}

fn operations() -> Vec<Box<dyn Handler>> {
    vec![
        operation::<ops::put::CreateSchedule>(),
        operation::<ops::groups::CreateScheduleGroup>(),
        operation::<ops::schedules::DeleteSchedule>(),
        operation::<ops::groups::DeleteScheduleGroup>(),
        operation::<ops::schedules::GetSchedule>(),
        operation::<ops::groups::GetScheduleGroup>(),
        operation::<ops::groups::ListScheduleGroups>(),
        operation::<ops::schedules::ListSchedules>(),
        operation::<ops::tags::ListTagsForResource>(),
        operation::<ops::tags::TagResource>(),
        operation::<ops::tags::UntagResource>(),
        operation::<ops::put::UpdateSchedule>(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_model_is_served() {
        let served: Vec<&str> = operations().iter().map(|handler| handler.model().name).collect();
        for model in kage_api_scheduler::SERVICE.operations {
            assert!(served.contains(&model.name), "{} is not served", model.name);
        }
        assert_eq!(served.len(), kage_api_scheduler::SERVICE.operations.len());
    }
}
