//! Explanations: traces, the change that would flip a decision, JSON and text.

use kage_authz::{Change, CheckEffect, CheckKind, Effect};
use serde_json::{Value, json};

use crate::harness::*;

#[test]
fn a_trace_names_statement_condition_and_values() {
    let fence = with(
        with(deny("s3:*", "arn:aws:s3:::bucket/*"), "Sid", json!("Fence")),
        "Condition",
        json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    );
    let one = case(user()).key_value("aws:SourceIp", "192.0.2.1").identity(json!([allow("*", "*"), fence]));
    let decision = one.decision();
    assert_eq!(decision.effect, Effect::ExplicitDeny);
    let deciding = decision.deciding.as_ref().unwrap();
    let statement = deciding.statement.as_ref().unwrap();
    assert_eq!(
        (statement.sid.as_deref(), statement.index, statement.policy.as_str()),
        (Some("Fence"), 1, "identity")
    );
    let trace = &decision.checks[0].policies[0].statements[1];
    assert!(trace.matched && trace.action && trace.resource);
    assert_eq!(trace.conditions[0].request_values, Some(vec!["192.0.2.1".to_owned()]));
    assert!(
        decision.flip.text.contains("NotIpAddress aws:SourceIp [10.0.0.0/8], seen: 192.0.2.1"),
        "{}",
        decision.flip.text
    );
    let text = decision.to_string();
    assert!(text.contains("Deny: statement Fence of identity (line 1) matches"), "{text}");
}

#[test]
fn an_implicit_deny_proposes_the_statement_that_is_missing() {
    let decision = case(user()).scp(allow("ec2:*", "*")).decision();
    let adds: Vec<_> = decision
        .flip
        .changes
        .iter()
        .map(|change| match change {
            Change::Add { check, statement, .. } => (*check, statement.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT});
    assert_eq!(adds, [(CheckKind::ServiceControl, statement.clone()), (CheckKind::Identity, statement)]);
}

#[test]
fn an_allow_names_what_it_rests_on() {
    let decision = case(user())
        .identity(json!([allow("ec2:*", "*"), allow("s3:*", "*")]))
        .scp(allow("*", "*"))
        .decision();
    assert_eq!(decision.flip.changes.len(), 1, "{}", decision.flip.text);
    let root = case(root()).decision();
    assert!(root.flip.changes.is_empty() && root.flip.text.contains("root user"));
}

#[test]
fn json_has_the_names_of_iam_toolbox() {
    let one = case(user()).identity(deny("s3:*", "*"));
    let value: Value = serde_json::to_value(one.decision()).unwrap();
    assert_eq!(value["effect"], "EXPLICIT_DENY");
    assert_eq!(value["checks"][0]["kind"], "PRINCIPAL");
    assert_eq!(value["checks"][0]["effect"], "EXPLICIT_DENY");
    assert_eq!(value["deciding"]["statement"]["position"]["line"], 1);
    assert_eq!(value["flip"]["changes"][0]["change"], "remove");
}

#[test]
fn notes_tell_what_statements_cannot() {
    let delegated = case(user()).key(grant(json!({"AWS": ACCOUNT}))).decision();
    assert_eq!(delegated.checks[0].effect, CheckEffect::Allow);
    assert!(delegated.checks[0].notes[0].contains("names the account"));
}
