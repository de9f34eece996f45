//! Lifecycle rules at work: a job at midnight that does what is due in a bucket and plans the next.

use crate::bucket::{Bucket, Versioning};
use crate::event::{self, What};
use crate::lifecycle::{Act, Lifecycle, after, judge};
use crate::object::Version;
use crate::{buckets, objects, uploads};
use kage_core::{Call, Error, Job, JobHandler, Millis, Result, Tx};
use kage_schema::Timestamp;
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde_json::{Value, json};

const LIFECYCLES: Table<Lifecycle> = Table::new("s3.lifecycles");
/// When the planned job of a bucket runs.
const PLANNED: Table<Millis> = Table::new("s3.lifecycle_jobs");
/// The kind of job.
const JOB: &str = "s3.lifecycle";
/// So many versions change in one transaction.
const BATCH: usize = 500;

/// The service's job.
pub fn job() -> JobHandler {
    JobHandler { kind: JOB, principal: "s3.amazonaws.com", run }
}

/// The configuration of a bucket, if it has one.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, bucket: &str) -> Result<Option<Lifecycle>> {
    Ok(LIFECYCLES.get(reads, &row(&[bucket]))?)
}

/// Sets the configuration of a bucket. What is due already is done at the next midnight.
///
/// # Errors
/// Those of the store.
pub fn set(call: &Call<'_>, tx: &mut Tx, bucket: &Bucket, lifecycle: &Lifecycle) -> Result<()> {
    LIFECYCLES.put(tx.writer(), &row(&[&bucket.name]), lifecycle)?;
    touch(call, tx, bucket)
}

/// Removes the configuration of a bucket.
pub fn remove(tx: &mut Tx, bucket: &str) {
    LIFECYCLES.delete(tx.writer(), &row(&[bucket]));
    PLANNED.delete(tx.writer(), &row(&[bucket]));
}

/// Says that something changed in a bucket: the rules look at it at the next midnight.
///
/// # Errors
/// Those of the store.
pub fn touch(call: &Call<'_>, tx: &mut Tx, bucket: &Bucket) -> Result<()> {
    if !LIFECYCLES.contains(tx.reads(), &row(&[&bucket.name])) {
        return Ok(());
    }
    plan(tx, bucket, after(call.now.milliseconds().saturating_add(1), 0))
}

fn plan(tx: &mut Tx, bucket: &Bucket, at: Millis) -> Result<()> {
    let key = row(&[&bucket.name]);
    if PLANNED.get(tx.reads(), &key)?.is_some_and(|planned| planned <= at) {
        return Ok(());
    }
    PLANNED.put(tx.writer(), &key, &at)?;
    let job = Job {
        kind: JOB.to_owned(),
        account: bucket.owner.clone(),
        region: bucket.region.clone(),
        payload: json!({ "bucket": bucket.name, "at": at }),
    };
    tx.schedule(Timestamp(at), &job)
}

fn run(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let name =
        payload["bucket"].as_str().ok_or_else(|| Error::internal("a lifecycle job without a bucket"))?;
    let key = row(&[name]);
    // An earlier job took its place, or the rules are gone.
    if PLANNED.get(tx.reads(), &key)? != payload["at"].as_i64() {
        return Ok(());
    }
    PLANNED.delete(tx.writer(), &key);
    let (Some(bucket), Some(lifecycle)) = (buckets::find(tx.reads(), name)?, find(tx.reads(), name)?) else {
        return Ok(());
    };
    let now = call.now.milliseconds();
    let mut next = give_up_uploads(tx, &lifecycle, name, now)?;
    let mut after = objects::before(name, "");
    let mut done = 0_usize;
    while let Some((_, version)) = objects::next(tx.reads(), name, &after)? {
        if done >= BATCH {
            next = Some(now);
            break;
        }
        after = objects::behind_key(name, &version.key);
        let versions = objects::all(tx.reads(), name, &version.key)?;
        let (acts, later) = judge(&lifecycle, &versions, now);
        next = [next, later].into_iter().flatten().min();
        for act in acts {
            done = done.saturating_add(1);
            perform(call, tx, &bucket, &versions, act)?;
        }
    }
    if done > 0 {
        // What was done may have made something else due: a marker that hides nothing now.
        touch(call, tx, &bucket)?;
    }
    match next {
        Some(at) => plan(tx, &bucket, at),
        None => Ok(()),
    }
}

/// Gives up the uploads whose time has come. Says when the next one's comes.
fn give_up_uploads(tx: &mut Tx, lifecycle: &Lifecycle, bucket: &str, now: Millis) -> Result<Option<Millis>> {
    let mut next: Option<Millis> = None;
    for upload in uploads::list(tx.reads(), bucket)? {
        let rules = lifecycle.rules.iter().filter(|rule| {
            rule.enabled && upload.key.starts_with(rule.prefix.as_deref().unwrap_or_default())
        });
        let at = rules.filter_map(|rule| Some(after(upload.initiated, rule.abort?))).min();
        match at {
            Some(at) if at <= now => uploads::discard(tx, &upload)?,
            at => next = [next, at].into_iter().flatten().min(),
        }
    }
    Ok(next)
}

fn perform(call: &Call<'_>, tx: &mut Tx, bucket: &Bucket, versions: &[Version], act: Act) -> Result<()> {
    let place = match act {
        Act::Expire => 0,
        Act::Remove(place) | Act::Move(place, _) => place,
    };
    let Some(version) = versions.get(place) else { return Ok(()) };
    match act {
        // AWS: "Lifecycle actions": with versioning a delete marker hides the object.
        Act::Expire if bucket.versioning != Versioning::Never => {
            let marker = Version {
                key: version.key.clone(),
                modified: call.now.milliseconds(),
                is_marker: true,
                owner: bucket.owner.clone(),
                ..Version::default()
            };
            let marker = objects::insert(call, tx, bucket, marker)?;
            event::tell(call, tx, bucket, What::AgedMarked, &marker)
        }
        Act::Expire | Act::Remove(_) => {
            objects::remove(tx, &bucket.name, version)?;
            event::tell(call, tx, bucket, What::Aged, version)
        }
        Act::Move(_, class) => {
            let mut version = version.clone();
            version.about.storage_class = class;
            objects::update(tx, &bucket.name, &version)?;
            event::tell(call, tx, bucket, What::Moved, &version)
        }
    }
}
