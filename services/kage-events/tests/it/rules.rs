//! Rules, targets, tags.

use crate::support::{Double, EAST};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

const PATTERN: &str = "{\"source\": [\"shop\"]}";

#[test]
fn a_rule_is_put_described_and_replaced() {
    let double = Double::new();
    let input = json!({
        "Name": "r", "EventPattern": PATTERN, "Description": "d", "State": "DISABLED",
        "Tags": [{"Key": "a", "Value": "1"}],
    });
    let arn = double.events("PutRule", input)["RuleArn"].clone();
    assert_eq!(arn, format!("arn:aws:events:{EAST}:{MANAGEMENT}:rule/r"));
    let described = double.events("DescribeRule", json!({"Name": "r"}));
    assert_eq!(
        described,
        json!({
            "Name": "r", "Arn": arn, "EventPattern": PATTERN, "State": "DISABLED", "Description": "d",
            "EventBusName": "default", "CreatedBy": MANAGEMENT,
        })
    );
    // What the next call leaves out is gone; tags stay.
    double.events("PutRule", json!({"Name": "r", "ScheduleExpression": "rate(1 day)"}));
    let described = double.events("DescribeRule", json!({"Name": "r"}));
    assert_eq!((&described["EventPattern"], &described["Description"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&described["State"], &described["ScheduleExpression"]),
        (&json!("ENABLED"), &json!("rate(1 day)"))
    );
    let tags = double.events("ListTagsForResource", json!({"ResourceARN": arn}));
    assert_eq!(tags["Tags"], json!([{"Key": "a", "Value": "1"}]));
}

#[test]
fn rules_are_refused_in_the_words_of_aws() {
    let double = Double::new();
    for (operation, input, code, text) in [
        (
            "PutRule",
            json!({"Name": "r"}),
            "ValidationException",
            "Parameter(s) EventPattern or ScheduleExpression must be specified.",
        ),
        (
            "PutRule",
            json!({"Name": "r", "EventPattern": PATTERN, "EventBusName": "none"}),
            "ResourceNotFoundException",
            "Event bus none does not exist.",
        ),
        (
            "DescribeRule",
            json!({"Name": "none"}),
            "ResourceNotFoundException",
            "Rule none does not exist on EventBus default.",
        ),
        (
            "PutTargets",
            json!({"Rule": "none", "Targets": [{"Id": "a", "Arn": "arn:aws:sqs:us-east-1:111111111111:q"}]}),
            "ResourceNotFoundException",
            "Rule none does not exist on EventBus default.",
        ),
    ] {
        let refused = double.refused(operation, input);
        assert_eq!((refused.0.as_str(), refused.1.as_str()), (code, text));
    }
    let (code, text) = double.refused("PutRule", json!({"Name": "r", "EventPattern": "{\"a\": {}}"}));
    assert_eq!(code, "InvalidEventPatternException");
    assert!(text.starts_with("Event pattern is not valid. Reason: Empty objects are not allowed\n at ["));
    // A rule that is not there is deleted already.
    double.events("DeleteRule", json!({"Name": "none"}));
}

#[test]
fn targets_are_put_listed_and_removed() {
    let double = Double::new();
    double.events("PutRule", json!({"Name": "r", "EventPattern": PATTERN}));
    let queue = |n: usize| format!("arn:aws:sqs:{EAST}:{MANAGEMENT}:q{n}");
    let target = |n: usize| json!({"Id": format!("t{n}"), "Arn": queue(n)});
    let put = |targets: Vec<Value>| json!({"Rule": "r", "Targets": targets});
    let out = double.events("PutTargets", put((0..5).map(target).collect()));
    assert_eq!(out, json!({"FailedEntryCount": 0, "FailedEntries": []}));
    let (code, text) = double.refused("PutTargets", put(vec![target(5)]));
    assert_eq!(
        (code.as_str(), text.as_str()),
        ("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    );
    let full = json!({
        "Id": "t0", "Arn": queue(0), "DeadLetterConfig": {"Arn": queue(9)},
        "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60},
    });
    double.events("PutTargets", put(vec![full.clone()]));
    let listed = double.events("ListTargetsByRule", json!({"Rule": "r", "Limit": 2}));
    assert_eq!(listed["Targets"], json!([full, target(1)]));
    let names = double.events("ListRuleNamesByTarget", json!({"TargetArn": queue(3)}));
    assert_eq!(names["RuleNames"], json!(["r"]));
    let text = double.refused("DeleteRule", json!({"Name": "r"})).1;
    assert_eq!(text, "Rule can't be deleted since it has targets.");
    let ids = ["t0", "t1", "t2", "t3", "t4", "x"];
    let out = double.events("RemoveTargets", json!({"Rule": "r", "Ids": ids}));
    assert_eq!(out["FailedEntryCount"], 1);
    assert_eq!(
        out["FailedEntries"][0],
        json!({"TargetId": "x", "ErrorCode": "ResourceNotFoundException",
               "ErrorMessage": "Rule 'r' does not have a target with the Id 'x'."})
    );
    double.events("DeleteRule", json!({"Name": "r"}));
    assert_eq!(double.events("ListRules", json!({}))["Rules"], json!([]));
}

#[test]
fn targets_that_are_not_modelled_are_refused_by_name() {
    let double = Double::new();
    double.events("PutRule", json!({"Name": "r", "EventPattern": PATTERN}));
    let refused = |target: Value| double.refused("PutTargets", json!({"Rule": "r", "Targets": [target]}));
    let machine = "arn:aws:states:us-east-1:111111111111:stateMachine:m";
    let (code, text) = refused(json!({"Id": "t", "Arn": machine}));
    assert_eq!(
        (code.as_str(), text.as_str()),
        ("NotImplemented", "A target of states (stateMachine) is not modelled")
    );
    let queue = format!("arn:aws:sqs:{EAST}:{MANAGEMENT}:q");
    let (_, text) = refused(json!({"Id": "t", "Arn": queue, "HttpParameters": {}}));
    assert_eq!(text, "HttpParameters is not modelled");
    // Texts recorded from AWS in LocalStack's `test_events_inputs.snapshot.json`.
    let (code, text) = refused(json!({"Id": "t", "Arn": queue, "Input": "1", "InputPath": "$"}));
    assert_eq!(code, "ValidationException");
    assert_eq!(text, "Only one of Input, InputPath, or InputTransformer must be provided for target t.");
    let transformer = json!({"InputPathsMap": {"a": "$.a"}, "InputTemplate": "\"<b>\""});
    let (_, text) = refused(json!({"Id": "t", "Arn": queue, "InputTransformer": transformer}));
    assert_eq!(text, "InputTemplate for target t contains invalid placeholder b.");
    let west = format!("arn:aws:sqs:us-west-2:{MANAGEMENT}:q");
    assert_eq!(refused(json!({"Id": "t", "Arn": west})).0, "ValidationException");
    let stream = format!("arn:aws:kinesis:{EAST}:{MANAGEMENT}:stream/s");
    assert_eq!(refused(json!({"Id": "t", "Arn": stream})).0, "ValidationException");
    assert_eq!(double.events("ListTargetsByRule", json!({"Rule": "r"}))["Targets"], json!([]));
}

#[test]
fn rules_and_buses_have_tags() {
    let double = Double::new();
    double.events("PutRule", json!({"Name": "r", "EventPattern": PATTERN}));
    let rule = format!("arn:aws:events:{EAST}:{MANAGEMENT}:rule/r");
    let bus = format!("arn:aws:events:{EAST}:{MANAGEMENT}:event-bus/default");
    for arn in [rule, bus] {
        let tags = json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]);
        double.events("TagResource", json!({"ResourceARN": arn, "Tags": tags}));
        double.events("UntagResource", json!({"ResourceARN": arn, "TagKeys": ["a", "none"]}));
        let listed = double.events("ListTagsForResource", json!({"ResourceARN": arn}));
        assert_eq!(listed["Tags"], json!([{"Key": "b", "Value": "2"}]));
        let reserved = json!({"ResourceARN": arn, "Tags": [{"Key": "aws:a", "Value": "1"}]});
        assert_eq!(double.refused("TagResource", reserved).0, "ValidationException");
    }
    let none = format!("arn:aws:events:{EAST}:{MANAGEMENT}:rule/none");
    let (code, text) = double.refused("ListTagsForResource", json!({"ResourceARN": none}));
    assert_eq!(
        (code.as_str(), text.as_str()),
        ("ResourceNotFoundException", "Rule none does not exist on EventBus default.")
    );
}

#[test]
fn a_bus_has_three_hundred_rules() {
    let double = Double::new();
    for index in 0..300 {
        double.events("PutRule", json!({"Name": format!("r{index:03}"), "EventPattern": PATTERN}));
    }
    let one_more = json!({"Name": "one-more", "EventPattern": PATTERN});
    assert_eq!(double.refused("PutRule", one_more).0, "LimitExceededException");
    double.events("PutRule", json!({"Name": "r000", "EventPattern": PATTERN}));
    let first = double.events("ListRules", json!({"NamePrefix": "r1"}));
    assert_eq!(first["Rules"].as_array().unwrap().len(), 100);
    let first = double.events("ListRules", json!({}));
    let second = double.events("ListRules", json!({"NextToken": first["NextToken"]}));
    assert_eq!(second["Rules"][0]["Name"], "r100");
}
