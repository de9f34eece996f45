//! Resource policies.

use crate::bench::{Bench, allow, arn, user_arn};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

#[test]
fn statements_look_as_aws_writes_them() {
    let bench = Bench::new();
    bench.function("f", "");
    let rule = format!("arn:aws:events:us-east-1:{MANAGEMENT}:rule/r");
    let input = json!({"FunctionName": "f", "StatementId": "ev", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": rule, "SourceAccount": MANAGEMENT});
    let made = bench.call("AddPermission", input.clone()).ok();
    let statement: Value = serde_json::from_str(made["Statement"].as_str().unwrap()).unwrap();
    let wanted = json!({
        "Sid": "ev", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "lambda:InvokeFunction", "Resource": arn("f"),
        "Condition": {"ArnLike": {"AWS:SourceArn": rule}, "StringEquals": {"AWS:SourceAccount": MANAGEMENT}}});
    assert_eq!(statement, wanted);
    assert_eq!(bench.last()["eventName"], "AddPermission20150331v2");
    let shown = bench.call("GetPolicy", json!({"FunctionName": "f"})).ok();
    let policy: Value = serde_json::from_str(shown["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(policy, json!({"Version": "2012-10-17", "Id": "default", "Statement": [wanted]}));
    let again = bench.call("AddPermission", input).err();
    assert_eq!(
        again.message,
        "The statement id (ev) provided already exists. Please provide a new statement id, or remove the existing statement."
    );
    let ghost = json!({"FunctionName": "f", "StatementId": "g", "Action": "lambda:InvokeFunction", "Principal": user_arn("ghost")});
    assert!(
        bench.call("AddPermission", ghost).err().message.starts_with("The provided principal was invalid.")
    );
    bench.call("RemovePermission", json!({"FunctionName": "f", "StatementId": "ev"})).ok();
    assert_eq!(bench.call("GetPolicy", json!({"FunctionName": "f"})).err().code, "ResourceNotFoundException");
    assert_eq!(
        bench.call("RemovePermission", json!({"FunctionName": "f", "StatementId": "ev"})).err().code,
        "ResourceNotFoundException"
    );
}

#[test]
fn another_account_needs_both_sides_and_one_qualifier_is_not_another() {
    let mut bench = Bench::new();
    bench.function("f", "def handler(e, c): return 'hi'");
    bench.call("PublishVersion", json!({"FunctionName": "f"})).ok();
    bench.call("CreateAlias", json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"})).ok();
    let (other, foreign) = bench.world.account();
    let invoke = |bench: &Bench, name: &str| bench.invoke(&foreign, name, &json!({}));
    assert_eq!(invoke(&bench, &arn("f")).err().code, "AccessDeniedException");
    let permit = json!({"FunctionName": "f", "Qualifier": "live", "StatementId": "x", "Action": "lambda:InvokeFunction", "Principal": other});
    bench.call("AddPermission", permit).ok();
    assert_eq!(crate::bench::payload(&invoke(&bench, &format!("{}:live", arn("f"))).ok()), json!("hi"));
    assert_eq!(invoke(&bench, &arn("f")).err().code, "AccessDeniedException");
    assert_eq!(invoke(&bench, &format!("{}:1", arn("f"))).err().code, "AccessDeniedException");
    // A missing function is authorized by its ARN before anything is said about it.
    assert_eq!(invoke(&bench, &arn("ghost")).err().code, "AccessDeniedException");
    let latest = json!({"FunctionName": "f", "Qualifier": "$LATEST", "StatementId": "x", "Action": "lambda:InvokeFunction", "Principal": other});
    assert_eq!(
        bench.call("AddPermission", latest).err().message,
        "We currently do not support adding policies for $LATEST."
    );
}

#[test]
fn a_user_named_by_the_policy_needs_nothing_else_and_its_successor_has_nothing() {
    let bench = Bench::new();
    bench.function("f", "def handler(e, c): return 'hi'");
    let bob = bench.user("bob", None);
    assert_eq!(bench.invoke(&bob, "f", &json!({})).err().code, "AccessDeniedException");
    let permit = json!({"FunctionName": "f", "StatementId": "bob", "Action": "lambda:InvokeFunction", "Principal": user_arn("bob")});
    bench.call("AddPermission", permit).ok();
    bench.invoke(&bob, "f", &json!({})).ok();
    assert_eq!(
        bench.world.call(&bob, "lambda", "GetFunction", json!({"FunctionName": "f"})).err().code,
        "AccessDeniedException"
    );
    bench.world.write(|tx| kage_identity::users::remove(tx, MANAGEMENT, "bob"));
    let again = bench.user("bob", None);
    assert_eq!(bench.invoke(&again, "f", &json!({})).err().code, "AccessDeniedException");
}

#[test]
fn invocations_are_data_events_of_the_function() {
    let bench = Bench::new();
    bench.function("f", "def handler(e, c): return 'secret answer'");
    let before = bench.world.events(MANAGEMENT).len();
    bench.answer("f", &json!({"card": "secret question"}));
    let names: Vec<Value> =
        bench.world.events(MANAGEMENT)[before..].iter().map(|event| event["eventName"].clone()).collect();
    assert!(!names.contains(&json!("Invoke")), "{names:?}");
    let stream = kage_record::stream_name(MANAGEMENT, "us-east-1", false);
    let data = bench.world.write(|tx| kage_record::read(tx.reads(), &stream, 0, 1000));
    let event =
        data.into_iter().map(|stored| stored.event).find(|event| event["eventName"] == "Invoke").unwrap();
    assert_eq!((&event["eventCategory"], &event["resources"][0]["ARN"]), (&json!("Data"), &json!(arn("f"))));
    assert_eq!(event["requestParameters"]["functionName"], "f");
    assert!(!event.to_string().contains("secret"), "{event}");
    let denied = bench.user("eve", Some(&allow(json!("lambda:Get*"), "*")));
    bench.invoke(&denied, "f", &json!({})).err();
    let data = bench.world.write(|tx| kage_record::read(tx.reads(), &stream, 0, 1000));
    assert_eq!(data.last().unwrap().event["errorCode"], "AccessDenied");
}
