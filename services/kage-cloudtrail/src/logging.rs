//! Trails that log are told of new events.

use crate::{delivery, trails};
use kage_core::{Call, Resource as _, Result, Tx};
use kage_record::Watch;
use kage_record::logging::{Logging, end_logging, set_logging};

/// Tells the record of the account's trails as they are now: whom to wake for deliveries, and what goes to the bus. The
/// present call is the last one that counts for a trail that does not log any more.
///
/// # Errors
/// Those of the store.
pub fn refresh(call: &Call<'_>, tx: &mut Tx, account: &str) -> Result<()> {
    let all = trails::of_account(tx.reads(), account)?;
    for trail in &all {
        let arn = trail.arn();
        if trail.logging {
            let region = (!trail.multi_region).then(|| trail.region.clone());
            let logging = Logging { trail: arn, region, filter: trail.filter(), last_request: None };
            set_logging(tx, account, &logging)?;
        } else {
            end_logging(tx, account, &arn, &call.request_id)?;
        }
    }
    let mut logging = all.iter().filter(|trail| trail.logging).peekable();
    if logging.peek().is_none() {
        kage_record::end_watch(tx, account, delivery::JOB);
        return Ok(());
    }
    let data = logging.any(|trail| trail.selectors.take_data());
    let watch = Watch { job: delivery::JOB.to_owned(), delay_ms: delivery::DELAY_MS, management: true, data };
    kage_record::set_watch(tx, account, &watch)
}
