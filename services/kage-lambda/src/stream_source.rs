//! Reading streams: each shard in order, by a job that follows itself.
//!
//! AWS: Lambda developer guide, "How Lambda processes records from stream and queue-based event sources" and "Using Lambda to
//! process records from Amazon Kinesis Data Streams".

use crate::destinations;
use crate::function::LATEST;
use crate::mapping::{self, Cursor, Mapping, StreamSettings};
use crate::running::{self, Performed, Plan, Request};
use crate::sources::{self, Reader, SHARD};
use crate::target::Target;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kage_api_kinesis::types::{
    GetRecordsInput, GetRecordsOutput, GetShardIteratorInput, GetShardIteratorOutput, ListShardsInput,
    ListShardsOutput, Record, Shard,
};
use kage_core::{Call, Errand, Error, Result, Tx};
use kage_schema::Timestamp;
use serde_json::{Value, json};

/// How long a failed batch waits before it is tried again, in milliseconds; it doubles up to a minute.
const RETRY_MS: i64 = 1_000;

/// Starts a job for every shard that has none.
///
/// # Errors
/// Those of the store.
pub fn poll(call: &Call<'_>, tx: &mut Tx, mapping: Mapping, target: &Target) -> Result<()> {
    let reader = match Reader::of(call, tx, target) {
        Ok(reader) => reader,
        Err(error) => return sources::problem(call, tx, mapping, &error),
    };
    let shards = match shards(&reader, tx, &mapping) {
        Ok(shards) => shards,
        Err(error) => return sources::problem(call, tx, mapping, &error),
    };
    for shard in &shards {
        let mut cursor = mapping::cursor(tx.reads(), &mapping, &shard.shard_id)?.unwrap_or_default();
        // A child is read once its parents have been: order by key is kept over splits and merges.
        let parents = [&shard.parent_shard_id, &shard.adjacent_parent_shard_id];
        let waits = parents.into_iter().flatten().any(|parent| {
            let is_there = shards.iter().any(|shard| shard.shard_id == *parent);
            let read = mapping::cursor(tx.reads(), &mapping, parent)
                .ok()
                .flatten()
                .is_some_and(|cursor| cursor.done);
            is_there && !read
        });
        if cursor.running || cursor.done || waits {
            continue;
        }
        cursor.running = true;
        go_on(tx, &mapping, &shard.shard_id, &mut cursor, call.now.milliseconds())?;
    }
    Ok(())
}

