//! The operations.

/// The four associated items by which an operation names its model and its types.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        const MODEL: &'static kage_schema::OperationModel = &kage_api_sns::operations::$model;
        type Input = kage_api_sns::types::$input;
        type Output = kage_api_sns::types::$output;
        type Target = $target;
    };
}

pub mod lists;
pub mod permissions;
pub mod publish;
pub mod subscription_attributes;
pub mod subscriptions;
pub mod tags;
pub mod topic_attributes;
pub mod topics;
