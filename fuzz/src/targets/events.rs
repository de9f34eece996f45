//! Event patterns, input templates and schedule expressions.

use kage_pattern::{Context, FilterPolicy, InputPath, Pattern, Rules, Scope, Transformer};
use kage_schedule::{Dialect, Schedule, Zone};
use serde_json::Value;

use crate::target::Target;

/// An event to match when the input brings none.
const EVENT: &str = r#"{"source":"shop","a.b":[1,"x",null,true],"detail":{"n":1.5,"ip":"10.0.0.1","items":[{"k":"a","v":1},{"k":"b","v":2}]}}"#;

/// A pattern, and an event behind a line break.
pub const PATTERN: Target = Target {
    name: "event_pattern",
    law: "what reads as a pattern is a JSON object and matches the same alone and in the index; what does not says why",
    check: pattern,
    seeds: &[
        br#"{"source":["shop",{"prefix":"a"}],"detail":{"n":[{"numeric":[">",0,"<=",5]}]}}"#,
        br#"{"$or":[{"a":{"b":["x"]}},{"detail":{"ip":[{"cidr":"10.0.0.0/24"}]}}],"c":[{"exists":false}]}"#,
        br#"{"detail":{"items":{"k":[{"anything-but":["z"]}],"v":[{"anything-but":{"suffix":"1"}}]}}}"#,
        br#"{"a":[{"wildcard":"*x\\*y*"},{"equals-ignore-case":"X"},null,true,1e3]}"#,
        b"{\"a\":[{\"suffix\":{\"equals-ignore-case\":\"\\u00e9\"}}]}\n{\"a\":[[\"\xc3\x89\"],{\"b\":1}]}",
    ],
    dictionary: &[
        b"{\"",
        b"\"]}",
        b"\"$or\"",
        b"\"exists\":",
        b"\"anything-but\":",
        b"\"numeric\":[\"<\",",
        b"\"wildcard\":\"*",
        b"\"prefix\":{",
        b"\\",
        b"null",
        b"-1e400",
        b"\n",
        "é".as_bytes(),
    ],
    rounds: 40_000,
};

/// A template, and paths behind line breaks.
pub const TEMPLATE: Target = Target {
    name: "input_template",
    law: "a template that is accepted gives JSON or nothing, and a path finds the same twice",
    check: template,
    seeds: &[
        b"{\"a\": <v>, \"b\": \"<v> of <aws.events.rule-name>\"}\n$.detail.items[0].k",
        b"\"<v>\"\n\"<v>\"\n$.detail",
        b"<aws.events.event.json>\n$['a.b'][*]",
        b"\\<v\\> <\n$",
    ],
    dictionary: &[b"<v>", b"\"", b"<aws.events.event>", b"\\", b"$.detail", b"[*]", b"['", b"\n"],
    rounds: 40_000,
};

/// A schedule expression.
pub const SCHEDULE: Target = Target {
    name: "schedule_expression",
    law: "the times of an expression go forward, and those of a cron are whole minutes",
    check: schedule,
    seeds: &[
        b"rate(5 minutes)",
        b"cron(0/15 8-17 ? * MON-FRI *)",
        b"cron(0 0 LW 2,4/3 ? 2024-2199/4)",
        b"cron(30 2 ? * 6L *)",
        b"cron(0 2 ? * SAT#5 *)",
        b"cron(59 23 31W 12 ? 2199)",
        b"at(2026-03-29T02:30:00)",
    ],
    dictionary: &[b"*", b"?", b"L", b"W", b"#", b"/", b"-", b",", b"FEB", b"SUN", b"2199", b"0", b" "],
    rounds: 4_000,
};

fn pattern(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (pattern, event) = text.split_once('\n').unwrap_or((&text, EVENT));
    for scope in [Scope::MessageBody, Scope::MessageAttributes] {
        if let Ok(policy) = FilterPolicy::parse(pattern, scope) {
            let _ = policy.accepts(&[], event);
        }
    }
    let parsed = match Pattern::parse(pattern) {
        Ok(parsed) => parsed,
        Err(error) => {
            assert!(!error.reason.is_empty(), "an error that says nothing");
            return;
        }
    };
    // Our reader goes deeper than the other one.
    if pattern.matches(['{', '[']).count() < 100 {
        let first = serde_json::Deserializer::from_str(pattern).into_iter::<Value>().next();
        assert!(matches!(first, Some(Ok(Value::Object(_)))), "a pattern that is no JSON object");
    }
    if let Ok(event) = serde_json::from_str::<Value>(event)
        && let Some(object) = event.as_object()
    {
        let alone = parsed.matches(&event);
        let other = Pattern::parse(r#"{"source":["shop"]}"#).map(|other| ("other", other));
        let rules = Rules::new([("this", parsed)].into_iter().chain(other));
        assert_eq!(rules.matching(object).contains(&&"this"), alone, "the index disagrees");
    }
}

fn template(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(event) = serde_json::from_str::<Value>(EVENT) else { return };
    let (template, path) = text.rsplit_once('\n').unwrap_or((&text, "$.detail"));
    if let Ok(path) = InputPath::parse(path) {
        assert_eq!(path.find(&event), path.find(&event));
    }
    let Ok(transformer) = Transformer::parse([("v", path)], template) else { return };
    let context = Context { rule_arn: "arn", rule_name: "rule", ingestion_time: "now" };
    if let Some(out) = transformer.apply(&event, &context) {
        let mut values = serde_json::Deserializer::from_str(&out).into_iter::<Value>();
        assert!(values.all(|value| value.is_ok()), "what is sent is no JSON");
    }
}

fn schedule(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let start = 1_767_323_045_000;
    for dialect in [Dialect::Rules, Dialect::Scheduler] {
        let Ok(schedule) = Schedule::parse(&text, dialect) else { continue };
        for zone in ["UTC", "Europe/Berlin", "Australia/Lord_Howe"].into_iter().filter_map(Zone::find) {
            let mut at = start;
            for _ in 0..5 {
                let Some(next) = schedule.next(at, start, &zone) else { break };
                assert!(next > at, "time does not go forward");
                assert!(schedule.is_rate() || schedule.is_once() || next % 60_000 == 0, "no whole minute");
                at = next;
            }
        }
    }
}
