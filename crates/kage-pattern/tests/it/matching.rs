//! What matches. The cases follow the EventBridge user guide ("Comparison operators for use in event patterns") and
//! LocalStack's templates that were validated against AWS.

use kage_pattern::{Pattern, Rules};
use serde_json::{Value, json};

fn matches(pattern: &Value, event: &Value) -> bool {
    let pattern = Pattern::parse(&pattern.to_string()).unwrap();
    let alone = pattern.matches(event);
    let rules = Rules::new([("only", pattern)]);
    assert_eq!(rules.matching(event.as_object().unwrap()).len(), usize::from(alone), "the index disagrees");
    alone
}

/// Asserts which values of `$.detail.x` pass these tests.
fn check(tests: Value, pass: &[Value], fail: &[Value]) {
    let pattern = json!({"detail": {"x": tests}});
    for value in pass {
        assert!(matches(&pattern, &json!({"detail": {"x": value}})), "{pattern} should match {value}");
    }
    for value in fail {
        assert!(!matches(&pattern, &json!({"detail": {"x": value}})), "{pattern} should not match {value}");
    }
}

#[test]
fn exact_values_have_types() {
    check(
        json!(["a", "b"]),
        &[json!("a"), json!(["z", "b"])],
        &[json!("A"), json!(""), json!(["z"]), json!({"y": "a"})],
    );
    check(json!([1]), &[json!(1), json!(1.0)], &[json!("1"), json!(2), json!(true)]);
    check(
        json!([123_456_789_012_345_678_u64]),
        &[json!(123_456_789_012_345_678_u64)],
        &[json!(123_456_789_012_345_679_u64)],
    );
    check(json!([null, true]), &[json!(null), json!(true)], &[json!("null"), json!(false), json!([])]);
    check(json!([""]), &[json!("")], &[json!(null)]);
    check(json!(["2001:db8::1"]), &[json!("2001:0db8:0:0:0:0:0:1")], &[json!("2001:db8::2")]);
}

#[test]
fn operators_on_texts() {
    check(
        json!([{"prefix": "us-"}]),
        &[json!("us-east-1"), json!("us-")],
        &[json!("eu"), json!(1), json!(null)],
    );
    check(json!([{"prefix": {"equals-ignore-case": "EventB"}}]), &[json!("eventbridge")], &[json!("event")]);
    check(json!([{"suffix": ".png"}]), &[json!("a.png")], &[json!("a.PNG")]);
    check(json!([{"suffix": {"equals-ignore-case": ".png"}}]), &[json!("a.PNG")], &[json!("png")]);
    check(json!([{"equals-ignore-case": "Alice"}]), &[json!("aLICE")], &[json!("alice "), json!("alic")]);
    check(json!([{"wildcard": "a*z"}]), &[json!("az"), json!("abcz")], &[json!("abc"), json!(1)]);
}

#[test]
fn anything_but_passes_other_kinds() {
    check(
        json!([{"anything-but": "a"}]),
        &[json!("b"), json!(1), json!(null), json!(["a", "b"])],
        &[json!("a"), json!([])],
    );
    check(json!([{"anything-but": [1, 2]}]), &[json!(3), json!("1")], &[json!(1), json!(2.0)]);
    check(json!([{"anything-but": {"prefix": "a"}}]), &[json!("b"), json!(1)], &[json!("ab")]);
    check(
        json!([{"anything-but": {"suffix": [".a", ".b"]}}]),
        &[json!("x.c")],
        &[json!("x.a"), json!("x.b")],
    );
    check(
        json!([{"anything-but": {"equals-ignore-case": ["A", "b"]}}]),
        &[json!("c")],
        &[json!("a"), json!("B")],
    );
    check(json!([{"anything-but": {"wildcard": "*/lib/*"}}]), &[json!("x/bin/y")], &[json!("x/lib/y")]);
    // The field must be there.
    assert!(!matches(&json!({"detail": {"x": [{"anything-but": "a"}]}}), &json!({"detail": {"y": 1}})));
}

