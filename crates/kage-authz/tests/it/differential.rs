//! The compiled evaluator against the literal one, on generated cases.

use std::collections::BTreeMap;

use kage_authz::{CheckKind, Effect};

use crate::generator::{Generator, Random};
use crate::harness::{agreed, same};

const CASES: usize = 100_000;

#[expect(
    clippy::disallowed_methods,
    reason = "a test takes its seed from outside so that others can be tried"
)]
fn seed() -> u64 {
    std::env::var("KAGE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_123)
}

#[test]
fn both_evaluators_agree() {
    let seed = seed();
    println!("KAGE_SEED={seed}");
    let mut generator = Generator::new(Random::new(seed));
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut effects: BTreeMap<&str, usize> = BTreeMap::new();
    for number in 0..CASES {
        let (request, policies) = generator.case();
        // Explanations are the slow part: one in four.
        let outcome =
            if number % 4 == 0 { agreed(&request, &policies).outcome() } else { same(&request, &policies) };
        let effect = match outcome.effect {
            Effect::Allow => "allow",
            Effect::ImplicitDeny => "implicit deny",
            Effect::ExplicitDeny => "explicit deny",
        };
        *effects.entry(effect).or_default() += 1;
        let by = outcome.decided_by.map_or(String::new(), |kind| format!(" by {kind:?}"));
        *outcomes.entry(format!("{effect}{by}")).or_default() += 1;
    }
    for (outcome, count) in &outcomes {
        println!("{count:>7}  {outcome}");
    }
    // A generator that hardly meets an outcome proves little about it.
    for effect in ["allow", "implicit deny", "explicit deny"] {
        assert!(effects.get(effect).is_some_and(|count| *count > CASES / 10), "{effects:?}");
    }
    let kinds = [
        CheckKind::ResourceControl,
        CheckKind::ServiceControl,
        CheckKind::Endpoint,
        CheckKind::Resource,
        CheckKind::Identity,
        CheckKind::Boundary,
        CheckKind::Session,
    ];
    for kind in kinds {
        for effect in ["implicit deny", "explicit deny"] {
            let name = format!("{effect} by {kind:?}");
            assert!(outcomes.get(&name).is_some_and(|count| *count > CASES / 400), "{name}: {outcomes:?}");
        }
    }
}
