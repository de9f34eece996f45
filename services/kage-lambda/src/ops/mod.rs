//! The operations.

/// The four associated items by which an operation names its model and its types, and the name of its event: CloudTrail adds
/// the date of the API to most of them.
// AWS: Lambda developer guide, "Logging AWS Lambda API calls using AWS CloudTrail".
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ty, on $target:ty, as $event:literal) => {
        const MODEL: &'static kage_schema::OperationModel = &kage_api_lambda::operations::$model;
        type Input = kage_api_lambda::types::$input;
        type Output = $output;
        type Target = $target;

        fn amend(
            _: &kage_core::Call<'_>,
            _: &Self::Input,
            _: Option<&Self::Output>,
            event: &mut serde_json::Map<String, serde_json::Value>,
        ) {
            event.insert("eventName".to_owned(), serde_json::Value::from($event));
        }
    };
}

pub mod account;
pub mod aliases;
pub mod concurrency;
pub mod create_function;
pub mod event_config;
pub mod functions;
pub mod invoke;
pub mod layers;
pub mod mappings;
pub mod permissions;
pub mod tags;
pub mod update_function;
pub mod versions;
