//! EventBridge.

mod ops;

use kage_core::{DenialStyle, Service, operation};
use kage_schema::ServiceModel;

static MODELS: &[&ServiceModel] = &[&kage_api_events::SERVICE];

/// The service, for the binary.
#[must_use]
pub fn service() -> Service {
    Service {
        models: MODELS,
        event_source: "events.amazonaws.com",
        global: false,
        denial: DenialStyle::AccessDeniedException,
        validation_code: "ValidationException",
        validation_first: false,
        operations: vec![operation::<ops::PutRule>()],
        jobs: vec![],
    }
}
