//! Work outside any transaction: what may take long, or asks the world outside the double.
//!
//! `run` is quick and does no I/O. What takes longer is left behind by it and done after the commit; it reads the store by
//! snapshots and writes by [`Errand::settle`], each time in a transaction of its own that takes the whole road.

use crate::{Call, Result, Tx, World};
use kage_schema::{OperationModel, Record, ServiceModel};

/// Gives the answer of an operation after its commit (DESIGN §1, the step between commit and encode).
pub type Delivery = Box<dyn FnOnce(&Errand<'_>) -> Result<Box<dyn Record>> + Send>;

/// What a job does after its commit. It must be safe to do twice.
pub type Chore = Box<dyn FnOnce(&Errand<'_>) -> Result<()> + Send>;

/// For whom and where an errand is done.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The service principal under which it settles: `lambda.amazonaws.com`.
    pub principal: String,
    /// The account in which it acts.
    pub account: String,
    /// The Region in which it acts.
    pub region: String,
    /// The service.
    pub service: &'static ServiceModel,
    /// The operation that left it.
    pub operation: &'static OperationModel,
    /// The request id of the call or job that left it.
    pub request_id: String,
}

/// One piece of work outside any transaction.
pub struct Errand<'e> {
    /// Time, randomness, state, and what is outside.
    pub world: &'e World,
    /// For whom and where.
    pub actor: Actor,
    settle: &'e dyn Settle,
}

/// What is done inside a transaction of an errand.
pub type Settlement<'s> = &'s mut dyn FnMut(&Call<'_>, &mut Tx) -> Result<()>;

/// The way back onto the road; implemented by the pipeline.
pub trait Settle: Send + Sync {
    /// Runs `settlement` in a transaction of its own, as the actor, and commits it with its records. On an error only the records
    /// are kept.
    ///
    /// # Errors
    /// That of the settlement, and those of the store.
    fn settle(&self, actor: &Actor, settlement: Settlement<'_>) -> Result<()>;
}

impl<'e> Errand<'e> {
    /// An errand of this actor. For the pipeline.
    #[must_use]
    pub fn new(world: &'e World, actor: Actor, settle: &'e dyn Settle) -> Errand<'e> {
        Errand { world, actor, settle }
    }

    /// Does something in a transaction, as the errand's service principal.
    ///
    /// # Errors
    /// That of `change`; nothing it wrote is kept then but its records.
    pub fn settle<T>(&self, change: impl FnOnce(&Call<'_>, &mut Tx) -> Result<T>) -> Result<T> {
        let mut change = Some(change);
        let mut out = None;
        self.settle.settle(&self.actor, &mut |call, tx| {
            if let Some(change) = change.take() {
                out = Some(change(call, tx)?);
            }
            Ok(())
        })?;
        out.ok_or_else(|| crate::Error::internal("an errand was not settled"))
    }
}
