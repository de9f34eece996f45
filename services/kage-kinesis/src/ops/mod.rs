//! The operations.

/// The four associated items by which an operation names its model and its types.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        const MODEL: &'static kage_schema::OperationModel = &kage_api_kinesis::operations::$model;
        type Input = kage_api_kinesis::types::$input;
        type Output = kage_api_kinesis::types::$output;
        type Target = $target;
    };
}

pub mod account;
pub mod consumers;
pub mod describe;
pub mod encryption;
pub mod get;
pub mod iterate;
pub mod list_shards;
pub mod monitoring;
pub mod policies;
pub mod put;
pub mod reshard;
pub mod resource_tags;
pub mod settings;
pub mod streams;
pub mod subscribe;
pub mod tags;

use kage_core::{Recording, Result};

/// Records are data events.
// AWS: CloudTrail user guide, "Logging data events": AWS::Kinesis::Stream.
const DATA: Recording = quiet(Recording::data("AWS::Kinesis::Stream"));

/// AWS: the same page: AWS::Kinesis::StreamConsumer.
const CONSUMER_DATA: Recording =
    Recording { read_only: Some(true), ..quiet(Recording::data("AWS::Kinesis::StreamConsumer")) };

/// Without the answer: it may name 500 records.
const fn quiet(recording: Recording) -> Recording {
    Recording { response: Some(false), ..recording }
}

/// Ends a call that asked only whether it would work.
fn require_wet(dry_run: Option<bool>) -> Result<()> {
    if dry_run == Some(true) { Err(crate::errors::dry_run()) } else { Ok(()) }
}
