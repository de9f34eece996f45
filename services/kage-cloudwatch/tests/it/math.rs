//! GetMetricData: metrics, expressions, labels, pages.

use crate::{call, now, refused, world};
use kage_test::{Caller, World};
use serde_json::{Value, json};

/// Five minutes of data for hosts `a` and `b`: 1..5, and ten times that.
fn filled() -> (World, Caller, i64) {
    let world = world();
    let admin = world.admin();
    let start = now(&world) - now(&world) % 3_600 - 3_600;
    let mut data = Vec::new();
    for (host, factor) in [("a", 1.0), ("b", 10.0)] {
        for minute in 0..5_i32 {
            data.push(json!({
                "MetricName": "Load", "Value": f64::from(minute + 1) * factor,
                "Timestamp": start + i64::from(minute) * 60,
                "Dimensions": [{ "Name": "Host", "Value": host }],
            }));
        }
    }
    call(&world, &admin, "PutMetricData", json!({ "Namespace": "App", "MetricData": data }));
    (world, admin, start)
}

fn load(id: &str, host: &str, extra: Value) -> Value {
    let mut query = json!({
        "Id": id,
        "MetricStat": {
            "Metric": { "Namespace": "App", "MetricName": "Load", "Dimensions": [{ "Name": "Host", "Value": host }] },
            "Period": 60, "Stat": "Sum",
        },
    });
    for (name, value) in extra.as_object().unwrap() {
        query[name] = value.clone();
    }
    query
}

fn input(start: i64, queries: &[Value]) -> Value {
    json!({
        "StartTime": start, "EndTime": start + 300, "ScanBy": "TimestampAscending", "MetricDataQueries": queries,
    })
}

fn values(result: &Value) -> Vec<f64> {
    result["Values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn metrics_and_expressions_come_together() {
    // claims: LOG-CLOUDWATCH-01
    let (world, admin, start) = filled();
    let queries = [
        json!({ "Id": "e2", "Expression": "e1 * 2", "Label": "Twice ${LABEL} to ${MAX}" }),
        json!({ "Id": "e1", "Expression": "m2 / m1 + SUM(METRICS()) * 0", "ReturnData": false }),
        load("m1", "a", json!({ "Label": "${PROP('Dim.Host')} ${AVG}" })),
        load("m2", "b", json!({})),
        json!({ "Id": "s", "Expression": "SORT(SEARCH('{App,Host} MetricName=\"Load\"', 'Maximum', 60), SUM, DESC)" }),
    ];
    let out = call(&world, &admin, "GetMetricData", input(start, &queries));
    let results = out["MetricDataResults"].as_array().unwrap();
    let told: Vec<(&str, &str, Vec<f64>)> = results
        .iter()
        .map(|result| (result["Id"].as_str().unwrap(), result["Label"].as_str().unwrap(), values(result)))
        .collect();
    let (low, high) = (vec![1.0, 2.0, 3.0, 4.0, 5.0], vec![10.0, 20.0, 30.0, 40.0, 50.0]);
    assert_eq!(
        told,
        [
            ("e2", "Twice e2 to 20", vec![20.0; 5]),
            ("m1", "a 3", low.clone()),
            ("m2", "Load", high.clone()),
            ("s", "b Load", high),
            ("s", "a Load", low),
        ]
    );
    assert!(results.iter().all(|result| result["StatusCode"] == "Complete"));
    assert_eq!(results[1]["Timestamps"][0].as_f64().unwrap() as i64, start);
    let event = world.events(kage_test::MANAGEMENT);
    assert!(event.iter().all(|event| event["eventName"] != "GetMetricData"));
}

#[test]
fn values_come_in_pages_newest_first() {
    let (world, admin, start) = filled();
    let mut request = input(start, &[load("m1", "a", json!({})), load("m2", "b", json!({}))]);
    request["ScanBy"] = Value::Null;
    request["MaxDatapoints"] = json!(4);
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let out = call(&world, &admin, "GetMetricData", request.clone());
        pages += 1;
        let found = |index: usize| values(&out["MetricDataResults"][index]);
        seen.push((found(0), found(1)));
        let status = &out["MetricDataResults"][0]["StatusCode"];
        if out["NextToken"].is_null() {
            assert_eq!(status, "Complete");
            break;
        }
        assert_eq!(status, "PartialData");
        request["NextToken"] = out["NextToken"].clone();
    }
    assert_eq!(pages, 3);
    assert_eq!(
        seen,
        [(vec![5.0, 4.0], vec![50.0, 40.0]), (vec![3.0, 2.0], vec![30.0, 20.0]), (vec![1.0], vec![10.0]),]
    );
}

#[test]
fn queries_that_are_wrong_are_refused() {
    let (world, admin, start) = filled();
    let expression = |text: &str| json!([{ "Id": "e1", "Expression": text }]);
    let cases = [
        (expression("m9 * 2"), "Error in expression 'e1': 'm9' is not defined"),
        (expression("1 + "), "Error in expression 'e1': the expression ends too early"),
        (
            expression("1 + 1"),
            "Error in expression 'e1': the result is not a time series or an array of time series",
        ),
        (
            json!([{ "Id": "E1", "Expression": "1" }]),
            "The value E1 for parameter MetricDataQueries.member.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
        ),
        (
            json!([{ "Id": "a", "Expression": "b" }, { "Id": "b", "Expression": "a" }]),
            "The expressions use each other in a circle.",
        ),
        (
            json!([load("m", "a", json!({})), load("m", "b", json!({}))]),
            "The values for parameter id in MetricDataQuery are not unique",
        ),
        (
            json!([{ "Id": "a" }]),
            "Either MetricDataQueries.member.1.MetricStat or MetricDataQueries.member.1.Expression must be specified.",
        ),
    ];
    for (queries, expected) in cases {
        let (code, said) =
            refused(&world, &admin, "GetMetricData", input(start, queries.as_array().unwrap()));
        assert_eq!((code.as_str(), said.as_str()), ("ValidationError", expected));
    }
    for text in
        ["SELECT AVG(Load) FROM App", "INSIGHT_RULE_METRIC('rule', 'Sum')", "ANOMALY_DETECTION_BAND(m1)"]
    {
        let queries = [json!({ "Id": "e1", "Expression": text })];
        let failure = world.call(&admin, "cloudwatch", "GetMetricData", input(start, &queries)).err();
        assert_eq!((failure.code.as_str(), failure.status), ("NotImplemented", 501), "{text}");
    }
}
