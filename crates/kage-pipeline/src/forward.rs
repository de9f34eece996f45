//! Calls of one service to another: the same steps from resolve on, in the same transaction.

use crate::call::{self, Trail};
use crate::ingest::Ingest;
use crate::pipeline::Pipeline;
use kage_core::{Call, Caller, Error, Forward, Origin, Result, Road, Tx};
use kage_schema::{Body, Flags, OperationModel, Problems, Record, Scalar, ServiceModel, View};
use std::sync::Arc;

impl Road for Pipeline {
    fn forward(
        &self,
        call: &Call<'_>,
        tx: &mut Tx,
        how: Forward,
        target: (&'static ServiceModel, &'static OperationModel),
        input: Box<dyn Record>,
    ) -> Result<Box<dyn Record>> {
        let (model, operation) = target;
        let Some(entry) = self.0.registry.operation(model.name, operation.name) else {
            let text = format!("{}:{} is not modelled", model.name, operation.name);
            return Err(Error::new("NotImplemented", 501, text));
        };
        let mut input = input;
        receive_body(self, input.as_mut())?;
        let inner = forwarded(call, how, target);
        let decoded = call::validated(input, Problems::new());
        let mut trail = Trail::default();
        let outcome = call::judge_and_run(self, &inner, tx, entry, &decoded, false, &mut trail);
        let records = call::record(&inner, entry, Some(decoded.input.as_ref()), &outcome, &trail.touched);
        tx.record(records);
        outcome
    }
}

/// The inner call: whose it is, and what it says about its way. Rules 29, 118, 119 and 160 of `authorization.md`.
fn forwarded<'w>(
    call: &Call<'w>,
    how: Forward,
    target: (&'static ServiceModel, &'static OperationModel),
) -> Call<'w> {
    let (service, operation) = target;
    let mut inner = Call {
        world: call.world,
        road: call.road,
        caller: call.caller.clone(),
        account: call.account.clone(),
        region: call.region.clone(),
        service,
        operation,
        request_id: call.request_id.clone(),
        now: call.now,
        origin: call.origin.clone(),
        called_via: call.called_via.clone(),
        source_arn: None,
        source_account: None,
    };
    inner.origin.headers = Vec::new();
    match how {
        Forward::AsCaller { via } => {
            inner.called_via.push(via.to_owned());
            inner.origin.vpc_endpoint = None;
        }
        Forward::AsService { name, source_arn, source_account } => {
            inner.caller = Caller::service(name);
            inner.called_via = Vec::new();
            inner.origin = Origin {
                source_ip: name.to_owned(),
                user_agent: name.to_owned(),
                secure: true,
                ..Origin::default()
            };
            if let Some(account) = &source_account {
                inner.account.clone_from(account);
            }
            inner.source_arn = source_arn;
            inner.source_account = source_account;
        }
    }
    inner
}

/// A body that another service made in memory becomes an upload, as if it had come over the wire.
fn receive_body(pipeline: &Pipeline, input: &mut dyn Record) -> Result<()> {
    let Some((index, member)) = input.schema().payload() else { return Ok(()) };
    if !member.has(Flags::STREAMING) {
        return Ok(());
    }
    let bytes = match input.slot(index).map(|slot| slot.view()) {
        Some(View::Body(Body::Bytes(bytes))) => bytes.clone(),
        Some(View::Body(Body::Attached(_))) => return Ok(()),
        _ => bytes::Bytes::new(),
    };
    let mut ingest = Ingest::new(pipeline.world(), false);
    ingest.write(&bytes)?;
    let upload = ingest.finish(Vec::new())?;
    let slot = input.slot_mut(index).ok_or_else(|| Error::internal("an input without its payload"))?;
    slot.set(Scalar::Body(Body::Attached(Arc::new(upload))))
        .map_err(|_| Error::internal("a payload that takes no body"))
}
