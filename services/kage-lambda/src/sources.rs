//! What the pollers of queues and streams share: the session of the execution role, filters, the jobs.

use crate::errors;
use crate::mapping::Mapping;
use crate::running::PRINCIPAL;
use crate::settings::service_role;
use crate::target::{self, Target};
use crate::{queue_source, sessions, stream_source};
use kage_core::{Arn, Call, Forward, Job, Result, Tx};
use kage_pattern::Pattern;
use kage_schema::{OperationModel, Record, ServiceModel, Timestamp};
use serde_json::{Value, json};

/// The kind of the jobs that look at a source.
pub const POLL: &str = "lambda.poll";
/// The kind of the jobs that read one shard.
pub const SHARD: &str = "lambda.shard";
/// How long a source that could not be read is left alone, in milliseconds.
pub const PAUSE_MS: i64 = 60_000;

/// The function's role at work.
pub struct Reader<'a, 'w> {
    /// The job's call.
    pub call: &'a Call<'w>,
    /// The session of the execution role.
    pub access_key: String,
}

impl<'a, 'w> Reader<'a, 'w> {
    /// The role of a function.
    ///
    /// # Errors
    /// When it cannot be assumed.
    pub fn of(call: &'a Call<'w>, tx: &mut Tx, target: &Target) -> Result<Reader<'a, 'w>> {
        let function = &target.function;
        let role = service_role(&function.settings.role, &function.arn(), &function.account);
        Ok(Reader { call, access_key: sessions::current(call, tx, &role)? })
    }

    /// Calls another service as the role.
    ///
    /// # Errors
    /// That of the call.
    pub fn go<O: Record>(
        &self,
        tx: &mut Tx,
        target: (&'static ServiceModel, &'static OperationModel),
        input: impl Record,
    ) -> Result<O> {
        let how = Forward::AsSession { access_key: self.access_key.clone(), via: PRINCIPAL };
        self.call.forward(tx, how, target, input)
    }
}

/// The kinds of sources that are modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An SQS queue.
    Queue,
    /// A Kinesis stream.
    Stream,
}

/// The kind of a source.
///
/// # Errors
/// `InvalidParameterValueException` for what is none, `NotImplemented` for what is not modelled.
pub fn kind(arn: &str) -> Result<Source> {
    match Arn::parse(arn).map(|arn| arn.service).as_deref() {
        Some("sqs") => Ok(Source::Queue),
        Some("kinesis") if arn.contains("/consumer/") => {
            Err(errors::not_modelled("an enhanced fan-out consumer as event source"))
        }
        Some("kinesis") => Ok(Source::Stream),
        Some(service @ ("dynamodb" | "kafka" | "mq" | "rds")) => {
            Err(errors::not_modelled(&format!("an event source of {service}")))
        }
        _ => Err(errors::invalid(format!("Unrecognized event source: {arn}"))),
    }
}

/// Whether one of the patterns matches. Patterns were checked when they were set.
pub fn passes(filters: &[String], record: &Value) -> bool {
    filters.is_empty()
        || filters.iter().filter_map(|text| Pattern::parse(text).ok()).any(|pattern| pattern.matches(record))
}

/// Refuses patterns that cannot be read.
///
/// # Errors
/// `InvalidParameterValueException`.
pub fn require_patterns(filters: &[String]) -> Result<()> {
    // AWS: Lambda developer guide, "Control which events Lambda sends to your function": five filters, ten after a request.
    if filters.len() > 10 {
        return Err(errors::invalid("Number of filters exceeds the limit."));
    }
    match filters.iter().find_map(|text| Pattern::parse(text).err()) {
        Some(error) => Err(errors::invalid(format!("Invalid filter pattern definition. ({error})"))),
        None => Ok(()),
    }
}

/// The job that looks at the source of a mapping.
pub fn poll_job(mapping: &Mapping) -> Job {
    job(mapping, POLL, json!({ "mapping": mapping.id }))
}

/// A job of a mapping.
pub fn job(mapping: &Mapping, kind: &str, payload: Value) -> Job {
    Job { kind: kind.to_owned(), account: mapping.account.clone(), region: mapping.region.clone(), payload }
}

/// Plans a look at the source.
///
/// # Errors
/// Those of the store.
pub fn plan_poll(tx: &mut Tx, mapping: &Mapping, at: i64) -> Result<()> {
    tx.schedule(Timestamp(at), &poll_job(mapping))
}

/// Plans a look at the source at a time, unless one is planned by then already.
///
/// # Errors
/// Those of the store.
pub fn plan_recheck(tx: &mut Tx, mapping: &mut Mapping, now: i64, at: i64) -> Result<()> {
    if mapping.recheck.is_some_and(|planned| planned > now && planned <= at) {
        return Ok(());
    }
    mapping.recheck = Some(at);
    crate::mapping::put(tx, mapping)?;
    plan_poll(tx, mapping, at)
}

/// The mapping of a job with its function, if both are there and the mapping reads.
///
/// # Errors
/// Those of the store.
pub fn working(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<Option<(Mapping, Target)>> {
    let id = payload["mapping"].as_str().unwrap_or_default();
    let Some(mut mapping) = crate::mapping::find(tx.reads(), &call.account, &call.region, id)? else {
        return Ok(None);
    };
    if mapping.changing {
        mapping.changing = false;
        crate::mapping::put(tx, &mapping)?;
    }
    if !mapping.enabled {
        return Ok(None);
    }
    let found = target::find(tx, &mapping.name())?;
    Ok(found.found().cloned().filter(|target| !target.function.pending).map(|target| (mapping, target)))
}

/// Looks at the source of a mapping.
///
/// # Errors
/// Those of the store.
pub fn poll(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let Some((mapping, target)) = working(call, tx, payload)? else { return Ok(()) };
    match kind(&mapping.source)? {
        Source::Queue => queue_source::poll(call, tx, mapping, target),
        Source::Stream => stream_source::poll(call, tx, mapping, &target),
    }
}

/// Notes what came of a read, and leaves the source alone for a while when it could not be read.
///
/// # Errors
/// Those of the store.
pub fn problem(call: &Call<'_>, tx: &mut Tx, mut mapping: Mapping, error: &kage_core::Error) -> Result<()> {
    mapping.last_result = format!("PROBLEM: {}", error.message);
    let now = call.now.milliseconds();
    plan_recheck(tx, &mut mapping, now, now.saturating_add(PAUSE_MS))?;
    crate::mapping::put(tx, &mapping)
}

/// The records that a function named as failed; `None` when the whole batch failed.
// AWS: Lambda developer guide, "Implementing partial batch responses": an empty list, null and no answer are a success; a
// malformed answer or an empty identifier fails the whole batch.
pub fn failed_items(answer: &[u8]) -> Option<Vec<String>> {
    let value: Value = serde_json::from_slice(answer).unwrap_or(Value::Null);
    let items = match &value["batchItemFailures"] {
        Value::Null => return Some(Vec::new()),
        Value::Array(items) => items,
        _ => return None,
    };
    let named = items
        .iter()
        .map(|item| item["itemIdentifier"].as_str().filter(|name| !name.is_empty()).map(str::to_owned));
    named.collect()
}