/// The shards of a stream, asked as the role.
///
/// # Errors
/// Those of Kinesis.
pub fn shards(reader: &Reader<'_, '_>, tx: &mut Tx, mapping: &Mapping) -> Result<Vec<Shard>> {
    let mut all = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let input = ListShardsInput {
            stream_arn: Some(mapping.source.clone()).filter(|_| next.is_none()),
            next_token: next.take(),
            ..ListShardsInput::default()
        };
        let target = (&kage_api_kinesis::SERVICE, &kage_api_kinesis::operations::LIST_SHARDS);
        let answer: ListShardsOutput = reader.go(tx, target, input)?;
        all.extend(answer.shards.unwrap_or_default());
        next = answer.next_token;
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// Plans the next turn of a shard.
fn go_on(tx: &mut Tx, mapping: &Mapping, shard: &str, cursor: &mut Cursor, at: i64) -> Result<()> {
    cursor.turn = cursor.turn.wrapping_add(1);
    mapping::put_cursor(tx, mapping, shard, cursor)?;
    let payload = json!({ "mapping": mapping.id, "shard": shard, "turn": cursor.turn });
    tx.schedule(Timestamp(at), &sources::job(mapping, SHARD, payload))
}

/// Ends the turns of a shard; the next new record begins them again.
fn pause(tx: &mut Tx, mapping: &Mapping, shard: &str, cursor: &mut Cursor) -> Result<()> {
    cursor.running = false;
    mapping::put_cursor(tx, mapping, shard, cursor)
}

/// One turn of a shard: reads records and gives them to the function.
///
/// # Errors
/// Those of the store.
pub fn turn(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let shard =
        payload["shard"].as_str().ok_or_else(|| Error::internal("a job of a shard without one"))?.to_owned();
    let id = payload["mapping"].as_str().unwrap_or_default();
    let Some(found) = mapping::find(tx.reads(), &call.account, &call.region, id)? else { return Ok(()) };
    let Some(mut cursor) = mapping::cursor(tx.reads(), &found, &shard)? else { return Ok(()) };
    if !cursor.running || payload["turn"].as_u64() != Some(cursor.turn) {
        return Ok(());
    }
    let Some((mapping, target)) = sources::working(call, tx, payload)? else {
        return pause(tx, &found, &shard, &mut cursor);
    };
    let read = Reader::of(call, tx, &target).and_then(|reader| read(&reader, tx, &mapping, &shard, &cursor));
    let answer = match read {
        Ok(answer) => answer,
        Err(error) => {
            pause(tx, &mapping, &shard, &mut cursor)?;
            return sources::problem(call, tx, mapping, &error);
        }
    };
    let now = call.now.milliseconds();
    let Some(last) = answer.records.last().map(|record| record.sequence_number.clone()) else {
        cursor.done = answer.next_shard_iterator.is_none();
        pause(tx, &mapping, &shard, &mut cursor)?;
        // Children wait for the end of their parents.
        return if cursor.done { sources::plan_poll(tx, &mapping, now) } else { Ok(()) };
    };
    let settings = mapping.stream.clone().unwrap_or_default();
    let fits = |record: &&Record| {
        sources::passes(&mapping.filters, &filtered(record)) && !is_too_old(&settings, record, now)
    };
    let records: Vec<Record> = answer.records.iter().filter(fits).cloned().collect();
    if records.is_empty() {
        cursor.position = Some(last);
        return go_on(tx, &mapping, &shard, &mut cursor, now);
    }
    // Records are gathered as long as the first one is younger than the window.
    let first = records
        .first()
        .and_then(|record| record.approximate_arrival_timestamp)
        .map_or(now, Timestamp::milliseconds);
    let until = first.saturating_add(i64::from(mapping.window).saturating_mul(1000));
    if mapping.window > 0 && until > now && i32::try_from(records.len()).unwrap_or(i32::MAX) < mapping.batch {
        return go_on(tx, &mapping, &shard, &mut cursor, until);
    }
    let events: Vec<Value> = records.iter().map(|record| event(&mapping, &target, &shard, record)).collect();
    let request = Request {
        id: call.ids().uuid(),
        payload: json!({ "Records": events }).to_string().into_bytes(),
        client_context: None,
        trace_id: None,
    };
    match running::prepare(call, tx, &target, request) {
        Ok(plan) => {
            let batch = Batch { mapping, shard, records, last, turn: cursor.turn };
            tx.after(Box::new(move |errand| give(errand, &plan, &batch)));
            Ok(())
        }
        Err(error) => {
            pause(tx, &mapping, &shard, &mut cursor)?;
            sources::problem(call, tx, mapping, &error)
        }
    }
}

fn read(
    reader: &Reader<'_, '_>,
    tx: &mut Tx,
    mapping: &Mapping,
    shard: &str,
    cursor: &Cursor,
) -> Result<GetRecordsOutput> {
    let settings = mapping.stream.clone().unwrap_or_default();
    let mut input = GetShardIteratorInput {
        stream_arn: Some(mapping.source.clone()),
        shard_id: shard.to_owned(),
        ..GetShardIteratorInput::default()
    };
    let kind = match (&cursor.position, settings.start.as_str()) {
        (Some(position), _) => {
            input.starting_sequence_number = Some(position.clone());
            "AFTER_SEQUENCE_NUMBER"
        }
        (None, "TRIM_HORIZON") => "TRIM_HORIZON",
        // `LATEST` means: what came after the mapping was made, also when it is read a little later.
        (None, _) => {
            input.timestamp = Some(Timestamp(settings.start_at.unwrap_or(mapping.created)));
            "AT_TIMESTAMP"
        }
    };
    kind.clone_into(&mut input.shard_iterator_type);
    let target = (&kage_api_kinesis::SERVICE, &kage_api_kinesis::operations::GET_SHARD_ITERATOR);
    let answer: GetShardIteratorOutput = reader.go(tx, target, input)?;
    let input = GetRecordsInput {
        shard_iterator: answer.shard_iterator.unwrap_or_default(),
        limit: Some(cursor.limit.unwrap_or(mapping.batch).max(1)),
        ..GetRecordsInput::default()
    };
    reader.go(tx, (&kage_api_kinesis::SERVICE, &kage_api_kinesis::operations::GET_RECORDS), input)
}

fn is_too_old(settings: &StreamSettings, record: &Record, now: i64) -> bool {
    let arrived = record.approximate_arrival_timestamp.map_or(now, Timestamp::milliseconds);
    settings.max_age >= 0 && now.saturating_sub(arrived) > i64::from(settings.max_age).saturating_mul(1000)
}

/// A record as filters see it: JSON data as what it holds.
fn filtered(record: &Record) -> Value {
    let data = serde_json::from_slice::<Value>(&record.data.0).ok().filter(Value::is_object);
    json!({
        "data": data.unwrap_or_else(|| json!(String::from_utf8_lossy(&record.data.0))),
        "partitionKey": record.partition_key,
        "sequenceNumber": record.sequence_number,
    })
}

/// A record as the function gets it.
fn event(mapping: &Mapping, target: &Target, shard: &str, record: &Record) -> Value {
    let arrived = record.approximate_arrival_timestamp.map_or(0, Timestamp::milliseconds);
    #[expect(clippy::cast_precision_loss, reason = "seconds with milliseconds fit a double")]
    let arrived = arrived as f64 / 1000.0;
    json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.partition_key,
            "sequenceNumber": record.sequence_number,
            "data": STANDARD.encode(&record.data.0),
            "approximateArrivalTimestamp": arrived,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("{shard}:{}", record.sequence_number),
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": target.function.settings.role,
        "awsRegion": mapping.region,
        "eventSourceARN": mapping.source,
    })
}

