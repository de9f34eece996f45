//! Events: put, read in both directions, filtered.

use crate::kit::{DAY, Logs, messages};
use serde_json::{Value, json};

#[test]
fn events_are_put_and_read_by_time() {
    // claims: LOG-CWLOGS-01
    let logs = Logs::new();
    assert!(logs.put(&[(-3_000, "c"), (-3_000, "d"), (-1_000, "f")])["nextSequenceToken"].is_string());
    logs.put(&[(-4_000, "b"), (-2_000, "e")]);
    logs.put(&[(-5_000, "a")]);
    let stream = json!({"logGroupName": "g", "logStreamName": "s"});
    let read = logs.ok("GetLogEvents", stream);
    assert_eq!(messages(&read), ["a", "b", "c", "d", "e", "f"]);
    let now = logs.world.now();
    let first = json!({"timestamp": now - 5_000, "message": "a", "ingestionTime": now});
    assert_eq!(read["events"][0], first);
    let window = json!({
        "logGroupIdentifier": "arn:aws:logs:us-east-1:111111111111:log-group:g", "logStreamName": "s",
        "startTime": now - 4_000, "endTime": now - 2_000,
    });
    assert_eq!(messages(&logs.ok("GetLogEvents", window)), ["b", "c", "d"]);
    // The event at the end is included here.
    let window = json!({"logGroupName": "g", "startTime": now - 4_000, "endTime": now - 2_000});
    assert_eq!(messages(&logs.ok("FilterLogEvents", window)), ["b", "c", "d", "e"]);
}

#[test]
fn tokens_lead_both_ways_and_stay_the_same_at_the_ends() {
    let logs = Logs::new();
    logs.put(&[(-5_000, "a"), (-4_000, "b"), (-4_000, "c")]);
    logs.put(&[(-4_000, "d"), (-1_000, "e")]);
    let get = |token: Option<&Value>, head: bool| {
        let mut input = json!({"logGroupName": "g", "logStreamName": "s", "limit": 2, "startFromHead": head});
        if let Some(token) = token {
            input["nextToken"] = token.clone();
        }
        logs.ok("GetLogEvents", input)
    };
    let newest = get(None, false);
    assert_eq!(messages(&newest), ["d", "e"]);
    let older = get(Some(&newest["nextBackwardToken"]), false);
    assert_eq!(messages(&older), ["b", "c"]);
    let oldest = get(Some(&older["nextBackwardToken"]), false);
    assert_eq!(messages(&oldest), ["a"]);
    let nothing = get(Some(&oldest["nextBackwardToken"]), false);
    assert_eq!(messages(&nothing), Vec::<String>::new());
    assert_eq!(nothing["nextBackwardToken"], oldest["nextBackwardToken"]);
    assert_eq!(messages(&get(Some(&older["nextForwardToken"]), true)), ["d", "e"]);
    let head = get(None, true);
    assert_eq!(messages(&head), ["a", "b"]);
    let end = get(Some(&newest["nextForwardToken"]), true);
    assert_eq!((messages(&end), &end["nextForwardToken"]), (vec![], &newest["nextForwardToken"]));
    // What comes later is behind the same token.
    logs.put(&[(0, "f")]);
    assert_eq!(messages(&get(Some(&end["nextForwardToken"]), true)), ["f"]);
    for token in ["x", "f/12", "n/00000000000000000000000000000000000000000000000000000000"] {
        let input = json!({"logGroupName": "g", "logStreamName": "s", "nextToken": token});
        logs.fails("GetLogEvents", input, "InvalidParameterException", "The specified nextToken is invalid.");
    }
}

#[test]
fn pages_hold_at_most_a_megabyte() {
    let logs = Logs::new();
    let big = "x".repeat(400_000);
    for at in [-5_000, -4_000, -3_000] {
        logs.put(&[(at, &big), (at + 1, "small")]);
    }
    let page =
        logs.ok("GetLogEvents", json!({"logGroupName": "g", "logStreamName": "s", "startFromHead": true}));
    assert_eq!(messages(&page).len(), 4);
    let mut input = json!({"logGroupName": "g"});
    let mut seen = Vec::new();
    loop {
        let page = logs.ok("FilterLogEvents", input.clone());
        seen.extend(messages(&page).into_iter().map(|message| message.len()));
        if page.get("nextToken").is_none() {
            break;
        }
        input["nextToken"] = page["nextToken"].clone();
    }
    assert_eq!(seen, [400_000, 5, 400_000, 5, 400_000, 5]);
}

