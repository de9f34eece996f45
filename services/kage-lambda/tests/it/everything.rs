//! Laws that hold for every operation.

use crate::bench::{Bench, arn, zip};
use kage_schema::{Flags, Kind, Member};
use kage_test::MANAGEMENT;
use serde_json::{Map, Value, json};

/// A value that the model accepts for a required member.
fn value_of(member: &Member, bench: &Bench) -> Value {
    match member.name {
        "FunctionName" => json!("f"),
        "Role" => json!(bench.role),
        "Code" | "Content" => json!({"ZipFile": zip("")}),
        "Arn" => json!(format!("arn:aws:lambda:us-east-1:{MANAGEMENT}:layer:l:1")),
        "Resource" => json!(arn("f")),
        "Tags" => json!({"a": "b"}),
        "TagKeys" => json!(["a"]),
        "Action" => json!("lambda:InvokeFunction"),
        "Principal" => json!(MANAGEMENT),
        "FunctionVersion" => json!("$LATEST"),
        _ if matches!(member.target.kind, Kind::Integer | Kind::Long) => json!(1),
        _ => {
            assert_eq!(member.target.kind, Kind::String, "{} needs a value", member.name);
            json!("x")
        }
    }
}

#[test]
fn every_operation_of_the_model_is_served() {
    let service = kage_lambda::service();
    let served: Vec<&str> = service.operations.iter().map(|handler| handler.model().name).collect();
    for model in kage_api_lambda::SERVICE.operations {
        assert!(served.contains(&model.name), "{} is not served", model.name);
    }
}

#[test]
fn every_operation_is_denied_by_default_and_recorded() {
    let bench = Bench::new();
    bench.function("f", "");
    let bob = bench.user("bob", None);
    for model in kage_api_lambda::SERVICE.operations {
        let name = model.name;
        let required = model.input.members().iter().filter(|member| member.has(Flags::REQUIRED));
        let mut input: Map<String, Value> =
            required.map(|member| (member.name.to_owned(), value_of(member, &bench))).collect();
        if name.ends_with("EventSourceMapping") && name != "CreateEventSourceMapping" {
            input.insert("UUID".to_owned(), json!("0a1b2c3d-0000-4000-8000-000000000000"));
        }
        if name == "AddLayerVersionPermission" {
            input.insert("Action".to_owned(), json!("lambda:GetLayerVersion"));
        }
        let denied = bench.world.call(&bob, "lambda", name, Value::Object(input)).err();
        assert_eq!(
            (denied.code.as_str(), denied.status),
            ("AccessDeniedException", 403),
            "{name}: {}",
            denied.message
        );
        let action = match name {
            "Invoke" => "InvokeFunction",
            "GetLayerVersionByArn" => "GetLayerVersion",
            other => other,
        };
        let says =
            format!("User: arn:aws:iam::{MANAGEMENT}:user/bob is not authorized to perform: lambda:{action}");
        assert!(denied.message.starts_with(&says), "{name}: {}", denied.message);
        if name != "Invoke" {
            let event = bench.last();
            assert!(event["eventName"].as_str().unwrap().starts_with(action), "{name}: {event}");
            assert_eq!(
                (&event["errorCode"], &event["userIdentity"]["userName"]),
                (&json!("AccessDenied"), &json!("bob"))
            );
        }
    }
}
