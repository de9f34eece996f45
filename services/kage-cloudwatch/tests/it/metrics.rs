//! Data in, statistics out.

use crate::{call, limited, now, put, refused, world};
use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Statistics of `App` `name` from `from` seconds ago until now.
#[track_caller]
fn statistics(
    world: &World,
    caller: &Caller,
    name: &str,
    (ago, period): (i64, i64),
    wanted: &[&str],
) -> Vec<Value> {
    let is_extended = wanted[0].contains(|letter: char| letter.is_ascii_digit());
    let kind = if is_extended { "ExtendedStatistics" } else { "Statistics" };
    let input = json!({
        "Namespace": "App", "MetricName": name, "Period": period, kind: wanted,
        "StartTime": now(world) - ago, "EndTime": now(world) + 60,
    });
    let out = call(world, caller, "GetMetricStatistics", input);
    assert_eq!(out["Label"], name);
    let mut points = out["Datapoints"].as_array().unwrap().clone();
    points.sort_by_key(|point| point["Timestamp"].as_f64().unwrap() as i64);
    points
}

#[test]
fn what_is_put_is_told() {
    // claims: LOG-CLOUDWATCH-02, LOG-CLOUDWATCH-04
    let world = world();
    let admin = world.admin();
    let data = json!([
        { "MetricName": "Latency", "Value": 10.0, "Unit": "Milliseconds" },
        { "MetricName": "Latency", "Values": [20.0, 30.0], "Counts": [3.0, 1.0], "Unit": "Milliseconds" },
        { "MetricName": "Sets", "StatisticValues": { "SampleCount": 4.0, "Sum": 10.0, "Minimum": 1.0, "Maximum": 4.0 } },
    ]);
    call(&world, &admin, "PutMetricData", json!({ "Namespace": "App", "MetricData": data }));
    let all = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
    let points = statistics(&world, &admin, "Latency", (60, 60), &all);
    assert_eq!(points.len(), 1, "{points:?}");
    let point = &points[0];
    assert_eq!(point["Timestamp"].as_f64().unwrap() as i64, now(&world) - now(&world) % 60);
    let told: Vec<f64> = all.iter().map(|name| point[*name].as_f64().unwrap()).collect();
    assert_eq!(told, [5.0, 20.0, 100.0, 10.0, 30.0]);
    assert_eq!(point["Unit"], "Milliseconds");
    let points = statistics(&world, &admin, "Latency", (60, 60), &["p50", "p99", "tm80", "PR(:20)"]);
    assert_eq!(
        points[0]["ExtendedStatistics"],
        json!({ "p50": 20.0, "p99": 30.0, "tm80": 17.5, "PR(:20)": 80.0 })
    );
    // A statistic set hides its samples.
    assert_eq!(statistics(&world, &admin, "Sets", (60, 60), &["Average"])[0]["Average"], 2.5);
    assert!(statistics(&world, &admin, "Sets", (60, 60), &["p50"]).is_empty());
    // CloudTrail counts it as a data event.
    assert!(world.events(MANAGEMENT).iter().all(|event| event["eventName"] != "PutMetricData"));
    let told = world.events(MANAGEMENT);
    let read = told.iter().find(|event| event["eventName"] == "GetMetricStatistics").unwrap();
    assert_eq!((&read["eventSource"], &read["readOnly"]), (&json!("monitoring.amazonaws.com"), &json!(true)));
}

