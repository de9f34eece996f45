//! The operations, by noun.

/// The four associated items by which an operation names its model and its types.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        const MODEL: &'static kage_schema::OperationModel = &kage_api_organizations::operations::$model;
        type Input = kage_api_organizations::types::$input;
        type Output = kage_api_organizations::types::$output;
        type Target = $target;
    };
}

pub mod accounts;
pub mod attachments;
pub mod creation;
pub mod delegation;
pub mod organization;
pub mod policies;
pub mod policy_types;
pub mod service_access;
pub mod tags;
pub mod tree;
pub mod units;
