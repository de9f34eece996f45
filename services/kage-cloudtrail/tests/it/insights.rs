//! Insights: unusual rates of calls and errors.

use crate::bucket;
use kage_test::{Answered, Caller, MANAGEMENT, World};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

fn put(world: &World, kinds: &[&str]) -> Answered {
    let selectors: Vec<Value> = kinds.iter().map(|kind| json!({"InsightType": kind})).collect();
    let input = json!({"TrailName": "audit", "InsightSelectors": selectors});
    world.call(&world.admin(), "cloudtrail", "PutInsightSelectors", input)
}

fn start(kinds: &[&str]) -> (World, Caller) {
    let world = bucket::world();
    let admin = world.admin();
    world.call(&admin, "cloudtrail", "CreateTrail", json!({"Name": "audit", "S3BucketName": "logs"})).ok();
    // What the trail delivers besides does not matter here, and is kept small.
    let fields = json!([{"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "eventName", "Equals": ["DeleteTrail"]}]);
    let selectors = json!({"TrailName": "audit", "AdvancedEventSelectors": [{"FieldSelectors": fields}]});
    world.call(&admin, "cloudtrail", "PutEventSelectors", selectors).ok();
    world.call(&admin, "cloudtrail", "StartLogging", json!({"Name": "audit"})).ok();
    put(&world, kinds).ok();
    world.advance(2 * MINUTE);
    (world, admin)
}

fn lookup(world: &World, attribute: Option<(&str, &str)>) -> Vec<Value> {
    let mut input = json!({"EventCategory": "insight"});
    if let Some((key, value)) = attribute {
        input["LookupAttributes"] = json!([{"AttributeKey": key, "AttributeValue": value}]);
    }
    let found = world.call(&world.admin(), "cloudtrail", "LookupEvents", input).ok();
    found["Events"].as_array().unwrap().clone()
}

fn record(event: &Value) -> Value {
    serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap()
}

fn users(world: &World, caller: &Caller, names: &str, count: u32) {
    for number in 0..count {
        let input = json!({"UserName": format!("{names}{number}")});
        let _ = world.call(caller, "iam", "CreateUser", input).code();
    }
}

#[test]
fn a_burst_of_calls_has_a_start_and_an_end() {
    // claims: LOG-CLOUDTRAIL-05
    let (world, admin) = start(&["ApiCallRateInsight"]);
    let shown = world.call(&admin, "cloudtrail", "DescribeTrails", json!({})).ok();
    assert_eq!(shown["trailList"][0]["HasInsightSelectors"], true);
    world.write(|tx| kage_record::bus::listen(tx, MANAGEMENT));
    // Usual: a user a day for a week, and ten of them in the hour before.
    for day in 0..7 {
        users(&world, &admin, &format!("day{day}-"), 1);
        world.advance(DAY);
    }
    for minute in 0..7 {
        users(&world, &admin, &format!("minute{minute}-"), 1);
        world.advance(MINUTE);
    }
    assert!(lookup(&world, None).is_empty());
    // Unusual: fifty in each of three minutes.
    let first = world.now() - world.now().rem_euclid(MINUTE);
    for minute in 0..3 {
        users(&world, &admin, &format!("burst{minute}-"), 50);
        world.advance(MINUTE);
    }
    let found = lookup(&world, None);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["EventName"], &found[0]["EventSource"]),
        (&json!("CreateUser"), &json!("iam.amazonaws.com"))
    );
    let begun = record(&found[0]);
    assert_eq!(
        (&begun["eventType"], &begun["eventCategory"]),
        (&json!("AwsCloudTrailInsight"), &json!("Insight"))
    );
    assert_eq!(kage_schema::Timestamp(first).iso8601()[..19], begun["eventTime"].as_str().unwrap()[..19]);
    let details = &begun["insightDetails"];
    assert_eq!((&details["state"], &details["insightType"]), (&json!("Start"), &json!("ApiCallRateInsight")));
    let statistics = &details["insightContext"]["statistics"];
    assert_eq!(statistics["insight"]["average"], 50.0);
    // Fourteen calls in 10,080 minutes.
    assert_eq!(statistics["baseline"]["average"], 0.001_388_888_9);
    assert_eq!(
        (&statistics["insightDuration"], &statistics["baselineDuration"]),
        (&json!(1), &json!(10_080))
    );
    let attributions = details["insightContext"]["attributions"].as_array().unwrap();
    assert_eq!(attributions[0]["attribute"], "userIdentityArn");
    assert_eq!(
        attributions[0]["insight"][0],
        json!({"value": "arn:aws:iam::111111111111:user/admin", "average": 50.0})
    );
    assert_eq!(attributions[2]["insight"][0], json!({"value": "null", "average": 50.0}));
    world.advance(10 * MINUTE);
    let found = lookup(&world, Some(("EventName", "CreateUser")));
    assert_eq!(found.len(), 2);
    let ended = record(&found[0]);
    assert_eq!(ended["insightDetails"]["state"], "End");
    assert_eq!(ended["sharedEventID"], begun["sharedEventID"]);
    let statistics = &ended["insightDetails"]["insightContext"]["statistics"];
    assert_eq!(
        (&statistics["insight"]["average"], &statistics["insightDuration"]),
        (&json!(50.0), &json!(3))
    );
    assert!(lookup(&world, Some(("EventName", "DeleteUser"))).is_empty());
    // Both are in files, and on the bus.
    let files = bucket::objects(&world, "CloudTrail-Insight");
    let states: Vec<Value> = files
        .iter()
        .flat_map(|file| file.json()["Records"].as_array().unwrap().clone())
        .map(|record| record["insightDetails"]["state"].clone())
        .collect();
    assert_eq!(states, ["Start", "End"]);
    assert!(
        files[0]
            .key
            .contains("/CloudTrail-Insight/us-east-1/2026/01/09/111111111111_CloudTrail-Insight_us-east-1_")
    );
    // A second burst soon after is compared with a baseline that holds the first.
    users(&world, &admin, "again", 12);
    world.advance(10 * MINUTE);
    assert_eq!(lookup(&world, None).len(), 4);
}

#[test]
fn a_burst_of_errors_tells_the_error() {
    // claims: LOG-CLOUDTRAIL-05
    let (world, admin) = start(&["ApiErrorRateInsight"]);
    let bob = world.user(&admin, "bob");
    for _ in 0..30 {
        world.call(&bob, "iam", "ListUsers", json!({})).err();
    }
    users(&world, &admin, "many", 40);
    world.advance(5 * MINUTE);
    let found = lookup(&world, None);
    assert_eq!(found.len(), 2, "only the errors are looked at");
    let details = record(&found[1])["insightDetails"].clone();
    assert_eq!((&details["eventName"], &details["errorCode"]), (&json!("ListUsers"), &json!("AccessDenied")));
    assert_eq!(details["insightContext"]["statistics"]["insight"]["average"], 30.0);
    let attributions = details["insightContext"]["attributions"].as_array().unwrap();
    assert_eq!(attributions.len(), 2);
    assert_eq!(attributions[0]["insight"][0]["value"], "arn:aws:iam::111111111111:user/bob");
}

#[test]
fn few_calls_and_calls_before_it_was_asked_for_are_not_told() {
    let (world, admin) = start(&[]);
    users(&world, &admin, "before", 50);
    world.advance(5 * MINUTE);
    put(&world, &["ApiCallRateInsight"]).ok();
    users(&world, &admin, "few", 9);
    world.advance(5 * MINUTE);
    assert!(lookup(&world, None).is_empty());
    // Turned off, nothing is looked at.
    put(&world, &[]).ok();
    users(&world, &admin, "off", 50);
    world.advance(5 * MINUTE);
    put(&world, &["ApiCallRateInsight"]).ok();
    world.advance(5 * MINUTE);
    assert!(lookup(&world, None).is_empty());
    assert!(bucket::objects(&world, "CloudTrail-Insight").is_empty());
}

#[test]
fn selectors_are_kept_and_checked() {
    let (world, admin) = start(&["ApiErrorRateInsight", "ApiCallRateInsight"]);
    let get = || world.call(&admin, "cloudtrail", "GetInsightSelectors", json!({"TrailName": "audit"}));
    let kept = get().ok();
    assert_eq!(kept["TrailARN"], "arn:aws:cloudtrail:us-east-1:111111111111:trail/audit");
    let management = json!({"InsightType": "ApiErrorRateInsight", "EventCategories": ["Management"]});
    assert_eq!(kept["InsightSelectors"][0], management);
    put(&world, &[]).ok();
    assert_eq!(get().code(), Some("InsightNotEnabledException"));
    assert_eq!(put(&world, &["ApiCallRateInsight"; 2]).code(), Some("InvalidInsightSelectorsException"));
    let data = json!([{"InsightType": "ApiCallRateInsight", "EventCategories": ["Data"]}]);
    let input = json!({"TrailName": "audit", "InsightSelectors": data});
    let refused = world.call(&admin, "cloudtrail", "PutInsightSelectors", input);
    assert_eq!(refused.code(), Some("InvalidInsightSelectorsException"));
    let reads = json!({"TrailName": "audit", "EventSelectors": [{"ReadWriteType": "ReadOnly"}]});
    world.call(&admin, "cloudtrail", "PutEventSelectors", reads).ok();
    assert_eq!(put(&world, &["ApiCallRateInsight"]).code(), Some("InvalidInsightSelectorsException"));
    put(&world, &["ApiErrorRateInsight"]).ok();
    let lake = json!({"EventDataStore": "arn:aws:cloudtrail:us-east-1:111111111111:eventdatastore/x", "InsightSelectors": []});
    assert_eq!(world.call(&admin, "cloudtrail", "PutInsightSelectors", lake).code(), Some("NotImplemented"));
    let by_user = json!({"EventCategory": "insight",
        "LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": "admin"}]});
    let refused = world.call(&admin, "cloudtrail", "LookupEvents", by_user);
    assert_eq!(refused.code(), Some("InvalidLookupAttributesException"));
    // It is denied, and it is recorded.
    let bob = world.user(&admin, "bob");
    for operation in ["PutInsightSelectors", "GetInsightSelectors"] {
        let denied =
            world.call(&bob, "cloudtrail", operation, json!({"TrailName": "audit", "InsightSelectors": []}));
        assert_eq!(denied.code(), Some("AccessDeniedException"));
        let recorded =
            world.events(MANAGEMENT).into_iter().rfind(|event| event["eventName"] == operation).unwrap();
        assert_eq!(recorded["errorCode"], "AccessDenied");
    }
}
