//! All trails.

use crate::trail::{Trail, arn, check_name};
use crate::{errors, organization};
use kage_core::{Arn, Call, Lookup, Resource as _, Result, Tx, scan};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

const TRAILS: Table<Trail> = Table::new("cloudtrail.trails");

/// The trail of this name in its home Region.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, region: &str, name: &str) -> Result<Option<Trail>> {
    Ok(TRAILS.get(reads, &row(&[account, region, name]))?)
}

/// All trails that an account owns, by home Region and name.
///
/// # Errors
/// Those of the store.
pub fn owned_by(reads: &dyn Reads, account: &str) -> Result<Vec<Trail>> {
    scan(&TRAILS, reads, &row(&[account]))
}

/// All trails that take an account's events: its own, and those of its organization.
///
/// # Errors
/// Those of the store.
pub fn seen_by(reads: &dyn Reads, account: &str) -> Result<Vec<Trail>> {
    let mut all = owned_by(reads, account)?;
    all.extend(organization::trails_of_others(reads, account)?);
    Ok(all)
}

/// The trail that a caller names: a name means one of this Region, an ARN any.
///
/// # Errors
/// For a name that can name nothing.
pub fn named(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Trail>> {
    let Some((region, account, plain)) = parse(call, name)? else { return Err(errors::invalid_arn(name)) };
    let missing = |own: String| Ok(Lookup::missing(own, errors::no_trail(name, &call.account)));
    if account != call.account {
        // Of other accounts' trails only those of the own organization can be named; the others are as good as missing.
        let found = organization::trails_of_others(tx.reads(), &call.account)?;
        let mut found = found.into_iter().filter(|trail| trail.arn() == name);
        return found.next().map_or_else(|| missing(name.to_owned()), |trail| Ok(Lookup::Found(trail)));
    }
    match find(tx.reads(), &account, &region, &plain)? {
        Some(trail) => Ok(Lookup::Found(trail)),
        None => missing(arn(&region, &account, &plain)),
    }
}

/// Home Region, account and name of what is named; `None` for an ARN that is not a trail's.
fn parse(call: &Call<'_>, name: &str) -> Result<Option<(String, String, String)>> {
    if !name.starts_with("arn:") {
        check_name(name)?;
        return Ok(Some((call.region.clone(), call.account.clone(), name.to_owned())));
    }
    let Some(parsed) = Arn::parse(name).filter(|arn| arn.service == "cloudtrail") else { return Ok(None) };
    let Some(plain) = parsed.of("trail").map(str::to_owned) else { return Ok(None) };
    check_name(&plain)?;
    Ok(Some((parsed.region, parsed.account, plain)))
}

/// Writes a trail.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, trail: &Trail) -> Result<()> {
    Ok(TRAILS.put(tx.writer(), &row(&[&trail.account, &trail.region, &trail.name]), trail)?)
}

/// Removes a trail.
pub fn remove(tx: &mut Tx, trail: &Trail) {
    TRAILS.delete(tx.writer(), &row(&[&trail.account, &trail.region, &trail.name]));
}
