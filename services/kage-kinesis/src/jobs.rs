//! What happens later: a stream or consumer reaches its next state.

use crate::consumer::{Consumer, ConsumerStatus};
use crate::stream::{Change, Status, Stream};
use crate::{consumers, encryption, errors, reshard, shards, streams, subscription};
use kage_core::{Call, Error, Job, JobHandler, Result, Tx};
use serde_json::{Value, json};

const STREAM: &str = "kinesis.finish-stream";
const CONSUMER: &str = "kinesis.finish-consumer";
const PRINCIPAL: &str = "kinesis.amazonaws.com";
/// How long a change takes, in milliseconds on the double's clock. AWS takes 10 to 60 seconds for a new stream; here a
/// state can be seen, and nobody waits for it.
pub const CHANGE_MS: i64 = 100;

/// The handlers of the service's jobs.
pub fn handlers() -> Vec<JobHandler> {
    vec![
        JobHandler { kind: STREAM, principal: PRINCIPAL, run: finish_stream },
        JobHandler { kind: CONSUMER, principal: PRINCIPAL, run: finish_consumer },
    ]
}

/// Begins a change of a stream and plans its end. What the stream is until then is said by its state.
///
/// # Errors
/// Those of the store.
pub fn begin(call: &Call<'_>, tx: &mut Tx, stream: &mut Stream, change: Change) -> Result<()> {
    stream.status = match change {
        Change::Create { .. } => Status::Creating,
        Change::Delete => Status::Deleting,
        _ => Status::Updating,
    };
    stream.change = Some(change);
    stream.changes = stream.changes.saturating_add(1);
    streams::put(tx, stream)?;
    let payload = json!({ "stream": stream.name, "id": stream.id, "change": stream.changes });
    plan(call, tx, STREAM, stream, payload)
}

/// Plans the next state of a consumer.
///
/// # Errors
/// Those of the store.
pub fn begin_consumer(call: &Call<'_>, tx: &mut Tx, stream: &Stream, consumer: &Consumer) -> Result<()> {
    consumers::put(tx, stream, consumer)?;
    let payload = json!({ "stream": stream.name, "consumer": consumer.name, "arn": consumer.arn(stream) });
    plan(call, tx, CONSUMER, stream, payload)
}

fn plan(call: &Call<'_>, tx: &mut Tx, kind: &str, stream: &Stream, payload: Value) -> Result<()> {
    let job = Job {
        kind: kind.to_owned(),
        account: stream.account.clone(),
        region: stream.region.clone(),
        payload,
    };
    tx.schedule(call.now.plus_ms(CHANGE_MS), &job)
}

/// The stream of a job; `None` when it is gone.
fn planned(call: &Call<'_>, tx: &Tx, payload: &Value) -> Result<Option<Stream>> {
    let name =
        payload["stream"].as_str().ok_or_else(|| Error::internal("a job of Kinesis without a stream"))?;
    streams::find(tx.reads(), &call.account, &call.region, name)
}

fn finish_stream(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let Some(mut stream) = planned(call, tx, payload)? else { return Ok(()) };
    let is_mine = payload["id"].as_str() == Some(stream.id.as_str())
        && payload["change"].as_u64() == Some(stream.changes);
    let Some(change) = stream.change.take().filter(|_| is_mine) else { return Ok(()) };
    let now = call.now.milliseconds();
    // A reader of a shard that is closed, or of a stream that is gone, learns it at once.
    tx.wake(stream.topic());
    match change {
        Change::Create { shards } => reshard::begin(tx, &mut stream, shards, now)?,
        Change::Delete => {
            encryption::remove_all(tx, &stream);
            consumers::remove_all(tx, &stream)?;
            subscription::remove_all(tx, &stream)?;
            shards::remove_all(tx, &stream)?;
            streams::remove(tx, &stream);
            return Ok(());
        }
        Change::Split { shard, at } => {
            let shard = open_shard(tx, &stream, shard)?;
            let at = at.parse().map_err(|_| Error::internal("a hash key that is no number"))?;
            reshard::split(tx, &mut stream, &shard, at, now)?;
        }
        Change::Merge { shard, adjacent } => {
            let (shard, other) = (open_shard(tx, &stream, shard)?, open_shard(tx, &stream, adjacent)?);
            reshard::merge(tx, &mut stream, &shard, &other, now)?;
        }
        Change::Scale { target } => reshard::scale(tx, &mut stream, target, now)?,
        Change::Encrypt { key } => stream.key = key,
        Change::Measure { metrics } => stream.metrics = metrics,
        Change::Settle => {}
    }
    stream.status = Status::Active;
    streams::put(tx, &stream)
}

fn open_shard(tx: &Tx, stream: &Stream, number: u32) -> Result<crate::shard::Shard> {
    let found = shards::find(tx.reads(), stream, number)?.filter(|shard| shard.closed.is_none());
    found.ok_or_else(|| errors::no_shard(stream, number))
}

fn finish_consumer(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let Some(stream) = planned(call, tx, payload)? else { return Ok(()) };
    let name = payload["consumer"].as_str().unwrap_or_default();
    let Some(mut consumer) = consumers::find(tx.reads(), &stream, name)? else { return Ok(()) };
    if payload["arn"].as_str() != Some(consumer.arn(&stream).as_str()) {
        return Ok(());
    }
    match consumer.status {
        ConsumerStatus::Creating => {
            consumer.status = ConsumerStatus::Active;
            consumers::put(tx, &stream, &consumer)
        }
        ConsumerStatus::Deleting => {
            consumers::remove(tx, &stream, name);
            tx.wake(stream.topic());
            Ok(())
        }
        ConsumerStatus::Active => Ok(()),
    }
}