/// Records on their way to the function.
struct Batch {
    mapping: Mapping,
    shard: String,
    records: Vec<Record>,
    /// Sequence number of the last record that was read, also when a filter dropped it.
    last: String,
    turn: u64,
}

/// Runs the function and settles how far the shard is read.
fn give(errand: &Errand<'_>, plan: &Plan, batch: &Batch) -> Result<()> {
    let performed = running::perform(errand, plan);
    errand.settle(|call, tx| {
        let mapping = &batch.mapping;
        let Some(mut now) = mapping::find(tx.reads(), &mapping.account, &mapping.region, &mapping.id)? else {
            return Ok(());
        };
        let Some(mut cursor) = mapping::cursor(tx.reads(), mapping, &batch.shard)? else { return Ok(()) };
        if cursor.turn != batch.turn {
            return Ok(());
        }
        let at = call.now.milliseconds();
        let performed = match performed {
            Ok(performed) => performed,
            Err(error) => {
                now.last_result = format!("PROBLEM: {}", error.message);
                mapping::put(tx, &now)?;
                return go_on(tx, mapping, &batch.shard, &mut cursor, at.saturating_add(RETRY_MS));
            }
        };
        let first_failed = first_failed(mapping, &performed, &batch.records);
        now.last_result =
            if first_failed.is_some() { "PROBLEM: Function call failed" } else { "OK" }.to_owned();
        mapping::put(tx, &now)?;
        match first_failed {
            None => {
                cursor.position = Some(batch.last.clone());
                (cursor.failures, cursor.limit) = (0, None);
                go_on(tx, mapping, &batch.shard, &mut cursor, at)
            }
            Some(failed) => failed_batch(call, tx, plan, batch, &mut cursor, failed),
        }
    })
}

