//! The rules of the double and their targets.

use crate::bus::Place;
use crate::rule::Rule;
use crate::target::Target;
use crate::{buses, errors};
use aws_lc_rs::digest;
use kage_core::{Lookup, Result, Tx};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};

const RULES: Table<Rule> = Table::new("events.rules");
const TARGETS: Table<Target> = Table::new("events.targets");

fn key(bus: &Place, more: &[&str]) -> Key {
    more.iter().fold(row(&[&bus.account, &bus.region, &bus.name]), |key, part| key.with(part))
}

/// The rule of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, bus: &Place, name: &str) -> Result<Option<Rule>> {
    Ok(RULES.get(reads, &key(bus, &[name]))?)
}

/// The rule of this name, or the error that it or its bus is missing.
///
/// # Errors
/// Those of the store.
pub fn lookup(tx: &Tx, bus: &Place, name: &str) -> Result<Lookup<Rule>> {
    if let Some(rule) = find(tx.reads(), bus, name)? {
        return Ok(Lookup::Found(rule));
    }
    let error = match buses::find(tx.reads(), bus)? {
        Some(_) => errors::no_rule(name, &bus.name),
        None => errors::no_bus(&bus.name),
    };
    Ok(Lookup::Missing { arn: bus.rule_arn(name), owner: Some(bus.account.clone()), error })
}

/// The rules of a bus, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, bus: &Place) -> Result<Vec<Rule>> {
    kage_core::scan(&RULES, reads, &key(bus, &[]))
}

/// Writes a rule, and the digest of the patterns of its bus.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, rule: &Rule) -> Result<()> {
    RULES.put(tx.writer(), &key(&rule.bus, &[&rule.name]), rule)?;
    digest_patterns(tx, &rule.bus)
}

/// Writes a rule of which only the plan changed.
///
/// # Errors
/// Those of the store.
pub fn put_plan(tx: &mut Tx, rule: &Rule) -> Result<()> {
    Ok(RULES.put(tx.writer(), &key(&rule.bus, &[&rule.name]), rule)?)
}

/// Removes a rule with its targets.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, rule: &Rule) -> Result<()> {
    for target in targets(tx.reads(), rule)? {
        remove_target(tx, rule, &target.id);
    }
    RULES.delete(tx.writer(), &key(&rule.bus, &[&rule.name]));
    digest_patterns(tx, &rule.bus)
}

/// The targets of a rule, by id.
///
/// # Errors
/// Those of the store.
pub fn targets(reads: &dyn Reads, rule: &Rule) -> Result<Vec<Target>> {
    kage_core::scan(&TARGETS, reads, &key(&rule.bus, &[&rule.name]))
}

/// Writes a target.
///
/// # Errors
/// Those of the store.
pub fn put_target(tx: &mut Tx, rule: &Rule, target: &Target) -> Result<()> {
    Ok(TARGETS.put(tx.writer(), &key(&rule.bus, &[&rule.name, &target.id]), target)?)
}

/// Removes a target; false when there was none.
pub fn remove_target(tx: &mut Tx, rule: &Rule, id: &str) -> bool {
    TARGETS.delete(tx.writer(), &key(&rule.bus, &[&rule.name, id]))
}

/// Names the patterns of a bus by what they say, so that their compiled form is found again and never taken for another.
fn digest_patterns(tx: &mut Tx, place: &Place) -> Result<()> {
    let Some(mut bus) = buses::find(tx.reads(), place)? else { return Ok(()) };
    let mut context = digest::Context::new(&digest::SHA256);
    for rule in list(tx.reads(), place)?.iter().filter(|rule| rule.is_enabled()) {
        for text in [rule.name.as_str(), rule.pattern.as_deref().unwrap_or_default()] {
            context.update(&text.len().to_be_bytes());
            context.update(text.as_bytes());
        }
    }
    bus.patterns = hex::encode(context.finish().as_ref());
    buses::put(tx, &bus)
}
