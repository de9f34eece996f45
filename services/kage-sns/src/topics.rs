//! The topics of the double.

use crate::errors;
use crate::topic::Topic;
use kage_core::{Arn, Call, Lookup, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

const TOPICS: Table<Topic> = Table::new("sns.topics");

/// The topic of this name.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, name: &str) -> Result<Option<Topic>> {
    Ok(TOPICS.get(reads, &row(&[account, region, name]))?)
}

/// The topics of an account in a Region, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Topic>> {
    kage_core::scan(&TOPICS, reads, &row(&[account, region]))
}

/// Writes a topic.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, topic: &Topic) -> Result<()> {
    Ok(TOPICS.put(tx.writer(), &row(&[&topic.account, &topic.region, &topic.name]), topic)?)
}

/// Removes a topic.
pub fn remove(tx: &mut Tx, topic: &Topic) {
    TOPICS.delete(tx.writer(), &row(&[&topic.account, &topic.region, &topic.name]));
}

/// The topic that an ARN names; `parameter` is what errors call it.
///
/// # Errors
/// `InvalidParameter` for a text that names none here.
pub fn lookup(call: &Call<'_>, tx: &Tx, parameter: &str, text: &str) -> Result<Lookup<Topic>> {
    let arn = Arn::parse(text).ok_or_else(|| errors::arn(parameter, text))?;
    if arn.service != "sns" || arn.region != call.region || arn.resource.contains([':', '/']) {
        return Err(errors::invalid(parameter));
    }
    Ok(match find(tx.reads(), &arn.account, &arn.region, &arn.resource)? {
        Some(topic) => Lookup::Found(topic),
        None => Lookup::Missing { arn: text.to_owned(), owner: Some(arn.account), error: errors::no_topic() },
    })
}
