//! Laws that hold for every operation.

use crate::{root, world};
use kage_schema::{Flags, Kind, Member};
use kage_test::MANAGEMENT;
use serde_json::{Map, Value, json};

/// A value that the model accepts for a required member.
fn value_of(root: &str, member: &Member) -> Value {
    match member.name {
        "AccountId" | "ChildId" | "ResourceId" | "TargetId" => json!(MANAGEMENT),
        "RootId" | "ParentId" | "SourceParentId" | "DestinationParentId" => json!(root),
        "OrganizationalUnitId" => json!("ou-abcd-abcdefgh"),
        "PolicyId" => json!("p-FullAWSAccess"),
        "Email" => json!("a@example.org"),
        "CreateAccountRequestId" => json!("car-abcdefgh"),
        "PolicyType" | "Filter" | "Type" => json!("SERVICE_CONTROL_POLICY"),
        "ChildType" => json!("ACCOUNT"),
        "Content" => json!(crate::policy("Deny", "s3:*")),
        "Tags" => json!([{"Key": "a", "Value": "b"}]),
        "TagKeys" => json!(["a"]),
        _ => {
            assert_eq!(member.target.kind, Kind::String, "{} needs a value", member.name);
            json!("nobody")
        }
    }
}

#[test]
fn every_operation_is_denied_by_default_and_recorded() {
    // claims: ID-IAMEVAL-02
    let world = world();
    let root = root(&world);
    let bob = world.user(&world.admin(), "bob");
    for model in kage_api_organizations::SERVICE.operations {
        let required = model.input.members().iter().filter(|member| member.has(Flags::REQUIRED));
        let input: Map<String, Value> =
            required.map(|member| (member.name.to_owned(), value_of(&root, member))).collect();
        let error = world.call(&bob, "organizations", model.name, Value::Object(input)).err();
        assert_eq!((error.code.as_str(), error.status), ("AccessDeniedException", 400), "{}", model.name);
        let says = format!(
            "User: arn:aws:iam::{MANAGEMENT}:user/bob is not authorized to perform: organizations:{}",
            model.name
        );
        assert!(error.message.starts_with(&says), "{}: {}", model.name, error.message);
        let event = world.events(MANAGEMENT).pop().unwrap();
        assert_eq!((&event["eventName"], &event["errorCode"]), (&json!(model.name), &json!("AccessDenied")));
    }
}
