//! H and I: conditions.

use kage_authz::{CheckKind, Policy, PolicyKind};
use serde_json::{Value, json};

use crate::harness::*;

/// Whether a condition holds for a request with these keys. An array makes a multivalued key.
#[track_caller]
fn holds(condition: Value, keys: Value) -> bool {
    let mut one = case(user()).identity(when(condition));
    for (key, value) in keys.as_object().unwrap() {
        match value {
            Value::Array(items) => {
                one.request.context.insert_many(key, items.iter().map(|item| item.as_str().unwrap()));
            }
            other => one.request.context.insert(key, other.as_str().unwrap()),
        }
    }
    one.decision().is_allowed()
}

fn refused(condition: Value) -> bool {
    Policy::parse_stored(&document(&when(condition)), PolicyKind::Identity).is_err()
}

/// Whether one operator with one value holds for one value.
#[track_caller]
fn test(operator: &str, policy: &str, request: &str) -> bool {
    holds(json!({operator: {"k": policy}}), json!({"k": request}))
}

#[test]
fn rule_087_operators_and_keys_are_and_values_are_or() {
    // claims: ID-IAMEVAL-03, ID-IAMEVAL-04, ID-IAMEVAL-05, ID-POLICY-05
    let condition = json!({
        "StringEquals": {"aws:RequestedRegion": "eu-west-1", "aws:PrincipalTag/team": "a"},
        "Bool": {"aws:SecureTransport": "true"}
    });
    for row in 0..8_u8 {
        let pick = |bit: u8, good: &'static str, bad: &'static str| if row & bit == 0 { bad } else { good };
        let keys = json!({
            "aws:RequestedRegion": pick(1, "eu-west-1", "us-east-1"),
            "aws:PrincipalTag/team": pick(2, "a", "b"),
            "aws:SecureTransport": pick(4, "true", "false")
        });
        assert_eq!(holds(condition.clone(), keys), row == 7, "row {row}");
    }
    let either = json!({"StringEquals": {"s3:prefix": ["a/", "b/"]}});
    for (prefix, expected) in [("a/", true), ("b/", true), ("c/", false)] {
        assert_eq!(holds(either.clone(), json!({"s3:prefix": prefix})), expected);
    }
    // Negated operators: none of the values.
    for (operator, values, inside, outside) in [
        ("StringNotEquals", ["a/", "b/"], "b/", "c/"),
        ("NotIpAddress", ["10.0.0.0/8", "192.168.0.0/16"], "192.168.1.1", "8.8.8.8"),
        ("DateNotEquals", ["2020-01-01", "2021-01-01"], "2021-01-01T00:00:00Z", "2022-01-01"),
    ] {
        assert!(!holds(json!({operator: {"k": values}}), json!({"k": inside})), "{operator}");
        assert!(holds(json!({operator: {"k": values}}), json!({"k": outside})), "{operator}");
    }
}

#[test]
fn rule_088_absent_keys() {
    // claims: ID-IAMEVAL-05
    let absent = |operator: &str, value: &str| holds(json!({operator: {"k": value}}), json!({}));
    for (operator, value) in [
        ("StringEquals", "x"),
        ("StringLike", "*"),
        ("NumericLessThan", "1"),
        ("DateLessThan", "2020-01-01"),
        ("Bool", "false"),
        ("BinaryEquals", "eA=="),
        ("IpAddress", "0.0.0.0/0"),
        ("ArnLike", "arn:*:*:*:*:*"),
        ("StringEqualsIgnoreCase", "x"),
    ] {
        assert!(!absent(operator, value), "{operator}");
        assert!(absent(&format!("{operator}IfExists"), value), "{operator}IfExists");
        assert!(absent(&format!("ForAllValues:{operator}"), value), "ForAllValues:{operator}");
        assert!(!absent(&format!("ForAnyValue:{operator}"), value), "ForAnyValue:{operator}");
    }
    for (operator, value) in [
        ("StringNotEquals", "x"),
        ("StringNotLike", "*"),
        ("NumericNotEquals", "1"),
        ("DateNotEquals", "2020-01-01"),
        ("NotIpAddress", "0.0.0.0/0"),
        ("ArnNotLike", "arn:*:*:*:*:*"),
        ("ArnNotEquals", "arn:a:b:c:d:e"),
        ("StringNotEqualsIgnoreCase", "x"),
    ] {
        assert!(absent(operator, value), "{operator}");
        assert!(!absent(&format!("ForAnyValue:{operator}"), value), "ForAnyValue:{operator}");
        assert!(absent(&format!("ForAllValues:{operator}"), value), "ForAllValues:{operator}");
    }
    assert!(absent("Null", "true") && !absent("Null", "false"));
}

