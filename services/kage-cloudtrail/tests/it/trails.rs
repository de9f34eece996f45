//! Trails: names, buckets, Regions, selectors, tags.

use crate::bucket;
use serde_json::{Value, json};

fn simple() -> Value {
    json!({"Name": "audit", "S3BucketName": "logs"})
}

#[test]
fn a_trail_lives_from_create_to_delete() {
    let world = bucket::world();
    let admin = world.admin();
    let arn = "arn:aws:cloudtrail:us-east-1:111111111111:trail/audit";
    let made = world.call(&admin, "cloudtrail", "CreateTrail", simple()).ok();
    assert_eq!(made["TrailARN"], arn);
    assert_eq!(made["IncludeGlobalServiceEvents"], true);
    assert_eq!(made["IsMultiRegionTrail"], false);
    assert_eq!(made["LogFileValidationEnabled"], false);
    assert!(bucket::has(&world, "AWSLogs/111111111111/CloudTrail/"));
    assert!(!bucket::has(&world, "AWSLogs/111111111111/CloudTrail-Digest/"));
    let again = world.call(&admin, "cloudtrail", "CreateTrail", simple());
    assert_eq!(again.code(), Some("TrailAlreadyExistsException"));
    let status = world.call(&admin, "cloudtrail", "GetTrailStatus", json!({"Name": "audit"})).ok();
    assert_eq!(status["IsLogging"], false);
    assert_eq!(status["TimeLoggingStarted"], "");
    let change = json!({"Name": arn, "EnableLogFileValidation": true, "IsMultiRegionTrail": true});
    world.call(&admin, "cloudtrail", "UpdateTrail", change).ok();
    assert!(bucket::has(&world, "AWSLogs/111111111111/CloudTrail-Digest/"));
    let trail = world.call(&admin, "cloudtrail", "GetTrail", json!({"Name": "audit"})).ok()["Trail"].clone();
    assert_eq!(
        (&trail["LogFileValidationEnabled"], &trail["HomeRegion"]),
        (&json!(true), &json!("us-east-1"))
    );
    world.call(&admin, "cloudtrail", "DeleteTrail", json!({"Name": "audit"})).ok();
    let gone = world.call(&admin, "cloudtrail", "GetTrail", json!({"Name": "audit"})).err();
    assert_eq!(gone.code, "TrailNotFoundException");
    assert_eq!(gone.message, "Unknown trail: audit for the user: 111111111111");
    let gone = world.call(&admin, "cloudtrail", "GetTrailStatus", json!({"Name": "audit"})).err();
    assert_eq!(gone.message, format!("Unknown trail: {arn} for the user: 111111111111"));
}

#[test]
fn names_are_checked_as_aws_does() {
    let world = bucket::world();
    let admin = world.admin();
    for (name, text) in [
        (
            "aa",
            "Trail name too short. Minimum allowed length: 3 characters. Specified name length: 2 characters.",
        ),
        ("trail!", "Trail name must ends with a letter or number."),
        ("-trail", "Trail name must starts with a letter or number."),
        (
            "my#trail",
            "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).",
        ),
    ] {
        let refused = world
            .call(&admin, "cloudtrail", "CreateTrail", json!({"Name": name, "S3BucketName": "logs"}))
            .err();
        assert_eq!((refused.code.as_str(), refused.message.as_str()), ("InvalidTrailNameException", text));
    }
}

#[test]
fn the_bucket_must_exist_and_let_cloudtrail_write() {
    let world = bucket::world();
    let admin = world.admin();
    let create = |name: &str| {
        world.call(&admin, "cloudtrail", "CreateTrail", json!({"Name": "audit", "S3BucketName": name})).err()
    };
    let missing = create("no-such-bucket");
    assert_eq!(missing.code, "S3BucketDoesNotExistException");
    assert_eq!(missing.message, "S3 bucket no-such-bucket does not exist!");
    for policy in [
        None,
        Some(bucket::policy().replace(":trail/*", ":trail/other")),
        Some(bucket::policy().replace("AWSLogs/", "Elsewhere/")),
    ] {
        bucket::set(&world, policy);
        let refused = create("logs");
        assert_eq!(refused.code, "InsufficientS3BucketPolicyException");
        assert_eq!(refused.message, "Incorrect S3 bucket policy is detected for bucket: logs");
    }
    let list = world.call(&admin, "cloudtrail", "ListTrails", json!({})).ok();
    assert_eq!(list["Trails"], json!([]));
}