#[test]
fn dimensions_and_units_are_kept_apart() {
    // claims: LOG-CLOUDWATCH-04
    let world = world();
    let admin = world.admin();
    let dimensions: Vec<Value> =
        (0..30).map(|index| json!({ "Name": format!("d{index}"), "Value": "v" })).collect();
    let data = json!([
        { "MetricName": "M", "Value": 1.0 },
        { "MetricName": "M", "Value": 2.0, "Unit": "Count" },
        { "MetricName": "M", "Value": 3.0, "Dimensions": dimensions },
    ]);
    call(&world, &admin, "PutMetricData", json!({ "Namespace": "App", "MetricData": data }));
    let mut points = statistics(&world, &admin, "M", (60, 60), &["Maximum"]);
    points.sort_by_key(|point| point["Unit"].to_string());
    let told: Vec<(&Value, &Value)> =
        points.iter().map(|point| (&point["Unit"], &point["Maximum"])).collect();
    assert_eq!(told, [(&json!("Count"), &json!(2.0)), (&json!("None"), &json!(1.0))]);
    let mut reversed = dimensions.clone();
    reversed.reverse();
    let with = |dimensions: &[Value], unit: Option<&str>| {
        let mut input = json!({
            "Namespace": "App", "MetricName": "M", "Period": 60, "Statistics": ["Sum"], "Dimensions": dimensions,
            "StartTime": now(&world) - 60, "EndTime": now(&world) + 1,
        });
        if let Some(unit) = unit {
            input["Unit"] = json!(unit);
        }
        call(&world, &admin, "GetMetricStatistics", input)["Datapoints"].as_array().unwrap().len()
    };
    assert_eq!(with(&reversed, None), 1);
    assert_eq!(with(&dimensions[1..], None), 0);
    assert_eq!(with(&dimensions, Some("Bytes")), 0);
    let many: Vec<Value> =
        (0..31).map(|index| json!({ "Name": format!("d{index}"), "Value": "v" })).collect();
    let data = json!([{ "MetricName": "M", "Value": 1.0, "Dimensions": many }]);
    let (code, _) =
        refused(&world, &admin, "PutMetricData", json!({ "Namespace": "App", "MetricData": data }));
    assert_eq!(code, "ValidationError");
}

#[test]
fn data_becomes_coarser_and_goes() {
    // claims: LOG-CLOUDWATCH-05
    let world = world();
    let admin = world.admin();
    let start = now(&world) - now(&world) % 3_600 - HOUR;
    let data: Vec<Value> = (0..120)
        .map(|index| {
            json!({ "MetricName": "Fine", "Value": f64::from(index), "StorageResolution": 1, "Timestamp": start + i64::from(index) })
        })
        .collect();
    call(&world, &admin, "PutMetricData", json!({ "Namespace": "App", "MetricData": data }));
    let count = |period: i64| {
        let input = json!({
            "Namespace": "App", "MetricName": "Fine", "Period": period, "Statistics": ["Sum"],
            "StartTime": start, "EndTime": start + 1_200.min(period * 1_000),
        });
        let out = call(&world, &admin, "GetMetricStatistics", input);
        let points = out["Datapoints"].as_array().unwrap();
        let sum: f64 = points.iter().map(|point| point["Sum"].as_f64().unwrap()).sum();
        assert!(points.is_empty() || sum == 7_140.0, "{sum}");
        points.len()
    };
    let at = |world: &World, ago: i64| world.advance((start + ago - now(world)) * 1_000);
    assert_eq!([1, 10, 60, 300, 3_600].map(count), [120, 12, 2, 1, 1]);
    at(&world, 3 * HOUR + 200);
    assert_eq!([1, 10, 60, 300, 3_600].map(count), [0, 0, 2, 1, 1]);
    at(&world, 15 * DAY + 200);
    assert_eq!([1, 10, 60, 300, 3_600].map(count), [0, 0, 0, 1, 1]);
    // Data for the same metric aggregates what is old.
    put(&world, &admin, "Fine", 1.0);
    assert_eq!([60, 300, 3_600].map(count), [0, 1, 1]);
    at(&world, 63 * DAY + 400);
    assert_eq!([60, 300, 3_600].map(count), [0, 0, 1]);
    at(&world, 454 * DAY);
    assert_eq!([300, 3_600].map(count), [0, 1]);
    at(&world, 456 * DAY);
    assert_eq!([300, 3_600].map(count), [0, 0]);
    // Nothing is left in the store either.
    at(&world, 540 * DAY);
    let rows = world.pipeline.world().store.read();
    let left = |space| kage_store::Reads::prefix(&rows, space, &[]).count();
    assert_eq!((left("cloudwatch.points"), left("cloudwatch.metrics")), (0, 0));
}

