//! AWS Security Token Service.
//!
//! Its only noun is the session, whose table lives in `kage-identity` because the pipeline reads it for every call. Here
//! are the rules by which sessions come to be.

mod ops;

mod durations;
mod errors;
mod issue;
mod mfa;
mod policies;
mod session_tags;
mod who;

use kage_core::{Category, DenialStyle, Recording, Service, operation};

static MODELS: [&kage_schema::ServiceModel; 1] = [&kage_api_sts::SERVICE];

/// CloudTrail counts the makers of sessions as read-only, and yet keeps what they answered but for the secret key.
/// AWS: IAM user guide, "Logging IAM and AWS STS API calls with AWS CloudTrail", the example records of AssumeRole,
/// GetSessionToken and GetFederationToken.
const SESSION_RECORDING: Recording =
    Recording { category: Category::Management, read_only: Some(true), response: Some(true) };

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        models: &MODELS,
        event_source: "sts.amazonaws.com",
        global: false,
        denial: DenialStyle::AccessDenied,
        validation_code: "ValidationError",
        validation_first: false,
        operations: vec![
            operation::<ops::assume_role::AssumeRole>(),
            operation::<ops::facts::DecodeAuthorizationMessage>(),
            operation::<ops::facts::GetAccessKeyInfo>(),
            operation::<ops::facts::GetCallerIdentity>(),
            operation::<ops::get_federation_token::GetFederationToken>(),
            operation::<ops::get_session_token::GetSessionToken>(),
        ],
        jobs: Vec::new(),
    }
}