#[test]
fn what_is_not_modelled_and_what_does_not_fit_is_refused() {
    let world = bucket::world();
    let admin = world.admin();
    let network = json!([{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["NetworkActivity"]}]}]);
    let put = json!({"TrailName": "audit", "AdvancedEventSelectors": network});
    world.call(&admin, "cloudtrail", "CreateTrail", simple()).ok();
    let refused = world.call(&admin, "cloudtrail", "PutEventSelectors", put).err();
    assert_eq!((refused.code.as_str(), refused.status), ("NotImplemented", 501));
    let mut input = simple();
    input["IsMultiRegionTrail"] = json!(true);
    input["IncludeGlobalServiceEvents"] = json!(false);
    let refused = world.call(&admin, "cloudtrail", "CreateTrail", input).err();
    assert_eq!(refused.code, "InvalidParameterCombinationException");
    assert_eq!(refused.message, "Multi-Region trail must include global service events.");
}

#[test]
fn multi_region_trails_show_as_shadows_and_change_at_home_only() {
    let world = bucket::world();
    let admin = world.admin();
    let mut input = simple();
    input["IsMultiRegionTrail"] = json!(true);
    world.call(&admin, "cloudtrail", "CreateTrail", input).ok();
    world.call(&admin, "cloudtrail", "CreateTrail", json!({"Name": "local", "S3BucketName": "logs"})).ok();
    let count = |region: &str, input: Value| {
        let out = world.call_in(&admin, region, "cloudtrail", "DescribeTrails", &input).ok();
        out["trailList"].as_array().unwrap().len()
    };
    assert_eq!(count("us-east-1", json!({})), 2);
    assert_eq!(count("eu-west-1", json!({})), 1);
    assert_eq!(count("eu-west-1", json!({"includeShadowTrails": false})), 0);
    assert_eq!(count("eu-west-1", json!({"trailNameList": ["audit"]})), 0);
    let arn = "arn:aws:cloudtrail:us-east-1:111111111111:trail/audit";
    assert_eq!(count("eu-west-1", json!({"trailNameList": [arn]})), 1);
    for operation in ["StartLogging", "StopLogging", "DeleteTrail"] {
        let refused = world.call_in(&admin, "eu-west-1", "cloudtrail", operation, &json!({"Name": arn}));
        assert_eq!(refused.code(), Some("InvalidHomeRegionException"), "{operation}");
    }
    world.call_in(&admin, "eu-west-1", "cloudtrail", "GetTrailStatus", &json!({"Name": arn})).ok();
}

#[test]
fn a_region_has_five_trails() {
    let world = bucket::world();
    let admin = world.admin();
    for number in 0..5 {
        let input = json!({"Name": format!("trail{number}"), "S3BucketName": "logs"});
        world.call(&admin, "cloudtrail", "CreateTrail", input).ok();
    }
    let refused = world.call(&admin, "cloudtrail", "CreateTrail", simple()).err();
    assert_eq!(refused.code, "MaximumNumberOfTrailsExceededException");
    world.call_in(&admin, "eu-west-1", "cloudtrail", "CreateTrail", &simple()).ok();
}

