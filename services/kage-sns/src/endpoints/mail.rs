//! Mail: nothing leaves the machine; what would be sent stands in the stream `mailbox/<address>` of the store.

use super::Letter;
use crate::envelope;
use kage_core::{Call, Result, Tx};
use serde_json::json;

/// The stream of an address.
pub fn mailbox(address: &str) -> String {
    format!("mailbox/{address}")
}

/// Delivers a message.
///
/// # Errors
/// Those of the store.
pub fn deliver(call: &Call<'_>, tx: &mut Tx, letter: &Letter, sender: &str) -> Result<()> {
    let Letter { topic, subscription, note, text, .. } = letter;
    let body = if subscription.protocol == "email-json" {
        envelope::notification(topic, subscription, note, text)
    } else {
        text.clone()
    };
    // AWS: SNS developer guide, "Email notifications".
    let subject = note.subject.as_deref().unwrap_or("AWS Notification Message");
    let sender = if sender.is_empty() { "AWS Notifications" } else { sender };
    write(call, tx, letter, ("Notification", sender, subject), &body)
}

/// Asks the owner of the address to confirm the subscription.
///
/// # Errors
/// Those of the store.
pub fn confirm(call: &Call<'_>, tx: &mut Tx, letter: &Letter, json: &str, url: &str) -> Result<()> {
    let body = if letter.subscription.protocol == "email-json" {
        json.to_owned()
    } else {
        format!(
            "You have chosen to subscribe to the topic:\n{}\n\nTo confirm this subscription, visit the link below:\n{url}\n",
            letter.topic
        )
    };
    let heading =
        ("SubscriptionConfirmation", "AWS Notifications", "AWS Notification - Subscription Confirmation");
    write(call, tx, letter, heading, &body)
}

fn write(
    call: &Call<'_>,
    tx: &mut Tx,
    letter: &Letter,
    (kind, sender, subject): (&str, &str, &str),
    body: &str,
) -> Result<()> {
    let entry = json!({
        "Type": kind,
        "Received": call.now.iso8601(),
        "From": format!("{sender} <no-reply@sns.amazonaws.com>"),
        "To": letter.subscription.endpoint,
        "Subject": subject,
        "Body": body,
        "TopicArn": letter.topic,
        "SubscriptionArn": letter.subscription.arn(),
    });
    tx.emit(&mailbox(&letter.subscription.endpoint), &entry)?;
    Ok(())
}