#[test]
fn rule_089_if_exists() {
    let condition = json!({"StringEqualsIfExists": {"k": "x"}});
    assert!(holds(condition.clone(), json!({})));
    assert!(holds(condition.clone(), json!({"k": "x"})));
    assert!(!holds(condition, json!({"k": "y"})));
    assert!(refused(json!({"NullIfExists": {"k": "true"}})));
    let guard = with(deny("*", "*"), "Condition", json!({"StringNotEqualsIfExists": {"k": "x"}}));
    case(user()).identity(json!([allow("*", "*"), guard])).explicitly_denied(CheckKind::Identity);
}

#[test]
fn rule_090_for_all_values() {
    let condition = json!({"ForAllValues:StringEquals": {"k": ["a", "b"]}});
    for (values, expected) in [
        (json!(["a"]), true),
        (json!(["a", "b"]), true),
        (json!(["a", "c"]), false),
        (json!([]), true),
        (json!([""]), true),
        (json!("a"), true),
    ] {
        assert_eq!(holds(condition.clone(), json!({"k": values})), expected, "{values}");
    }
}

#[test]
fn rule_091_for_any_value() {
    let condition = json!({"ForAnyValue:StringEquals": {"k": ["a", "b"]}});
    for (values, expected) in
        [(json!(["a"]), true), (json!(["c", "b"]), true), (json!(["c"]), false), (json!([]), false)]
    {
        assert_eq!(holds(condition.clone(), json!({"k": values})), expected, "{values}");
    }
}

#[test]
fn rule_092_negated_set_operators() {
    let all = json!({"ForAllValues:StringNotEquals": {"k": ["a", "b"]}});
    assert!(holds(all.clone(), json!({"k": ["c", "d"]})) && !holds(all, json!({"k": ["c", "a"]})));
    let any = json!({"ForAnyValue:StringNotEquals": {"k": ["a", "b"]}});
    assert!(holds(any.clone(), json!({"k": ["c", "a"]})) && !holds(any, json!({"k": ["b", "a"]})));
}

#[test]
fn rule_093_set_operators_take_if_exists() {
    for operator in ["ForAllValues:StringLikeIfExists", "ForAnyValue:StringLikeIfExists"] {
        let condition = json!({operator: {"k": "a*"}});
        assert!(holds(condition.clone(), json!({})), "{operator}");
        assert!(holds(condition.clone(), json!({"k": ["ab"]})), "{operator}");
        assert!(!holds(condition, json!({"k": ["b"]})), "{operator}");
    }
}

#[test]
fn rule_094_many_values_under_a_plain_operator() {
    assert!(holds(json!({"StringEquals": {"k": "a"}}), json!({"k": ["x", "a"]})));
    assert!(!holds(json!({"StringNotEquals": {"k": "a"}}), json!({"k": ["x", "a"]})));
}

#[test]
fn rule_095_one_value_under_a_set_operator() {
    assert!(holds(json!({"ForAnyValue:StringEquals": {"k": "a"}}), json!({"k": "a"})));
    assert!(!holds(json!({"ForAllValues:StringEquals": {"k": "a"}}), json!({"k": "b"})));
}

#[test]
fn rule_096_key_names_ignore_case() {
    assert!(holds(
        json!({"StringEquals": {"AWS:principaltag/TEAM": "a"}}),
        json!({"aws:PrincipalTag/team": "a"})
    ));
}

#[test]
fn rule_097_unknown_operators_are_refused() {
    // claims: ID-POLICY-01
    for operator in
        ["StringIs", "stringequals", "StringEqualsifExists", "ForSomeValues:StringEquals", "NumericLike", ""]
    {
        assert!(refused(json!({operator: {"k": "1"}})), "{operator}");
    }
    let error =
        Policy::parse(&document(&when(json!({"StringIs": {"k": "1"}}))), PolicyKind::Identity).unwrap_err();
    assert_eq!(error.message(), "Syntax errors in policy.");
}

