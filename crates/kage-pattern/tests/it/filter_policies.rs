//! SNS's dialect.

use kage_pattern::{Attribute, FilterPolicy, Scope};
use serde_json::{Value, json};

fn policy(policy: &Value, scope: Scope) -> FilterPolicy {
    FilterPolicy::parse(&policy.to_string(), scope).unwrap()
}

fn refused(policy: &Value, scope: Scope) -> String {
    FilterPolicy::parse(&policy.to_string(), scope).unwrap_err().to_string()
}

#[test]
fn attributes_have_types() {
    let policy = policy(
        &json!({"store": ["shop", {"prefix": "x-"}], "price": [{"numeric": [">", 100]}], "tags": ["red"]}),
        Scope::MessageAttributes,
    );
    let accepts = |store: &str, price: &str, tags: &str| {
        policy.accepts(
            &[
                Attribute { name: "store", data_type: "String", value: store },
                Attribute { name: "price", data_type: "Number.int", value: price },
                Attribute { name: "tags", data_type: "String.Array", value: tags },
                Attribute { name: "other", data_type: "Binary", value: "" },
            ],
            "",
        )
    };
    assert!(accepts("shop", "101", r#"["blue", "red"]"#));
    assert!(accepts("x-1", "1e3", r#"["red"]"#));
    assert!(!accepts("shop", "100", r#"["red"]"#));
    assert!(!accepts("shop", "101", r#"["blue"]"#));
    assert!(!policy.accepts(&[], ""));
    let text = Attribute { name: "price", data_type: "String", value: "101" };
    assert!(!self::policy(&json!({"price": [101]}), Scope::MessageAttributes).accepts(&[text], ""));
    assert!(self::policy(&json!({}), Scope::MessageAttributes).accepts(&[], ""));
}

#[test]
fn bodies_are_matched_when_they_are_objects() {
    let policy = policy(&json!({"a": {"b": [{"exists": true}]}}), Scope::MessageBody);
    assert!(policy.accepts(&[], r#"{"a": {"b": 1}}"#));
    assert!(!policy.accepts(&[], "text"));
    assert!(!policy.accepts(&[], "[]"));
}

#[test]
fn what_is_refused() {
    // Recorded from AWS in LocalStack's `test_sns_filter_policy.snapshot.json`.
    let attributes = Scope::MessageAttributes;
    assert_eq!(
        refused(&json!({"key": ["v", {"wrong": true}]}), attributes),
        "FilterPolicy: Unrecognized match type wrong\n at [Source: (String)\"{\"key\":[\"v\",{\"wrong\":true}]}\"; line: 1, column: 26]"
    );
    assert_eq!(
        refused(&json!({"a": {"b": ["c"]}}), attributes),
        "Filter policy scope MessageAttributes does not support nested filter policy"
    );
    let values = |count: usize| (0..count).map(|index| format!("v{index}")).collect::<Vec<_>>();
    let complex = "FilterPolicy: Filter policy is too complex";
    assert_eq!(refused(&json!({"key": values(151)}), attributes), complex);
    policy(&json!({"key": values(150)}), attributes);
    let keys = json!({"a": ["1"], "b": ["1"], "c": ["1"], "d": ["1"], "e": ["1"], "f": ["1"]});
    assert_eq!(refused(&keys, attributes), "FilterPolicy: Filter policy can not have more than 5 keys");
    // 4 * 6 + 4 * 4 * 4 + 4 * 4 * 4 = 152.
    let or = json!({"s": values(4), "$or": [{"m": values(6)}, {"t": values(4), "$or": [{"i": [1, 2, 3, 4]}, {"p": [1, 2, 3, 4]}]}]});
    assert_eq!(refused(&or, attributes), complex);
    // 3 * (2 * 2) * (2 * 1) + 3 * (2 * 2) * (2 * 3) + 2 * (2 * 2) * (2 * 1) + 2 * (2 * 2) * (2 * 3) = 160.
    let nested = json!({
        "$or": [{"m": values(3)}, {"n": values(2)}],
        "detail": {"scope": values(2), "$or": [{"source": values(1)}, {"type": values(3)}]},
    });
    assert_eq!(refused(&nested, Scope::MessageBody), complex);
    assert_eq!(
        FilterPolicy::parse("{", attributes).unwrap_err().to_string(),
        "FilterPolicy: failed to parse JSON."
    );
}
