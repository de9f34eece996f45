//! Amazon CloudWatch: metrics, alarms, dashboards.
//!
//! - `metric`, `metrics`, `points`: what a metric is, which there are, and their data.
//! - `query`: data by period.
//! - `formula`: metrics with a statistic, and expressions over them.
//! - `jobs`: what happens later.

mod ops;

mod errors;
mod formula;
mod jobs;
mod metric;
mod metrics;
mod pages;
mod points;
mod query;

use kage_core::{DenialStyle, Handler, Service, operation};
use kage_schema::ServiceModel;

static MODELS: &[&ServiceModel] = &[&kage_api_cloudwatch::SERVICE];

/// The service, for the binary.
#[must_use]
pub fn service() -> Service {
    Service {
        models: MODELS,
        event_source: "monitoring.amazonaws.com",
        global: false,
        denial: DenialStyle::AccessDenied,
        validation_code: "ValidationError",
        validation_first: false,
        operations: operations(),
        jobs: jobs::handlers(),
    }
}

fn operations() -> Vec<Box<dyn Handler>> {
    vec![
        operation::<ops::get_metric_data::GetMetricData>(),
        operation::<ops::get_metric_statistics::GetMetricStatistics>(),
        operation::<ops::list_metrics::ListMetrics>(),
        operation::<ops::put_metric_data::PutMetricData>(),
    ]
}
