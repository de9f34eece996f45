//! The operations.

/// The four associated items by which an operation names its model and its types.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        const MODEL: &'static kage_schema::OperationModel = &kage_api_kms::operations::$model;
        type Input = kage_api_kms::types::$input;
        type Output = kage_api_kms::types::$output;
        type Target = $target;
    };
}

pub mod aliases;
pub mod create_key;
pub mod crypto;
pub mod data_key;
pub mod decrypt;
pub mod deletion;
pub mod encrypt;
pub mod grants;
pub mod keys;
pub mod policies;
pub mod random;
pub mod re_encrypt;
pub mod retire;
pub mod rotation;
pub mod tags;
