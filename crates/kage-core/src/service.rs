//! A service: its models, operations and habits.

use crate::{Handler, JobHandler};
use kage_schema::ServiceModel;

/// Everything that the binary needs to serve one AWS service.
pub struct Service {
    /// Its API models; most services have one (S3 has two: `s3` and `s3control`).
    pub models: &'static [&'static ServiceModel],
    /// `eventSource` in CloudTrail and the service principal: `kms.amazonaws.com`.
    pub event_source: &'static str,
    /// Whether it has one state for all Regions; its events then stand in us-east-1.
    pub global: bool,
    /// How it says no.
    pub denial: DenialStyle,
    /// The code for values that break the model's limits: `ValidationException`, `ValidationError`.
    pub validation_code: &'static str,
    /// Whether limits are judged before permissions (rule 178 of `authorization.md`: most services judge permissions first).
    pub validation_first: bool,
    /// Its operations.
    pub operations: Vec<Box<dyn Handler>>,
    /// What it does later.
    pub jobs: Vec<JobHandler>,
}

/// The code and status of a denial (rules 174 and 175 of `authorization.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DenialStyle {
    /// `AccessDenied`, 403: query services.
    AccessDenied,
    /// `AccessDeniedException`, 400: JSON services.
    AccessDeniedException,
    /// `AccessDeniedException`, 403: REST-JSON services.
    AccessDeniedExceptionForbidden,
    /// `AccessDenied`, 403, with the reason only for principals of the same account or organization: S3.
    S3,
    /// `AuthorizationError`, 403: SNS.
    AuthorizationError,
    /// `UnauthorizedOperation`, 403, with an encoded message: EC2.
    UnauthorizedOperation,
}