#[test]
fn filtered_events_of_all_streams_stand_by_time() {
    let logs = Logs::new();
    for name in ["a1", "a2"] {
        logs.ok("CreateLogStream", json!({"logGroupName": "g", "logStreamName": name}));
    }
    logs.put_to("a1", &[(-9_000, "ERROR one"), (-5_000, "INFO two"), (-1_000, "ERROR five")]);
    logs.put_to("a2", &[(-7_000, "ERROR three")]);
    logs.put_to("s", &[(-6_000, r#"{"level":"ERROR","ms":12}"#), (-4_000, r#"{"level":"INFO","ms":3}"#)]);
    assert_eq!(logs.filter("one"), ["ERROR one"]);
    assert_eq!(logs.filter("ERROR -one -ms"), ["ERROR three", "ERROR five"]);
    assert_eq!(logs.filter("{ $.ms > 10 }"), [r#"{"level":"ERROR","ms":12}"#]);
    assert_eq!(logs.filter("[level = INFO, word]"), ["INFO two"]);
    let input = |more: Value| {
        let mut input = json!({"logGroupName": "g", "filterPattern": "ERROR"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let first = logs.ok("FilterLogEvents", input(json!({"limit": 3})));
    assert_eq!(messages(&first), ["ERROR one", "ERROR three", r#"{"level":"ERROR","ms":12}"#]);
    assert_eq!(
        (&first["events"][1]["logStreamName"], &first["searchedLogStreams"]),
        (&json!("a2"), &json!([]))
    );
    assert_eq!(first["events"][1]["eventId"].as_str().unwrap().len(), 56);
    let rest = logs.ok("FilterLogEvents", input(json!({"limit": 3, "nextToken": first["nextToken"]})));
    assert_eq!((messages(&rest), rest.get("nextToken")), (vec!["ERROR five".to_owned()], None));
    let down = json!({"startFromHead": false, "startTime": logs.world.now() - DAY, "limit": 3});
    let down = logs.ok("FilterLogEvents", input(down));
    assert_eq!(messages(&down), ["ERROR five", r#"{"level":"ERROR","ms":12}"#, "ERROR three"]);
    let rest = logs.ok("FilterLogEvents", input(json!({"nextToken": down["nextToken"]})));
    assert_eq!(messages(&rest), ["ERROR one"]);
    assert_eq!(messages(&logs.ok("FilterLogEvents", input(json!({"logStreamNamePrefix": "a"})))).len(), 3);
    assert_eq!(
        messages(&logs.ok("FilterLogEvents", input(json!({"logStreamNames": ["a2"]})))),
        ["ERROR three"]
    );
    let both = input(json!({"logStreamNames": ["a2"], "logStreamNamePrefix": "a"}));
    assert_eq!(logs.call("FilterLogEvents", both).err().code, "InvalidParameterException");
    let unknown = input(json!({"logStreamNames": ["zz"]}));
    logs.fails(
        "FilterLogEvents",
        unknown,
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    );
    let bad = json!({"logGroupName": "g", "filterPattern": "a:b"});
    logs.fails("FilterLogEvents", bad, "InvalidParameterException", "Invalid character(s) in term 'a:b'");
}

#[test]
fn the_limits_of_a_put() {
    // claims: LOG-CWLOGS-01, LOG-CWAGENT-06
    let logs = Logs::new();
    let put = |events: Value| {
        logs.call("PutLogEvents", json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events}))
    };
    let says = |events: Value, text: &str| {
        let failure = put(events).err();
        assert_eq!((failure.code.as_str(), failure.message.as_str()), ("InvalidParameterException", text));
    };
    says(
        logs.events(&[(0, "b"), (-1, "a")]),
        "Log events in a single PutLogEvents request must be in chronological order.",
    );
    says(
        logs.events(&[(-DAY - 1, "a"), (0, "b")]),
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    );
    let half = "x".repeat(524_288 - 26);
    put(logs.events(&[(0, &half), (0, &half)])).ok();
    let more = format!("{half}x");
    says(logs.events(&[(0, &half), (0, &more)]), "Upload too large: 1048577 bytes exceeds limit of 1048576");
    let whole = "x".repeat(1_048_576 - 26);
    put(logs.events(&[(0, &whole)])).ok();
    let over = format!("{whole}x");
    says(logs.events(&[(0, &over)]), "Log event too large: 1048577 bytes exceeds limit of 1048576");
    let many = vec![(0, "x"); 10_001];
    assert!(put(logs.events(&many)).err().message.contains("less than or equal to 10000"));
    put(logs.events(&many[1..])).ok();
    let rejected = put(logs.events(&[(-15 * DAY, "old"), (0, "good"), (3 * 3_600_000, "early")])).ok();
    assert_eq!(
        rejected["rejectedLogEventsInfo"],
        json!({"tooNewLogEventStartIndex": 2, "tooOldLogEventEndIndex": 1})
    );
    assert_eq!(logs.filter("good"), ["good"]);
    assert_eq!(logs.filter("?old ?early"), Vec::<String>::new());
    let entity = json!({
        "logGroupName": "g", "logStreamName": "s", "logEvents": logs.events(&[(0, "of a service")]),
        "entity": {"keyAttributes": {"Type": "Service", "Name": "app"}},
    });
    let answer = logs.ok("PutLogEvents", entity);
    assert_eq!(answer["rejectedEntityInfo"], json!({"errorType": "UnsupportedLogGroupType"}));
    assert_eq!(logs.filter("service"), ["of a service"]);
    let missing = json!({"logGroupName": "no", "logStreamName": "s", "logEvents": logs.events(&[(0, "x")])});
    logs.fails(
        "PutLogEvents",
        missing,
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    );
    let missing = json!({"logGroupName": "g", "logStreamName": "no", "logEvents": logs.events(&[(0, "x")])});
    logs.fails(
        "PutLogEvents",
        missing,
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    );
}

#[test]
fn infrequent_access_has_no_reading_by_stream() {
    let logs = Logs::empty();
    logs.ok("CreateLogGroup", json!({"logGroupName": "g", "logGroupClass": "INFREQUENT_ACCESS"}));
    logs.ok("CreateLogStream", json!({"logGroupName": "g", "logStreamName": "s"}));
    logs.put(&[(0, "x")]);
    let failure = logs.call("FilterLogEvents", json!({"logGroupName": "g"})).err();
    assert_eq!(failure.code, "InvalidParameterException");
}
