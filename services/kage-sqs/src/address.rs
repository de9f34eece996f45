//! Queue URLs: `https://sqs.us-east-1.amazonaws.com/111122223333/orders`.
//!
//! Only the path says which queue is meant, so that a URL works whatever name the client calls the double by.

use crate::queue::Queue;
use crate::{errors, queues};
use kage_core::{Arn, Call, Lookup, Result, Tx};

/// The URL of a queue at the host that the client used; AWS's own form where none is known.
pub fn url(call: &Call<'_>, account: &str, name: &str) -> String {
    let host = call.origin.host.as_str();
    if host.is_empty() {
        return format!("https://sqs.{}.amazonaws.com/{account}/{name}", call.region);
    }
    let scheme = if call.origin.secure { "https" } else { "http" };
    format!("{scheme}://{host}/{account}/{name}")
}

/// Account and name of the queue that a URL names: the last two parts of its path.
pub fn parse(url: &str) -> Option<(&str, &str)> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let mut parts = path.split('?').next()?.rsplit('/').filter(|part| !part.is_empty());
    let (name, account) = (parts.next()?, parts.next()?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then_some((account, name))
}

/// The ARN of a queue.
pub fn arn(region: &str, account: &str, name: &str) -> String {
    Arn::new("sqs", region, account, name).to_string()
}

/// The queue that a URL names.
///
/// # Errors
/// `InvalidAddress` for a text that names none.
pub fn find(call: &Call<'_>, tx: &Tx, url: &str) -> Result<Lookup<Queue>> {
    let (account, name) = parse(url).ok_or_else(|| errors::invalid_address(url))?;
    named(call, tx, account, name)
}

/// The queue of this name.
///
/// # Errors
/// Those of the store.
pub fn named(call: &Call<'_>, tx: &Tx, account: &str, name: &str) -> Result<Lookup<Queue>> {
    Ok(match queues::find(tx.reads(), account, &call.region, name)? {
        Some(queue) => Lookup::Found(queue),
        None => Lookup::Missing {
            arn: arn(&call.region, account, name),
            owner: Some(account.to_owned()),
            error: errors::no_queue(),
        },
    })
}

/// The queue with this ARN in the call's Region.
///
/// # Errors
/// Those of the store.
pub fn by_arn(tx: &Tx, text: &str) -> Result<Option<Queue>> {
    match Arn::parse(text).filter(|arn| arn.service == "sqs") {
        Some(arn) => queues::find(tx.reads(), &arn.account, &arn.region, &arn.resource),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_host_will_do() {
        let queue = Some(("111122223333", "a.fifo"));
        assert_eq!(parse("https://sqs.us-east-1.amazonaws.com/111122223333/a.fifo"), queue);
        assert_eq!(parse("http://127.0.0.1:4566/111122223333/a.fifo/"), queue);
        assert_eq!(parse("http://localhost:4566/queue/eu-west-1/111122223333/a.fifo"), queue);
        assert_eq!(parse("https://sqs.us-east-1.amazonaws.com/a.fifo"), None);
        assert_eq!(parse("a.fifo"), None);
        assert_eq!(parse(""), None);
    }
}
