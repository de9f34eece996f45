//! The parser and the evaluators on text that no one meant.

use kage_authz::{NamedPolicy, Policy, PolicyKind, ResourceService};
use proptest::prelude::*;

use crate::generator::{Generator, Random};
use crate::harness::agreed;

const KINDS: [PolicyKind; 9] = [
    PolicyKind::Identity,
    PolicyKind::Boundary,
    PolicyKind::Session,
    PolicyKind::Resource(ResourceService::S3),
    PolicyKind::Resource(ResourceService::Generic),
    PolicyKind::Trust,
    PolicyKind::ServiceControl,
    PolicyKind::ResourceControl,
    PolicyKind::Endpoint,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        for kind in KINDS {
            if let Err(error) = Policy::parse(&text, kind) {
                prop_assert!(!error.message().is_empty() && !error.detail().is_empty());
            }
        }
    }

    #[test]
    fn json_like_text_is_read_or_refused(text in "[\\[\\]{}\":, \\\\a-zA-Z0-9*$?.-]{0,120}") {
        for kind in KINDS {
            let _ = Policy::parse_stored(&text, kind);
        }
    }

    #[test]
    fn mutated_policies_are_read_alike_or_refused(seed: u64, at in 0_usize..2_000, byte: u8, cut in 0_usize..4) {
        let mut generator = Generator::new(Random::new(seed));
        let (request, mut policies) = generator.case();
        let named = generator.policy(PolicyKind::Identity);
        let mut bytes = named.policy.text().as_bytes().to_vec();
        let at = at % bytes.len();
        bytes.splice(at..(at + cut).min(bytes.len()), [byte]);
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(policy) = Policy::parse_stored(&text, PolicyKind::Identity) {
            policies.identity.push(NamedPolicy::inline("mutated", policy));
            agreed(&request, &policies);
        }
    }
}

#[test]
fn stars_do_not_hang() {
    let pattern = format!("arn:aws:s3:::{}b", "*a".repeat(400));
    let text = crate::harness::document(&crate::harness::allow("s3:*", &pattern));
    let policy = Policy::parse_stored(&text, PolicyKind::Identity).unwrap();
    let object = format!("arn:aws:s3:::{}", "a".repeat(20_000));
    let request = kage_authz::Request::new(
        crate::harness::user(),
        "s3:GetObject",
        kage_authz::ResourceRef::new(object, crate::harness::ACCOUNT),
    );
    let policies =
        kage_authz::PolicySet { identity: vec![NamedPolicy::inline("stars", policy)], ..Default::default() };
    // The literal evaluator would take exponential time here: the fast one alone must end.
    assert!(!kage_authz::decide(&request, &policies).is_allowed());
}

#[test]
fn many_members_do_not_hang() {
    let members: Vec<String> = (0..200_000).map(|number| format!("\"name{number}\":1")).collect();
    let text = format!("{{{}}}", members.join(","));
    assert!(Policy::parse(&text, PolicyKind::Identity).is_err());
}
