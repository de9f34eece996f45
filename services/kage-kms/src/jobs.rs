//! What happens later: deletion at the end of the waiting period, and rotation.

use crate::key::{Key, State, days_after};
use crate::{aliases, grants, keys, material};
use kage_core::{Call, Error, Job, JobHandler, Millis, Result, Tx};
use kage_schema::Timestamp;
use serde_json::{Value, json};

const DELETE: &str = "kms.delete-key";
const ROTATE: &str = "kms.rotate-key";
const PRINCIPAL: &str = "kms.amazonaws.com";

/// The handlers of the service's jobs.
pub fn handlers() -> Vec<JobHandler> {
    vec![
        JobHandler { kind: DELETE, principal: PRINCIPAL, run: delete },
        JobHandler { kind: ROTATE, principal: PRINCIPAL, run: rotate },
    ]
}

/// Plans the deletion of a key.
///
/// # Errors
/// Those of the store.
pub fn plan_deletion(tx: &mut Tx, key: &Key, at: Millis) -> Result<()> {
    plan(tx, DELETE, key, at)
}

/// Plans the next rotation of a key, if it has rotation on.
///
/// # Errors
/// Those of the store.
pub fn plan_rotation(tx: &mut Tx, key: &Key) -> Result<()> {
    match key.rotation {
        Some(rotation) => plan(tx, ROTATE, key, rotation.next),
        None => Ok(()),
    }
}

fn plan(tx: &mut Tx, kind: &str, key: &Key, at: Millis) -> Result<()> {
    let job = Job {
        kind: kind.to_owned(),
        account: key.account.clone(),
        region: key.region.clone(),
        payload: json!({ "key": key.id, "at": at }),
    };
    tx.schedule(Timestamp(at), &job)
}

/// The key of a job and the time for which it was planned; `None` when the key is gone.
fn planned(call: &Call<'_>, tx: &Tx, payload: &Value) -> Result<Option<(Key, Millis)>> {
    let (Some(id), Some(at)) = (payload["key"].as_str(), payload["at"].as_i64()) else {
        return Err(Error::internal("a job of KMS without a key"));
    };
    Ok(keys::find(tx.reads(), &call.account, &call.region, id)?.map(|key| (key, at)))
}

/// Deletes a key with its aliases and grants. A cancelled deletion, or one planned anew, leaves this job nothing to do.
fn delete(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let Some((key, at)) = planned(call, tx, payload)? else { return Ok(()) };
    if key.state != (State::PendingDeletion { at }) {
        return Ok(());
    }
    for name in aliases::of_key(tx.reads(), &key.account, &key.region, &key.id)? {
        aliases::remove(tx, &key.account, &key.region, &name);
    }
    for grant in grants::of_key(tx.reads(), (&key.account, &key.region, &key.id))? {
        grants::remove(tx, &grant);
    }
    keys::remove(tx, &key);
    Ok(())
}

/// Gives a key new material. A key that is not enabled is passed over and rotated when it is enabled again.
// AWS: KMS developer guide, "Rotating AWS KMS keys", disabled keys and keys pending deletion.
fn rotate(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let Some((mut key, at)) = planned(call, tx, payload)? else { return Ok(()) };
    let due = key.rotation.filter(|rotation| rotation.next == at && key.state == State::Enabled);
    let Some(mut rotation) = due else { return Ok(()) };
    key.backing.push(material::generate(call, tx)?);
    rotation.next = days_after(call.now.milliseconds(), rotation.period_days);
    key.rotation = Some(rotation);
    keys::put(tx, &key)?;
    plan_rotation(tx, &key)
}
