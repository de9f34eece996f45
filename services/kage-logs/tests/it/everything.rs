//! Laws that hold for every operation.

use crate::kit::Logs;
use kage_schema::{Flags, Kind, Member};
use kage_test::MANAGEMENT;
use serde_json::{Map, Value, json};

const GROUP: &str = "arn:aws:logs:us-east-1:111111111111:log-group:g";
const STREAM: &str = "arn:aws:kinesis:us-east-1:111111111111:stream/k";
const ROLE: &str = "arn:aws:iam::111111111111:role/r";

/// A value that the model accepts for a member.
fn value_of(logs: &Logs, member: &Member, pointer: &Value) -> Value {
    match (member.name, member.target.kind) {
        ("logGroupName", _) => json!("g"),
        ("logGroupIdentifier" | "resourceArn", _) => json!(GROUP),
        ("logGroupIdentifiers", _) => json!([GROUP]),
        ("logEvents", _) => logs.events(&[(0, "x")]),
        ("metricTransformations", _) => {
            json!([{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}])
        }
        ("destinationArn" | "targetArn", _) => json!(STREAM),
        ("roleArn", _) => json!(ROLE),
        ("logRecordPointer", _) => pointer.clone(),
        (_, Kind::List) => json!(["x"]),
        (_, Kind::Map) => json!({"a": "b"}),
        (_, Kind::Boolean) => json!(true),
        (_, Kind::Integer | Kind::Long) => json!(1),
        (_, Kind::String) => json!("x"),
        (name, _) => panic!("{name} needs a value"),
    }
}

#[test]
fn every_operation_is_denied_by_default_and_recorded() {
    let logs = Logs::new();
    logs.put(&[(0, "x")]);
    let now = logs.world.now() / 1_000;
    let query =
        json!({"logGroupName": "g", "queryString": "fields @message", "startTime": now - 1, "endTime": now});
    let id = logs.ok("StartQuery", query)["queryId"].clone();
    logs.world.advance(0);
    let results = logs.ok("GetQueryResults", json!({"queryId": id}));
    let pointer = results["results"][0][1]["value"].clone();
    let bob = logs.world.user(&logs.admin, "bob");
    for model in kage_api_logs::SERVICE.operations {
        let needed = |member: &&Member| {
            let either = [
                "AssociateKmsKey",
                "DisassociateKmsKey",
                "DescribeLogStreams",
                "GetLogEvents",
                "FilterLogEvents",
                "StartQuery",
                "GetLogGroupFields",
            ];
            member.has(Flags::REQUIRED) || (member.name == "logGroupName" && either.contains(&model.name))
        };
        let members = model.input.members().iter().filter(needed);
        let input: Map<String, Value> =
            members.map(|member| (member.name.to_owned(), value_of(&logs, member, &pointer))).collect();
        let denied = logs.world.call(&bob, "logs", model.name, Value::Object(input)).err();
        assert_eq!(denied.code, "AccessDeniedException", "{}: {}", model.name, denied.message);
        let says = format!(
            "User: arn:aws:iam::{MANAGEMENT}:user/bob is not authorized to perform: logs:{} on resource: arn:aws:logs:us-east-1:{MANAGEMENT}:",
            model.name
        );
        assert!(denied.message.starts_with(&says), "{}: {}", model.name, denied.message);
        // Puts are data events; they are not in the history.
        if model.name != "PutLogEvents" {
            let events = logs.world.events(MANAGEMENT);
            let event = events.last().unwrap();
            assert_eq!(
                (&event["eventName"], &event["errorCode"]),
                (&json!(model.name), &json!("AccessDenied"))
            );
            assert_eq!(event["userIdentity"]["userName"], "bob", "{}", model.name);
        }
    }
}
