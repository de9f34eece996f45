//! Runs a target on many inputs.

use std::any::Any;
use std::fmt;
use std::panic::catch_unwind;

use crate::mutate;
use crate::random::Random;
use crate::target::Target;

/// The seed when none is given.
const SEED: u64 = 20_261_123;

/// How long and from where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// How many inputs are made; `None` is the target's own number.
    pub rounds: Option<usize>,
    /// The seed of the mutations; `None` is a fixed one.
    pub seed: Option<u64>,
}

impl Settings {
    /// From `KAGE_FUZZ_ROUNDS` and `KAGE_SEED`. What is no number counts as not given.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "a fuzz run takes its seed and length from outside")]
    pub fn from_environment() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        Self {
            rounds: number("KAGE_FUZZ_ROUNDS").and_then(|count| usize::try_from(count).ok()),
            seed: number("KAGE_SEED"),
        }
    }
}

/// An input that breaks the law of its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The name of the target.
    pub target: &'static str,
    /// The seed of the run.
    pub seed: u64,
    /// Which input of the run it was, from 0. The seeds of the target come first.
    pub round: usize,
    /// The input.
    pub input: Vec<u8>,
    /// What the target said.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "fuzz target `{}`, KAGE_SEED={}, input {}: {}",
            self.target, self.seed, self.round, self.message
        )?;
        write!(f, "hex:  ")?;
        for byte in &self.input {
            write!(f, "{byte:02x}")?;
        }
        write!(f, "\ntext: {}", self.input.escape_ascii())
    }
}

impl std::error::Error for Failure {}

/// Runs the target on its seeds and then on mutations of them. Returns the number of inputs.
///
/// # Errors
/// The first input on which the target panics.
pub fn run(target: &Target, settings: Settings) -> Result<usize, Box<Failure>> {
    let seed = settings.seed.unwrap_or(SEED);
    // Each target has its own numbers, so that a new target changes no other.
    let own = target.name.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut random = Random::new(own);
    let rounds = settings.rounds.unwrap_or(target.rounds);
    let made = (0..rounds).map(|_| mutate::input(&mut random, target.seeds, target.dictionary));
    let mut count = 0;
    for (round, input) in target.seeds.iter().map(|seed| seed.to_vec()).chain(made).enumerate() {
        let check = target.check;
        if let Err(panic) = catch_unwind(|| check(&input)) {
            let message = text(&*panic);
            return Err(Box::new(Failure { target: target.name, seed, round, input, message }));
        }
        count = round.saturating_add(1);
    }
    Ok(count)
}

fn text(panic: &(dyn Any + Send)) -> String {
    let owned = panic.downcast_ref::<String>().cloned();
    owned.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