#[test]
fn metrics_are_listed_while_they_are_alive() {
    let world = world();
    let admin = world.admin();
    let data = json!([
        { "MetricName": "A", "Value": 1.0, "Dimensions": [{ "Name": "Host", "Value": "a" }] },
        { "MetricName": "A", "Value": 1.0, "Dimensions": [{ "Name": "Host", "Value": "b" }, { "Name": "Disk", "Value": "x" }] },
        { "MetricName": "B", "Value": 1.0 },
    ]);
    call(&world, &admin, "PutMetricData", json!({ "Namespace": "App", "MetricData": data }));
    call(&world, &admin, "PutMetricData", json!({ "Namespace": "Other", "MetricData": data }));
    let list = |input: Value| call(&world, &admin, "ListMetrics", input)["Metrics"].as_array().unwrap().len();
    assert_eq!(list(json!({})), 6);
    assert_eq!(list(json!({ "Namespace": "App" })), 3);
    assert_eq!(list(json!({ "MetricName": "A" })), 4);
    assert_eq!(list(json!({ "Namespace": "App", "Dimensions": [{ "Name": "Host" }] })), 2);
    assert_eq!(list(json!({ "Namespace": "App", "Dimensions": [{ "Name": "Host", "Value": "b" }] })), 1);
    world.advance(4 * HOUR * 1_000);
    put(&world, &admin, "B", 1.0);
    assert_eq!(list(json!({ "RecentlyActive": "PT3H" })), 1);
    assert_eq!(list(json!({})), 6);
    world.advance(14 * DAY * 1_000);
    assert_eq!(list(json!({})), 1);
}

#[test]
fn a_long_list_comes_in_pages() {
    let world = world();
    let admin = world.admin();
    let data: Vec<Value> =
        (0..700).map(|index| json!({ "MetricName": format!("m{index:03}"), "Value": 1.0 })).collect();
    call(&world, &admin, "PutMetricData", json!({ "Namespace": "App", "MetricData": data }));
    let first = call(&world, &admin, "ListMetrics", json!({}));
    assert_eq!(first["Metrics"].as_array().unwrap().len(), 500);
    let second = call(&world, &admin, "ListMetrics", json!({ "NextToken": first["NextToken"] }));
    assert_eq!((second["Metrics"].as_array().unwrap().len(), &second["NextToken"]), (200, &Value::Null));
    assert_eq!(refused(&world, &admin, "ListMetrics", json!({ "NextToken": "x" })).0, "InvalidNextToken");
}

#[test]
fn what_cannot_be_data_is_refused() {
    let world = world();
    let admin = world.admin();
    let base = now(&world);
    let cases = [
        (
            json!({ "Value": 1.0, "StorageResolution": 30 }),
            "The value 30 for parameter MetricData.member.1.StorageResolution is invalid.",
        ),
        (
            json!({ "Value": 1.0, "Timestamp": base - 15 * DAY }),
            "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.",
        ),
        (
            json!({ "Value": 1.0, "Timestamp": base + 3 * HOUR }),
            "The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future.",
        ),
        (json!({ "Value": "NaN" }), "The value NaN for parameter MetricData.member.1.Value is invalid."),
        (
            json!({ "Value": "Infinity" }),
            "The value Infinity for parameter MetricData.member.1.Value is invalid.",
        ),
        (
            json!({ "Value": 1.0, "Values": [1.0] }),
            "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.",
        ),
        (
            json!({ "Values": [1.0], "Counts": [1.0, 2.0] }),
            "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.",
        ),
        (
            json!({ "Value": 1.0, "Dimensions": [{ "Name": ":a", "Value": "b" }] }),
            "The value :a for parameter MetricData.member.1.Dimensions.member.1.Name is invalid.",
        ),
        (
            json!({}),
            "At least one of the parameters MetricData.member.1.Value, MetricData.member.1.StatisticValues or MetricData.member.1.Values must be specified.",
        ),
    ];
    for (mut datum, message) in cases {
        datum["MetricName"] = json!("M");
        let input = json!({ "Namespace": "App", "MetricData": [datum] });
        let (code, said) = refused(&world, &admin, "PutMetricData", input);
        assert!(code.starts_with("InvalidParameter"), "{code}");
        assert_eq!(said, message);
    }
    let many: Vec<Value> = (0..1001).map(|_| json!({ "MetricName": "M", "Value": 1.0 })).collect();
    let (_, said) =
        refused(&world, &admin, "PutMetricData", json!({ "Namespace": "App", "MetricData": many }));
    assert_eq!(said, "The collection MetricData must not have a size greater than 1000.");
    let (code, _) = refused(&world, &admin, "PutMetricData", json!({ "Namespace": "App" }));
    assert_eq!(code, "MissingRequiredParameterException");
    // None of it is there.
    assert_eq!(call(&world, &admin, "ListMetrics", json!({}))["Metrics"], json!([]));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let world = world();
    let admin = world.admin();
    let ask = |change: Value| {
        let mut input = json!({
            "Namespace": "App", "MetricName": "M", "Period": 60, "Statistics": ["Sum"],
            "StartTime": now(&world) - 600, "EndTime": now(&world),
        });
        for (name, value) in change.as_object().unwrap() {
            input[name] = value.clone();
        }
        refused(&world, &admin, "GetMetricStatistics", input)
    };
    let (code, said) = ask(json!({ "StartTime": now(&world) - 16_666 * 60 }));
    assert_eq!(code, "InvalidParameterCombinationException");
    assert_eq!(
        said,
        "You have requested up to 16,666 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range."
    );
    let (_, said) = ask(json!({ "StartTime": now(&world) }));
    assert_eq!(said, "The parameter StartTime must be less than the parameter EndTime.");
    assert_eq!(ask(json!({ "Period": 45 })).0, "InvalidParameterValueException");
    let (_, said) = ask(json!({ "ExtendedStatistics": ["p50"] }));
    assert_eq!(said, "Must specify either Statistics or ExtendedStatistics");
    let (_, said) = ask(json!({ "Statistics": null, "ExtendedStatistics": ["q50"] }));
    assert_eq!(said, "The value q50 for parameter ExtendedStatistics is invalid.");
}

