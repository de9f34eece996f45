//! What happens when the state of an alarm changes: history, event, actions, and the composite alarms above it.

use crate::alarm::{ALARM, Alarm, CompositeRule, Held, INSUFFICIENT_DATA, OK, Rule, State};
use crate::metrics::Place;
use crate::{actions, alarms, jobs, moments, notice, rule};
use kage_core::{Call, Millis, Resource, Result, Tx};
use serde_json::json;

/// A state that an alarm comes into.
#[derive(Clone, Debug, Default)]
pub struct NewState {
    /// `OK`, `ALARM`, `INSUFFICIENT_DATA`.
    pub value: String,
    /// Why.
    pub reason: String,
    /// Why, as JSON.
    pub data: Option<String>,
}

const SECOND: Millis = 1_000;
/// So many composite alarms may stand above each other. AWS stops at a cycle; so does this.
const DEPTH: usize = 20;

/// Sets the state of an alarm. When the value changes, all that follows from it happens.
///
/// # Errors
/// Those of the store. An action that fails is written into the history.
pub fn set(call: &Call<'_>, tx: &mut Tx, alarm: Alarm, new: NewState) -> Result<()> {
    set_at(call, tx, alarm, new, 0)
}

fn set_at(call: &Call<'_>, tx: &mut Tx, mut alarm: Alarm, new: NewState, depth: usize) -> Result<()> {
    let now = call.now.milliseconds();
    let old = alarm.state.clone();
    let changed = old.value != new.value;
    alarm.state = State {
        value: new.value,
        reason: new.reason,
        data: new.data,
        updated: now,
        transitioned: if changed { now } else { old.transitioned },
    };
    if !changed {
        return alarms::put(tx, &alarm);
    }
    let data = json!({
        "version": "1.0",
        "oldState": notice::history_state(&old),
        "newState": notice::history_state(&alarm.state),
    });
    let summary = format!("Alarm updated from {} to {}", old.value, alarm.state.value);
    alarms::remember(tx, &alarm, now, ("StateUpdate", summary), &data)?;
    act_or_hold(call, tx, &mut alarm, &old)?;
    alarms::put(tx, &alarm)?;
    notice::publish(call, tx, &alarm, &old)?;
    if depth < DEPTH {
        parents(call, tx, &alarm, &old, depth + 1)?;
    }
    Ok(())
}

/// Does the actions of a new state, unless a suppressor holds them back.
fn act_or_hold(call: &Call<'_>, tx: &mut Tx, alarm: &mut Alarm, old: &State) -> Result<()> {
    let now = call.now.milliseconds();
    let place = (alarm.account.clone(), alarm.region.clone());
    if let Rule::Composite(rule) = &mut alarm.rule
        && let Some(suppressor) = rule.suppressor.clone()
    {
        if rule.held.is_some() {
            return Ok(());
        }
        let found = alarms::find_named(tx.reads(), (&place.0, &place.1), &suppressor)?;
        let is_suppressed = found.is_some_and(|found| found.state.value == ALARM);
        let wait = Millis::from(rule.wait).saturating_mul(SECOND);
        if is_suppressed || wait > 0 {
            let (by, until) = if is_suppressed { ("Alarm", None) } else { ("WaitPeriod", Some(now + wait)) };
            rule.held = Some(Held { by: by.to_owned(), until, acted: old.value.clone() });
            return match until {
                Some(until) => jobs::plan_release(tx, (&place.0, &place.1), &alarm.name, until),
                None => Ok(()),
            };
        }
    }
    actions::perform(call, tx, alarm, old)
}

/// Ends a period of waiting: does the actions of the state in which the alarm is now, if they are due.
///
/// # Errors
/// Those of the store.
pub fn release(call: &Call<'_>, tx: &mut Tx, mut alarm: Alarm, at: Millis) -> Result<()> {
    let Rule::Composite(rule) = &mut alarm.rule else { return Ok(()) };
    let Some(held) = rule.held.take_if(|held| held.until == Some(at)) else { return Ok(()) };
    alarms::put(tx, &alarm)?;
    if held.acted == alarm.state.value {
        return Ok(());
    }
    let old = State { value: held.acted, ..State::default() };
    actions::perform(call, tx, &alarm, &old)
}

