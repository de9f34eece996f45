//! The laws of DESIGN section 9, on generated cases.

use kage_authz::{
    Boundary, Change, CheckKind, Effect, Level, NamedPolicy, PolicyKind, PolicySet, decide, explain,
};
use proptest::prelude::*;
use serde_json::json;

use crate::generator::{Generator, Random};
use crate::harness::*;

fn generated(seed: u64) -> (kage_authz::Request, PolicySet) {
    let mut generator = Generator::new(Random::new(seed));
    generator.case()
}

fn policy(kind: PolicyKind, statement: serde_json::Value) -> NamedPolicy {
    NamedPolicy::inline("added", stored(&document(&statement), kind))
}

/// The policies with everything that is a list turned around, statements included.
fn reversed(policies: &PolicySet) -> PolicySet {
    fn turn(named: &mut NamedPolicy) {
        let mut value: serde_json::Value = serde_json::from_str(named.policy.text()).unwrap();
        if let Some(statements) = value["Statement"].as_array_mut() {
            statements.reverse();
        }
        named.policy = stored(&value.to_string(), named.policy.kind());
    }
    let mut turned = policies.clone();
    turned.identity.reverse();
    turned.session.iter_mut().for_each(|session| session.reverse());
    turned.service_control.reverse();
    turned.resource_control.reverse();
    turned.extra_allows.reverse();
    turned.identity.iter_mut().for_each(turn);
    turned.session.iter_mut().flatten().for_each(turn);
    for level in turned.service_control.iter_mut().chain(&mut turned.resource_control) {
        level.policies.reverse();
        level.policies.iter_mut().for_each(turn);
    }
    turned.endpoint.iter_mut().for_each(turn);
    turned.resource.iter_mut().for_each(|resource| turn(&mut resource.policy));
    if let Boundary::Policy(named) = &mut turned.boundary {
        turn(named);
    }
    turned
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_explicit_deny_always_wins(seed: u64) {
        let (request, mut policies) = generated(seed);
        policies.endpoint = Some(policy(PolicyKind::Endpoint, for_principal(deny("*", "*"), json!("*"))));
        prop_assert_eq!(decide(&request, &policies).effect, Effect::ExplicitDeny);
    }

    #[test]
    fn order_never_matters(seed: u64) {
        let (request, policies) = generated(seed);
        prop_assert_eq!(decide(&request, &policies), decide(&request, &reversed(&policies)));
    }

    #[test]
    fn adding_a_deny_never_allows(seed: u64) {
        let (request, policies) = generated(seed);
        let mut generator = Generator::new(Random::new(seed.wrapping_add(1)));
        let before = decide(&request, &policies);
        let mut more = policies;
        let mut statement = generator.statement(PolicyKind::Identity);
        statement["Effect"] = json!("Deny");
        more.identity.push(policy(PolicyKind::Identity, statement));
        prop_assert!(before.is_allowed() || !decide(&request, &more).is_allowed());
    }

    #[test]
    fn a_boundary_only_narrows(seed: u64) {
        let (request, mut policies) = generated(seed);
        policies.boundary = Boundary::Absent;
        let before = decide(&request, &policies).is_allowed();
        let mut generator = Generator::new(Random::new(seed.wrapping_add(1)));
        policies.boundary = Boundary::Policy(generator.policy(PolicyKind::Boundary));
        prop_assert!(before || !decide(&request, &policies).is_allowed());
    }

    #[test]
    fn a_service_control_policy_level_only_narrows(seed: u64) {
        let (request, mut policies) = generated(seed);
        let before = decide(&request, &policies).is_allowed();
        let mut generator = Generator::new(Random::new(seed.wrapping_add(1)));
        let level = Level { target: "more".to_owned(), policies: vec![generator.policy(PolicyKind::ServiceControl)] };
        policies.service_control.push(level);
        prop_assert!(before || !decide(&request, &policies).is_allowed());
    }

    #[test]
    fn the_flip_flips(seed: u64) {
        let (request, policies) = generated(seed);
        let decision = explain(&request, &policies);
        if decision.flip.changes.is_empty() {
            prop_assert!(decision.is_allowed());
            return Ok(());
        }
        let mut changed = policies.clone();
        // Removals count statements: the last one of a policy first.
        let mut changes = decision.flip.changes.clone();
        changes.sort_by_key(|change| match change {
            Change::Remove { statement, .. } => (0, std::cmp::Reverse(statement.index)),
            _ => (1, std::cmp::Reverse(0)),
        });
        for change in &changes {
            apply(&mut changed, change);
        }
        let after = explain(&request, &changed);
        prop_assert_ne!(after.is_allowed(), decision.is_allowed(), "{:#?}\n{}\n{}", request, decision, after);
    }
}

