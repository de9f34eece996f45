//! The operations, by noun.

/// An operation on a bucket: one action on the bucket, one block of code.
macro_rules! on_bucket {
    ($(#[$doc:meta])* $name:ident($input:ident) -> $output:ident, $model:ident, $action:literal, $recording:expr,
     |$call:ident, $tx:ident, $scene:ident, $given:ident| $run:block) => {
        $(#[$doc])*
        pub struct $name;

        impl kage_core::Operation for $name {
            type Input = kage_api_s3::types::$input;
            type Output = kage_api_s3::types::$output;
            type Target = $crate::scene::Scene;
            const MODEL: &'static kage_schema::OperationModel = &kage_api_s3::operations::$model;
            const RECORDING: kage_core::Recording = $recording;

            fn resolve(
                call: &kage_core::Call<'_>,
                tx: &kage_core::Tx,
                input: &Self::Input,
            ) -> kage_core::Result<kage_core::Lookup<Self::Target>> {
                let owner = input.expected_bucket_owner.as_deref();
                $crate::scene::find(call, tx, &input.bucket, owner).map(kage_core::Lookup::Found)
            }

            fn access(
                call: &kage_core::Call<'_>,
                _: &Self::Input,
                target: &kage_core::Lookup<Self::Target>,
            ) -> kage_core::Access {
                match target.found() {
                    Some(scene) => scene.bucket_access(call, $action),
                    None => kage_core::Access::any($action),
                }
            }

            fn run(
                $call: &kage_core::Call<'_>,
                $tx: &mut kage_core::Tx,
                $scene: Self::Target,
                $given: &Self::Input,
            ) -> kage_core::Result<Self::Output> {
                $run
            }

            $crate::ops::in_words_of_s3!();
        }
    };
}

/// The CloudTrail form of a call and the words for broken limits, for operations written by hand.
macro_rules! in_words_of_s3 {
    () => {
        fn refuse(violations: &[kage_schema::Violation]) -> Option<kage_core::Error> {
            $crate::violations::error(Self::MODEL, violations)
        }

        fn amend(
            call: &kage_core::Call<'_>,
            input: &Self::Input,
            output: Option<&Self::Output>,
            event: &mut serde_json::Map<String, serde_json::Value>,
        ) {
            let output = output.map(|output| output as &dyn kage_schema::Record);
            $crate::record::amend(call, input, output, event);
        }
    };
}

use in_words_of_s3;

pub mod account_block;
pub mod acl;
pub mod attributes;
pub mod bucket_encryption;
pub mod bucket_policy;
pub mod bucket_settings;
pub mod bucket_tagging;
pub mod buckets;
pub mod complete;
pub mod copy_object;
pub mod create_bucket;
pub mod delete_objects;
pub mod get_object;
pub mod lifecycle;
pub mod list_objects;
pub mod list_versions;
pub mod multipart;
pub mod multipart_lists;
pub mod notifications;
pub mod object_tagging;
pub mod put_object;
pub mod restore;
pub mod upload_part;
pub mod upload_part_copy;

use kage_core::Recording;

/// AWS: S3 user guide, "Amazon S3 CloudTrail events": calls about objects are data events.
const DATA: Recording = Recording::data("AWS::S3::Object");