/// Tells the composite alarms of a place that an alarm changed.
fn parents(call: &Call<'_>, tx: &mut Tx, child: &Alarm, old: &State, depth: usize) -> Result<()> {
    let place = (child.account.as_str(), child.region.as_str());
    let composites: Vec<Alarm> =
        alarms::list(tx.reads(), place)?.into_iter().filter(Alarm::is_composite).collect();
    for parent in composites {
        let Rule::Composite(rule) = &parent.rule else { continue };
        if rule.suppressor.as_ref().is_some_and(|named| child.is_named(named)) {
            suppressor_changed(call, tx, &parent.name, child, old)?;
        }
        let parsed = rule::Rule::parse(&rule.text)?;
        if parsed.children().iter().any(|named| child.is_named(named)) {
            evaluate(call, tx, &parent.name, Some(child), depth)?;
        }
    }
    Ok(())
}

/// A suppressor went into ALARM: actions that wait are held by it. It left ALARM: they wait for the extension period.
fn suppressor_changed(
    call: &Call<'_>,
    tx: &mut Tx,
    name: &str,
    suppressor: &Alarm,
    old: &State,
) -> Result<()> {
    let now = call.now.milliseconds();
    let place = (suppressor.account.as_str(), suppressor.region.as_str());
    let Some(mut alarm) = alarms::find(tx.reads(), place, name)? else { return Ok(()) };
    let current = alarm.state.value.clone();
    let Rule::Composite(rule) = &mut alarm.rule else { return Ok(()) };
    let mut until = None;
    if suppressor.state.value == ALARM {
        if let Some(held) = &mut rule.held {
            *held = Held { by: "Alarm".to_owned(), until: None, acted: std::mem::take(&mut held.acted) };
        }
    } else if old.value == ALARM {
        let acted = rule.held.take().map_or(current, |held| held.acted);
        let extension = Millis::from(rule.extension).saturating_mul(SECOND);
        let end = now + extension;
        rule.held = Some(Held { by: "ExtensionPeriod".to_owned(), until: Some(end), acted });
        until = Some(end);
    }
    alarms::put(tx, &alarm)?;
    match until {
        Some(end) if end > now => jobs::plan_release(tx, place, name, end),
        Some(end) => release(call, tx, alarm, end),
        None => Ok(()),
    }
}

/// Evaluates a composite alarm because `child` changed, or because it was configured.
///
/// # Errors
/// Those of the store.
pub fn evaluate(call: &Call<'_>, tx: &mut Tx, name: &str, child: Option<&Alarm>, depth: usize) -> Result<()> {
    let account = call.account.clone();
    let place: Place<'_> = child.map_or((account.as_str(), call.region.as_str()), |child| {
        (child.account.as_str(), child.region.as_str())
    });
    let Some(alarm) = alarms::find(tx.reads(), place, name)? else { return Ok(()) };
    let Rule::Composite(CompositeRule { text, .. }) = &alarm.rule else { return Ok(()) };
    let parsed = rule::Rule::parse(text)?;
    let reads = tx.reads();
    let state = |named: &str| Ok(alarms::find_named(reads, place, named)?.map(|found| found.state.value));
    let value = if parsed.is_met(&state)? { ALARM } else { OK };
    if alarm.state.value == value {
        return Ok(());
    }
    let new = composite_state(call, tx, &alarm, &parsed, (child, value))?;
    set_at(call, tx, alarm, new, depth)
}

/// Why a composite alarm is in its state.
fn composite_state(
    call: &Call<'_>,
    tx: &Tx,
    alarm: &Alarm,
    parsed: &rule::Rule,
    (child, value): (Option<&Alarm>, &str),
) -> Result<NewState> {
    let place = (alarm.account.as_str(), alarm.region.as_str());
    let shown = |child: &Alarm| {
        json!({
            "arn": child.arn(),
            "state": { "value": child.state.value, "timestamp": moments::iso(child.state.updated) },
        })
    };
    let (reason, triggering) = match child {
        Some(child) => {
            let at = moments::long(call.now.milliseconds());
            let reason = format!("{} transitioned to {} at {at}", child.arn(), child.state.value);
            (reason, vec![shown(child)])
        }
        None => {
            let mut triggering = Vec::new();
            for named in parsed.children() {
                triggering.extend(alarms::find_named(tx.reads(), place, named)?.as_ref().map(shown));
            }
            let verb = if alarm.state.value == INSUFFICIENT_DATA { "created" } else { "updated" };
            (format!("{} was {verb} and its alarm rule evaluates to {value}", alarm.arn()), triggering)
        }
    };
    let data = json!({ "triggeringAlarms": triggering }).to_string();
    Ok(NewState { value: value.to_owned(), reason, data: Some(data) })
}
