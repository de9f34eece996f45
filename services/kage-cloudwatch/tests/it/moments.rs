//! An alarm that is evaluated only when its window can have changed is at every minute in the state of one that is evaluated
//! every minute.

use crate::{call, world};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

#[test]
fn no_change_is_missed() {
    let mut changes = 0;
    for seed in 0..8 {
        let mut dice = Dice(seed);
        let world = world();
        let admin = world.admin();
        let periods = 1 + dice.below(4);
        let described = |dice: &mut Dice| {
            json!({
                "Namespace": "App", "MetricName": "M", "Statistic": dice.of(&["Sum", "Average", "Maximum"]),
                "Period": dice.of(&[60, 120, 300]), "EvaluationPeriods": periods,
                "DatapointsToAlarm": 1 + dice.below(periods), "Threshold": 5.0,
                "ComparisonOperator": dice.of(&["GreaterThanThreshold", "LessThanThreshold"]),
                "TreatMissingData": dice.of(&["missing", "ignore", "breaching", "notBreaching"]),
            })
        };
        let settings = described(&mut dice);
        let make = |name: &str| {
            let mut input = settings.clone();
            input["AlarmName"] = json!(name);
            call(&world, &admin, "PutMetricAlarm", input);
        };
        make("lazy");
        let mut last = Value::Null;
        for minute in 0..60 {
            // An alarm that was configured is evaluated at the next minute.
            make("eager");
            // Data comes in bursts with long silences, some of it late.
            if minute % 20 < 10 && dice.below(3) == 0 {
                let late = i64::try_from(dice.below(8)).unwrap() * 60 * i64::from(dice.below(4) == 0);
                let at = world.now() / 1_000 - late;
                let data = json!([{ "MetricName": "M", "Value": dice.of(&[1.0, 10.0]), "Timestamp": at }]);
                call(&world, &admin, "PutMetricData", json!({ "Namespace": "App", "MetricData": data }));
            }
            world.advance(MINUTE);
            let out = call(&world, &admin, "DescribeAlarms", json!({}));
            let state = |index: usize| out["MetricAlarms"][index]["StateValue"].clone();
            let (eager, lazy) = (state(0), state(1));
            assert_eq!(eager, lazy, "seed {seed}, minute {minute}: {settings}");
            changes += usize::from(lazy != last);
            last = lazy;
        }
    }
    assert!(changes > 30, "{changes}");
}

#[test]
fn an_alarm_on_the_hour_is_on_time() {
    let world = world();
    let admin = world.admin();
    // It is 03:04 of a Friday.
    let metric = json!({ "Metric": { "Namespace": "App", "MetricName": "M" }, "Period": 60, "Stat": "Sum" });
    let input = json!({
        "AlarmName": "late", "EvaluationPeriods": 1, "Threshold": 4.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Metrics": [{ "Id": "e1", "Expression": "HOUR(m1)" }, { "Id": "m1", "MetricStat": metric, "ReturnData": false }],
    });
    call(&world, &admin, "PutMetricAlarm", input);
    let state = || {
        let out = call(&world, &admin, "DescribeAlarms", json!({}));
        out["MetricAlarms"][0]["StateValue"].as_str().unwrap().to_owned()
    };
    world.advance(56 * MINUTE);
    assert_eq!(state(), "OK");
    // The minute that began at four is over.
    world.advance(MINUTE);
    assert_eq!(state(), "ALARM");
    let ran = world.pipeline.advance_clock(kage_schema::Timestamp(world.now() + 48 * 60 * MINUTE)).unwrap();
    assert!(ran <= 48 * 3 + 2, "{ran}");
    assert_eq!(state(), "ALARM");
}
