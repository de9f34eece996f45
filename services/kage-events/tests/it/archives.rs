//! Archives and replays.

use crate::support::{Double, EAST};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

fn bus_arn() -> String {
    format!("arn:aws:events:{EAST}:{MANAGEMENT}:event-bus/default")
}

fn archive(double: &Double, change: &Value) -> String {
    let mut input = json!({"ArchiveName": "kept", "EventSourceArn": bus_arn()});
    for (name, value) in change.as_object().unwrap() {
        input[name] = value.clone();
    }
    double.events("CreateArchive", input)["ArchiveArn"].as_str().unwrap().to_owned()
}

fn replay(name: &str, archive: &str, span: (i64, i64)) -> Value {
    json!({
        "ReplayName": name, "EventSourceArn": archive, "EventStartTime": span.0 / 1000, "EventEndTime": span.1 / 1000,
        "Destination": {"Arn": bus_arn()},
    })
}

#[test]
fn an_archive_keeps_what_matches_and_a_replay_sends_it_again() {
    let double = Double::new();
    let arn = archive(&double, &json!({"EventPattern": "{\"source\": [\"shop\"]}", "Description": "d"}));
    let start = double.world.now();
    double.put("shop", &json!({"n": 1}));
    double.put("other", &json!({}));
    double.world.advance(10 * MINUTE);
    let middle = double.world.now();
    double.put("shop", &json!({"n": 2}));
    let described = double.events("DescribeArchive", json!({"ArchiveName": "kept"}));
    assert_eq!((&described["EventCount"], &described["State"]), (&json!(2), &json!("ENABLED")));
    // The rule is made only now; the replay brings it the past.
    let (url, queue) = double.open_queue("again");
    double.rule_to("again", &json!({"source": ["shop"]}), &queue);
    let started = double.events("StartReplay", replay("first", &arn, (start, middle)));
    assert_eq!(started["State"], "STARTING");
    double.world.advance(MINUTE);
    let seen = double.bodies(&url);
    assert_eq!(seen.len(), 1);
    assert_eq!((&seen[0]["replay-name"], &seen[0]["detail"]), (&json!("first"), &json!({"n": 1})));
    let described = double.events("DescribeReplay", json!({"ReplayName": "first"}));
    assert_eq!(described["State"], "COMPLETED");
    // What a replay sends is not archived again.
    assert_eq!(double.events("DescribeArchive", json!({"ArchiveName": "kept"}))["EventCount"], 2);
    assert_eq!(double.events("ListReplays", json!({}))["Replays"][0]["ReplayName"], "first");
}

#[test]
fn a_replay_can_be_for_some_rules_and_can_be_cancelled() {
    let double = Double::new();
    let arn = archive(&double, &json!({}));
    let start = double.world.now();
    for n in 0..250 {
        double.put("shop", &json!({"n": n}));
    }
    let ((one_url, one), (two_url, two)) = (double.open_queue("one"), double.open_queue("two"));
    let rule = double.rule_to("one", &json!({"source": ["shop"]}), &one);
    double.rule_to("two", &json!({"source": ["shop"]}), &two);
    let mut input = replay("some", &arn, (start, start + 1000));
    input["Destination"]["FilterArns"] = json!([rule]);
    double.events("StartReplay", input);
    double.world.advance(MINUTE);
    assert_eq!((double.take(&one_url).len(), double.take(&two_url).len()), (250, 0));
    double.events("StartReplay", replay("stopped", &arn, (start, start + 1000)));
    let cancelled = double.events("CancelReplay", json!({"ReplayName": "stopped"}));
    assert_eq!(cancelled["State"], "CANCELLING");
    double.world.advance(MINUTE);
    assert_eq!(double.events("DescribeReplay", json!({"ReplayName": "stopped"}))["State"], "CANCELLED");
    assert!(double.take(&one_url).is_empty());
    assert_eq!(double.refused("CancelReplay", json!({"ReplayName": "stopped"})).0, "IllegalStatusException");
}

#[test]
fn what_is_older_than_its_days_is_not_replayed() {
    let double = Double::new();
    let arn = archive(&double, &json!({"RetentionDays": 1}));
    let (url, queue) = double.open_queue("again");
    let start = double.world.now();
    double.put("shop", &json!({"n": 1}));
    double.world.advance(25 * 60 * MINUTE);
    double.put("shop", &json!({"n": 2}));
    let end = double.world.now() + 1000;
    double.rule_to("again", &json!({"source": ["shop"]}), &queue);
    double.events("StartReplay", replay("late", &arn, (start, end)));
    double.world.advance(MINUTE);
    let seen = double.bodies(&url);
    assert_eq!((seen.len(), &seen[0]["detail"]), (1, &json!({"n": 2})));
}

#[test]
fn what_is_refused() {
    // Texts recorded from AWS in LocalStack's `test_archive_and_replay.snapshot.json`.
    let double = Double::new();
    let arn = archive(&double, &json!({}));
    let now = double.world.now();
    let unknown = format!("arn:aws:events:{EAST}:{MANAGEMENT}:event-bus/none");
    double.events("CreateEventBus", json!({"Name": "mine"}));
    let with = |field: &str, value: Value| {
        let mut input = replay("r", &arn, (now, now + 1000));
        input[field] = value;
        input
    };
    let mine = format!("arn:aws:events:{EAST}:{MANAGEMENT}:event-bus/mine");
    let no_archive = format!("arn:aws:events:{EAST}:{MANAGEMENT}:archive/none");
    for (operation, input, code, text) in [
        (
            "CreateArchive",
            json!({"ArchiveName": "kept", "EventSourceArn": bus_arn()}),
            "ResourceAlreadyExistsException",
            "Archive kept already exists.",
        ),
        (
            "CreateArchive",
            json!({"ArchiveName": "x", "EventSourceArn": unknown}),
            "ResourceNotFoundException",
            "Event bus none does not exist.",
        ),
        (
            "DescribeArchive",
            json!({"ArchiveName": "none"}),
            "ResourceNotFoundException",
            "Archive none does not exist.",
        ),
        (
            "UpdateArchive",
            json!({"ArchiveName": "kept"}),
            "ValidationException",
            "At least one of EventPattern, RetentionDays or Description must be provided.",
        ),
        (
            "StartReplay",
            with("Destination", json!({"Arn": unknown})),
            "ResourceNotFoundException",
            "Event bus none does not exist.",
        ),
        (
            "StartReplay",
            with("Destination", json!({"Arn": mine})),
            "ValidationException",
            "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.",
        ),
        (
            "StartReplay",
            with("EventSourceArn", json!(no_archive)),
            "ValidationException",
            "Parameter EventSourceArn is not valid. Reason: Archive none does not exist.",
        ),
        (
            "StartReplay",
            with("EventEndTime", json!(now / 1000)),
            "ValidationException",
            "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.",
        ),
        (
            "DescribeReplay",
            json!({"ReplayName": "none"}),
            "ResourceNotFoundException",
            "Replay none does not exist.",
        ),
    ] {
        let refused = double.refused(operation, input);
        assert_eq!((refused.0.as_str(), refused.1.as_str()), (code, text), "{operation}");
    }
    double.events("UpdateArchive", json!({"ArchiveName": "kept", "RetentionDays": 7}));
    assert_eq!(double.events("ListArchives", json!({}))["Archives"][0]["RetentionDays"], 7);
    double.events("DeleteArchive", json!({"ArchiveName": "kept"}));
    assert_eq!(double.events("ListArchives", json!({}))["Archives"], json!([]));
}
