//! What happens later: events of the bus are routed, deliveries are tried, rules fire, archives are replayed.

use crate::bus::{DEFAULT, Place};
use crate::delivery::{self, Delivery};
use crate::plans::{self, Firing};
use crate::route::{self, Arrival};
use crate::send::PRINCIPAL;
use crate::{cursors, replays};
use kage_core::{Call, Error, JobHandler, Result, Tx};
use kage_record::bus::{ROUTE_JOB, topic};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// So many events of the bus are routed in one transaction.
const BATCH: usize = 100;

/// The handlers of the service's jobs.
pub fn handlers() -> Vec<JobHandler> {
    vec![
        JobHandler { kind: ROUTE_JOB, principal: PRINCIPAL, run: route_topic },
        JobHandler { kind: delivery::JOB, principal: PRINCIPAL, run: deliver },
        JobHandler { kind: plans::JOB, principal: PRINCIPAL, run: fire },
        JobHandler { kind: replays::JOB, principal: PRINCIPAL, run: replay },
    ]
}

fn read<T: DeserializeOwned>(payload: &Value) -> Result<T> {
    serde_json::from_value(payload.clone())
        .map_err(|error| Error::internal(format!("a job of EventBridge: {error}")))
}

/// Routes the events of AWS services and API calls. Each is read once, in order; nothing is lost, because the cursor moves in
/// the transaction that plans the deliveries.
fn route_topic(call: &Call<'_>, tx: &mut Tx, _: &Value) -> Result<()> {
    kage_record::begin_planned(tx, ROUTE_JOB, &call.account, &call.region);
    let topic = topic(&call.account, &call.region);
    let from = cursors::find(tx.reads(), &topic)?;
    let entries = tx.reads().stream_read(&topic, from, BATCH)?;
    let bus = Place { account: call.account.clone(), region: call.region.clone(), name: DEFAULT.to_owned() };
    let is_full = entries.len() == BATCH;
    let mut next = from;
    for (number, bytes) in entries {
        next = number.saturating_add(1);
        let event: Value =
            serde_json::from_slice(&bytes).map_err(|error| Error::internal(error.to_string()))?;
        let taken = call.now.milliseconds();
        let latency_ms = route::LATENCY_MS;
        route::take(
            call,
            tx,
            &Arrival { event: &event, bus: &bus, from: None, only: &[], taken, latency_ms },
        )?;
    }
    cursors::put(tx, &topic, next)?;
    if is_full {
        kage_record::plan(tx, ROUTE_JOB, &call.account, &call.region, call.now)?;
    }
    Ok(())
}

fn deliver(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    delivery::try_now(call, tx, read::<Delivery>(payload)?)
}

fn fire(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    plans::fire(call, tx, &read::<Firing>(payload)?)
}

fn replay(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    replays::advance(call, tx, &read(payload)?)
}
