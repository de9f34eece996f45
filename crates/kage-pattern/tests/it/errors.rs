//! What is no pattern, in AWS's words. Recorded from AWS in LocalStack's `test_events_patterns.snapshot.json` and
//! `test_sns_filter_policy.snapshot.json` (SNS reads its policies with the same reader).

use kage_pattern::Pattern;

#[test]
fn what_is_no_pattern_is_refused_in_the_words_of_aws() {
    let cases = [
        (r#"{"int": 42}"#, "\"int\" must be an object or an array", 11),
        (r#"{"string": "my-value"}"#, "\"string\" must be an object or an array", 13),
        (r#"{"resources": []}"#, "Empty arrays are not allowed", 17),
        (r#"{"source": ["aws.health"], "detail": {}}"#, "Empty objects are not allowed", 40),
        (r#"["not", "a", "dict", "but valid json"]"#, "Filter is not an object", 2),
        (r#"{"my_key": [{"EXISTS": true}]}"#, "Unrecognized match type EXISTS", 28),
        (r#"{"key":[["value"]]}"#, "Match value must be String, number, true, false, or null", 10),
        (r#"{"key":[{"suffix":"value","prefix":"value2"}]}"#, "Only one key allowed in match expression", 37),
        (r#"{"key":[{"suffix":100}]}"#, "suffix match pattern must be a string", 22),
        (r#"{"key":[{"suffix":null}]}"#, "suffix match pattern must be a string", 23),
        (r#"{"key":[{"suffix":[]}]}"#, "suffix match pattern must be a string", 20),
        (r#"{"time": [{"prefix": ["2022-07-13"]}]}"#, "prefix match pattern must be a string", 23),
        (r#"{"key":[{"cidr":["bad-filter"]}]}"#, "prefix match pattern must be a string", 18),
        (r#"{"key":[{"exists":"no"}]}"#, "exists match pattern must be either true or false.", 20),
        (r#"{"key":[{"numeric":10}]}"#, "Value of numeric must be an array.", 22),
        (r#"{"key":[{"numeric":[]}]}"#, "Invalid member in numeric match: ]", 22),
        (r#"{"key":[{"numeric":["operator"]}]}"#, "Unrecognized numeric range operator: operator", 32),
        (r#"{"key":[{"numeric":[1,"<="]}]}"#, "Invalid member in numeric match: 1", 22),
        (r#"{"key":[{"numeric":["=","000"]}]}"#, "Value of equals must be numeric", 26),
        (r#"{"key":[{"numeric":[">="]}]}"#, "Value of >= must be numeric", 26),
        (r#"{"key":[{"numeric":["<",100,">",10]}]}"#, "Too many elements in numeric expression", 30),
        (r#"{"key":[{"numeric":[">=",1,">",2]}]}"#, "Bad numeric range operator: >", 31),
        (r#"{"key":[{"numeric":[">",3,"<",1]}]}"#, "Bottom must be less than top", 33),
        (r#"{"key":[{"numeric":[">",20,"<="]}]}"#, "Value of <= must be numeric", 33),
        (r#"{"key":[{"numeric":[">",20,30]}]}"#, "Bad value in numeric range: 30", 30),
        (r#"{"key":[{"numeric":[">",20,"<",30,"<",50]}]}"#, "Too many terms in numeric range expression", 36),
        (
            r#"{"key":[{"anything-but":{"wrong-operator":null}}]}"#,
            "Unsupported anything-but pattern: wrong-operator",
            47,
        ),
        (r#"{"key":[{"anything-but":{"exists":false}}]}"#, "Unsupported anything-but pattern: exists", 40),
        (
            r#"{"detail": {"FileName": [{"anything-but": {"prefix": ""}}]}}"#,
            "Null prefix/suffix not allowed",
            56,
        ),
        (
            r#"{'bad': 'quotation'}"#,
            "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
            2,
        ),
    ];
    for (text, reason, column) in cases {
        let error = Pattern::parse(text).unwrap_err();
        let said = format!("{reason}\n at [Source: (String)\"{text}\"; line: 1, column: {column}]");
        assert_eq!(error.to_string(), said);
    }
}

#[test]
fn some_errors_have_no_place_and_some_say_it_twice() {
    let said = |text: &str| Pattern::parse(text).unwrap_err().to_string();
    assert_eq!(said(r#"{"key":[{"cidr":"bad-filter"}]}"#), "Malformed CIDR, one '/' required");
    assert!(
        said(r#"{"key":[{"wildcard":"*:*:*:*:*:event-bus/*"}]}"#)
            .starts_with("Rule is too complex - try using fewer")
    );
    let text = r#"{"detail": {"state": [{"anything-but": ["stopped", null]}]}}"#;
    let place = format!("\n at [Source: (String)\"{text}\"; line: 1, column: 56]");
    let reason = "Inside anything but list, start|null|boolean is not supported.";
    assert_eq!(said(text), format!("{reason}{place}{place}"));
}

#[test]
fn or_takes_two_objects_and_a_thousand_combinations() {
    let reason = |text: &str| Pattern::parse(text).unwrap_err().reason;
    assert_eq!(
        reason(r#"{"$or": [{"a": ["b"]}]}"#),
        "There must have at least 2 Objects in $or relationship."
    );
    assert_eq!(reason(r#"{"$or": {"a": ["b"]}}"#), "It must be an Array followed with $or.");
    assert_eq!(reason(r#"{"$or": ["a", "b"]}"#), "Only JSON object is allowed in array of $or relationship.");
    assert_eq!(
        reason(r#"{"$or": [{"prefix": ["b"]}, {"a": ["b"]}]}"#),
        "prefix is Ruler reserved fieldName which cannot be used inside $or."
    );
    let or = |count: usize, name: &str| {
        let objects: Vec<String> = (0..count).map(|index| format!("{{\"{name}{index}\": [1]}}")).collect();
        format!("{{\"$or\": [{}]}}", objects.join(","))
    };
    let nested = |count: usize| format!("{{\"x\": {}, \"y\": {}}}", or(10, "a"), or(count, "b"));
    assert!(Pattern::parse(&nested(100)).is_ok());
    assert!(reason(&nested(101)).contains("1000 combinations"));
}

#[test]
fn broken_documents_are_errors_and_never_more() {
    let whole = r#"{"a": [{"prefix": "b\u00e9"}, 1.5, null], "$or": [{"b": [true]}, {"c": [{"numeric": ["<", 2]}]}]}"#;
    assert!(Pattern::parse(whole).is_ok());
    for (index, _) in whole.char_indices() {
        assert!(Pattern::parse(&whole[..index]).is_err(), "{index}");
    }
    assert!(Pattern::parse(&"[".repeat(100_000)).is_err());
    assert!(Pattern::parse(&"{\"a\":".repeat(100_000)).is_err());
}
