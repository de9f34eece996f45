//! New tests. They really call, and fail until the operation works and the test says what must come of it.

use super::operation::OperationNames;
use crate::codegen::names;

/// `tests/it/main.rs` of a new service.
pub fn main(service: &str) -> String {
    format!("//! The service through the real pipeline.\n\nuse kage_test::World;\n\n{}", world(service))
}

fn world(service: &str) -> String {
    let krate = format!("kage_{}", service.replace('-', "_"));
    let iam = if service == "iam" { "" } else { ", kage_iam::service()" };
    format!(
        "/// A double with this service, and with IAM for users and their policies.\n\
         fn world() -> World {{\n    World::new(vec![{krate}::service(){iam}])\n}}\n"
    )
}

/// The tests of a file of operations. They make their world themselves where the main file of the tests makes none.
pub fn file(service: &str, operations: &[OperationNames], has_world: bool) -> String {
    let tests: Vec<String> = operations.iter().map(|operation| one(service, operation)).collect();
    let (crates, own) = match has_world {
        true => ("use crate::world;\nuse kage_test::MANAGEMENT;\n", String::new()),
        false => ("use kage_test::{MANAGEMENT, World};\n", format!("\n{}", world(service))),
    };
    format!(
        "//! Say in one sentence what is proven here.\n\n{crates}use serde_json::json;\n{own}{}",
        tests.concat()
    )
}

fn one(service: &str, names: &OperationNames) -> String {
    let OperationNames { name, action, .. } = names;
    let module = names::snake(name);
    format!(
        r#"
#[test]
fn {module}_works() {{
    let world = world();
    let answer = world.call(&world.admin(), "{service}", "{name}", json!({{}})).ok();
    assert_eq!(answer, json!({{"say": "what must come"}}));
}}

#[test]
fn {module}_is_denied() {{
    let world = world();
    let bob = world.user(&world.admin(), "bob");
    let denied = world.call(&bob, "{service}", "{name}", json!({{}})).err();
    assert!(denied.message.contains("not authorized to perform: {action}"), "{{}}", denied.message);
}}

#[test]
fn {module}_refuses() {{
    let world = world();
    let refused = world.call(&world.admin(), "{service}", "{name}", json!({{}})).err();
    assert_eq!((refused.code.as_str(), refused.status), ("the code that AWS answers", 400));
}}

#[test]
fn {module}_is_recorded() {{
    let world = world();
    world.call(&world.admin(), "{service}", "{name}", json!({{}})).ok();
    let event = world.events(MANAGEMENT).pop().unwrap();
    assert_eq!(event["eventName"], "{name}");
    assert_eq!(event["requestParameters"], json!({{"say": "what is recorded"}}));
}}
"#
    )
}
