//! Every operation: denied to somebody without permission, and recorded, refused or not.

use crate::{call, now, world};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

/// An order in which all of them work.
fn calls(start: i64) -> Vec<(&'static str, Value)> {
    let alarm = format!("arn:aws:cloudwatch:us-east-1:{MANAGEMENT}:alarm:a");
    let window = json!({ "StartTime": start - 600, "EndTime": start });
    let with = |mut input: Value| {
        input["StartTime"] = window["StartTime"].clone();
        input["EndTime"] = window["EndTime"].clone();
        input
    };
    let stat = json!({ "Metric": { "Namespace": "App", "MetricName": "M" }, "Period": 60, "Stat": "Sum" });
    let metric = json!({ "Namespace": "App", "MetricName": "M", "Period": 60, "Statistics": ["Sum"] });
    vec![
        ("PutMetricData", json!({ "Namespace": "App", "MetricData": [{ "MetricName": "M", "Value": 1.0 }] })),
        ("GetMetricData", with(json!({ "MetricDataQueries": [{ "Id": "m1", "MetricStat": stat }] }))),
        ("GetMetricStatistics", with(metric)),
        ("ListMetrics", json!({})),
        (
            "PutMetricAlarm",
            json!({
                "AlarmName": "a", "Namespace": "App", "MetricName": "M", "Statistic": "Sum", "Period": 60,
                "EvaluationPeriods": 1, "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold",
            }),
        ),
        ("PutCompositeAlarm", json!({ "AlarmName": "c", "AlarmRule": "ALARM(a)" })),
        ("SetAlarmState", json!({ "AlarmName": "a", "StateValue": "OK", "StateReason": "x" })),
        ("EnableAlarmActions", json!({ "AlarmNames": ["a"] })),
        ("DisableAlarmActions", json!({ "AlarmNames": ["a"] })),
        ("DescribeAlarms", json!({})),
        ("DescribeAlarmsForMetric", json!({ "Namespace": "App", "MetricName": "M" })),
        ("DescribeAlarmHistory", json!({})),
        ("TagResource", json!({ "ResourceARN": alarm, "Tags": [{ "Key": "k", "Value": "v" }] })),
        ("ListTagsForResource", json!({ "ResourceARN": alarm })),
        ("UntagResource", json!({ "ResourceARN": alarm, "TagKeys": ["k"] })),
        ("DeleteAlarms", json!({ "AlarmNames": ["a", "c"] })),
        ("PutDashboard", json!({ "DashboardName": "d", "DashboardBody": "{\"widgets\":[]}" })),
        ("GetDashboard", json!({ "DashboardName": "d" })),
        ("ListDashboards", json!({})),
        ("DeleteDashboards", json!({ "DashboardNames": ["d"] })),
    ]
}

#[test]
fn every_operation_is_denied_without_permission_and_recorded() {
    let world = world();
    let admin = world.admin();
    let nobody = world.user(&admin, "nobody");
    let all = calls(now(&world));
    for model in kage_api_cloudwatch::SERVICE.operations {
        assert!(all.iter().any(|(name, _)| *name == model.name), "{} is not tried", model.name);
    }
    for (operation, input) in &all {
        let denied = world.call(&nobody, "cloudwatch", operation, input.clone()).err();
        assert_eq!((denied.code.as_str(), denied.status), ("AccessDenied", 403), "{operation}");
        let said = format!("is not authorized to perform: cloudwatch:{operation} ");
        assert!(denied.message.contains(&said), "{}", denied.message);
        call(&world, &admin, operation, input.clone());
    }
    let stream = kage_record::stream_name(MANAGEMENT, "us-east-1", false);
    let data = world.write(|tx| kage_record::read(tx.reads(), &stream, 0, 100));
    let mut recorded: Vec<Value> = data.into_iter().map(|stored| stored.event).collect();
    recorded.extend(world.events(MANAGEMENT));
    let of = |operation: &str| -> Vec<&Value> {
        let of_us = recorded.iter().filter(|event| event["eventSource"] == "monitoring.amazonaws.com");
        of_us.filter(|event| event["eventName"] == operation).collect()
    };
    for (operation, _) in &all {
        let events = of(operation);
        let codes: Vec<&Value> = events.iter().map(|event| &event["errorCode"]).collect();
        assert_eq!(codes, [&json!("AccessDenied"), &Value::Null], "{operation}");
        let is_read = ["Get", "List", "Describe"].iter().any(|start| operation.starts_with(start));
        assert_eq!(events[1]["readOnly"], is_read, "{operation}");
    }
}
