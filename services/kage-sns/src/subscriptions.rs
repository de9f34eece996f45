//! The subscriptions of the double.

use crate::errors;
use crate::subscription::Subscription;
use crate::topic::Topic;
use crate::topics;
use kage_core::{Arn, Result, Tx};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};

/// By topic and id.
const SUBSCRIPTIONS: Table<Subscription> = Table::new("sns.subscriptions");
/// ARNs of subscriptions by the account that subscribed and the Region.
const OWNED: Table<String> = Table::new("sns.subscriptions-by-owner");

fn owned_key(topic: &Topic, subscription: &Subscription) -> Key {
    row(&[&subscription.owner, &topic.region, &subscription.arn()])
}

/// The subscription of a topic with this id.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, topic: &Topic, id: &str) -> Result<Option<Subscription>> {
    Ok(SUBSCRIPTIONS.get(reads, &row(&[&topic.id, id]))?)
}

/// The subscriptions of a topic, by id.
///
/// # Errors
/// Those of the store.
pub fn of_topic(reads: &dyn Reads, topic: &Topic) -> Result<Vec<Subscription>> {
    kage_core::scan(&SUBSCRIPTIONS, reads, &row(&[&topic.id]))
}

/// The subscriptions of an account in a Region, by ARN.
///
/// # Errors
/// Those of the store.
pub fn of_owner(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Subscription>> {
    let mut out = Vec::new();
    for arn in kage_core::scan(&OWNED, reads, &row(&[account, region]))? {
        out.extend(by_arn(reads, &arn)?.map(|(_, subscription)| subscription));
    }
    Ok(out)
}

/// The subscription with this ARN, and its topic.
///
/// # Errors
/// `InvalidParameter` for a text that is no ARN of a subscription.
pub fn by_arn(reads: &dyn Reads, text: &str) -> Result<Option<(Topic, Subscription)>> {
    let arn = Arn::parse(text).ok_or_else(|| errors::arn("SubscriptionArn", text))?;
    let (name, id) = arn.resource.split_once(':').ok_or_else(|| errors::invalid("SubscriptionId"))?;
    let Some(topic) = topics::find(reads, &arn.account, &arn.region, name)? else { return Ok(None) };
    Ok(find(reads, &topic, id)?.map(|subscription| (topic, subscription)))
}

/// Writes a subscription.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, topic: &Topic, subscription: &Subscription) -> Result<()> {
    SUBSCRIPTIONS.put(tx.writer(), &row(&[&topic.id, &subscription.id]), subscription)?;
    Ok(OWNED.put(tx.writer(), &owned_key(topic, subscription), &subscription.arn())?)
}

/// Removes a subscription.
pub fn remove(tx: &mut Tx, topic: &Topic, subscription: &Subscription) {
    SUBSCRIPTIONS.delete(tx.writer(), &row(&[&topic.id, &subscription.id]));
    OWNED.delete(tx.writer(), &owned_key(topic, subscription));
}
