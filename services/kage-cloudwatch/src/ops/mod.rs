//! The operations.

/// The types of an operation: `shape!(MODEL: Input -> Output on Target);`.
macro_rules! shape {
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {
        type Input = kage_api_cloudwatch::types::$input;
        type Output = kage_api_cloudwatch::types::$output;
        type Target = $target;

        const MODEL: &'static kage_schema::OperationModel = &kage_api_cloudwatch::operations::$model;
    };
}

pub mod alarm_state;
pub mod configure;
pub mod dashboards;
pub mod describe_alarms;
pub mod get_metric_data;
pub mod get_metric_statistics;
pub mod list_metrics;
pub mod put_composite_alarm;
pub mod put_metric_alarm;
pub mod put_metric_data;
pub mod tags;
