//! Metric filters, to the metric in CloudWatch.

use crate::kit::Logs;
use serde_json::{Value, json};

impl Logs {
    /// Counts denied calls as the metric `n/Denied`.
    fn filter_metric(&self, pattern: &str, transformation: Value) {
        let mut full = json!({"metricName": "Denied", "metricNamespace": "n", "metricValue": "1"});
        full.as_object_mut().unwrap().extend(transformation.as_object().unwrap().clone());
        let input = json!({"logGroupName": "g", "filterName": "f", "filterPattern": pattern, "metricTransformations": [full]});
        self.ok("PutMetricFilter", input);
    }

    /// The points of the metric: (sum, samples), oldest first.
    fn points(&self, dimensions: Value) -> Vec<(f64, f64)> {
        self.world.advance(0);
        let now = self.world.now() / 1000;
        let input = json!({
            "Namespace": "n", "MetricName": "Denied", "Dimensions": dimensions, "StartTime": now - 7_200, "EndTime": now + 60,
            "Period": 60, "Statistics": ["Sum", "SampleCount"],
        });
        let answer = self.world.call(&self.admin, "cloudwatch", "GetMetricStatistics", input).ok();
        let mut points: Vec<Value> = answer["Datapoints"].as_array().unwrap().clone();
        points.sort_by_key(|point| point["Timestamp"].to_string());
        points
            .iter()
            .map(|point| (point["Sum"].as_f64().unwrap(), point["SampleCount"].as_f64().unwrap()))
            .collect()
    }
}