#[test]
fn the_namespace_is_a_condition_key_and_aws_keeps_its_own() {
    // claims: LOG-CLOUDWATCH-04
    let world = world();
    let admin = world.admin();
    let statement = json!({
        "Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*",
        "Condition": { "StringEquals": { "cloudwatch:namespace": "Mine" } },
    });
    let user = limited(&world, &admin, "ada", statement);
    let data = json!([{ "MetricName": "M", "Value": 1.0 }]);
    call(&world, &user, "PutMetricData", json!({ "Namespace": "Mine", "MetricData": data }));
    let denied = world
        .call(&user, "cloudwatch", "PutMetricData", json!({ "Namespace": "Other", "MetricData": data }))
        .err();
    assert_eq!((denied.code.as_str(), denied.status), ("AccessDenied", 403));
    let denied = world.call(&user, "cloudwatch", "ListMetrics", json!({})).err();
    assert!(
        denied.message.contains("is not authorized to perform: cloudwatch:ListMetrics"),
        "{}",
        denied.message
    );
    let input = json!({ "Namespace": "AWS/EC2", "MetricData": data });
    let (code, said) = refused(&world, &admin, "PutMetricData", input);
    assert_eq!(
        (code.as_str(), said.as_str()),
        ("InvalidParameterValueException", "The value AWS/ for parameter Namespace is invalid.")
    );
}

#[test]
fn regions_and_accounts_have_their_own_metrics() {
    let mut world = world();
    let admin = world.admin();
    put(&world, &admin, "M", 1.0);
    let (_, other) = world.account();
    assert_eq!(call(&world, &other, "ListMetrics", json!({}))["Metrics"], json!([]));
    let there = world.call_in(&admin, "eu-west-1", "cloudwatch", "ListMetrics", &json!({})).ok();
    assert_eq!(there["Metrics"], json!([]));
}

#[test]
fn entities_are_checked_when_asked() {
    let world = world();
    let admin = world.admin();
    let data = json!([{ "MetricName": "M", "Value": 1.0 }]);
    let entity = |keys: Value| json!([{ "Entity": { "KeyAttributes": keys }, "MetricData": data }]);
    let good = entity(json!({ "Type": "Service", "Name": "shop", "Environment": "prod" }));
    let bad = entity(json!({ "Type": "Service", "Name": "shop" }));
    let input = |strict: bool, data: &Value| json!({ "Namespace": "App", "EntityMetricData": data, "StrictEntityValidation": strict });
    call(&world, &admin, "PutMetricData", input(true, &good));
    call(&world, &admin, "PutMetricData", input(false, &bad));
    let (code, _) = refused(&world, &admin, "PutMetricData", input(true, &bad));
    assert_eq!(code, "InvalidParameterValueException");
    assert_eq!(statistics(&world, &admin, "M", (60, 60), &["Average", "SampleCount"])[0]["SampleCount"], 2.0);
}
