//! The operations, by noun.

/// The four associated items by which an operation names its model and its types.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        const MODEL: &'static kage_schema::OperationModel = &kage_api_iam::operations::$model;
        type Input = kage_api_iam::types::$input;
        type Output = kage_api_iam::types::$output;
        type Target = $target;
    };
}

pub mod account;
pub mod authorization_details;
pub mod boundaries;
pub mod entity_policies;
pub mod groups;
pub mod instance_profiles;
pub mod keys;
pub mod login;
pub mod mfa;
pub mod policies;
pub mod policy_use;
pub mod report;
pub mod roles;
pub mod service_linked;
pub mod simulate;
pub mod tags;
pub mod users;
