//! Input paths and transformers, after the recorded results in LocalStack's `test_events_inputs.snapshot.json`.

use kage_pattern::{Context, InputPath, Transformer, TransformerError};
use serde_json::{Value, json};

fn event() -> Value {
    json!({
        "version": "0", "id": "i", "detail-type": "T", "source": "s", "account": "111111111111", "time": "t",
        "region": "r", "resources": ["arn:1", "arn:2"],
        "detail": {"payload": {"acc_id": "0a78", "sf_id": "baz"}, "userId": "u\"1", "one": ["HIGH"],
                   "two": ["ACTIVE", "INACTIVE"], "valid": true, "n": 1.5, "null": null},
    })
}

fn apply(template: &str) -> Option<String> {
    let paths = [
        ("payload", "$.detail.payload"),
        ("userId", "$.detail.payload.acc_id"),
        ("quoted", "$.detail.userId"),
        ("one", "$.detail.one"),
        ("two", "$.detail.two"),
        ("valid", "$.detail.valid"),
        ("n", "$.detail.n"),
        ("missing", "$.detail.missing"),
    ];
    let context = Context { rule_arn: "arn:rule", rule_name: "rule", ingestion_time: "now" };
    Transformer::parse(paths, template).unwrap().apply(&event(), &context)
}

#[test]
fn values_stand_as_aws_puts_them() {
    for (template, expected) in [
        (r#"{"a": <payload>}"#, r#"{"a": {"acc_id":"0a78","sf_id":"baz"}}"#),
        (r#"{"p": "users/<userId>/second/<userId>"}"#, r#"{"p": "users/0a78/second/0a78"}"#),
        (r#"{"id": <userId>, "l": [<userId>, "x"]}"#, r#"{"id": "0a78", "l": ["0a78", "x"]}"#),
        (r#""<one> single" "#, r#""[HIGH] single" "#),
        ("\"<two> a\"\n\"<payload> b\"", "\"[ACTIVE,INACTIVE] a\"\n\"{acc_id:0a78,sf_id:baz} b\""),
        (r#"{"one": <one>}"#, r#"{"one": ["HIGH"]}"#),
        (r#""Command is <valid>!""#, r#""Command is true!""#),
        (r#"{"n": <n>, "t": "<n>"}"#, r#"{"n": 1.5, "t": "1.5"}"#),
        (r#"{"m": <missing>, "t": "x<missing>"}"#, r#"{"m": "", "t": "x"}"#),
        (r#"{"q": "<quoted>", "b": <quoted>}"#, r#"{"q": "u\"1", "b": "u\"1"}"#),
        (r#""{[/Check of <userId>""#, r#""{[/Check of 0a78""#),
        (
            r#""<aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>""#,
            r#""arn:rule rule now""#,
        ),
        ("<payload>", r#"{"acc_id":"0a78","sf_id":"baz"}"#),
    ] {
        assert_eq!(apply(template).as_deref(), Some(expected), "{template}");
    }
    // What is no JSON is not delivered.
    assert_eq!(apply("<one> single list item"), None);
    assert_eq!(apply(r#"{"one": "<one>"}"#), None);
}

#[test]
fn the_event_itself() {
    let out: Value =
        serde_json::from_str(&apply(r#"{"e": <aws.events.event>, "j": <aws.events.event.json>}"#).unwrap())
            .unwrap();
    assert_eq!(out["j"], event());
    assert_eq!(out["e"]["detailType"], "T");
    assert_eq!(out["e"].get("detail"), None);
}

#[test]
fn transformers_are_checked() {
    let parse = |path: &'static str, template: &str| Transformer::parse([("a", path)], template).map(|_| ());
    assert_eq!(parse("$.a", "<b>").unwrap_err(), TransformerError::Placeholder("b".to_owned()));
    assert_eq!(parse("a.b", "<a>").unwrap_err(), TransformerError::Path("a".to_owned()));
    assert_eq!(parse("$.a", "1 < 2"), Ok(()));
}

#[test]
fn paths_find_values() {
    let find = |path: &str| InputPath::parse(path).unwrap().find(&event());
    assert_eq!(find("$"), Some(event()));
    assert_eq!(find("$.detail-type"), Some(json!("T")));
    assert_eq!(find("$.resources[1]"), Some(json!("arn:2")));
    assert_eq!(find("$.resources[*]"), Some(json!(["arn:1", "arn:2"])));
    assert_eq!(find("$['detail']['one'][0]"), Some(json!("HIGH")));
    assert_eq!(find("$.detail.null"), Some(json!(null)));
    assert_eq!(find("$.nothing.here"), None);
    for path in ["", "detail", "$.", "$.a[", "$.a[x]", "$..a", "$.a[?(@.b)]", "$x"] {
        assert!(InputPath::parse(path).is_err(), "{path}");
    }
}
