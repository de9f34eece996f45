//! From an event to deliveries.

use crate::bus::Place;
use crate::delivery::{self, Delivery};
use crate::rule::Rule;
use crate::{archives, buses, event, index, rules};
use kage_core::{Call, Millis, Result, Tx};
use serde_json::Value;

/// How long events of services and of other buses take, in milliseconds. AWS says about half a second; here it is little, but
/// not nothing: a rule whose own deliveries make events that match it again goes round with the clock, not at one moment for
/// ever.
pub const LATENCY_MS: i64 = 100;

/// An event on its way to a bus.
#[derive(Clone, Copy)]
pub struct Arrival<'e> {
    /// The event.
    pub event: &'e Value,
    /// The bus.
    pub bus: &'e Place,
    /// The bus from which it was sent on, if it was.
    pub from: Option<&'e Place>,
    /// The only rules that a replay asks for; empty for all.
    pub only: &'e [String],
    /// When EventBridge took it.
    pub taken: Millis,
    /// How long it takes to its targets, in milliseconds.
    pub latency_ms: i64,
}

/// Takes an event in: archives keep it, and each target of each matching rule gets a delivery of its own. Where there is no
/// such bus the event is lost, as on AWS.
///
/// # Errors
/// Those of the store.
pub fn take(call: &Call<'_>, tx: &mut Tx, arrival: &Arrival<'_>) -> Result<()> {
    let Some(bus) = buses::find(tx.reads(), arrival.bus)? else { return Ok(()) };
    archives::keep(tx, arrival)?;
    let Some(object) = arrival.event.as_object() else { return Ok(()) };
    let compiled = index::of(tx.reads(), &bus)?;
    let is_reading = event::is_reading_call(arrival.event);
    for name in compiled.matching(object) {
        let Some(rule) = rules::find(tx.reads(), arrival.bus, name)? else { continue };
        let is_asked = arrival.only.is_empty() || arrival.only.contains(&rule.rule_arn());
        if is_asked && (!is_reading || rule.takes_reading_calls()) {
            send_to_targets(call, tx, &rule, arrival)?;
        }
    }
    Ok(())
}

fn send_to_targets(call: &Call<'_>, tx: &mut Tx, rule: &Rule, arrival: &Arrival<'_>) -> Result<()> {
    for target in rules::targets(tx.reads(), rule)? {
        let delivery = Delivery {
            bus: rule.bus.clone(),
            rule: rule.name.clone(),
            target,
            event: arrival.event.clone(),
            taken: arrival.taken,
            retries: 0,
            from: arrival.from.cloned(),
        };
        delivery::plan(tx, &delivery, call.now.plus_ms(arrival.latency_ms))?;
    }
    Ok(())
}
