//! The world outside a call: time, randomness, files. Law 6: nothing else in the product asks for them.

use crate::{Ids, Outside};
use aws_lc_rs::{digest, rand};
use kage_schema::Timestamp;
use kage_store::Store;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Everything a call may take from outside. Cheap to clone.
#[derive(Clone)]
pub struct World {
    /// The double's clock.
    pub clock: Clock,
    /// Its randomness.
    pub rng: Rng,
    /// Its state.
    pub store: Store,
    /// The doors to the outside, for errands.
    pub outside: Outside,
}

impl World {
    /// A world on this store; with a `seed`, the same calls give the same ids and keys.
    #[must_use]
    pub fn new(store: Store, clock: Clock, seed: Option<u64>) -> World {
        World { clock, rng: Rng::new(seed), store, outside: Outside::default() }
    }

    /// The same world with these doors to the outside.
    #[must_use]
    pub fn with_outside(self, outside: Outside) -> World {
        World { outside, ..self }
    }

    /// The maker of ids.
    #[must_use]
    pub fn ids(&self) -> Ids<'_> {
        Ids::new(&self.rng)
    }
}

/// The double's clock: the wall clock moved by an offset, or standing still.
///
/// Signature skew is judged by the wall clock ([`Clock::wall`]); sessions, policies, rotation, retention and schedules
/// by the double's ([`Clock::now`]).
#[derive(Clone)]
pub struct Clock(Arc<Mutex<ClockState>>);

/// How the double's clock relates to the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ClockState {
    /// The wall clock plus this many milliseconds.
    Running {
        /// Added to the wall clock.
        offset_ms: i64,
    },
    /// Standing at this many milliseconds since 1970.
    Frozen {
        /// Where it stands.
        at_ms: i64,
    },
}

impl Clock {
    /// A clock in this state.
    #[must_use]
    pub fn new(state: ClockState) -> Clock {
        Clock(Arc::new(Mutex::new(state)))
    }

    /// The wall clock itself.
    #[must_use]
    pub fn system() -> Clock {
        Clock::new(ClockState::Running { offset_ms: 0 })
    }

    /// The wall clock, which no command moves.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system for the time")]
    pub fn wall(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// The double's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self.state() {
            ClockState::Running { offset_ms } => self.wall().plus_ms(offset_ms),
            ClockState::Frozen { at_ms } => Timestamp(at_ms),
        }
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> ClockState {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets its state. The caller also writes it to the store, so that it survives a restart.
    pub fn set_state(&self, state: ClockState) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// The state in which the clock shows `time`, running or frozen as it is now.
    #[must_use]
    pub fn state_at(&self, time: Timestamp) -> ClockState {
        match self.state() {
            ClockState::Running { .. } => {
                ClockState::Running { offset_ms: time.0.saturating_sub(self.wall().0) }
            }
            ClockState::Frozen { .. } => ClockState::Frozen { at_ms: time.0 },
        }
    }
}

/// Randomness fit for keys: the system's generator, or a seeded stream for tests and simulation.
#[derive(Clone)]
pub struct Rng(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<Seeded>>),
}

struct Seeded {
    seed: u64,
    counter: u64,
}

impl Rng {
    /// The system's generator, or with a seed a stream that is the same every time (and fit for tests only).
    #[must_use]
    pub fn new(seed: Option<u64>) -> Rng {
        Rng(match seed {
            None => Source::System,
            Some(seed) => Source::Seeded(Arc::new(Mutex::new(Seeded { seed, counter: 0 }))),
        })
    }

    /// Fills the buffer with random bytes.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system for randomness"
    )]
    pub fn fill(&self, buffer: &mut [u8]) {
        match &self.0 {
            // The system's generator fails only when the kernel has none; a zeroed key would be worse than a stop.
            Source::System => {
                if rand::fill(buffer).is_err() {
                    std::process::abort();
                }
            }
            Source::Seeded(seeded) => {
                let mut seeded = seeded.lock().unwrap_or_else(PoisonError::into_inner);
                for chunk in buffer.chunks_mut(32) {
                    let mut input = [0_u8; 16];
                    input[..8].copy_from_slice(&seeded.seed.to_le_bytes());
                    input[8..].copy_from_slice(&seeded.counter.to_le_bytes());
                    seeded.counter = seeded.counter.wrapping_add(1);
                    let block = digest::digest(&digest::SHA256, &input);
                    chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
                }
            }
        }
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }
}
