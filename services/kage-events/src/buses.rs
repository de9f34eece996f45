//! The buses of the double. The default bus is there without a row.

use crate::bus::{Bus, DEFAULT, Place};
use crate::errors;
use kage_core::{Lookup, Result, Tx};
use kage_store::Reads;
use kage_store::table::{Table, key as row};

const BUSES: Table<Bus> = Table::new("events.buses");

/// The bus at this place.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, place: &Place) -> Result<Option<Bus>> {
    let found = BUSES.get(reads, &row(&[&place.account, &place.region, &place.name]))?;
    Ok(found.or_else(|| (place.name == DEFAULT).then(|| Bus::new(place))))
}

/// The bus at this place, or the error that it is missing.
///
/// # Errors
/// Those of the store.
pub fn lookup(tx: &Tx, place: &Place) -> Result<Lookup<Bus>> {
    Ok(match find(tx.reads(), place)? {
        Some(bus) => Lookup::Found(bus),
        None => Lookup::Missing {
            arn: place.arn(),
            owner: Some(place.account.clone()),
            error: errors::no_bus(&place.name),
        },
    })
}

/// The buses of an account and Region, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str, region: &str) -> Result<Vec<Bus>> {
    let mut all = kage_core::scan(&BUSES, reads, &row(&[account, region]))?;
    if !all.iter().any(|bus: &Bus| bus.name == DEFAULT) {
        let place =
            Place { account: account.to_owned(), region: region.to_owned(), name: DEFAULT.to_owned() };
        all.push(Bus::new(&place));
        all.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(all)
}

/// Writes a bus.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, bus: &Bus) -> Result<()> {
    Ok(BUSES.put(tx.writer(), &row(&[&bus.account, &bus.region, &bus.name]), bus)?)
}

/// Removes a bus.
pub fn remove(tx: &mut Tx, bus: &Bus) {
    BUSES.delete(tx.writer(), &row(&[&bus.account, &bus.region, &bus.name]));
}