#[test]
fn selectors_are_kept_and_checked() {
    // claims: LOG-CLOUDTRAIL-03
    let world = bucket::world();
    let admin = world.admin();
    world.call(&admin, "cloudtrail", "CreateTrail", simple()).ok();
    let get = || world.call(&admin, "cloudtrail", "GetEventSelectors", json!({"TrailName": "audit"})).ok();
    let fresh = &get()["EventSelectors"][0];
    assert_eq!(fresh["ReadWriteType"], "All");
    assert_eq!(fresh["IncludeManagementEvents"], true);
    assert_eq!(fresh["DataResources"], json!([]));
    let put = |member: &str, value: Value| {
        let mut input = json!({"TrailName": "audit"});
        input[member] = value;
        world.call(&admin, "cloudtrail", "PutEventSelectors", input)
    };
    let object = json!([{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::logs/"]}]);
    put("EventSelectors", json!([{"ReadWriteType": "WriteOnly", "DataResources": object}])).ok();
    assert_eq!(get()["EventSelectors"][0]["DataResources"], object);
    let described = world.call(&admin, "cloudtrail", "DescribeTrails", json!({})).ok();
    assert_eq!(described["trailList"][0]["HasCustomEventSelectors"], true);
    let wrong =
        put("EventSelectors", json!([{"DataResources": [{"Type": "AWS::S3::Bucket", "Values": []}]}]));
    assert_eq!(wrong.code(), Some("InvalidEventSelectorsException"));
    let six: Vec<Value> = (0..6).map(|_| json!({"ReadWriteType": "All"})).collect();
    assert_eq!(put("EventSelectors", json!(six)).code(), Some("InvalidEventSelectorsException"));
    let field = |name: &str, value: &str| json!({"Field": name, "Equals": [value]});
    let advanced = json!([{"Name": "x", "FieldSelectors": [field("eventCategory", "Management")]}]);
    put("AdvancedEventSelectors", advanced.clone()).ok();
    assert_eq!(get()["AdvancedEventSelectors"], advanced);
    assert!(get().get("EventSelectors").is_none());
    let none = json!([{"FieldSelectors": [field("readOnly", "true")]}]);
    assert_eq!(put("AdvancedEventSelectors", none).code(), Some("InvalidEventSelectorsException"));
}

#[test]
fn tags_are_kept_and_decide() {
    let world = bucket::world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let mut input = simple();
    input["TagsList"] = json!([{"Key": "team", "Value": "sec"}]);
    world.call(&admin, "cloudtrail", "CreateTrail", input).ok();
    let arn = "arn:aws:cloudtrail:us-east-1:111111111111:trail/audit";
    let list = || {
        let out = world.call(&admin, "cloudtrail", "ListTags", json!({"ResourceIdList": [arn]})).ok();
        out["ResourceTagList"][0]["TagsList"].clone()
    };
    assert_eq!(list(), json!([{"Key": "team", "Value": "sec"}]));
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "cloudtrail:*",
        "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "sec"}}}]});
    let attach = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": policy.to_string()});
    world.call(&admin, "iam", "PutUserPolicy", attach).ok();
    world.call(&bob, "cloudtrail", "GetTrail", json!({"Name": "audit"})).ok();
    let remove = json!({"ResourceId": arn, "TagsList": [{"Key": "team"}]});
    world.call(&admin, "cloudtrail", "RemoveTags", remove).ok();
    assert_eq!(list(), json!([]));
    let denied = world.call(&bob, "cloudtrail", "GetTrail", json!({"Name": "audit"}));
    assert_eq!(denied.code(), Some("AccessDeniedException"));
    let add = json!({"ResourceId": arn, "TagsList": [{"Key": "a", "Value": "b"}]});
    assert_eq!(world.call(&bob, "cloudtrail", "AddTags", add.clone()).code(), Some("AccessDeniedException"));
    world.call(&admin, "cloudtrail", "AddTags", add).ok();
    assert_eq!(list(), json!([{"Key": "a", "Value": "b"}]));
    let named = json!({"ResourceIdList": ["audit"]});
    let refused = world.call(&admin, "cloudtrail", "ListTags", named);
    assert!(refused.code().unwrap().starts_with("CloudTrailARNInvalid"));
}

#[test]
fn nothing_is_allowed_by_default_and_everything_is_recorded() {
    let world = bucket::world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    world.call(&admin, "cloudtrail", "CreateTrail", simple()).ok();
    let arn = "arn:aws:cloudtrail:us-east-1:111111111111:trail/audit";
    let named = json!({"Name": "audit"});
    let tags = json!({"ResourceId": arn, "TagsList": []});
    for (operation, input) in [
        ("AddTags", tags.clone()),
        ("CreateTrail", simple()),
        ("DeleteTrail", named.clone()),
        ("DescribeTrails", json!({})),
        ("GetEventSelectors", json!({"TrailName": "audit"})),
        ("GetTrail", named.clone()),
        ("GetTrailStatus", named.clone()),
        ("ListPublicKeys", json!({})),
        ("ListTags", json!({"ResourceIdList": [arn]})),
        ("ListTrails", json!({})),
        ("LookupEvents", json!({})),
        ("PutEventSelectors", json!({"TrailName": "audit"})),
        ("RemoveTags", tags),
        ("StartLogging", named.clone()),
        ("StopLogging", named.clone()),
        ("UpdateTrail", named.clone()),
    ] {
        assert_eq!(
            world.call(&bob, "cloudtrail", operation, input).code(),
            Some("AccessDeniedException"),
            "{operation}"
        );
        let events = world.events("111111111111");
        let last = events.last().unwrap();
        assert_eq!(last["eventName"], operation);
        assert_eq!(last["errorCode"], "AccessDenied");
        assert_eq!(last["eventSource"], "cloudtrail.amazonaws.com");
    }
    // What is missing is said only to those who may know.
    let missing = json!({"Name": "missing"});
    let denied = world.call(&bob, "cloudtrail", "GetTrail", missing);
    assert_eq!(denied.code(), Some("AccessDeniedException"));
}