/// Applies a proposed change. Policies of generated cases have names of their own.
fn apply(policies: &mut PolicySet, change: &Change) {
    match change {
        Change::Remove { statement, .. } => {
            for named in all_policies(policies) {
                if named.name == statement.policy {
                    let mut value: serde_json::Value = serde_json::from_str(named.policy.text()).unwrap();
                    // A policy must keep one statement: this one says nothing.
                    let nothing = match named.policy.kind() {
                        PolicyKind::Identity
                        | PolicyKind::Boundary
                        | PolicyKind::Session
                        | PolicyKind::ServiceControl => allow("none:None", "*"),
                        PolicyKind::Trust => {
                            json!({"Effect": "Allow", "Action": "none:None", "Principal": "*"})
                        }
                        _ => for_principal(allow("none:None", "*"), json!("*")),
                    };
                    value["Statement"][statement.index] = nothing;
                    named.policy = stored(&value.to_string(), named.policy.kind());
                }
            }
        }
        Change::Revoke { label } => policies.extra_allows.retain(|extra| extra.label != *label),
        Change::Add { check, target, statement } => {
            let one = |kind| policy(kind, statement.clone());
            match check {
                CheckKind::Identity => policies.identity.push(one(PolicyKind::Identity)),
                CheckKind::Session => policies.session.get_or_insert_default().push(one(PolicyKind::Session)),
                CheckKind::ServiceControl | CheckKind::ResourceControl => {
                    let kind = if *check == CheckKind::ServiceControl {
                        PolicyKind::ServiceControl
                    } else {
                        PolicyKind::ResourceControl
                    };
                    let levels = policies.service_control.iter_mut().chain(&mut policies.resource_control);
                    for level in levels.filter(|level| Some(&level.target) == target.as_ref()) {
                        level.policies.push(policy(kind, statement.clone()));
                    }
                }
                CheckKind::Boundary => {
                    policies.boundary = Boundary::Policy(joined(
                        match &policies.boundary {
                            Boundary::Policy(named) => Some(named),
                            _ => None,
                        },
                        statement,
                        PolicyKind::Boundary,
                    ))
                }
                CheckKind::Endpoint => {
                    policies.endpoint =
                        Some(joined(policies.endpoint.as_ref(), statement, PolicyKind::Endpoint));
                }
                CheckKind::Resource => {
                    let semantics =
                        policies.resource.as_ref().map(|resource| resource.semantics).unwrap_or_default();
                    let old = policies.resource.as_ref().map(|resource| &resource.policy);
                    let kind = old
                        .map_or(PolicyKind::Resource(kage_authz::ResourceService::Generic), |named| {
                            named.policy.kind()
                        });
                    let policy = joined(old, statement, kind);
                    policies.resource = Some(kage_authz::ResourcePolicy { policy, semantics });
                }
            }
        }
    }
}

fn joined(old: Option<&NamedPolicy>, statement: &serde_json::Value, kind: PolicyKind) -> NamedPolicy {
    let Some(old) = old else { return policy(kind, statement.clone()) };
    let mut value: serde_json::Value = serde_json::from_str(old.policy.text()).unwrap();
    value["Statement"].as_array_mut().unwrap().push(statement.clone());
    NamedPolicy { policy: stored(&value.to_string(), kind), ..old.clone() }
}

fn all_policies(policies: &mut PolicySet) -> Vec<&mut NamedPolicy> {
    let mut all: Vec<&mut NamedPolicy> = policies.identity.iter_mut().collect();
    all.extend(policies.session.iter_mut().flatten());
    all.extend(
        policies
            .service_control
            .iter_mut()
            .chain(&mut policies.resource_control)
            .flat_map(|level| &mut level.policies),
    );
    all.extend(policies.endpoint.as_mut());
    all.extend(policies.resource.as_mut().map(|resource| &mut resource.policy));
    if let Boundary::Policy(named) = &mut policies.boundary {
        all.push(named);
    }
    all
}
