//! Events of AWS services and of API calls.

use crate::support::{Double, EAST};
use kage_record::bus;
use kage_record::logging::{Logging, end_logging, set_logging};
use kage_record::selectors::Filter;
use kage_schema::Timestamp;
use kage_test::MANAGEMENT;
use serde_json::{Value, json};

fn notice(state: &str) -> Value {
    json!({
        "version": "0", "id": state, "detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2",
        "account": MANAGEMENT, "time": "2026-01-02T03:04:05Z", "region": EAST, "resources": [],
        "detail": {"instance-id": "i-1", "state": state},
    })
}

fn publish(double: &Double, event: &Value) {
    let now = Timestamp(double.world.now());
    double.world.write(|tx| bus::put(tx, MANAGEMENT, EAST, event, now));
}

#[test]
fn events_of_services_reach_rules_once_and_in_order() {
    // claims: LOG-EVENTBRIDGE-01
    let double = Double::new();
    publish(&double, &notice("before anybody listens"));
    let (url, arn) = double.open_queue("states");
    double.rule_to("states", &json!({"source": ["aws.ec2"], "detail": {"instance-id": ["i-1"]}}), &arn);
    for index in 0..250 {
        publish(&double, &notice(&format!("state-{index:03}")));
    }
    // Less than two seconds of the double's time.
    double.world.advance(1000);
    let mut seen: Vec<String> = double
        .bodies(&url)
        .into_iter()
        .map(|event| event["detail"]["state"].as_str().unwrap().to_owned())
        .collect();
    seen.sort();
    let expected: Vec<String> = (0..250).map(|index| format!("state-{index:03}")).collect();
    assert_eq!(seen, expected);
}

#[test]
fn api_calls_are_events_while_a_trail_logs() {
    // claims: LOG-EVENTBRIDGE-03, LOG-EVENTBRIDGE-04
    let double = Double::new();
    let (url, arn) = double.open_queue("calls");
    let pattern = json!({
        "source": ["aws.iam"], "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventName": ["CreateUser", "ListUsers"]},
    });
    double.rule_to("calls", &pattern, &arn);
    let create = |name: &str| {
        let input = json!({"UserName": name});
        let made = double.world.call(&double.admin, "iam", "CreateUser", input);
        made.ok();
        double.settle();
        double.bodies(&url).len()
    };
    assert_eq!(create("before"), 0);
    let filter = Filter { global_events: true, ..Filter::default() };
    let trail = Logging { trail: "audit".to_owned(), filter, ..Logging::default() };
    double.world.write(|tx| set_logging(tx, MANAGEMENT, &trail));
    assert_eq!(create("during"), 1);
    // Calls that only read are withheld, unless the rule asks for all of them.
    let list = || {
        double.world.call(&double.admin, "iam", "ListUsers", json!({})).ok();
        double.settle();
        double.bodies(&url)
    };
    assert!(list().is_empty());
    let state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    double.events("PutRule", json!({"Name": "calls", "EventPattern": pattern.to_string(), "State": state}));
    let seen = list();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["detail"]["eventName"], "ListUsers");
    assert_eq!(seen[0]["account"], MANAGEMENT);
    double.world.write(|tx| end_logging(tx, MANAGEMENT, "audit", "the request that stopped it"));
    assert_eq!(create("after"), 0);
}

#[test]
fn a_disabled_rule_is_silent() {
    let double = Double::new();
    let (url, arn) = double.open_queue("states");
    double.rule_to("states", &json!({"source": ["aws.ec2"]}), &arn);
    double.events("DisableRule", json!({"Name": "states"}));
    publish(&double, &notice("running"));
    double.settle();
    assert!(double.take(&url).is_empty());
    double.events("EnableRule", json!({"Name": "states"}));
    publish(&double, &notice("stopped"));
    double.settle();
    assert_eq!(double.bodies(&url)[0]["detail"]["state"], "stopped");
}

#[test]
fn a_rule_that_feeds_itself_goes_round_with_the_clock() {
    let double = Double::new();
    let (url, arn) = double.queue("round");
    double.world.write(|tx| {
        let filter = Filter { global_events: true, ..Filter::default() };
        set_logging(tx, MANAGEMENT, &Logging { trail: "audit".to_owned(), filter, ..Logging::default() })
    });
    // Every delivery assumes the role, which is an event of STS again; CloudTrail calls it read-only.
    let state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    let role = double.role("sender", "events.amazonaws.com", "sqs:SendMessage", &arn);
    let pattern = json!({"source": ["aws.sts"]}).to_string();
    double.events("PutRule", json!({"Name": "round", "EventPattern": pattern, "State": state}));
    double.events(
        "PutTargets",
        json!({"Rule": "round", "Targets": [{"Id": "q", "Arn": arn, "RoleArn": role}]}),
    );
    let mut event = notice("first");
    event["source"] = json!("aws.sts");
    publish(&double, &event);
    double.world.advance(5_000);
    let rounds = double.take(&url).len();
    assert!((10..=50).contains(&rounds), "{rounds}");
}
