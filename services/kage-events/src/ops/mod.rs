//! The operations, by noun.

/// The four associated items by which an operation names its model and its types.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        const MODEL: &'static kage_schema::OperationModel = &kage_api_events::operations::$model;
        type Input = kage_api_events::types::$input;
        type Output = kage_api_events::types::$output;
        type Target = $target;
    };
}

pub mod archives;
pub mod buses;
pub mod lists;
pub mod permissions;
pub mod put_events;
pub mod put_rule;
pub mod replays;
pub mod rules;
pub mod tags;
pub mod targets;
pub mod test_pattern;