#[test]
fn numbers_and_addresses() {
    check(json!([{"numeric": ["=", 3.018e2]}]), &[json!(301.8)], &[json!(301), json!("301.8")]);
    check(json!([{"numeric": [">", 0, "<=", 5]}]), &[json!(5), json!(0.1)], &[json!(0), json!(5.1)]);
    check(json!([{"numeric": ["<", 10]}]), &[json!(-1e300)], &[json!(10)]);
    check(json!([{"numeric": [">=", 10]}]), &[json!(10)], &[json!(9.99)]);
    check(
        json!([{"cidr": "10.0.0.0/24"}]),
        &[json!("10.0.0.9")],
        &[json!("10.0.1.0"), json!("x"), json!(["::1"])],
    );
}

#[test]
fn existence_is_of_values() {
    check(json!([{"exists": true}]), &[json!(1), json!(null)], &[json!({"y": 1}), json!([])]);
    let absent = json!({"detail": {"x": [{"exists": false}]}});
    assert!(matches(&absent, &json!({"detail": {"x": {"y": 1}}})));
    assert!(matches(&absent, &json!({"source": "a"})));
    assert!(!matches(&absent, &json!({"detail": {"x": null}})));
    let either = json!({"detail": {"x": ["a", {"exists": false}]}});
    assert!(matches(&either, &json!({"detail": {"x": "a"}})));
    assert!(matches(&either, &json!({"detail": {}})));
    assert!(!matches(&either, &json!({"detail": {"x": "b"}})));
}

#[test]
fn fields_must_agree_on_the_element_of_an_array() {
    let pattern = json!({"detail": {"items": {"name": ["a"], "state": ["on"]}}});
    let event = |one: &str, two: &str| json!({"detail": {"items": [{"name": "a", "state": one}, {"name": "b", "state": two}]}});
    assert!(matches(&pattern, &event("on", "off")));
    assert!(!matches(&pattern, &event("off", "on")));
}

#[test]
fn or_and_dots() {
    let pattern = json!({"source": ["s"], "$or": [{"a": [1]}, {"b": [{"numeric": ["<", 3]}]}]});
    assert!(matches(&pattern, &json!({"source": "s", "a": 1})));
    assert!(matches(&pattern, &json!({"source": "s", "b": 2})));
    assert!(!matches(&pattern, &json!({"source": "s", "a": 2, "b": 3})));
    assert!(!matches(&pattern, &json!({"source": "t", "a": 1})));
    // AWS joins names by dots, on both sides.
    assert!(matches(&json!({"detail.state": ["x"]}), &json!({"detail": {"state": "x"}})));
    assert!(matches(&json!({"detail": {"state": ["x"]}}), &json!({"detail.state": "x"})));
}

#[test]
fn many_rules_give_the_same_as_each_alone() {
    let sources = ["aws.ec2", "aws.s3", "app"];
    let patterns: Vec<Value> = (0..300)
        .map(|index| match index % 5 {
            0 => json!({"source": [sources[index % 3]], "detail": {"n": [index % 7]}}),
            1 => json!({"detail-type": [format!("type-{}", index % 11)]}),
            2 => json!({"detail": {"n": [{"numeric": [">", index % 9]}], "gone": [{"exists": false}]}}),
            3 => json!({"$or": [{"source": ["app"]}, {"detail": {"name": [format!("name-{index}")]}}]}),
            _ => {
                json!({"source": [{"prefix": "aws."}], "detail": {"name": [format!("name-{}", index % 50)]}})
            }
        })
        .collect();
    let compiled: Vec<Pattern> =
        patterns.iter().map(|text| Pattern::parse(&text.to_string()).unwrap()).collect();
    let rules = Rules::new(compiled.iter().cloned().enumerate());
    let mut hits = 0;
    for index in 0..200 {
        let event = json!({
            "source": sources[index % 3], "detail-type": format!("type-{}", index % 13),
            "detail": {"n": index % 10, "name": format!("name-{index}")},
        });
        let alone: Vec<usize> = compiled
            .iter()
            .enumerate()
            .filter(|(_, pattern)| pattern.matches(&event))
            .map(|(index, _)| index)
            .collect();
        let together: Vec<usize> = rules.matching(event.as_object().unwrap()).into_iter().copied().collect();
        assert_eq!(together, alone);
        hits += alone.len();
    }
    assert!(hits > 1000);
}
