//! Rules with schedules.

use crate::support::{Double, EAST};
use kage_test::MANAGEMENT;
use serde_json::json;

const MINUTE: i64 = 60_000;

#[test]
fn a_rate_fires_on_the_clock_until_it_is_disabled() {
    let double = Double::new();
    let (url, arn) = double.open_queue("ticks");
    double.events("PutRule", json!({"Name": "tick", "ScheduleExpression": "rate(5 minutes)"}));
    double.world.advance(6 * MINUTE);
    double.events("PutTargets", json!({"Rule": "tick", "Targets": [{"Id": "q", "Arn": arn}]}));
    double.world.advance(10 * MINUTE);
    let seen = double.bodies(&url);
    // The clock began at 03:04:05 and the rate with the rule.
    let times: Vec<&str> = seen.iter().map(|event| event["time"].as_str().unwrap()).collect();
    assert_eq!(times, ["2026-01-02T03:14:05Z", "2026-01-02T03:19:05Z"]);
    let mut first = seen[0].clone();
    first["id"].take();
    assert_eq!(
        first,
        json!({
            "version": "0", "id": null, "detail-type": "Scheduled Event", "source": "aws.events",
            "account": MANAGEMENT, "time": "2026-01-02T03:14:05Z", "region": EAST,
            "resources": [format!("arn:aws:events:{EAST}:{MANAGEMENT}:rule/tick")], "detail": {},
        })
    );
    double.events("DisableRule", json!({"Name": "tick"}));
    double.world.advance(60 * MINUTE);
    assert!(double.take(&url).is_empty());
    double.events("EnableRule", json!({"Name": "tick"}));
    double.world.advance(5 * MINUTE);
    assert_eq!(double.take(&url).len(), 1);
    double.events("RemoveTargets", json!({"Rule": "tick", "Ids": ["q"]}));
    double.world.advance(60 * MINUTE);
    assert!(double.take(&url).is_empty());
}

#[test]
fn a_cron_fires_in_utc_and_a_new_expression_replaces_the_old() {
    let double = Double::new();
    let (url, arn) = double.open_queue("daily");
    let put = |expression: &str| {
        double.events("PutRule", json!({"Name": "daily", "ScheduleExpression": expression}));
    };
    put("cron(0 10 * * ? *)");
    let target = json!({"Id": "q", "Arn": arn, "Input": "{\"do\": \"it\"}"});
    double.events("PutTargets", json!({"Rule": "daily", "Targets": [target]}));
    put("cron(30 9 ? * FRI *)");
    double.world.advance(8 * 60 * MINUTE);
    // 2 January 2026 is a Friday: 09:30 fired, 10:00 did not.
    assert_eq!(double.bodies(&url), [json!({"do": "it"})]);
}

#[test]
fn expressions_are_checked() {
    // Recorded from AWS in LocalStack's `test_events_schedule.snapshot.json`.
    let double = Double::new();
    let (code, text) =
        double.refused("PutRule", json!({"Name": "r", "ScheduleExpression": "rate(1 minutes)"}));
    assert_eq!(
        (code.as_str(), text.as_str()),
        ("ValidationException", "Parameter ScheduleExpression is not valid.")
    );
    double.events("CreateEventBus", json!({"Name": "mine"}));
    let input = json!({"Name": "r", "EventBusName": "mine", "ScheduleExpression": "rate(1 minute)"});
    let (_, text) = double.refused("PutRule", input);
    assert_eq!(text, "ScheduleExpression is supported only on the default event bus.");
}

#[test]
fn a_long_jump_of_the_clock_fires_every_time_in_order() {
    let double = Double::new();
    let (url, arn) = double.open_queue("ticks");
    double.events("PutRule", json!({"Name": "tick", "ScheduleExpression": "rate(1 minute)"}));
    double.events("PutTargets", json!({"Rule": "tick", "Targets": [{"Id": "q", "Arn": arn}]}));
    double.world.advance(12 * 60 * MINUTE);
    let times: Vec<String> =
        double.bodies(&url).iter().map(|event| event["time"].as_str().unwrap().to_owned()).collect();
    assert_eq!(times.len(), 12 * 60);
    assert!(times.is_sorted());
}