/// Where the records begin that must be tried again; `None` when all are done.
fn first_failed(mapping: &Mapping, performed: &Performed, records: &[Record]) -> Option<usize> {
    if performed.failed {
        return Some(0);
    }
    if !mapping.partial {
        return None;
    }
    match sources::failed_items(&performed.payload) {
        None => Some(0),
        Some(failed) if failed.is_empty() => None,
        Some(failed) => {
            let position = |name: &String| records.iter().position(|record| record.sequence_number == *name);
            let positions: Option<Vec<usize>> = failed.iter().map(position).collect();
            Some(positions.and_then(|positions| positions.into_iter().min()).unwrap_or(0))
        }
    }
}

fn failed_batch(
    call: &Call<'_>,
    tx: &mut Tx,
    plan: &Plan,
    batch: &Batch,
    cursor: &mut Cursor,
    failed: usize,
) -> Result<()> {
    let mapping = &batch.mapping;
    let settings = mapping.stream.clone().unwrap_or_default();
    let at = call.now.milliseconds();
    if let Some(before) = failed.checked_sub(1).and_then(|before| batch.records.get(before)) {
        // What the function has done is not tried again; the rest begins anew.
        cursor.position = Some(before.sequence_number.clone());
        (cursor.failures, cursor.limit) = (0, None);
        return go_on(tx, mapping, &batch.shard, cursor, at.saturating_add(RETRY_MS));
    }
    cursor.failures = cursor.failures.saturating_add(1);
    let count = i32::try_from(batch.records.len()).unwrap_or(i32::MAX);
    if settings.bisect && count > 1 {
        // AWS: "BisectBatchOnFunctionError": splitting does not count against the retries.
        cursor.failures = cursor.failures.saturating_sub(1);
        cursor.limit = Some(count.saturating_add(1) / 2);
        return go_on(tx, mapping, &batch.shard, cursor, at);
    }
    let retries = u32::try_from(settings.retries).unwrap_or(u32::MAX);
    if cursor.failures > retries {
        lose(call, tx, plan, batch, cursor.failures);
        cursor.position = Some(batch.last.clone());
        (cursor.failures, cursor.limit) = (0, None);
        return go_on(tx, mapping, &batch.shard, cursor, at);
    }
    let wait = RETRY_MS.checked_shl(cursor.failures.min(6)).unwrap_or(60_000).min(60_000);
    go_on(tx, mapping, &batch.shard, cursor, at.saturating_add(wait))
}

/// Describes a batch that is passed over to the failure destination.
// AWS: Lambda developer guide, "Retain discarded batch records for a Kinesis Data Streams event source".
fn lose(call: &Call<'_>, tx: &mut Tx, plan: &Plan, batch: &Batch, attempts: u32) {
    let settings = batch.mapping.stream.clone().unwrap_or_default();
    let Some(to) = settings.on_failure else { return };
    let time = |record: Option<&Record>| {
        record.and_then(|record| record.approximate_arrival_timestamp).map(Timestamp::iso8601)
    };
    let (first, last) = (batch.records.first(), batch.records.last());
    let qualifier = batch.mapping.qualifier.as_deref().unwrap_or(LATEST);
    let record = json!({
        "requestContext": {
            "requestId": plan.invocation.request_id,
            "functionArn": format!("{}:{qualifier}", batch.mapping.function_arn()),
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": attempts,
        },
        "responseContext": { "statusCode": 200, "executedVersion": plan.function.version, "functionError": "Unhandled" },
        "version": "1.0",
        "timestamp": call.now.iso8601(),
        "KinesisBatchInfo": {
            "shardId": batch.shard,
            "startSequenceNumber": first.map(|record| &record.sequence_number),
            "endSequenceNumber": last.map(|record| &record.sequence_number),
            "approximateArrivalOfFirstRecord": time(first),
            "approximateArrivalOfLastRecord": time(last),
            "batchSize": batch.records.len(),
            "streamArn": batch.mapping.source,
        },
    });
    destinations::send_record(call, tx, &plan.access_key, &to, record.to_string());
}
