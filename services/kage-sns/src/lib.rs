//! SNS.

mod ops;

use kage_core::{DenialStyle, Service, operation};
use kage_schema::ServiceModel;

static MODELS: &[&ServiceModel] = &[&kage_api_sns::SERVICE];

/// The service, for the binary.
#[must_use]
pub fn service() -> Service {
    Service {
        models: MODELS,
        event_source: "sns.amazonaws.com",
        global: false,
        denial: DenialStyle::AccessDenied,
        validation_code: "ValidationError",
        validation_first: false,
        operations: vec![operation::<ops::CreateTopic>()],
        jobs: vec![],
    }
}
