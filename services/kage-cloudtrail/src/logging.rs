//! Trails that log are told of new events.

use crate::trail::Trail;
use crate::{delivery, insights, organization, trails};
use kage_core::{Call, Resource as _, Result, Tx};
use kage_record::Watch;
use kage_record::logging::{Logging, end_logging, set_logging};

/// Tells the record of a trail as it is now, in all its accounts: whom to wake for deliveries, and what goes to the bus. The
/// present call is the last one that counts for a trail that does not log any more.
///
/// # Errors
/// Those of the store.
pub fn refresh(call: &Call<'_>, tx: &mut Tx, trail: &Trail) -> Result<()> {
    if !trail.logging {
        return end(call, tx, trail);
    }
    let logging = Logging {
        trail: trail.arn(),
        region: (!trail.multi_region).then(|| trail.region.clone()),
        filter: trail.filter(),
        last_request: None,
        joining: trail.organization.as_ref().map(|_| watches(trail)),
    };
    for account in organization::accounts(tx.reads(), trail)? {
        set_logging(tx, &account, &logging)?;
        rewatch(tx, &account)?;
    }
    Ok(())
}

/// Tells the record that a trail logs no more, though it may be gone already.
///
/// # Errors
/// Those of the store.
pub fn end(call: &Call<'_>, tx: &mut Tx, trail: &Trail) -> Result<()> {
    for account in organization::accounts(tx.reads(), trail)? {
        end_logging(tx, &account, &trail.arn(), &call.request_id)?;
        rewatch(tx, &account)?;
    }
    Ok(())
}

fn watches(trail: &Trail) -> Vec<Watch> {
    let data = trail.insights.iter().any(|insight| insight.data);
    let insights = (!trail.insights.is_empty()).then(|| insights::watch(data));
    std::iter::once(watch(trail.selectors.take_data())).chain(insights).collect()
}

fn watch(data: bool) -> Watch {
    Watch { job: delivery::JOB.to_owned(), delay_ms: delivery::DELAY_MS, management: true, data }
}

fn rewatch(tx: &mut Tx, account: &str) -> Result<()> {
    let mut logging = trails::seen_by(tx.reads(), account)?;
    logging.retain(|trail| trail.logging);
    let data = logging.iter().any(|trail| trail.selectors.take_data());
    set_or_end(tx, account, watch(data), !logging.is_empty())?;
    let insights = || logging.iter().flat_map(|trail| &trail.insights);
    let (any, data) = (insights().next().is_some(), insights().any(|insight| insight.data));
    if !any {
        insights::forget(tx, account);
    }
    set_or_end(tx, account, insights::watch(data), any)
}

fn set_or_end(tx: &mut Tx, account: &str, watch: Watch, wanted: bool) -> Result<()> {
    if wanted {
        return kage_record::set_watch(tx, account, &watch);
    }
    kage_record::end_watch(tx, account, &watch.job);
    Ok(())
}