#[test]
fn rule_098_values_may_be_numbers_and_booleans() {
    assert!(holds(json!({"NumericEquals": {"k": 5}}), json!({"k": "5.0"})));
    assert!(holds(json!({"Bool": {"k": true}}), json!({"k": "true"})));
    assert!(holds(json!({"StringEquals": {"k": [1, true]}}), json!({"k": "true"})));
    assert!(
        refused(json!({"StringEquals": {"k": null}})) && refused(json!({"StringEquals": {"k": {"a": 1}}}))
    );
}

#[test]
fn rule_099_an_empty_block_is_no_condition() {
    assert!(holds(json!({}), json!({})));
    assert!(holds(json!({"StringEquals": {}}), json!({})));
}

#[test]
fn rule_100_unknown_keys_are_accepted_and_absent() {
    assert!(!holds(json!({"StringEquals": {"nobody:Knows": "x"}}), json!({})));
    assert!(
        Policy::parse(
            &document(&with(allow("s3:*", "*"), "Condition", json!({"StringEquals": {"nobody:Knows": "x"}}))),
            PolicyKind::Identity
        )
        .is_ok()
    );
}

#[test]
fn rule_101_strings() {
    assert!(
        test("StringEquals", "abc", "abc")
            && !test("StringEquals", "abc", "ABC")
            && !test("StringEquals", "a*", "abc")
    );
    assert!(!test("StringNotEquals", "abc", "abc") && test("StringNotEquals", "abc", "abd"));
    assert!(test("StringEqualsIgnoreCase", "ÄbC", "äBc") && !test("StringEqualsIgnoreCase", "abc", "abcd"));
    assert!(!test("StringNotEqualsIgnoreCase", "ABC", "abc"));
    assert!(
        test("StringLike", "a?c*", "abcdef")
            && !test("StringLike", "a?c", "aBCd")
            && !test("StringLike", "A*", "abc")
    );
    assert!(test("StringLike", "*", "") && !test("StringNotLike", "a*", "abc"));
    assert!(test("StringLike", "?", "é"));
}

#[test]
fn rule_102_numbers() {
    assert!(test("NumericEquals", "10", "10.0") && test("NumericNotEquals", "10", "11"));
    assert!(test("NumericLessThan", "10", "9") && !test("NumericLessThan", "10", "10"));
    assert!(test("NumericLessThanEquals", "10", "10") && test("NumericGreaterThan", "-1", "0"));
    assert!(test("NumericGreaterThanEquals", "0.5", "0.50") && !test("NumericGreaterThan", "9", "10e1"));
    // What is no number matches nothing, so a negated operator holds.
    assert!(!test("NumericEquals", "10", "ten") && test("NumericNotEquals", "10", "ten"));
    assert!(
        refused(json!({"NumericEquals": {"k": "ten"}})) && refused(json!({"NumericEquals": {"k": "1*"}}))
    );
}

#[test]
fn rule_103_dates() {
    assert!(
        test("DateEquals", "2020-01-01", "2020-01-01T00:00:00Z")
            && test("DateEquals", "1577836800", "2020-01-01")
    );
    assert!(
        test("DateLessThan", "2020-01-01T00:00:00.5Z", "2020-01-01")
            && test("DateLessThanEquals", "2020-01-01", "2020-01-01")
    );
    assert!(test("DateGreaterThan", "2019-12-31T23:00Z", "2020-01-01T00:30:00+01:00"));
    assert!(
        test("DateGreaterThanEquals", "2020-01-01", "1577836800")
            && !test("DateGreaterThan", "2020-01-01", "1577836800")
    );
    assert!(
        test("DateNotEquals", "2020-01-01", "nonsense") && !test("DateLessThan", "2020-01-01", "nonsense")
    );
    assert!(
        refused(json!({"DateLessThan": {"k": "soon"}}))
            && refused(json!({"DateLessThan": {"k": "2020-02-30"}}))
    );
}

#[test]
fn rule_104_booleans() {
    assert!(test("Bool", "true", "true") && test("Bool", "TRUE", "True") && !test("Bool", "true", "false"));
    assert!(test("Bool", "false", "false") && !test("Bool", "false", "maybe"));
    assert!(!holds(json!({"Bool": {"k": "false"}}), json!({})));
    assert!(refused(json!({"Bool": {"k": "yes"}})));
}

