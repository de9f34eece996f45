//! What happens later: functions become ready, events are given to functions.

use crate::event_configs::{self, EventConfig};
use crate::events::{self, Event};
use crate::ops::invoke::target_of;
use crate::place::Place;
use crate::running::{self, PRINCIPAL, Performed, Plan, Request};
use crate::target::Target;
use crate::{destinations, functions, sessions, settings, sources, stream_source};
use kage_core::{Call, Errand, Error, Job, JobHandler, Result, Tx};
use kage_schema::Timestamp;
use serde_json::{Value, json};

const READY: &str = "lambda.ready";
const EVENT: &str = "lambda.event";
// AWS: Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation": one minute before the
// second attempt, two before the third; throttled events from one second up to five minutes.
const MINUTE_MS: i64 = 60_000;
const THROTTLE_MAX_MS: i64 = 300_000;

/// The handlers of the service's jobs.
pub fn handlers() -> Vec<JobHandler> {
    vec![
        JobHandler { kind: READY, principal: PRINCIPAL, run: ready },
        JobHandler { kind: EVENT, principal: PRINCIPAL, run: event },
        JobHandler { kind: sources::POLL, principal: PRINCIPAL, run: sources::poll },
        JobHandler { kind: sources::SHARD, principal: PRINCIPAL, run: stream_source::turn },
    ]
}

/// Plans that a function's changes are done.
///
/// # Errors
/// Those of the store.
pub fn plan_ready(call: &Call<'_>, tx: &mut Tx, place: &Place) -> Result<()> {
    let job = Job {
        kind: READY.to_owned(),
        account: place.account.clone(),
        region: place.region.clone(),
        payload: json!({ "function": place.name }),
    };
    tx.schedule(call.now, &job)
}

/// Plans an attempt of an event.
///
/// # Errors
/// Those of the store.
pub fn plan_event(tx: &mut Tx, event: &Event, at: i64) -> Result<()> {
    let job = Job {
        kind: EVENT.to_owned(),
        account: event.account.clone(),
        region: event.region.clone(),
        payload: json!({ "event": event.id }),
    };
    tx.schedule(Timestamp(at), &job)
}

fn ready(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let name =
        payload["function"].as_str().ok_or_else(|| Error::internal("a job of Lambda without a function"))?;
    for mut version in functions::versions(tx.reads(), &Place::own(call, name))? {
        if version.pending || version.updating {
            (version.pending, version.updating) = (false, false);
            functions::put(tx, &version)?;
        }
    }
    Ok(())
}

fn event(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let id = payload["event"].as_str().ok_or_else(|| Error::internal("a job of Lambda without an event"))?;
    let Some(event) = events::find(tx.reads(), id)? else { return Ok(()) };
    let Some(target) = target_of(tx, &event)? else {
        // A function that is gone takes its events with it.
        events::remove(tx, &event);
        return Ok(());
    };
    let config = config(tx, &target)?;
    if call.now.milliseconds().saturating_sub(event.received) > config.max_age_ms() {
        return give_up(call, tx, &target, &config, &event, "EventAgeExceeded", None);
    }
    if target.head.reserved == Some(0) {
        // AWS: "Configuring reserved concurrency": with zero, events go to the failure destination at once.
        return give_up(call, tx, &target, &config, &event, "ZeroReservedConcurrency", None);
    }
    let request = Request {
        id: event.id.clone(),
        payload: event.payload.clone().into_bytes(),
        client_context: event.client_context.clone(),
        trace_id: event.trace_id.clone(),
    };
    let moment = tx.moment();
    match running::prepare(call, tx, &target, request) {
        Ok(plan) => {
            tx.after(Box::new(move |errand| attempt(errand, &plan, &target, &config, event)));
            Ok(())
        }
        Err(error) if error.status >= 500 && error.code == "InternalFailure" => Err(error),
        // The role or the key may come back while the event is young enough.
        Err(_) => {
            tx.undo(moment);
            postpone(call, tx, event)
        }
    }
}

fn config(tx: &Tx, target: &Target) -> Result<EventConfig> {
    let qualifier = target.qualifier.as_deref().unwrap_or("");
    Ok(event_configs::find(tx.reads(), &target.place(), qualifier)?.unwrap_or_default())
}

/// Runs the function for an event and settles what comes of it.
fn attempt(
    errand: &Errand<'_>,
    plan: &Plan,
    target: &Target,
    config: &EventConfig,
    mut event: Event,
) -> Result<()> {
    match running::perform(errand, plan) {
        Ok(performed) => {
            event.attempts = event.attempts.saturating_add(1);
            errand.settle(|call, tx| conclude(call, tx, plan, target, config, &event, &performed))
        }
        Err(error) if running::is_throttling(&error) || error.code == "ServiceException" => {
            errand.settle(|call, tx| postpone(call, tx, event))
        }
        Err(error) => Err(error),
    }
}

fn conclude(
    call: &Call<'_>,
    tx: &mut Tx,
    plan: &Plan,
    target: &Target,
    config: &EventConfig,
    event: &Event,
    performed: &Performed,
) -> Result<()> {
    if !performed.failed {
        events::remove(tx, event);
        if let Some(to) = &config.on_success {
            let result =
                destinations::Ending { condition: "Success", plan: Some(plan), performed: Some(performed) };
            destinations::send(call, tx, target, &plan.access_key, to, event, &result);
        }
        return Ok(());
    }
    if event.attempts <= config.retries() {
        events::put(tx, event)?;
        let wait = MINUTE_MS.saturating_mul(i64::from(event.attempts));
        return plan_event(tx, event, call.now.milliseconds().saturating_add(wait));
    }
    give_up(call, tx, target, config, event, "RetriesExhausted", Some((plan, performed)))
}

/// Later again; the waits grow.
fn postpone(call: &Call<'_>, tx: &mut Tx, mut event: Event) -> Result<()> {
    let wait = 1000_i64.checked_shl(event.throttles.min(16)).unwrap_or(THROTTLE_MAX_MS).min(THROTTLE_MAX_MS);
    event.throttles = event.throttles.saturating_add(1);
    events::put(tx, &event)?;
    plan_event(tx, &event, call.now.milliseconds().saturating_add(wait))
}

/// The event is thrown away: the failure destination and the dead-letter target get it.
fn give_up(
    call: &Call<'_>,
    tx: &mut Tx,
    target: &Target,
    config: &EventConfig,
    event: &Event,
    condition: &'static str,
    ran: Option<(&Plan, &Performed)>,
) -> Result<()> {
    events::remove(tx, event);
    let dead_letter = target.function.settings.dead_letter.as_ref();
    if config.on_failure.is_none() && dead_letter.is_none() {
        return Ok(());
    }
    let role = settings::service_role(
        &target.function.settings.role,
        &target.function.arn(),
        &target.function.account,
    );
    // Without its role Lambda can send nothing; the event is lost, as on AWS.
    let Ok(access_key) = sessions::current(call, tx, &role) else { return Ok(()) };
    let (plan, performed) = (ran.map(|(plan, _)| plan), ran.map(|(_, performed)| performed));
    let result = destinations::Ending { condition, plan, performed };
    if let Some(to) = &config.on_failure {
        destinations::send(call, tx, target, &access_key, to, event, &result);
    }
    if let Some(to) = dead_letter {
        destinations::send_dead_letter(call, tx, target, &access_key, to, event, &result);
    }
    Ok(())
}
