//! Fuzz targets: every parser that sees foreign bytes, each with the law it keeps.
//!
//! [`TARGETS`] is the list. A [`Target`] is a plain function over bytes that panics when its law is broken. Each runs
//! as a test of its own (`cargo test -p kage-fuzz`) under [`run`], a small seeded driver: it tries the seeds of the
//! target, then mutations of them. `KAGE_FUZZ_ROUNDS` sets how many, `KAGE_SEED` sets the seed. The first input that
//! fails is reported as hex and as text; keep it by adding it to the seeds of its target.
//!
//! A coverage-guided fuzzer can use the same functions:
//!
//! ```text
//! libfuzzer_sys::fuzz_target!(|data: &[u8]| kage_fuzz::fuzz("policy_document", data));
//! ```

mod driver;
mod mutate;
mod random;
mod source;
mod target;
pub mod targets;

pub use driver::{Failure, Settings, run};
pub use mutate::input;
pub use random::Random;
pub use source::{Source, cut, parts};
pub use target::{TARGETS, Target, find};

/// Runs one input through the target of that name.
///
/// # Panics
/// When the law of the target is broken, and when there is no such target.
pub fn fuzz(name: &str, data: &[u8]) {
    let target = find(name);
    assert!(target.is_some(), "there is no fuzz target `{name}`");
    if let Some(target) = target {
        (target.check)(data);
    }
}