#[test]
fn rule_105_bytes() {
    assert!(test("BinaryEquals", "QmluYXJ5", "QmluYXJ5") && !test("BinaryEquals", "QmluYXJ5", "QmluYXJ6"));
    assert!(!test("BinaryEquals", "QmluYXJ5", "not base64"));
    assert!(refused(json!({"BinaryEquals": {"k": "not base64"}})));
}

#[test]
fn rule_106_addresses() {
    assert!(test("IpAddress", "10.0.0.0/8", "10.1.2.3") && !test("IpAddress", "10.0.0.0/8", "11.1.2.3"));
    assert!(test("IpAddress", "10.1.2.3", "10.1.2.3") && !test("IpAddress", "10.1.2.3", "10.1.2.4"));
    assert!(test("IpAddress", "2001:db8::/32", "2001:db8::9") && !test("IpAddress", "0.0.0.0/0", "::1"));
    assert!(test("NotIpAddress", "10.0.0.0/8", "11.1.2.3") && test("NotIpAddress", "10.0.0.0/8", "::1"));
    assert!(test("NotIpAddress", "10.0.0.0/8", "nonsense") && !test("IpAddress", "0.0.0.0/0", "nonsense"));
    for bad in ["10.0.0.0/33", "10.0.0", "*", "10.0.0.0/8 "] {
        assert!(refused(json!({"IpAddress": {"k": bad}})), "{bad}");
    }
}

#[test]
fn rule_107_arns_are_compared_by_component() {
    for operator in ["ArnLike", "ArnEquals"] {
        assert!(test(operator, "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/Dev"), "{operator}");
        assert!(!test(operator, "arn:aws:*:role/Dev", "arn:aws:iam::1:role/Dev"), "{operator}");
        assert!(test(operator, "arn:aws:sns:*:*:t?pic", "arn:aws:sns:us-east-1:1:topic"), "{operator}");
        assert!(
            test(operator, "arn:aws:logs:*:1:log-group:*", "arn:aws:logs:r:1:log-group:x:y"),
            "{operator}"
        );
        assert!(!test(operator, "*", "arn:aws:iam::1:role/Dev"), "{operator}");
        assert!(!test(operator, "arn:*:*:*:*:*", "no arn"), "{operator}");
        assert!(!test(operator, "*:*:*:*:*:*", "nra:aws:iam::1:role/Dev"), "{operator}");
    }
    for operator in ["ArnNotLike", "ArnNotEquals"] {
        assert!(!test(operator, "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/Dev"), "{operator}");
        assert!(test(operator, "arn:aws:iam::*:user/*", "arn:aws:iam::1:role/Dev"), "{operator}");
        assert!(test(operator, "arn:*:*:*:*:*", "no arn"), "{operator}");
    }
    let whole = json!({"ArnEquals": {"k": "${aws:SourceArn}"}});
    assert!(holds(whole, json!({"k": "arn:aws:s3:::b", "aws:SourceArn": "arn:aws:s3:::b"})));
}

#[test]
fn rule_108_null() {
    for (value, present, expected) in
        [("true", true, false), ("true", false, true), ("false", true, true), ("false", false, false)]
    {
        let keys = if present { json!({"k": "x"}) } else { json!({}) };
        assert_eq!(holds(json!({"Null": {"k": value}}), keys), expected);
    }
    assert!(holds(json!({"Null": {"k": ["true", "false"]}}), json!({})));
    assert!(holds(json!({"Null": {"k": "true"}}), json!({"k": []})));
    assert!(refused(json!({"Null": {"k": "maybe"}})));
}

#[test]
fn rule_109_strings_compare_arns_as_text() {
    assert!(
        test("StringEquals", ROLE_ARN, ROLE_ARN)
            && !test("StringEquals", "arn:aws:iam::*:role/path/Dev", ROLE_ARN)
    );
    assert!(test("StringLike", "arn:aws:*:role/path/Dev", ROLE_ARN));
}

#[test]
fn rule_115_mfa_keys_of_long_term_credentials_are_absent() {
    let denies =
        with(deny("*", "*"), "Condition", json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}));
    case(user()).identity(json!([allow("*", "*"), denies])).explicitly_denied(CheckKind::Identity);
    case(user())
        .identity(when(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})))
        .implicitly_denied(CheckKind::Identity);
}
