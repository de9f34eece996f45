//! Dashboards.

use crate::{call, limited, refused, world};
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

const BODY: &str =
    r#"{"widgets":[{"type":"text","x":0,"y":0,"width":6,"height":3,"properties":{"markdown":"hi"}}]}"#;

#[test]
fn a_dashboard_comes_back_as_it_was_put() {
    // claims: LOG-CLOUDWATCH-01
    let world = world();
    let admin = world.admin();
    let out = call(&world, &admin, "PutDashboard", json!({ "DashboardName": "ops", "DashboardBody": BODY }));
    assert_eq!(out["DashboardValidationMessages"], json!([]));
    let got = call(&world, &admin, "GetDashboard", json!({ "DashboardName": "ops" }));
    assert_eq!(got["DashboardBody"], BODY);
    assert_eq!(got["DashboardArn"], format!("arn:aws:cloudwatch::{MANAGEMENT}:dashboard/ops"));
    // The same in every Region.
    let there = world.call_in(&admin, "eu-west-1", "cloudwatch", "ListDashboards", &json!({})).ok();
    assert_eq!(
        (&there["DashboardEntries"][0]["DashboardName"], &there["DashboardEntries"][0]["Size"]),
        (&json!("ops"), &json!(BODY.len()))
    );
    let none = call(&world, &admin, "ListDashboards", json!({ "DashboardNamePrefix": "x" }));
    assert_eq!(none["DashboardEntries"], json!([]));
    let arn = got["DashboardArn"].clone();
    call(
        &world,
        &admin,
        "TagResource",
        json!({ "ResourceARN": arn, "Tags": [{ "Key": "a", "Value": "b" }] }),
    );
    let tags = call(&world, &admin, "ListTagsForResource", json!({ "ResourceARN": arn }));
    assert_eq!(tags["Tags"][0]["Value"], "b");
    let (code, _) = refused(&world, &admin, "DeleteDashboards", json!({ "DashboardNames": ["ops", "nope"] }));
    assert_eq!(code, "DashboardNotFoundError");
    call(&world, &admin, "DeleteDashboards", json!({ "DashboardNames": ["ops"] }));
    let (code, said) = refused(&world, &admin, "GetDashboard", json!({ "DashboardName": "ops" }));
    assert_eq!((code.as_str(), said.as_str()), ("DashboardNotFoundError", "Dashboard ops does not exist"));
    assert!(
        world
            .events(MANAGEMENT)
            .iter()
            .any(|event| event["eventName"] == "DeleteDashboards" && event["errorCode"].is_null())
    );
}

#[test]
fn bodies_that_are_wrong_are_refused_with_the_places() {
    let world = world();
    let admin = world.admin();
    let put = |name: &str, body: &str| {
        refused(&world, &admin, "PutDashboard", json!({ "DashboardName": name, "DashboardBody": body }))
    };
    let (code, said) = put("ops", "{");
    assert_eq!(
        (code.as_str(), said.as_str()),
        ("DashboardInvalidInputError", "The field DashboardBody must be a valid JSON object")
    );
    let (_, said) = put("ops", r#"{"widgets":[{"type":"metric","properties":{"metrics":[["App"]]}}]}"#);
    assert!(said.starts_with("The dashboard body is invalid, there are 1 validation errors: "), "{said}");
    assert!(
        said.contains("/widgets/0/properties/metrics/0")
            && said.contains("Should NOT have less than 2 items"),
        "{said}"
    );
    assert_eq!(put("a b", BODY).0, "InvalidParameterValueException");
}

#[test]
fn who_may_touch_which_dashboard() {
    let world = world();
    let admin = world.admin();
    let statement = json!({
        "Effect": "Allow", "Action": ["cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards"],
        "Resource": format!("arn:aws:cloudwatch::{MANAGEMENT}:dashboard/mine*"),
    });
    let user = limited(&world, &admin, "ada", statement);
    call(&world, &user, "PutDashboard", json!({ "DashboardName": "mine", "DashboardBody": BODY }));
    for (operation, input) in [
        ("PutDashboard", json!({ "DashboardName": "other", "DashboardBody": BODY })),
        ("GetDashboard", json!({ "DashboardName": "mine" })),
        ("ListDashboards", json!({})),
        ("DeleteDashboards", json!({ "DashboardNames": ["mine", "other"] })),
    ] {
        assert_eq!(
            world.call(&user, "cloudwatch", operation, input).code(),
            Some("AccessDenied"),
            "{operation}"
        );
    }
    let left = call(&world, &admin, "ListDashboards", json!({}));
    assert_eq!(left["DashboardEntries"].as_array().map(Vec::len), Some(1), "{}", Value::Null);
}
