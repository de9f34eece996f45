//! The operations.

/// The four associated items by which an operation names its model and its types.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        const MODEL: &'static kage_schema::OperationModel = &kage_api_sqs::operations::$model;
        type Input = kage_api_sqs::types::$input;
        type Output = kage_api_sqs::types::$output;
        type Target = $target;
    };
}

pub mod attributes;
mod batch;
pub mod create_queue;
pub mod delete;
pub mod moves;
mod pages;
pub mod permissions;
pub mod queues;
pub mod receive;
mod recording;
pub mod send;
pub mod tags;
pub mod visibility;
