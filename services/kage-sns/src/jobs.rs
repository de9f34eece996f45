//! What happens later: deliveries, requests to confirm, and the end of those that nobody confirmed.

use crate::topic::Topic;
use crate::{delivery, subscriptions, topics};
use kage_core::{Call, Error, Job, JobHandler, Millis, Result, Tx};
use kage_schema::Timestamp;
use serde_json::{Value, json};

const DELIVER: &str = "sns.deliver";
const CONFIRM: &str = "sns.confirm";
const EXPIRE: &str = "sns.expire";
const PRINCIPAL: &str = "sns.amazonaws.com";
/// AWS: SNS API reference, `Subscribe`: tokens are valid for two days.
const TOKEN_MS: Millis = 172_800_000;

/// The handlers of the service's jobs.
pub fn handlers() -> Vec<JobHandler> {
    vec![
        JobHandler { kind: DELIVER, principal: PRINCIPAL, run: deliver },
        JobHandler { kind: CONFIRM, principal: PRINCIPAL, run: confirm },
        JobHandler { kind: EXPIRE, principal: PRINCIPAL, run: expire },
    ]
}

fn plan(tx: &mut Tx, kind: &str, topic: &Topic, payload: Value, at: Timestamp) -> Result<()> {
    let (account, region) = (topic.account.clone(), topic.region.clone());
    tx.schedule(at, &Job { kind: kind.to_owned(), account, region, payload })
}

/// Plans the delivery of a message to one subscription; `attempt` counts from 0.
///
/// # Errors
/// Those of the store.
pub fn plan_delivery(
    tx: &mut Tx,
    topic: &Topic,
    note: &str,
    subscription: &str,
    attempt: u32,
    at: Timestamp,
) -> Result<()> {
    let payload = json!({
        "topic": topic.name, "id": topic.id, "note": note, "subscription": subscription, "attempt": attempt,
    });
    plan(tx, DELIVER, topic, payload, at)
}

/// Plans the request to confirm a subscription. `url` is where the endpoint can confirm it.
///
/// # Errors
/// Those of the store.
pub fn plan_confirmation(
    tx: &mut Tx,
    topic: &Topic,
    subscription: &str,
    url: &str,
    attempt: u32,
    at: Timestamp,
) -> Result<()> {
    let payload = json!({
        "topic": topic.name, "id": topic.id, "subscription": subscription, "url": url, "attempt": attempt,
    });
    plan(tx, CONFIRM, topic, payload, at)
}

/// Plans the end of a subscription that nobody confirms.
///
/// # Errors
/// Those of the store.
pub fn plan_expiry(tx: &mut Tx, topic: &Topic, subscription: &str, now: Timestamp) -> Result<()> {
    let payload = json!({ "topic": topic.name, "id": topic.id, "subscription": subscription });
    plan(tx, EXPIRE, topic, payload, now.plus_ms(TOKEN_MS))
}

fn text<'p>(payload: &'p Value, name: &str) -> Result<&'p str> {
    payload[name].as_str().ok_or_else(|| Error::internal(format!("a job of SNS without {name}")))
}

/// The topic of a job; `None` when it is gone.
fn topic_of(call: &Call<'_>, tx: &Tx, payload: &Value) -> Result<Option<Topic>> {
    let found = topics::find(tx.reads(), &call.account, &call.region, text(payload, "topic")?)?;
    let id = text(payload, "id")?;
    Ok(found.filter(|topic| topic.id == id))
}

fn attempt(payload: &Value) -> u32 {
    payload["attempt"].as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
}

fn deliver(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let Some(topic) = topic_of(call, tx, payload)? else { return Ok(()) };
    let (note, subscription) = (text(payload, "note")?, text(payload, "subscription")?);
    delivery::deliver(call, tx, topic, note, subscription, attempt(payload))
}

fn confirm(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let Some(topic) = topic_of(call, tx, payload)? else { return Ok(()) };
    let (subscription, url) = (text(payload, "subscription")?, text(payload, "url")?);
    delivery::confirm(call, tx, topic, subscription, url, attempt(payload))
}

fn expire(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let Some(topic) = topic_of(call, tx, payload)? else { return Ok(()) };
    let found = subscriptions::find(tx.reads(), &topic, text(payload, "subscription")?)?;
    if let Some(subscription) = found.filter(|subscription| subscription.is_pending()) {
        subscriptions::remove(tx, &topic, &subscription);
    }
    Ok(())
}
