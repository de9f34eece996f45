//! Work outside transactions: the threads that do it, and its way back.

use crate::pipeline::Pipeline;
use kage_core::{Actor, Call, Caller, Error, Origin, Result, Settle, Settlement, Tx};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How many errands of jobs run at a time; the next one waits.
const RUNNING_MAX: usize = 128;
/// How long a wait lasts before its caller looks for other work.
const MOMENT: Duration = Duration::from_millis(20);

/// Counts the errands that run.
#[derive(Default)]
pub struct Errands {
    running: Mutex<usize>,
    changed: Condvar,
}

impl Errands {
    /// Takes a place, waiting for one when all are taken.
    pub fn begin(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |running: &mut usize| *running >= RUNNING_MAX;
        let mut running = self.changed.wait_while(running, full).unwrap_or_else(PoisonError::into_inner);
        *running += 1;
    }

    /// Gives the place back.
    pub fn end(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running = running.saturating_sub(1);
        drop(running);
        self.changed.notify_all();
    }

    /// Waits until none runs, but not long. True when none runs.
    pub fn wait_a_moment(&self) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let busy = |running: &mut usize| *running > 0;
        let waited = self.changed.wait_timeout_while(running, MOMENT, busy);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Waits until none runs.
    pub fn wait_for_all(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let busy = |running: &mut usize| *running > 0;
        drop(self.changed.wait_while(running, busy).unwrap_or_else(PoisonError::into_inner));
    }
}

impl Settle for Pipeline {
    fn settle(&self, actor: &Actor, settlement: Settlement<'_>) -> Result<()> {
        let call = actor_call(self, actor);
        let mut tx = Tx::new(self.world().store.begin());
        let done = settlement(&call, &mut tx);
        self.close(tx, done)
    }
}

impl Pipeline {
    /// Commits what a job or errand wrote, or its records alone when it failed.
    pub(crate) fn close(&self, mut tx: Tx, done: Result<()>) -> Result<()> {
        let records = tx.take_records();
        let later = tx.take_later();
        let mut tx = if done.is_ok() {
            tx
        } else {
            drop(tx);
            Tx::new(self.world().store.begin())
        };
        kage_record::append(&mut tx, &records)?;
        let wakes = tx.take_later().wakes;
        tx.into_inner().commit()?.wait()?;
        if done.is_ok() {
            self.0.wakes.wake(later.wakes);
        }
        self.0.wakes.wake(wakes);
        done
    }
}

/// The call as which an actor acts.
pub fn actor_call<'w>(pipeline: &'w Pipeline, actor: &Actor) -> Call<'w> {
    Call {
        world: pipeline.world(),
        road: pipeline,
        caller: Caller::service(&actor.principal),
        account: actor.account.clone(),
        region: actor.region.clone(),
        service: actor.service,
        operation: actor.operation,
        request_id: actor.request_id.clone(),
        now: pipeline.world().clock.now(),
        origin: Origin {
            source_ip: actor.principal.clone(),
            user_agent: actor.principal.clone(),
            secure: true,
            ..Origin::default()
        },
        called_via: Vec::new(),
        source_arn: None,
        source_account: None,
    }
}

/// The error of an operation that answers outside a transaction, when another service forwards to it.
pub fn not_forwardable(operation: &str) -> Error {
    Error::internal(format!("{operation} answers outside a transaction and cannot be forwarded to"))
}
