//! AWS Lambda.
//!
//! A function is one row for each version and one for what they share; packages stand once in the body store, sealed. `run`
//! decides who may invoke what and as whom; running happens after the commit, in the sandbox.

mod ops;

mod codes;
mod destinations;
mod environment;
mod errors;
mod event_configs;
mod events;
mod function;
mod functions;
mod jobs;
mod layers;
mod mapping;
mod pages;
mod place;
mod policy;
mod queue_source;
mod report;
mod running;
mod sessions;
mod settings;
mod sources;
mod stream_source;
mod tagging;
mod target;
mod view;

use kage_core::{DenialStyle, Handler, Service, operation};
use kage_schema::ServiceModel;

static MODELS: &[&ServiceModel] = &[&kage_api_lambda::SERVICE];

/// The service, for the binary.
#[must_use]
pub fn service() -> Service {
    Service {
        models: MODELS,
        event_source: "lambda.amazonaws.com",
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
        operation::<ops::layers::AddLayerVersionPermission>(),
        operation::<ops::permissions::AddPermission>(),
        operation::<ops::aliases::CreateAlias>(),
        operation::<ops::mappings::CreateEventSourceMapping>(),
        operation::<ops::create_function::CreateFunction>(),
        operation::<ops::aliases::DeleteAlias>(),
        operation::<ops::mappings::DeleteEventSourceMapping>(),
        operation::<ops::functions::DeleteFunction>(),
        operation::<ops::concurrency::DeleteFunctionConcurrency>(),
        operation::<ops::event_config::DeleteFunctionEventInvokeConfig>(),
        operation::<ops::layers::DeleteLayerVersion>(),
        operation::<ops::account::GetAccountSettings>(),
        operation::<ops::aliases::GetAlias>(),
        operation::<ops::mappings::GetEventSourceMapping>(),
        operation::<ops::functions::GetFunction>(),
        operation::<ops::concurrency::GetFunctionConcurrency>(),
        operation::<ops::functions::GetFunctionConfiguration>(),
        operation::<ops::event_config::GetFunctionEventInvokeConfig>(),
        operation::<ops::layers::GetLayerVersion>(),
        operation::<ops::layers::GetLayerVersionByArn>(),
        operation::<ops::layers::GetLayerVersionPolicy>(),
        operation::<ops::permissions::GetPolicy>(),
        operation::<ops::invoke::Invoke>(),
        operation::<ops::aliases::ListAliases>(),
        operation::<ops::mappings::ListEventSourceMappings>(),
        operation::<ops::event_config::ListFunctionEventInvokeConfigs>(),
        operation::<ops::functions::ListFunctions>(),
        operation::<ops::layers::ListLayerVersions>(),
        operation::<ops::layers::ListLayers>(),
        operation::<ops::tags::ListTags>(),
        operation::<ops::versions::ListVersionsByFunction>(),
        operation::<ops::layers::PublishLayerVersion>(),
        operation::<ops::versions::PublishVersion>(),
        operation::<ops::concurrency::PutFunctionConcurrency>(),
        operation::<ops::event_config::PutFunctionEventInvokeConfig>(),
        operation::<ops::layers::RemoveLayerVersionPermission>(),
        operation::<ops::permissions::RemovePermission>(),
        operation::<ops::tags::TagResource>(),
        operation::<ops::tags::UntagResource>(),
        operation::<ops::aliases::UpdateAlias>(),
        operation::<ops::mappings::UpdateEventSourceMapping>(),
        operation::<ops::update_function::UpdateFunctionCode>(),
        operation::<ops::update_function::UpdateFunctionConfiguration>(),
        operation::<ops::event_config::UpdateFunctionEventInvokeConfig>(),
    ]
}
