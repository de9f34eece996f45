//! Amazon CloudWatch: metrics, alarms, dashboards.
//!
//! - `metric`, `metrics`, `points`: what a metric is, which there are, and their data.
//! - `query`, `formula`: data by period; metrics with a statistic, and expressions over them.
//! - `alarm`, `alarms`: what an alarm is, which there are, their history; `rule`: the language of composite alarms.
//! - `evaluate`, `judge`, `reason`: when a metric alarm is evaluated, what data comes to, and why.
//! - `transition`, `actions`, `notice`, `moments`, `regions`: what follows when a state changes.
//! - `dashboards`, `dashboard_body`: dashboards, and what is wrong with them.
//! - `jobs`: what happens later. `tags`, `pages`, `view`, `errors`: what operations share.

mod ops;

mod actions;
mod alarm;
mod alarms;
mod dashboard_body;
mod dashboards;
mod errors;
mod evaluate;
mod formula;
mod jobs;
mod judge;
mod metric;
mod metrics;
mod moments;
mod notice;
mod pages;
mod points;
mod query;
mod reason;
mod regions;
mod rule;
mod tags;
mod transition;
mod view;

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
        operation::<ops::alarm_state::DeleteAlarms>(),
        operation::<ops::dashboards::DeleteDashboards>(),
        operation::<ops::describe_alarms::DescribeAlarmHistory>(),
        operation::<ops::describe_alarms::DescribeAlarms>(),
        operation::<ops::describe_alarms::DescribeAlarmsForMetric>(),
        operation::<ops::alarm_state::DisableAlarmActions>(),
        operation::<ops::alarm_state::EnableAlarmActions>(),
        operation::<ops::dashboards::GetDashboard>(),
        operation::<ops::get_metric_data::GetMetricData>(),
        operation::<ops::get_metric_statistics::GetMetricStatistics>(),
        operation::<ops::dashboards::ListDashboards>(),
        operation::<ops::list_metrics::ListMetrics>(),
        operation::<ops::tags::ListTagsForResource>(),
        operation::<ops::put_composite_alarm::PutCompositeAlarm>(),
        operation::<ops::dashboards::PutDashboard>(),
        operation::<ops::put_metric_alarm::PutMetricAlarm>(),
        operation::<ops::put_metric_data::PutMetricData>(),
        operation::<ops::alarm_state::SetAlarmState>(),
        operation::<ops::tags::TagResource>(),
        operation::<ops::tags::UntagResource>(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_model_is_served() {
        let served: Vec<&str> = operations().iter().map(|handler| handler.model().name).collect();
        for model in kage_api_cloudwatch::SERVICE.operations {
            assert!(served.contains(&model.name), "{} is not served", model.name);
        }
        assert_eq!(served.len(), kage_api_cloudwatch::SERVICE.operations.len());
    }
}
