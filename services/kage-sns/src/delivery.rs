//! One delivery: tried, tried again, given up.

use crate::endpoints::{Failure, Letter, functions, mail, queues, web};
use crate::note::Note;
use crate::topic::Topic;
use crate::{envelope, jobs, notes, protection, retries, subscriptions};
use kage_core::{Call, Error, Result, Tx};
use std::collections::BTreeMap;

/// Delivers a message to one subscription.
///
/// # Errors
/// Those of the store.
pub fn deliver(
    call: &Call<'_>,
    tx: &mut Tx,
    topic: Topic,
    note: &str,
    subscription: &str,
    attempt: u32,
) -> Result<()> {
    let Some(note) = notes::find(tx.reads(), &topic, note)? else { return Ok(()) };
    let Some(subscription) = subscriptions::find(tx.reads(), &topic, subscription)? else {
        return notes::finish_one(tx, &topic, &note.id);
    };
    let text = text_for(call, tx, &note, &subscription.protocol)?;
    let letter = Letter { topic: topic.arn(), account: topic.account.clone(), subscription, note, text };
    let outcome = match letter.subscription.protocol.as_str() {
        "sqs" => queues::deliver(call, tx, &letter),
        "lambda" => functions::deliver(call, tx, &letter),
        "email" | "email-json" => {
            mail::deliver(call, tx, &letter, &topic.display)?;
            Ok(())
        }
        _ => {
            let post = web::notification(&letter, topic.delivery.as_deref());
            tx.after(Box::new(move |errand| {
                let outcome = web::post(errand, &letter, &post);
                errand.settle(|call, tx| settle(call, tx, &topic, &letter, attempt, outcome))
            }));
            return Ok(());
        }
    };
    settle(call, tx, &topic, &letter, attempt, outcome)
}

fn text_for(call: &Call<'_>, tx: &mut Tx, note: &Note, protocol: &str) -> Result<String> {
    let json = protection::read(call, tx, &note.texts, &note.key)?;
    let mut texts: BTreeMap<String, String> =
        serde_json::from_str(&json).map_err(|_| Error::internal("a message at rest is no JSON"))?;
    Ok(texts.remove(protocol).or_else(|| texts.remove("default")).unwrap_or_default())
}

/// What becomes of a delivery that was tried: it is done, tried again, or goes to the dead-letter queue.
fn settle(
    call: &Call<'_>,
    tx: &mut Tx,
    topic: &Topic,
    letter: &Letter,
    attempt: u32,
    outcome: std::result::Result<(), Failure>,
) -> Result<()> {
    let Err(failure) = outcome else { return notes::finish_one(tx, topic, &letter.note.id) };
    let again = if failure.is_passing { delay(topic, letter, attempt) } else { None };
    if let Some(delay) = again {
        let (note, subscription) = (&letter.note.id, &letter.subscription.id);
        let next = attempt.saturating_add(1);
        return jobs::plan_delivery(tx, topic, note, subscription, next, call.now.plus_ms(delay));
    }
    if let Some(queue) = letter.subscription.dead_letter_queue() {
        // A dead-letter queue that refuses loses the message, as with AWS; the refusal is recorded.
        let _ = queues::bury(call, tx, &queue, letter, &failure);
    }
    notes::finish_one(tx, topic, &letter.note.id)
}

fn delay(topic: &Topic, letter: &Letter, attempt: u32) -> Option<i64> {
    match letter.subscription.protocol.as_str() {
        "sqs" | "lambda" => retries::delay_to_services(attempt),
        _ => retries::of(topic.delivery.as_deref(), letter.subscription.delivery.as_deref()).delay(attempt),
    }
}

/// Asks an endpoint to confirm its subscription.
///
/// # Errors
/// Those of the store.
pub fn confirm(
    call: &Call<'_>,
    tx: &mut Tx,
    topic: Topic,
    subscription: &str,
    url: &str,
    attempt: u32,
) -> Result<()> {
    let Some(subscription) = subscriptions::find(tx.reads(), &topic, subscription)? else { return Ok(()) };
    if !subscription.is_pending() {
        return Ok(());
    }
    let note = Note { id: call.ids().uuid(), at: call.now.milliseconds(), ..Note::default() };
    let body = envelope::confirmation(call, &subscription, &note.id, url);
    let account = topic.account.clone();
    let letter = Letter { topic: topic.arn(), account, subscription, note, text: String::new() };
    match letter.subscription.protocol.as_str() {
        // An endpoint that cannot be asked stays unconfirmed; the refusal is recorded.
        "sqs" => {
            let _ = queues::confirm(call, tx, &letter, body);
        }
        "lambda" => {
            let _ = functions::invoke(call, tx, &letter, body);
        }
        "email" | "email-json" => mail::confirm(call, tx, &letter, &body, url)?,
        _ => {
            let content_type = "text/plain; charset=UTF-8".to_owned();
            let post = web::Post { kind: "SubscriptionConfirmation", body, content_type };
            let url = url.to_owned();
            tx.after(Box::new(move |errand| {
                let outcome = web::post(errand, &letter, &post);
                errand.settle(|call, tx| {
                    let passing = outcome.is_err_and(|failure| failure.is_passing);
                    let again = if passing { delay(&topic, &letter, attempt) } else { None };
                    let Some(delay) = again else { return Ok(()) };
                    let (id, next) = (&letter.subscription.id, attempt.saturating_add(1));
                    jobs::plan_confirmation(tx, &topic, id, &url, next, call.now.plus_ms(delay))
                })
            }));
        }
    }
    Ok(())
}