#[test]
fn matching_events_become_a_metric() {
    // claims: LOG-CWLOGS-02
    let logs = Logs::new();
    logs.filter_metric("{ $.errorCode = \"AccessDenied*\" }", json!({}));
    let denied = r#"{"errorCode":"AccessDeniedException"}"#;
    logs.put(&[(-600_000, denied), (-599_000, "x"), (-599_000, denied), (-300_000, denied)]);
    logs.put(&[(-599_500, r#"{"errorCode":"NoSuchKey"}"#)]);
    assert_eq!(logs.points(json!([])), [(2.0, 2.0), (1.0, 1.0)]);
    logs.ok("DeleteMetricFilter", json!({"logGroupName": "g", "filterName": "f"}));
    logs.put(&[(-300_000, denied)]);
    assert_eq!(logs.points(json!([])), [(2.0, 2.0), (1.0, 1.0)]);
}

#[test]
fn values_dimensions_and_defaults() {
    let logs = Logs::new();
    logs.filter_metric("[ip, ms > 10]", json!({"metricValue": "$ms", "dimensions": {"Ip": "$ip"}}));
    logs.put(&[
        (-600_000, "10.0.0.1 20"),
        (-600_000, "10.0.0.1 30"),
        (-600_000, "10.0.0.2 40"),
        (-600_000, "10.0.0.2 5"),
    ]);
    assert_eq!(logs.points(json!([{"Name": "Ip", "Value": "10.0.0.1"}])), [(50.0, 2.0)]);
    assert_eq!(logs.points(json!([{"Name": "Ip", "Value": "10.0.0.2"}])), [(40.0, 1.0)]);
    logs.filter_metric("ERROR", json!({"defaultValue": 0.0}));
    logs.put(&[(-300_000, "INFO"), (-300_000, "INFO")]);
    assert_eq!(logs.points(json!([])), [(0.0, 1.0)]);
    // A minute with a match has no default value.
    logs.put(&[(-180_000, "ERROR"), (-180_000, "INFO")]);
    assert_eq!(logs.points(json!([])), [(0.0, 1.0), (1.0, 1.0)]);
}

#[test]
fn metric_filters_are_described_and_checked() {
    let logs = Logs::new();
    logs.ok("CreateLogGroup", json!({"logGroupName": "h"}));
    let put = |group: &str, name: &str, pattern: &str, value: &str, more: Value| {
        let mut full = json!({"metricName": "m", "metricNamespace": "n", "metricValue": value});
        full.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let input = json!({"logGroupName": group, "filterName": name, "filterPattern": pattern, "metricTransformations": [full]});
        logs.call("PutMetricFilter", input)
    };
    put("g", "b", " ", "1", json!({"defaultValue": 0.0})).ok();
    put("h", "a", "x", "1", json!({})).ok();
    let found = logs.ok("DescribeMetricFilters", json!({"logGroupName": "g"}))["metricFilters"][0].clone();
    assert_eq!(
        found,
        json!({
            "applyOnTransformedLogs": false, "creationTime": logs.world.now(), "filterName": "b", "filterPattern": " ", "logGroupName": "g",
            "metricTransformations": [{"defaultValue": 0.0, "metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
        })
    );
    let count =
        |input: Value| logs.ok("DescribeMetricFilters", input)["metricFilters"].as_array().unwrap().len();
    assert_eq!(count(json!({})), 2);
    assert_eq!(count(json!({"metricName": "m", "metricNamespace": "n"})), 2);
    assert_eq!(count(json!({"metricName": "m", "metricNamespace": "o"})), 0);
    assert_eq!(count(json!({"filterNamePrefix": "a"})), 1);
    assert_eq!(logs.ok("DescribeLogGroups", json!({}))["logGroups"][0]["metricFilterCount"], 1);
    for (pattern, value, more) in [
        ("{ $.a = }", "1", json!({})),
        ("x", "$.a", json!({})),
        ("[a, b]", "$c", json!({})),
        ("[a, b]", "many", json!({})),
        ("[a, b]", "1", json!({"dimensions": {"A": "$c"}})),
        ("[a, b]", "1", json!({"dimensions": {"A": "$a"}, "defaultValue": 0.0})),
        ("[a, b, c, d]", "1", json!({"dimensions": {"A": "$a", "B": "$b", "C": "$c", "D": "$d"}})),
    ] {
        assert_eq!(
            put("g", "bad", pattern, value, more).err().code,
            "InvalidParameterException",
            "{pattern} {value}"
        );
    }
    let missing = json!({"logGroupName": "g", "filterName": "zz"});
    logs.fails(
        "DeleteMetricFilter",
        missing,
        "ResourceNotFoundException",
        "The specified metric filter does not exist.",
    );
    for n in 0..99 {
        put("g", &format!("f{n}"), "x", "1", json!({})).ok();
    }
    assert_eq!(put("g", "one more", "x", "1", json!({})).err().code, "LimitExceededException");
    let bob = logs.world.user(&logs.admin, "bob");
    for operation in ["PutMetricFilter", "DeleteMetricFilter", "DescribeMetricFilters", "TestMetricFilter"] {
        let input = json!({
            "logGroupName": "g", "filterName": "b", "filterPattern": "", "logEventMessages": ["x"],
            "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
        });
        let denied = logs.world.call(&bob, "logs", operation, input).err();
        assert_eq!(denied.code, "AccessDeniedException", "{operation}");
    }
}

#[test]
fn patterns_are_tried_on_messages() {
    let logs = Logs::empty();
    let tried = logs.ok(
        "TestMetricFilter",
        json!({
            "filterPattern": "[ip, identity, user_id, timestamp, request, status_code, size]",
            "logEventMessages": [
                "127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] \"GET /apache_pb.gif HTTP/1.0\" 200 1534",
                "two fields",
            ],
        }),
    );
    // The example of the API reference.
    assert_eq!(
        tried["matches"],
        json!([{
            "eventNumber": 1,
            "eventMessage": "127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] \"GET /apache_pb.gif HTTP/1.0\" 200 1534",
            "extractedValues": {
                "$ip": "127.0.0.1", "$identity": "-", "$user_id": "frank", "$timestamp": "10/Oct/2000:13:25:15 -0700",
                "$request": "GET /apache_pb.gif HTTP/1.0", "$status_code": "200", "$size": "1534",
            },
        }])
    );
    let failure =
        logs.call("TestMetricFilter", json!({"filterPattern": "[", "logEventMessages": ["x"]})).err();
    assert_eq!(failure.code, "InvalidParameterException");
}
