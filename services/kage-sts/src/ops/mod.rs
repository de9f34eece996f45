//! The operations.

/// The four associated items by which an operation names its model and its types.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        const MODEL: &'static kage_schema::OperationModel = &kage_api_sts::operations::$model;
        type Input = kage_api_sts::types::$input;
        type Output = kage_api_sts::types::$output;
        type Target = $target;
    };
}

pub mod assume_role;
pub mod facts;
pub mod get_federation_token;
pub mod get_session_token;
