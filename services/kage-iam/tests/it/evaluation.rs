//! How policies decide about real calls, and that the simulator says the same.

use crate::{policy, policy_if};
use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

fn give(world: &World, name: &str, document: &str) {
    let input = json!({"UserName": name, "PolicyName": "p", "PolicyDocument": document});
    world.call(&world.admin(), "iam", "PutUserPolicy", input).ok();
}

fn may(world: &World, caller: &Caller, operation: &str, input: Value) -> bool {
    let answer = world.call(caller, "iam", operation, input);
    answer.code() != Some("AccessDenied")
}

/// What the simulator says about an action of a user with these context keys.
fn simulated(world: &World, user: &str, action: &str, context: &[(&str, &str)]) -> String {
    let entries: Vec<Value> = context
        .iter()
        .map(|(key, value)| json!({"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}))
        .collect();
    let source = format!("arn:aws:iam::{MANAGEMENT}:user/{user}");
    let input = json!({"PolicySourceArn": source, "ActionNames": [action], "ContextEntries": entries});
    let out = world.call(&world.admin(), "iam", "SimulatePrincipalPolicy", input).ok();
    out["EvaluationResults"][0]["EvalDecision"].as_str().unwrap().to_owned()
}

#[test]
fn policies_of_user_and_group_count_from_the_next_call_on() {
    // claims: ID-IAMEVAL-01, ID-IAMEVAL-02
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let lists = |world: &World| may(world, &bob, "ListUsers", json!({}));
    assert!(!lists(&world));
    world.call(&admin, "iam", "CreateGroup", json!({"GroupName": "dev"})).ok();
    let document = policy("Allow", "iam:ListUsers", "*");
    world
        .call(
            &admin,
            "iam",
            "PutGroupPolicy",
            json!({"GroupName": "dev", "PolicyName": "p", "PolicyDocument": document}),
        )
        .ok();
    world.call(&admin, "iam", "AddUserToGroup", json!({"GroupName": "dev", "UserName": "bob"})).ok();
    assert!(lists(&world));
    give(&world, "bob", &policy("Deny", "iam:List*", "*"));
    let error = world.call(&bob, "iam", "ListUsers", json!({})).err();
    assert!(error.message.contains("explicit deny"), "{}", error.message);
    world.call(&admin, "iam", "DeleteUserPolicy", json!({"UserName": "bob", "PolicyName": "p"})).ok();
    assert!(lists(&world));
    world.call(&admin, "iam", "RemoveUserFromGroup", json!({"GroupName": "dev", "UserName": "bob"})).ok();
    assert!(!lists(&world));
}

#[test]
fn every_key_and_operator_must_hold() {
    // claims: ID-IAMEVAL-03, ID-IAMEVAL-05
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    for row in 0..8 {
        let (region, team, secure) = (row & 1 == 0, row & 2 == 0, row & 4 == 0);
        let tag =
            json!({"UserName": "bob", "Tags": [{"Key": "team", "Value": if team { "a" } else { "b" }}]});
        world.call(&admin, "iam", "TagUser", tag).ok();
        let condition = format!(
            r#"{{"StringEquals":{{"aws:RequestedRegion":"{}","aws:PrincipalTag/team":"a"}},"Bool":{{"aws:SecureTransport":"{secure}"}}}}"#,
            if region { "us-east-1" } else { "eu-west-1" }
        );
        give(&world, "bob", &policy_if("Allow", "iam:ListUsers", &condition));
        let allowed = may(&world, &bob, "ListUsers", json!({}));
        assert_eq!(allowed, region && team && secure, "row {row}");
        let context = [("aws:RequestedRegion", "us-east-1"), ("aws:SecureTransport", "true")];
        assert_eq!(simulated(&world, "bob", "iam:ListUsers", &context) == "allowed", allowed, "row {row}");
    }
}

#[test]
fn several_values_are_alternatives_and_negated_ones_are_not() {
    // claims: ID-IAMEVAL-04
    let world = World::new(vec![kage_iam::service()]);
    let bob = world.user(&world.admin(), "bob");
    for (condition, allowed) in [
        (r#"{"StringEquals":{"aws:username":["alice","bob"]}}"#, true),
        (r#"{"StringEquals":{"aws:username":["alice","carol"]}}"#, false),
        (r#"{"StringNotEquals":{"aws:username":["alice","carol"]}}"#, true),
        (r#"{"StringNotEquals":{"aws:username":["alice","bob"]}}"#, false),
        (r#"{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]}}"#, false),
        (r#"{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","198.51.100.0/24"]}}"#, true),
        (r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]}}"#, true),
    ] {
        give(&world, "bob", &policy_if("Allow", "iam:ListUsers", condition));
        assert_eq!(may(&world, &bob, "ListUsers", json!({})), allowed, "{condition}");
        let said = simulated(&world, "bob", "iam:ListUsers", &[("aws:SourceIp", "192.0.2.1")]);
        assert_eq!(said == "allowed", allowed, "{condition}");
    }
}

#[test]
fn conditions_see_the_real_request() {
    // claims: ID-POLICY-05, ID-IAMEVAL-05
    let world = World::new(vec![kage_iam::service()]);
    let bob = world.user(&world.admin(), "bob");
    for (condition, allowed) in [
        (r#"{"IpAddress":{"aws:SourceIp":"192.0.2.1"}}"#, true),
        (r#"{"IpAddress":{"aws:SourceIp":"192.0.2.2"}}"#, false),
        (r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, false),
        (r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#, true),
        (r#"{"DateLessThan":{"aws:CurrentTime":"2026-01-03T00:00:00Z"}}"#, true),
        (r#"{"DateLessThan":{"aws:CurrentTime":"2026-01-02T00:00:00Z"}}"#, false),
        (r#"{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#, false),
        (r#"{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}}"#, true),
    ] {
        give(&world, "bob", &policy_if("Allow", "iam:ListUsers", condition));
        assert_eq!(may(&world, &bob, "ListUsers", json!({})), allowed, "{condition}");
    }
}

#[test]
fn actions_and_resources_match_by_pattern() {
    // claims: ID-POLICY-03, ID-POLICY-04
    let world = World::new(vec![kage_iam::service()]);
    let bob = world.user(&world.admin(), "bob");
    let own = json!({"UserName": "bob"});
    let other = json!({"UserName": "admin"});
    for (action, resource, on_own, on_other, lists) in [
        ("iam:Get*", "*", true, true, false),
        ("IAM:gEtUsEr", "*", true, true, false),
        ("*", "*", true, true, true),
        ("iam:*", "arn:aws:iam::*:user/${aws:username}", true, false, false),
        ("iam:GetUser", "arn:aws:iam::*:user/b?b", true, false, false),
        ("iam:GetUser", "arn:aws:iam::*:user/B*", false, false, false),
        ("iam:List*", "arn:aws:iam::*:user/*", false, false, false),
        ("iam:List*", "*", false, false, true),
    ] {
        give(&world, "bob", &policy("Allow", action, resource));
        let what = format!("{action} on {resource}");
        assert_eq!(may(&world, &bob, "GetUser", own.clone()), on_own, "{what}");
        assert_eq!(may(&world, &bob, "GetUser", other.clone()), on_other, "{what}");
        assert_eq!(may(&world, &bob, "ListUsers", json!({})), lists, "{what}");
    }
}

#[test]
fn the_keys_of_iam_itself_are_conditions() {
    let world = World::new(vec![kage_iam::service()]);
    let admin = world.admin();
    let bob = world.user(&admin, "bob");
    let read_only = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    let condition = format!(r#"{{"ArnEquals":{{"iam:PolicyARN":"{read_only}"}}}}"#);
    give(&world, "bob", &policy_if("Allow", "iam:AttachUserPolicy", &condition));
    let attach =
        |arn: &str| may(&world, &bob, "AttachUserPolicy", json!({"UserName": "bob", "PolicyArn": arn}));
    assert!(attach(read_only));
    assert!(!attach("arn:aws:iam::aws:policy/AdministratorAccess"));
    let tag = json!({"UserName": "admin", "Tags": [{"Key": "team", "Value": "a"}]});
    world.call(&admin, "iam", "TagUser", tag).ok();
    for key in ["iam:ResourceTag/team", "aws:ResourceTag/team"] {
        give(
            &world,
            "bob",
            &policy_if("Allow", "iam:ListGroupsForUser", &format!(r#"{{"StringEquals":{{"{key}":"a"}}}}"#)),
        );
        assert!(may(&world, &bob, "ListGroupsForUser", json!({"UserName": "admin"})), "{key}");
        assert!(!may(&world, &bob, "ListGroupsForUser", json!({"UserName": "bob"})), "{key}");
    }
    let condition = r#"{"StringEquals":{"aws:RequestTag/team":"a"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}"#;
    give(&world, "bob", &policy_if("Allow", "iam:TagUser", condition));
    let tag = |tags: Value| may(&world, &bob, "TagUser", json!({"UserName": "bob", "Tags": tags}));
    assert!(tag(json!([{"Key": "team", "Value": "a"}])));
    assert!(!tag(json!([{"Key": "team", "Value": "b"}])));
    assert!(!tag(json!([{"Key": "team", "Value": "a"}, {"Key": "x", "Value": "a"}])));
}
