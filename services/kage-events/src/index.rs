//! The compiled patterns of a bus, kept by what they say. Only the process remembers them; they are made again when needed.

use crate::bus::Bus;
use crate::rules;
use kage_core::Result;
use kage_pattern::{Pattern, Rules};
use kage_store::Reads;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Patterns of so many buses are remembered.
const KEPT_MAX: usize = 256;

type Compiled = Arc<Rules<String>>;

static KEPT: LazyLock<Mutex<HashMap<String, Compiled>>> = LazyLock::new(Mutex::default);

/// The enabled rules of a bus that have patterns, by name.
///
/// # Errors
/// Those of the store.
pub fn of(reads: &dyn Reads, bus: &Bus) -> Result<Compiled> {
    if let Some(known) = KEPT.lock().unwrap_or_else(PoisonError::into_inner).get(&bus.patterns) {
        return Ok(Arc::clone(known));
    }
    let mut patterns = Vec::new();
    for rule in rules::list(reads, &bus.place())?.into_iter().filter(|rule| rule.is_enabled()) {
        // It was checked when the rule was put.
        if let Some(Ok(pattern)) = rule.pattern.as_deref().map(Pattern::parse) {
            patterns.push((rule.name, pattern));
        }
    }
    let compiled = Arc::new(Rules::new(patterns));
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT_MAX {
        kept.clear();
    }
    kept.insert(bus.patterns.clone(), Arc::clone(&compiled));
    Ok(compiled)
}
