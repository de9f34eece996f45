//! What happens later: schedules fire, invocations are tried again.

use crate::firing;
use crate::invocation::{self, PRINCIPAL};
use kage_core::{Call, Error, JobHandler, Result, Tx};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The handlers of the service's jobs.
pub fn handlers() -> Vec<JobHandler> {
    vec![
        JobHandler { kind: firing::JOB, principal: PRINCIPAL, run: fire },
        JobHandler { kind: invocation::JOB, principal: PRINCIPAL, run: invoke },
    ]
}

fn read<T: DeserializeOwned>(payload: &Value) -> Result<T> {
    serde_json::from_value(payload.clone())
        .map_err(|error| Error::internal(format!("a job of Scheduler: {error}")))
}

fn fire(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    firing::fire(call, tx, &read(payload)?)
}

fn invoke(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    invocation::try_now(call, tx, read(payload)?)
}
