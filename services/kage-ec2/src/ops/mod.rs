//! The operations.

/// The four associated items by which an operation names its model and its types.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        const MODEL: &'static kage_schema::OperationModel = &kage_api_ec2::operations::$model;
        type Input = kage_api_ec2::types::$input;
        type Output = kage_api_ec2::types::$output;
        type Target = $target;
    };
}

pub mod account;
pub mod ebs_encryption;
pub mod regions;
pub mod snapshot_sharing;
pub mod zones;
