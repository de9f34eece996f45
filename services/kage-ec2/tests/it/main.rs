//! EC2 through the real pipeline.

mod ebs_encryption;
#[cfg(test)]
mod snapshot_sharing;

use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

fn world() -> World {
    World::new(vec![kage_ec2::service(), kage_iam::service(), kage_sts::service()])
}

#[cfg(test)]
fn names(answer: &Value, list: &str, member: &str) -> Vec<String> {
    answer[list].as_array().unwrap().iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
}

#[test]
fn regions_are_listed_and_filtered() {
    let world = world();
    let admin = world.admin();
    let ask = |input: Value| world.call(&admin, "ec2", "DescribeRegions", input);
    let all = ask(json!({})).ok();
    let enabled = names(&all, "Regions", "RegionName");
    assert_eq!(enabled.len(), 17);
    assert!(enabled.contains(&"us-east-1".to_owned()) && !enabled.contains(&"af-south-1".to_owned()));
    assert_eq!(all["Regions"][0]["Endpoint"], "ec2.ap-northeast-1.amazonaws.com");
    let all = ask(json!({"AllRegions": true})).ok();
    assert_eq!(names(&all, "Regions", "RegionName").len(), 34);
    let some =
        json!({"Filter.1.Name": "region-name", "Filter.1.Value.1": "us-*", "Filter.1.Value.2": "sa-east-?"});
    let some = ask(some).ok();
    let expected = ["sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"];
    assert_eq!(names(&some, "Regions", "RegionName"), expected);
    let off =
        json!({"AllRegions": true, "Filter.1.Name": "opt-in-status", "Filter.1.Value.1": "not-opted-in"});
    assert_eq!(names(&ask(off).ok(), "Regions", "RegionName").len(), 17);
    let one = ask(json!({"RegionName.1": "me-south-1"})).ok();
    assert_eq!(one["Regions"][0]["OptInStatus"], "not-opted-in");
    let wrong = ask(json!({"RegionName.1": "us-nowhere-1"})).err();
    assert_eq!((wrong.code.as_str(), wrong.status), ("InvalidParameterValue", 400));
    let wrong = ask(json!({"Filter.1.Name": "colour", "Filter.1.Value.1": "x"})).err();
    assert_eq!(wrong.code, "InvalidParameterValue");
    let event = world.events(MANAGEMENT).pop().unwrap();
    assert_eq!(event["errorCode"], "Client.InvalidParameterValue");
}

#[test]
fn zones_are_those_of_the_region() {
    let world = world();
    let admin = world.admin();
    let ask = |region: &str, input: Value| {
        world.call_in(&admin, region, "ec2", "DescribeAvailabilityZones", &input)
    };
    let all = ask("us-east-1", json!({})).ok();
    assert_eq!(names(&all, "AvailabilityZones", "ZoneName").len(), 6);
    assert_eq!(all["AvailabilityZones"][0]["ZoneId"], "use1-az1");
    let one = json!({"Filter.1.Name": "zone-name", "Filter.1.Value.1": "*-1c"});
    let one = ask("eu-west-1", one).ok();
    assert_eq!(names(&one, "AvailabilityZones", "ZoneName"), ["eu-west-1c"]);
    let wrong = ask("eu-west-1", json!({"ZoneName.1": "us-east-1a"})).err();
    assert_eq!(wrong.message, "Invalid availability zone: [us-east-1a]");
    assert_eq!(ask("us-east-1", json!({"AllAvailabilityZones": true})).err().status, 501);
    assert_eq!(ask("af-south-1", json!({})).err().code, "NotImplemented");
}

#[test]
fn attributes_tell_that_there_is_no_default_network() {
    let world = world();
    let ask = |input: Value| world.call(&world.admin(), "ec2", "DescribeAccountAttributes", input).ok();
    assert_eq!(ask(json!({}))["AccountAttributes"].as_array().unwrap().len(), 6);
    let one = ask(json!({"AttributeName.1": "default-vpc"}));
    assert_eq!(names(&one, "AccountAttributes", "AttributeName"), ["default-vpc"]);
    assert_eq!(one["AccountAttributes"][0]["AttributeValues"][0]["AttributeValue"], "none");
}

#[test]
fn a_dry_run_tells_whether_a_call_is_allowed_and_a_denial_can_be_decoded() {
    // claims: ID-IAMEVAL-02
    let world = world();
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let try_as = |caller: &Caller, operation: &str| {
        let error = world.call(caller, "ec2", operation, json!({"DryRun": true})).err();
        (error.code, error.status, error.message)
    };
    for operation in ["DescribeRegions", "DescribeAvailabilityZones", "DescribeAccountAttributes"] {
        let (code, status, message) = try_as(&admin, operation);
        assert_eq!((code.as_str(), status), ("DryRunOperation", 412));
        assert_eq!(message, "Request would have succeeded, but DryRun flag is set.");
        let (code, status, message) = try_as(&bob, operation);
        assert_eq!((code.as_str(), status), ("UnauthorizedOperation", 403));
        assert!(message.contains(&format!("is not authorized to perform: ec2:{operation}")), "{message}");
        let event = world.events(MANAGEMENT).pop().unwrap();
        assert_eq!(event["errorCode"], "Client.UnauthorizedOperation");
        let encoded = message.rsplit("Encoded authorization failure message: ").next().unwrap();
        let input = json!({"EncodedMessage": encoded});
        let opened = world.call(&admin, "sts", "DecodeAuthorizationMessage", input).ok();
        let opened: Value = serde_json::from_str(opened["DecodedMessage"].as_str().unwrap()).unwrap();
        assert_eq!(opened["context"]["action"], json!(format!("ec2:{operation}")));
        assert_eq!(opened["allowed"], false);
    }
    let here = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*","Condition":{"StringEquals":{"ec2:Region":"us-east-1"}}}]}"#;
    let input = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": here});
    world.call(&admin, "iam", "PutUserPolicy", input).ok();
    world.call(&bob, "ec2", "DescribeRegions", json!({})).ok();
    let other = world.call_in(&bob, "eu-west-1", "ec2", "DescribeRegions", &json!({}));
    assert_eq!(other.code(), Some("UnauthorizedOperation"));
}
