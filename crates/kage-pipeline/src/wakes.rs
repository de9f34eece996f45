//! Who waits for what: long polls and live answers sleep here until a commit wakes their topic.

use kage_core::{Wait, World};
use kage_schema::Timestamp;
use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How many topics are told apart; beyond that everybody is woken, and looks.
const TOPICS_MAX: usize = 4_096;

/// The bells of one double.
#[derive(Default)]
pub struct Wakes {
    inner: Mutex<Inner>,
    bell: Condvar,
}

#[derive(Default)]
struct Inner {
    /// Counts the wakes.
    count: u64,
    /// When each topic was woken last.
    last: HashMap<String, u64>,
    /// What counts for every topic.
    everybody: u64,
    /// Nobody waits any more.
    closed: bool,
}

impl Wakes {
    /// The present moment. What is woken after it ends a [`Wakes::wait`] that was given it.
    #[must_use]
    pub fn moment(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).count
    }

    /// Wakes those who wait for these topics.
    pub fn wake(&self, topics: Vec<String>) {
        if topics.is_empty() {
            return;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.count = inner.count.wrapping_add(1);
        let count = inner.count;
        if inner.last.len() >= TOPICS_MAX {
            inner.last.clear();
            inner.everybody = count;
        }
        inner.last.extend(topics.into_iter().map(|topic| (topic, count)));
        drop(inner);
        self.bell.notify_all();
    }

    /// Wakes everybody: the clock was moved, or another state was restored.
    pub fn wake_all(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.count = inner.count.wrapping_add(1);
        inner.everybody = inner.count;
        drop(inner);
        self.bell.notify_all();
    }

    /// Ends every wait, now and from now on: the double stops.
    pub fn close(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.bell.notify_all();
    }

    /// Whether [`Wakes::close`] was called.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).closed
    }

    /// Waits until the topic is woken after `since`, the double's clock reaches `also_at`, or the wall clock `until`. False
    /// in the last case.
    #[must_use]
    pub fn wait(&self, world: &World, wait: &Wait, since: u64, until: Timestamp) -> bool {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if inner.closed {
                return false;
            }
            let last = inner.last.get(&wait.topic).copied().unwrap_or(0).max(inner.everybody);
            if last > since || wait.also_at.is_some_and(|at| world.clock.now() >= at) {
                return true;
            }
            let left = until.0.saturating_sub(world.clock.wall().0);
            if left <= 0 {
                return false;
            }
            // A frozen clock reaches nothing by itself; moving it wakes everybody.
            let due = wait.also_at.map_or(left, |at| at.0.saturating_sub(world.clock.now().0).clamp(1, left));
            let pause = Duration::from_millis(due.unsigned_abs());
            inner = self.bell.wait_timeout(inner, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
