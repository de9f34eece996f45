//! The operations.

/// The four associated items by which an operation names its model and its types.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        const MODEL: &'static kage_schema::OperationModel = &kage_api_logs::operations::$model;
        type Input = kage_api_logs::types::$input;
        type Output = kage_api_logs::types::$output;
        type Target = $target;
    };
}

pub mod create_group;
pub mod definitions;
pub mod delete_group;
pub mod destinations;
pub mod discovery;
pub mod encryption;
pub mod filter_events;
pub mod get_events;
pub mod list_groups;
pub mod live_tail;
pub mod metric_filters;
pub mod policies;
pub mod put_events;
pub mod queries;
pub mod retention;
pub mod streams;
pub mod subscriptions;
pub mod tags;
