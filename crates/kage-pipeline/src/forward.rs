//! Calls of one service to another: the same steps from resolve on, in the same transaction.

use crate::call::{self, Trail};
use crate::denial;
use crate::errands;
use crate::ingest::Ingest;
use crate::pipeline::Pipeline;
use kage_core::{Access, Call, Caller, Download, Error, Forward, Origin, Result, Road, ServiceRole, Tx};
use kage_identity::principal;
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
        let how = match how {
            Forward::AsCaller { via } => Way::Caller { via },
            Forward::AsService { name, source_arn, source_account } => {
                Way::Service { name, source_arn, source_account }
            }
            Forward::AsRole(role) => {
                let key = self.assume(call, tx, &role)?;
                session(tx, &key, role.service)?
            }
            Forward::AsSession { access_key, via } => session(tx, &access_key, via)?,
        };
        let inner = forwarded(call, how, target);
        let decoded = call::validated(input, Problems::new());
        let mut trail = Trail::default();
        let moment = tx.moment();
        let mut outcome = call::judge_and_run(self, &inner, tx, entry, &decoded, false, &mut trail);
        if tx.take_wait().is_some() || tx.has_delivery() {
            outcome = Err(errands::not_forwardable(operation.name));
        }
        if outcome.is_err() {
            tx.undo(moment);
        }
        let records = call::record(&inner, entry, Some(decoded.input.as_ref()), &outcome, &trail.touched);
        tx.record(records);
        outcome
    }

    fn judge(&self, call: &Call<'_>, tx: &mut Tx, access: Access) -> Result<()> {
        let Some(entry) = self.0.registry.operation(call.service.name, call.operation.name) else {
            return Err(Error::internal("a judgement for an operation that is not modelled"));
        };
        let (denied, judgements) = self.0.judge.ask(call, tx.reads(), &access)?;
        let error = denied
            .and_then(|position| judgements.0.get(position))
            .map(|judgement| denial::error(call, tx.reads(), entry.service.denial, judgement));
        for judgement in judgements.0.iter() {
            tx.keep_judgement(Box::new(judgement.clone()));
        }
        error.map_or(Ok(()), Err)
    }

    fn read_body(&self, body: &Body, max: u64) -> Result<Vec<u8>> {
        if let Some(bytes) = body.bytes() {
            return Ok(bytes.to_vec());
        }
        let download =
            body.attached::<Download>().ok_or_else(|| Error::internal("a body that is no download"))?;
        if download.length() > max {
            return Err(Error::new(
                "RequestEntityTooLarge",
                413,
                format!("the body has more than {max} bytes"),
            ));
        }
        let failed = |error: std::io::Error| Error::internal(format!("a body could not be read: {error}"));
        let mut reader = self.download(&download);
        let mut bytes = Vec::new();
        while let Some(piece) = reader.next_piece().map_err(failed)? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    fn assume(&self, call: &Call<'_>, tx: &mut Tx, role: &ServiceRole) -> Result<String> {
        let Some(entry) = self.0.registry.operation("sts", "AssumeRole") else {
            return Err(Error::new("NotImplemented", 501, "sts:AssumeRole is not modelled"));
        };
        let mut input = entry.handler.new_input();
        set_text(input.as_mut(), "RoleArn", &role.role_arn)?;
        set_text(input.as_mut(), "RoleSessionName", &role.session_name)?;
        let how = Forward::AsService {
            name: role.service,
            source_arn: role.source_arn.clone(),
            source_account: role.source_account.clone(),
        };
        let output = self.forward(call, tx, how, (entry.model, entry.handler.model()), input)?;
        let credentials = output.schema().member("Credentials").and_then(|(index, _)| output.slot(index));
        let key = match credentials.map(|slot| slot.view()) {
            Some(View::Record(record)) => text_of(record, "AccessKeyId"),
            _ => None,
        };
        key.ok_or_else(|| Error::internal("AssumeRole answered no credentials"))
    }
}

/// The way of a session of a role.
fn session(tx: &Tx, access_key: &str, via: &'static str) -> Result<Way> {
    let session = principal::credential(tx.reads(), access_key)?;
    let session = session.ok_or_else(|| Error::internal("a session that STS made is not there"))?;
    Ok(Way::Session { caller: Box::new(session.caller), via })
}

fn set_text(record: &mut dyn Record, member: &str, text: &str) -> Result<()> {
    let missing = || Error::internal(format!("an input without {member}"));
    let (index, _) = record.schema().member(member).ok_or_else(missing)?;
    let slot = record.slot_mut(index).ok_or_else(missing)?;
    slot.set(Scalar::Str(text.to_owned())).map_err(|_| missing())
}

fn text_of(record: &dyn Record, member: &str) -> Option<String> {
    let (index, _) = record.schema().member(member)?;
    match record.slot(index)?.view() {
        View::Str(text) => Some(text.to_owned()),
        _ => None,
    }
}

/// How an inner call is made.
enum Way {
    Caller { via: &'static str },
    Service { name: &'static str, source_arn: Option<String>, source_account: Option<String> },
    Session { caller: Box<Caller>, via: &'static str },
}

/// The inner call: whose it is, and what it says about its way. Rules 29, 118, 119 and 160 of `authorization.md`.
fn forwarded<'w>(
    call: &Call<'w>,
    how: Way,
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
        Way::Caller { via } => {
            inner.called_via.push(via.to_owned());
            inner.origin.vpc_endpoint = None;
            // 118: a service keeps the resource for which it acts. AWS: CloudTrail user guide, "Configure AWS KMS key policies
            // for CloudTrail": `aws:SourceArn` holds when S3 asks KMS on CloudTrail's behalf.
            inner.source_arn.clone_from(&call.source_arn);
            inner.source_account.clone_from(&call.source_account);
        }
        Way::Session { caller, via } => {
            inner.account.clone_from(&caller.account);
            inner.caller = *caller;
            inner.called_via = Vec::new();
            inner.origin = service_origin(via);
        }
        Way::Service { name, source_arn, source_account } => {
            inner.caller = Caller::service(name);
            inner.called_via = Vec::new();
            inner.origin = service_origin(name);
            if let Some(account) = &source_account {
                inner.account.clone_from(account);
            }
            inner.source_arn = source_arn;
            inner.source_account = source_account;
        }
    }
    inner
}

fn service_origin(name: &str) -> Origin {
    Origin { source_ip: name.to_owned(), user_agent: name.to_owned(), secure: true, ..Origin::default() }
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
