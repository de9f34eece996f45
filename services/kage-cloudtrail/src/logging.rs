//! Trails that log are told of new events.

use crate::{delivery, trails};
use kage_core::{Result, Tx};
use kage_record::Watch;

/// Sets the watch on an account as its trails need it now.
///
/// # Errors
/// Those of the store.
pub fn refresh_watch(tx: &mut Tx, account: &str) -> Result<()> {
    let all = trails::of_account(tx.reads(), account)?;
    let mut logging = all.iter().filter(|trail| trail.logging).peekable();
    if logging.peek().is_none() {
        kage_record::end_watch(tx, account, delivery::JOB);
        return Ok(());
    }
    let data = logging.any(|trail| trail.selectors.take_data());
    let watch = Watch { job: delivery::JOB.to_owned(), delay_ms: delivery::DELAY_MS, management: true, data };
    kage_record::set_watch(tx, account, &watch)
}
