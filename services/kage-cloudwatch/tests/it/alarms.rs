//! Metric alarms: configuration, evaluation, actions, history.

use crate::{call, limited, now, put, refused, world};
use kage_store::Reads;
use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const YEAR: i64 = 365 * 86_400_000;

/// An alarm on the sum of `App` `Load` over a minute, above 5, with changes.
pub fn alarm(world: &World, caller: &Caller, name: &str, change: Value) {
    call(world, caller, "PutMetricAlarm", described(name, change));
}

fn described(name: &str, change: Value) -> Value {
    let mut input = json!({
        "AlarmName": name, "Namespace": "App", "MetricName": "Load", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold",
    });
    for (member, value) in change.as_object().unwrap() {
        input[member] = value.clone();
    }
    input
}

fn shown(world: &World, caller: &Caller, name: &str) -> Value {
    let out = call(world, caller, "DescribeAlarms", json!({ "AlarmNames": [name] }));
    out["MetricAlarms"][0].clone()
}

fn state(world: &World, caller: &Caller, name: &str) -> String {
    shown(world, caller, name)["StateValue"].as_str().unwrap().to_owned()
}

pub fn history(world: &World, caller: &Caller, name: &str, kind: &str) -> Vec<String> {
    let input = json!({ "AlarmName": name, "HistoryItemType": kind, "ScanBy": "TimestampAscending" });
    let out = call(world, caller, "DescribeAlarmHistory", input);
    let items = out["AlarmHistoryItems"].as_array().unwrap();
    items.iter().map(|item| item["HistorySummary"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn data_moves_the_alarm_and_its_end_too() {
    // claims: LOG-CLOUDWATCH-02
    let world = world();
    let admin = world.admin();
    alarm(&world, &admin, "high", json!({ "AlarmDescription": "too much" }));
    let first = shown(&world, &admin, "high");
    assert_eq!(first["StateValue"], "INSUFFICIENT_DATA");
    assert_eq!(first["StateReason"], "Unchecked: Initial alarm creation");
    assert_eq!(first["AlarmArn"], format!("arn:aws:cloudwatch:us-east-1:{MANAGEMENT}:alarm:high"));
    put(&world, &admin, "Load", 10.0);
    world.advance(MINUTE);
    let alarmed = shown(&world, &admin, "high");
    assert_eq!(alarmed["StateValue"], "ALARM");
    assert_eq!(
        alarmed["StateReason"],
        "Threshold Crossed: 1 datapoint [10.0 (02/01/26 03:04:00)] was greater than the threshold (5.0)."
    );
    let data: Value = serde_json::from_str(alarmed["StateReasonData"].as_str().unwrap()).unwrap();
    assert_eq!(data["recentDatapoints"], json!([10.0]));
    assert_eq!(data["startDate"], "2026-01-02T03:04:00.000+0000");
    put(&world, &admin, "Load", 1.0);
    world.advance(MINUTE);
    let fine = shown(&world, &admin, "high");
    assert_eq!(fine["StateValue"], "OK");
    assert_eq!(
        fine["StateReason"],
        "Threshold Crossed: 1 datapoint [1.0 (02/01/26 03:05:00)] was not greater than the threshold (5.0)."
    );
    world.advance(10 * MINUTE);
    let gone = shown(&world, &admin, "high");
    assert_eq!(
        (&gone["StateValue"], &gone["StateReason"]),
        (&json!("INSUFFICIENT_DATA"), &json!("Insufficient Data: 1 datapoint was unknown."))
    );
    assert_eq!(
        history(&world, &admin, "high", "StateUpdate"),
        [
            "Alarm updated from INSUFFICIENT_DATA to ALARM",
            "Alarm updated from ALARM to OK",
            "Alarm updated from OK to INSUFFICIENT_DATA",
        ]
    );
    assert_eq!(history(&world, &admin, "high", "ConfigurationUpdate"), ["Alarm \"high\" created"]);
    let told = world.events(MANAGEMENT);
    let made = told.iter().find(|event| event["eventName"] == "PutMetricAlarm").unwrap();
    assert_eq!(made["requestParameters"]["alarmName"], "high");
}

#[test]
fn a_year_without_data_takes_no_evaluations() {
    let world = world();
    let admin = world.admin();
    alarm(&world, &admin, "high", json!({ "TreatMissingData": "breaching" }));
    alarm(&world, &admin, "daily", json!({ "Period": 86_400, "EvaluationPeriods": 7 }));
    put(&world, &admin, "Load", 10.0);
    let ran = world.pipeline.advance_clock(kage_schema::Timestamp(world.now() + YEAR)).unwrap();
    // Most of it is the weekly aggregation; a minute's clock would have needed half a million.
    assert!(ran < 100, "{ran}");
    assert_eq!(state(&world, &admin, "high"), "ALARM");
    let reason = shown(&world, &admin, "high")["StateReason"].clone();
    assert_eq!(
        reason,
        "Threshold Crossed: 1 datapoint [10.0 (02/01/26 03:04:00)] was greater than the threshold (5.0)."
    );
    assert_eq!(state(&world, &admin, "daily"), "INSUFFICIENT_DATA");
    let jobs = world.pipeline.world().store.read();
    let planned = jobs
        .prefix("kage.jobs", &[])
        .filter(|(_, row)| String::from_utf8_lossy(row).contains("cloudwatch.evaluate"));
    assert_eq!(planned.count(), 0);
}

#[test]
fn a_slow_alarm_sees_new_data_within_a_minute() {
    let world = world();
    let admin = world.admin();
    alarm(&world, &admin, "hourly", json!({ "Period": 3_600 }));
    put(&world, &admin, "Load", 1.0);
    world.advance(MINUTE);
    assert_eq!(state(&world, &admin, "hourly"), "OK");
    world.advance(10 * MINUTE);
    put(&world, &admin, "Load", 100.0);
    world.advance(MINUTE);
    assert_eq!(state(&world, &admin, "hourly"), "ALARM");
}

#[test]
fn m_out_of_n_and_missing_data() {
    let world = world();
    let admin = world.admin();
    alarm(&world, &admin, "two", json!({ "EvaluationPeriods": 3, "DatapointsToAlarm": 2 }));
    for (name, treat) in
        [("bad", "breaching"), ("good", "notBreaching"), ("same", "ignore"), ("none", "missing")]
    {
        alarm(&world, &admin, name, json!({ "TreatMissingData": treat, "MetricName": "Silent" }));
    }
    world.advance(MINUTE);
    let states =
        |names: &[&str]| -> Vec<String> { names.iter().map(|name| state(&world, &admin, name)).collect() };
    assert_eq!(
        states(&["bad", "good", "same", "none"]),
        ["ALARM", "OK", "INSUFFICIENT_DATA", "INSUFFICIENT_DATA"]
    );
    assert_eq!(
        shown(&world, &admin, "good")["StateReason"],
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]."
    );
    for value in [1.0, 10.0, 1.0, 10.0] {
        put(&world, &admin, "Load", value);
        world.advance(MINUTE);
    }
    let alarmed = shown(&world, &admin, "two");
    assert_eq!(alarmed["StateValue"], "ALARM");
    let reason = alarmed["StateReason"].as_str().unwrap();
    assert!(reason.starts_with("Threshold Crossed: 2 out of the last 3 datapoints [10.0 (02/01/26 03:08:00), 10.0 (02/01/26 03:06:00)] were greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)"), "{reason}");
}

#[test]
fn an_alarm_watches_an_expression() {
    let world = world();
    let admin = world.admin();
    let metric = |id: &str, name: &str| json!({ "Id": id, "ReturnData": false, "MetricStat": { "Metric": { "Namespace": "App", "MetricName": name }, "Period": 60, "Stat": "Sum" } });
    let mut input = json!({
        "AlarmName": "rate", "EvaluationPeriods": 1, "Threshold": 50.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Metrics": [{ "Id": "e1", "Expression": "100 * bad / FILL(all, 1)", "Label": "percent" }, metric("bad", "Errors"), metric("all", "Calls")],
    });
    call(&world, &admin, "PutMetricAlarm", input.clone());
    put(&world, &admin, "Errors", 5.0);
    put(&world, &admin, "Calls", 10.0);
    world.advance(MINUTE);
    let alarmed = shown(&world, &admin, "rate");
    assert_eq!(
        (&alarmed["StateValue"], &alarmed["Metrics"][0]["Expression"]),
        (&json!("ALARM"), &json!("100 * bad / FILL(all, 1)"))
    );
    for (expression, expected) in [
        ("SEARCH('{App} Errors', 'Sum', 60)", "SEARCH is not supported on Metric Alarms."),
        ("METRICS()", "Error in expression 'e1': an alarm watches exactly one time series"),
        ("nope * 2", "Error in expression 'e1': 'nope' is not defined"),
    ] {
        input["Metrics"][0]["Expression"] = json!(expression);
        assert_eq!(refused(&world, &admin, "PutMetricAlarm", input.clone()).1, expected);
    }
    input["Metrics"][0]["Expression"] = json!("ANOMALY_DETECTION_BAND(bad)");
    let failure = world.call(&admin, "cloudwatch", "PutMetricAlarm", input).err();
    assert_eq!((failure.code.as_str(), failure.status), ("NotImplemented", 501));
}

#[test]
fn percentiles_with_few_samples_can_be_ignored() {
    let world = world();
    let admin = world.admin();
    let p99 = |low: &str| json!({ "Statistic": null, "ExtendedStatistic": "p99", "EvaluateLowSampleCountPercentile": low });
    alarm(&world, &admin, "all", p99("evaluate"));
    alarm(&world, &admin, "many", p99("ignore"));
    put(&world, &admin, "Load", 10.0);
    world.advance(MINUTE);
    assert_eq!(
        (state(&world, &admin, "all").as_str(), state(&world, &admin, "many").as_str()),
        ("ALARM", "INSUFFICIENT_DATA")
    );
    let data = json!([{ "MetricName": "Load", "Values": [10.0], "Counts": [1000.0] }]);
    call(&world, &admin, "PutMetricData", json!({ "Namespace": "App", "MetricData": data }));
    world.advance(MINUTE);
    assert_eq!(state(&world, &admin, "many"), "ALARM");
}

#[test]
fn high_resolution_alarms_are_evaluated_every_ten_seconds() {
    let world = world();
    let admin = world.admin();
    alarm(&world, &admin, "fast", json!({ "Period": 10 }));
    let data = json!([{ "MetricName": "Load", "Value": 9.0, "StorageResolution": 1 }]);
    call(&world, &admin, "PutMetricData", json!({ "Namespace": "App", "MetricData": data }));
    world.advance(10_000);
    assert_eq!(state(&world, &admin, "fast"), "ALARM");
}

#[test]
fn the_state_that_was_set_lasts_until_the_next_evaluation() {
    let world = world();
    let admin = world.admin();
    alarm(&world, &admin, "high", json!({}));
    world.advance(5 * MINUTE);
    let input = json!({ "AlarmName": "high", "StateValue": "ALARM", "StateReason": "a test", "StateReasonData": "{\"a\":1}" });
    call(&world, &admin, "SetAlarmState", input);
    let set = shown(&world, &admin, "high");
    assert_eq!((&set["StateReason"], &set["StateReasonData"]), (&json!("a test"), &json!("{\"a\":1}")));
    world.advance(MINUTE);
    assert_eq!(state(&world, &admin, "high"), "INSUFFICIENT_DATA");
    let (code, _) = refused(
        &world,
        &admin,
        "SetAlarmState",
        json!({ "AlarmName": "nope", "StateValue": "OK", "StateReason": "" }),
    );
    assert_eq!(code, "ResourceNotFound");
    let input = json!({ "AlarmName": "high", "StateValue": "OK", "StateReason": "", "StateReasonData": "{" });
    assert_eq!(refused(&world, &admin, "SetAlarmState", input).0, "InvalidFormatFault");
}

#[test]
fn the_bus_hears_of_changes() {
    let world = world();
    let admin = world.admin();
    world.write(|tx| kage_record::bus::listen(tx, MANAGEMENT));
    alarm(&world, &admin, "high", json!({}));
    call(
        &world,
        &admin,
        "SetAlarmState",
        json!({ "AlarmName": "high", "StateValue": "ALARM", "StateReason": "x" }),
    );
    let store = world.pipeline.world().store.read();
    let topic = kage_record::bus::topic(MANAGEMENT, "us-east-1");
    let entries = store.stream_read(&topic, 0, 10).unwrap();
    let events: Vec<Value> =
        entries.iter().map(|(_, entry)| serde_json::from_slice(entry).unwrap()).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["detail-type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["CloudWatch Alarm Configuration Change", "CloudWatch Alarm State Change"]);
    let change = &events[1];
    assert_eq!(change["source"], "aws.cloudwatch");
    assert_eq!(change["resources"][0], format!("arn:aws:cloudwatch:us-east-1:{MANAGEMENT}:alarm:high"));
    let detail = &change["detail"];
    assert_eq!(
        (&detail["state"]["value"], &detail["previousState"]["value"]),
        (&json!("ALARM"), &json!("INSUFFICIENT_DATA"))
    );
    assert_eq!(detail["configuration"]["metrics"][0]["metricStat"]["metric"]["name"], "Load");
}

#[test]
fn alarms_are_found_by_what_they_are() {
    let world = world();
    let admin = world.admin();
    let topic = format!("arn:aws:sns:us-east-1:{MANAGEMENT}:ops");
    for index in 0..3 {
        alarm(&world, &admin, &format!("app-{index}"), json!({}));
    }
    alarm(&world, &admin, "other", json!({ "AlarmActions": [topic], "MetricName": "Else" }));
    let names = |input: Value| -> Vec<String> {
        let out = call(&world, &admin, "DescribeAlarms", input);
        let found = out["MetricAlarms"].as_array().unwrap();
        found.iter().map(|one| one["AlarmName"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(json!({})), ["app-0", "app-1", "app-2", "other"]);
    assert_eq!(names(json!({ "AlarmNamePrefix": "app-" })).len(), 3);
    assert_eq!(names(json!({ "ActionPrefix": "arn:aws:sns" })), ["other"]);
    assert!(names(json!({ "StateValue": "OK" })).is_empty());
    let first = call(&world, &admin, "DescribeAlarms", json!({ "MaxRecords": 3 }));
    assert_eq!(names(json!({ "NextToken": first["NextToken"] })), ["other"]);
    let input = json!({ "Namespace": "App", "MetricName": "Else" });
    let out = call(&world, &admin, "DescribeAlarmsForMetric", input);
    assert_eq!(out["MetricAlarms"][0]["AlarmName"], "other");
    call(&world, &admin, "DeleteAlarms", json!({ "AlarmNames": ["app-0", "nope", "other"] }));
    assert_eq!(names(json!({})), ["app-1", "app-2"]);
    let told = world.events(MANAGEMENT);
    let deleted = told.iter().find(|event| event["eventName"] == "DeleteAlarms").unwrap();
    assert_eq!(
        (&deleted["readOnly"], &deleted["requestParameters"]["alarmNames"][0]),
        (&json!(false), &json!("app-0"))
    );
    assert_eq!(
        history(&world, &admin, "other", "ConfigurationUpdate"),
        ["Alarm \"other\" created", "Alarm \"other\" deleted"]
    );
    world.advance(31 * 86_400_000);
    assert!(history(&world, &admin, "other", "ConfigurationUpdate").is_empty());
}

#[test]
fn an_update_keeps_state_and_tags() {
    let world = world();
    let admin = world.admin();
    alarm(&world, &admin, "high", json!({ "Tags": [{ "Key": "team", "Value": "a" }] }));
    call(
        &world,
        &admin,
        "SetAlarmState",
        json!({ "AlarmName": "high", "StateValue": "OK", "StateReason": "x" }),
    );
    alarm(&world, &admin, "high", json!({ "Threshold": 7.0, "Tags": [{ "Key": "team", "Value": "b" }] }));
    let after = shown(&world, &admin, "high");
    assert_eq!((&after["StateValue"], &after["Threshold"]), (&json!("OK"), &json!(7.0)));
    let arn = after["AlarmArn"].clone();
    let tags = || call(&world, &admin, "ListTagsForResource", json!({ "ResourceARN": arn }))["Tags"].clone();
    assert_eq!(tags(), json!([{ "Key": "team", "Value": "a" }]));
    call(
        &world,
        &admin,
        "TagResource",
        json!({ "ResourceARN": arn, "Tags": [{ "Key": "team", "Value": "c" }, { "Key": "x", "Value": "" }] }),
    );
    call(&world, &admin, "UntagResource", json!({ "ResourceARN": arn, "TagKeys": ["x"] }));
    assert_eq!(tags(), json!([{ "Key": "team", "Value": "c" }]));
    let statement = json!({
        "Effect": "Allow", "Action": "cloudwatch:SetAlarmState", "Resource": "*",
        "Condition": { "StringEquals": { "aws:ResourceTag/team": "c" } },
    });
    let user = limited(&world, &admin, "ada", statement);
    call(
        &world,
        &user,
        "SetAlarmState",
        json!({ "AlarmName": "high", "StateValue": "OK", "StateReason": "x" }),
    );
    alarm(&world, &admin, "foreign", json!({}));
    let input = json!({ "AlarmName": "foreign", "StateValue": "OK", "StateReason": "x" });
    assert_eq!(world.call(&user, "cloudwatch", "SetAlarmState", input).code(), Some("AccessDenied"));
    let (code, _) = refused(
        &world,
        &admin,
        "TagResource",
        json!({ "ResourceARN": format!("{}x", arn.as_str().unwrap()), "Tags": [] }),
    );
    assert_eq!(code, "ResourceNotFoundException");
}

#[test]
fn alarms_that_cannot_be_are_refused() {
    let world = world();
    let admin = world.admin();
    let cases = [
        (json!({ "Period": 45 }), "The parameter Period must be 10, 20, 30 or a multiple of 60."),
        (
            json!({ "Period": 60, "EvaluationPeriods": 1441 }),
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
        ),
        (
            json!({ "Period": 86_400, "EvaluationPeriods": 8 }),
            "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).",
        ),
        (
            json!({ "DatapointsToAlarm": 2 }),
            "The parameter DatapointsToAlarm must be less than or equal to the parameter EvaluationPeriods.",
        ),
        (
            json!({ "TreatMissingData": "maybe" }),
            "Option maybe is not supported. Supported options for parameter TreatMissingData are breaching, notBreaching, ignore, missing.",
        ),
        (
            json!({ "ExtendedStatistic": "p90" }),
            "Exactly one of Statistic and ExtendedStatistic must be specified.",
        ),
        (json!({ "AlarmActions": ["nope"] }), "Invalid arn syntax: nope"),
        (
            json!({ "AlarmActions": ["arn:aws:sns:eu-west-1:111111111111:x"] }),
            "Invalid region eu-west-1 specified. Only us-east-1 is supported.",
        ),
        (json!({ "MetricName": null }), "Either MetricName or Metrics must be specified."),
        (json!({ "Threshold": null }), "The parameter Threshold is required."),
    ];
    for (change, expected) in cases {
        let (code, said) = refused(&world, &admin, "PutMetricAlarm", described("a", change));
        assert_eq!((code.as_str(), said.as_str()), ("ValidationError", expected));
    }
    for change in [
        json!({ "AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"] }),
        json!({ "AlarmActions": ["arn:aws:ssm:us-east-1:111111111111:opsitem:1"] }),
        json!({ "ComparisonOperator": "GreaterThanUpperThreshold" }),
        json!({ "WarmUpConfiguration": { "WarmUpPeriodDurationInMinutes": 5 } }),
    ] {
        let failure = world.call(&admin, "cloudwatch", "PutMetricAlarm", described("a", change)).err();
        assert_eq!((failure.code.as_str(), failure.status), ("NotImplemented", 501), "{}", failure.message);
    }
}

#[test]
fn who_may_make_which_alarm() {
    let world = world();
    let admin = world.admin();
    let topic = format!("arn:aws:sns:us-east-1:{MANAGEMENT}:ops");
    let statement = json!({
        "Effect": "Allow", "Action": "cloudwatch:PutMetricAlarm",
        "Resource": format!("arn:aws:cloudwatch:us-east-1:{MANAGEMENT}:alarm:mine-*"),
        "Condition": { "ForAllValues:StringEquals": { "cloudwatch:AlarmActions": [topic] } },
    });
    let user = limited(&world, &admin, "ada", statement);
    alarm(&world, &user, "mine-1", json!({ "AlarmActions": [topic] }));
    for (name, change) in [
        ("other", json!({})),
        ("mine-2", json!({ "AlarmActions": [format!("{topic}x")] })),
        ("mine-3", json!({ "Tags": [{ "Key": "a", "Value": "b" }] })),
    ] {
        let denied = world.call(&user, "cloudwatch", "PutMetricAlarm", described(name, change));
        assert_eq!(denied.code(), Some("AccessDenied"), "{name}");
    }
    for (operation, input) in [
        ("DescribeAlarms", json!({})),
        ("DeleteAlarms", json!({ "AlarmNames": ["mine-1"] })),
        ("EnableAlarmActions", json!({ "AlarmNames": ["mine-1"] })),
        ("DisableAlarmActions", json!({ "AlarmNames": ["mine-1"] })),
        ("DescribeAlarmHistory", json!({})),
        ("DescribeAlarmsForMetric", json!({ "MetricName": "a", "Namespace": "b" })),
        (
            "ListTagsForResource",
            json!({ "ResourceARN": format!("arn:aws:cloudwatch:us-east-1:{MANAGEMENT}:alarm:mine-1") }),
        ),
        ("PutCompositeAlarm", json!({ "AlarmName": "mine-c", "AlarmRule": "TRUE" })),
    ] {
        assert_eq!(
            world.call(&user, "cloudwatch", operation, input).code(),
            Some("AccessDenied"),
            "{operation}"
        );
    }
    assert_eq!(now(&world) % 60, 5);
}
