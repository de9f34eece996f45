//! The operations, one a file.

mod put_metric_data;

pub use put_metric_data::PutMetricData;
