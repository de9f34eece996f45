//! The operations.

/// What an operation takes, answers and names.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        type Input = kage_api_cloudtrail::types::$input;
        type Output = kage_api_cloudtrail::types::$output;
        type Target = $target;
        const MODEL: &'static kage_schema::OperationModel = &kage_api_cloudtrail::operations::$model;
    };
}

pub mod create_trail;
pub mod delegated_admins;
pub mod insights;
pub mod logging;
pub mod lookup_events;
pub mod public_keys;
pub mod selectors;
pub mod tags;
pub mod trails;
pub mod update_trail;
