//! The operations, by noun.

/// The four associated items by which an operation names its model and its types.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        const MODEL: &'static kage_schema::OperationModel = &kage_api_scheduler::operations::$model;
        type Input = kage_api_scheduler::types::$input;
        type Output = kage_api_scheduler::types::$output;
        type Target = $target;
    };
}

pub mod groups;
pub mod put;
pub mod schedules;
pub mod tags;
